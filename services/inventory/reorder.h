/* reorder.h - what of an item is to be bought, for which place, and from whom.
 *
 * A review belongs to the lane of the SKU.  Of each place that has stock of the item, or where its supplier delivers, it
 * compares what is there and comes, less what is promised and waited for, with what will be needed until a delivery:
 * the reorder point is the demand of the lead time and a day, and a safety for the service level (the quantile of the normal
 * distribution times the deviation of that many days); a suggestion fills up to the demand of `cover_days` more, in packs
 * (Silver, Pyke, Thomas, Inventory and Production Management in Supply Chains, 4th ed., 2017, chapter 6: the policy (R, s, S)).
 * A review comes each day, when terms change, when a purchase order does, and when somebody asks for it.  Quantities are pieces.
 * Pure.
 */
#ifndef KERVAN_INVENTORY_REORDER_H
#define KERVAN_INVENTORY_REORDER_H

#include "common/incoming.h"
#include "services/inventory/forecast.h"
#include "services/inventory/tables.h"

#define REORDER_TIMER "reorder_review"

enum { SERVICE_PERCENT_MIN = 50, SERVICE_PERCENT_MAX = 99 };

struct reorder_need {
    int64_t reorder_point, order_up_to;
};
/* `service_percent` is at least SERVICE_PERCENT_MIN and at most SERVICE_PERCENT_MAX. */
struct reorder_need reorder_need(const struct forecast *forecast, int64_t lead_time_days,
                                 const struct supplier_item_row *terms);
/* What to buy where `position` pieces are there and come, less what is promised; 0: nothing is due. */
int64_t reorder_quantity(const struct reorder_need *need, int64_t position,
                         const struct supplier_item_row *terms);

/* The demand of a place, by the days before today, which are loaded. */
struct forecast reorder_forecast(const struct decision *out, const char *sku, const char *location);

/* A review soon, by the lane of the SKU. */
void reorder_ask(struct decision *out, const char *sku);
/* A review in a day, where none is planned and there are pieces; in the lane of the SKU, with alert_want() and level_want(). */
void reorder_plan_when_due(struct decision *out, const char *sku);

void reorder_review_need(const struct incoming_message *in, struct rows *rows);
void reorder_review_need_shared(const struct incoming_message *in, struct rows *rows);
void on_reorder_review(struct decision *out, const struct incoming_message *in);
const char *reorder_review_lane_key(struct arena *arena, const struct incoming_message *in);

void reorder_due_need(const struct incoming_timer *in, struct rows *rows);
void reorder_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_reorder_due(struct decision *out, const struct incoming_timer *in);

#endif
