/* purchasing.h - one purchase order while something is decided about it; what the files of purchases share. */
#ifndef KERVAN_INVENTORY_PURCHASING_H
#define KERVAN_INVENTORY_PURCHASING_H

#include "services/inventory/purchase.h"
#include "services/inventory/stock.h"

struct purchasing {
    struct decision *out;
    const struct incoming_message *in;
    const char *id;
    struct purchase_order_row *row; /* NULL: PURCHASE_NONE */
    enum purchase_order_state next;
    const struct purchase_order_draft *draft; /* what is to be drafted */
    enum undelivered_reason reason;           /* that the request gives */
};

/* The line of an item, or NULL. */
struct purchase_order_line_row *purchasing_line(const struct purchasing *purchase, const char *sku);
void purchasing_change(const struct purchasing *purchase, struct purchase_order_line_row *line);

/* What is suggested for the item and place; NULL: they were never reviewed. */
const struct reorder_suggestion_row *purchase_suggestion(const struct rows *rows,
                                                         const struct purchase_suggested *request);

/* All its lines, NULL-terminated. */
void **purchasing_lines(const struct purchasing *purchase);
/* To the lane of the SKU, which books it; nothing where nothing changes. */
void purchasing_bring(const struct purchasing *purchase, const struct purchase_order_line_row *line,
                      struct stock_arrival arrival);
/* True, and answered, when a date that is given is none; the day of one that is not is NOT_GIVEN. */
bool purchasing_date_refused(const struct purchasing *purchase, const char *pointer,
                             const char *date, int64_t *ret_day);

/* A line by the supplier's terms, which are loaded. */
void purchasing_insert_line(const struct purchasing *purchase,
                            const struct purchase_order_draft_line *wanted);

/* What was done, for the list of its steps. */
struct purchase_step {
    enum purchase_input input;
    const char *note;
};
/* The order is as `next` says, which is told; NULL: it is no step that anybody asked for. */
void purchasing_keep(const struct purchasing *purchase, const struct purchase_step *step);

/* Marks what sending asks for, where the order and its lines are loaded. */
void purchase_want_sending(struct rows *rows, const char *purchase_order_id);

/* True when something was done; else it is answered. */
bool purchase_draft(struct purchasing *purchase);
bool purchase_send(struct purchasing *purchase);
bool purchase_confirm(struct purchasing *purchase);
/* Pieces arrive, perhaps not all: then `next` is corrected. */
bool purchase_receive(struct purchasing *purchase);
/* What is outstanding does not come. */
bool purchase_close(struct purchasing *purchase);
bool purchase_cancel(struct purchasing *purchase);
/* The same, since the supplier says so. */
bool purchase_decline(struct purchasing *purchase);

#endif
