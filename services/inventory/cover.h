/* cover.h - how long the stock of an item at a place lasts, where there is too much of it, and where it would be needed.
 *
 * By the demand that suggestions to reorder are made of (forecast.h), at each review of the item.  Days of cover are the pieces that
 * are neither promised nor unsellable, by the mean demand of the next 30 days.  Slow-moving: there are such pieces, and for
 * `slow_days` nothing left with orders and nothing came.  Excess: they cover more than `excess_days`; over again at nine
 * tenths of it.  What is too much is suggested for the place that misses most of its demand of 30 days.  Pure.
 */
#ifndef KERVAN_INVENTORY_COVER_H
#define KERVAN_INVENTORY_COVER_H

#include "common/decision.h"
#include "services/inventory/forecast.h"

enum { COVER_DEMAND_DAYS = 30 };

/* NOT_GIVEN: nothing is needed, so they last for ever. */
int64_t cover_days(int64_t pieces, const struct forecast *forecast);
/* So many of them are more than the demand of so many days. */
int64_t cover_excess(int64_t pieces, const struct forecast *forecast, int64_t days);

/* Raises and closes what there is to say of an item, whose level, alerts and demand are loaded.  True: time alone may change it. */
bool cover_review(struct decision *out, const char *sku);

#endif
