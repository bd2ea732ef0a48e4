/* transferring.h - one transfer while something is decided about it; what the files of transfers share. */
#ifndef KERVAN_INVENTORY_TRANSFERRING_H
#define KERVAN_INVENTORY_TRANSFERRING_H

#include "services/inventory/transfer.h"

struct transferring {
    struct decision *out;
    const struct incoming_message *in;
    const char *id;
    struct transfer_row *row; /* NULL: TRANSFER_NONE */
    enum transfer_state next;
};

/* The line of an item, or NULL. */
struct transfer_line_row *transferring_line(const struct transferring *transfer, const char *sku);
void transferring_change(const struct transferring *transfer, struct transfer_line_row *line);
struct ledger_row transferring_cause(const struct transferring *transfer);

/* The pieces leave.  False, and answered, when the request names what the transfer has not. */
bool transfer_ship(struct transferring *transfer);
/* Pieces arrive, perhaps not all: then `next` is corrected.  False as above. */
bool transfer_receive(struct transferring *transfer);
/* What is on its way is lost. */
bool transfer_close(struct transferring *transfer);

/* Marks the bins of a line that the request names. */
void transfer_want_bins(const struct incoming_message *in, const struct transfer_line_row *line,
                        struct rows *rows);

#endif
