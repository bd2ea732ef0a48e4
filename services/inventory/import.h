/* import.h - an item with what of it lies where, as one line of a file says it: all of it is done, or nothing.
 *
 * What was counted is booked, as a count is (adjustment.h); a line that comes again under its name changes nothing, whatever
 * was sold meanwhile.  Answered 201 where it made the item, else 200.  Pure; runs in the SKU's lane.
 */
#ifndef KERVAN_INVENTORY_IMPORT_H
#define KERVAN_INVENTORY_IMPORT_H

#include "common/incoming.h"

void item_import_need(const struct incoming_message *in, struct rows *rows);
void item_import_need_shared(const struct incoming_message *in, struct rows *rows);
void on_item_import(struct decision *out, const struct incoming_message *in);
const char *item_import_lane_key(struct arena *arena, const struct incoming_message *in);

#endif
