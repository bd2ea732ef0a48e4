/* catalog.h - what fulfillment knows of places and items: what inventory told last.
 *
 * A place runs in the lane of its code, an item in that of its SKU.  What is older than what is known
 * is passed over.  Pure.
 */
#ifndef KERVAN_FULFILLMENT_CATALOG_H
#define KERVAN_FULFILLMENT_CATALOG_H

#include "common/incoming.h"

void location_changed_need(const struct incoming_message *in, struct rows *rows);
void on_location_changed(struct decision *out, const struct incoming_message *in);

void item_state_need(const struct incoming_message *in, struct rows *rows);
void on_item_state(struct decision *out, const struct incoming_message *in);

/* Bins of a place, and what lies in them: facts of inventory. */
void bin_changed_need(const struct incoming_message *in, struct rows *rows);
void on_bin_changed(struct decision *out, const struct incoming_message *in);
void bins_changed_need(const struct incoming_message *in, struct rows *rows);
void on_bins_changed(struct decision *out, const struct incoming_message *in);

/* People say whether pick lists of a place are verified by scans. */
const char *verification_lane_key(struct arena *arena, const struct incoming_message *in);
void verification_need(const struct incoming_message *in, struct rows *rows);
void on_verification_put(struct decision *out, const struct incoming_message *in);

#endif
