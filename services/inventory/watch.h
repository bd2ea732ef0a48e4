/* watch.h - on which side of its lines the stock of an item at a place is.
 *
 * A level is fine, low (at or under what people set, or else the reorder point of the last review) or out (nothing available);
 * a place that never had any is new.  What gets worse is said at once.  What gets better is said at once when pieces came;
 * where only a promise was given back it must last for WATCH_CALM_MS, and a level that was low must rise by a tenth
 * above the line: so what goes up and down at a line is said once.  A place that is not active stays as it is.
 *
 * Looked at wherever a level is published, so about twice a second an item at most; in the lane of the SKU.  Pure.
 */
#ifndef KERVAN_INVENTORY_WATCH_H
#define KERVAN_INVENTORY_WATCH_H

#include "common/incoming.h"
#include "services/inventory/tables.h"

#define WATCH_TIMER "stock_watch"
enum { WATCH_CALM_MS = 5 * 60 * 1000, SLOW_DAYS = 60, EXCESS_DAYS = 120 };

enum watch_band { WATCH_FINE = 0, WATCH_NEW = 1, WATCH_LOW = 2, WATCH_OUT = 3 };

/* The band of so many available pieces; `low` NOT_GIVEN: no line. */
enum watch_band watch_band_of(enum watch_band before, int64_t available, int64_t low);

/* Compares the levels of an item, which are loaded with alert_want() and level_want(). */
void watch_levels(struct decision *out, const char *sku);

/* The row of a place, or NULL. */
struct stock_watch_row *watch_find(const struct rows *rows, const char *sku, const char *location);
/* The same, made where there is none; whoever changes it marks it for saving. */
struct stock_watch_row *watch_row(struct rows *rows, const char *sku, const char *location);
/* It was counted; the last time stands.  Behind level_publish(), which must see a place that is new as such. */
void watch_counted(struct rows *rows, const char *sku, const char *location, int64_t at);
/* When the demand of the item is looked at next; 0: nobody plans to.  It needs stock to be planned. */
int64_t watch_next_look(const struct rows *rows, const char *sku);
void watch_plan_look(struct decision *out, const char *sku, int64_t at);

void watch_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_watch_due(struct decision *out, const struct incoming_timer *in);

/* stock_alert_levels_put: people set the lines. */
void stock_alert_levels_put_need(const struct incoming_message *in, struct rows *rows);
void stock_alert_levels_put_need_shared(const struct incoming_message *in, struct rows *rows);
void on_stock_alert_levels_put(struct decision *out, const struct incoming_message *in);
const char *stock_alert_levels_put_lane_key(struct arena *arena, const struct incoming_message *in);

#endif
