/* counting.h - what moved on a shelf since it was counted.
 *
 * Somebody counts, and what was counted is booked a while later: what is on hand now is what was counted, and what
 * came and left since.  What the ledger says of that time counts, less lines that only corrected the books (another count, what
 * was found at a shipment, an audit).  So a sale in between is not lost, and two who count the same shelf correct it once.
 * Pure.
 */
#ifndef KERVAN_INVENTORY_COUNTING_H
#define KERVAN_INVENTORY_COUNTING_H

#include "common/incoming.h"
#include "proto/inventory.h"

/* A count that says when it was made: what moved since is read with the stock. */
void counting_need_shared(const struct stock_adjust *request, struct rows *rows);
/* Why an instant of counting cannot be; NULL: it can.  The second knows how much moved since, which must be loaded. */
const char *counting_age_fault(const struct decision *out, const struct stock_adjust *request);
const char *counting_fault(const struct decision *out, const struct stock_adjust *request);
/* True, and answered, when it says an instant that cannot be. */
bool counting_refused(struct decision *out, const struct incoming_message *in);
/* What is there now, by a count; may be below 0, when more has left than was counted. */
int64_t counting_there_now(const struct decision *out, const struct stock_adjust *request);

#endif
