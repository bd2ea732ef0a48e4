/* catalog.h - where parcels leave from: the addresses of places, as inventory told last.
 *
 * A place runs in the lane of its code.  What is older than what is known is passed over.  Pure.
 */
#ifndef KERVAN_SHIPPING_CATALOG_H
#define KERVAN_SHIPPING_CATALOG_H

#include "common/incoming.h"

void location_changed_need(const struct incoming_message *in, struct rows *rows);
void on_location_changed(struct decision *out, const struct incoming_message *in);

#endif
