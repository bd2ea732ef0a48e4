/* count_taking.h - one count sheet while something is decided about it; what the files of count sheets share. */
#ifndef KERVAN_INVENTORY_COUNT_TAKING_H
#define KERVAN_INVENTORY_COUNT_TAKING_H

#include "services/inventory/count_sheet.h"

struct count_taking {
    struct decision *out;
    const struct incoming_message *in;
    const char *id;
    struct count_sheet_row *row; /* NULL: COUNT_NONE */
    enum count_sheet_state next;
};

/* The line of an item, or NULL. */
struct count_line_row *count_line(const struct count_taking *taking, const char *sku);
void count_line_change(const struct count_taking *taking, struct count_line_row *line);
/* What drawing and entering read. */
void count_draw_need(const struct stock_count_sheet *request, struct rows *rows);
void count_draw_need_shared(const struct stock_count_sheet *request, struct rows *rows);
void count_enter_need_shared(const struct stock_count_enter *request, struct rows *rows);

/* Each is true when something was done, else it is answered. */
bool count_draw(struct count_taking *taking);
bool count_enter(struct count_taking *taking);
bool count_submit(struct count_taking *taking);
bool count_recount(struct count_taking *taking);
bool count_approve(struct count_taking *taking);
bool count_note_booked(struct count_taking *taking);

/* Asks the lanes of the SKUs to book what was counted. */
void count_post(struct count_taking *taking);

#endif
