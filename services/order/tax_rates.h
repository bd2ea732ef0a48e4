/* tax_rates.h - what is charged where: rates of areas, and the tax classes of items, as people put them.
 *
 * An area belongs to the lane of its code, a class to that of its SKU; all read them, without a lock.  Each version of an area is kept.
 * Pure.
 */
#ifndef KERVAN_ORDER_TAX_RATES_H
#define KERVAN_ORDER_TAX_RATES_H

#include "common/incoming.h"
#include "proto/order.h"
#include "services/order/tables.h"
#include "services/order/tax_terms.h"

const char *tax_rates_put_lane_key(struct arena *arena, const struct incoming_message *in);
void tax_rates_put_need(const struct incoming_message *in, struct rows *rows);
void on_tax_rates_put(struct decision *out, const struct incoming_message *in);

const char *tax_class_put_lane_key(struct arena *arena, const struct incoming_message *in);
void tax_class_put_need(const struct incoming_message *in, struct rows *rows);
void on_tax_class_put(struct decision *out, const struct incoming_message *in);

/* The area of an address, that of its region before that of its country; NULL: no rates are known there. */
void tax_area_need(const struct postal_address *address, struct rows *rows);
const struct tax_area_row *tax_area_of(const struct postal_address *address,
                                       const struct rows *rows);
/* "US-CA", or its country where the region is no code. */
const char *tax_area_code(struct arena *arena, const struct postal_address *address);

void tax_item_need(const char *sku, struct rows *rows);
enum tax_class tax_class_of(const char *sku, const struct rows *rows);

/* What each class is charged there on a day ("2026-03-01"); without an area nothing is. */
struct tax_terms tax_terms_of(const struct tax_area_row *area, const char *date);
/* Why what is exempt there is, on that day; NULL: nobody says. */
const char *tax_exempt_reason(struct arena *arena, const struct tax_area_row *area,
                              const char *date);

#endif
