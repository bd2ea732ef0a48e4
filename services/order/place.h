/* place.h - places that send goods: what is known of their days.  Pure. */
#ifndef KERVAN_ORDER_PLACE_H
#define KERVAN_ORDER_PLACE_H

#include "common/calendar.h"
#include "common/incoming.h"
#include "services/order/tables.h"

/* Marks all places. */
void places_need(struct rows *rows);
/* One that nothing is known of is always open.  Places are loaded. */
struct calendar place_calendar(const struct rows *rows, const char *code);

/* What inventory says of one. */
void place_changed_need(const struct incoming_message *in, struct rows *rows);
void on_place_changed(struct decision *out, const struct incoming_message *in);

#endif
