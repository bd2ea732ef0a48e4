/* erase.c - forgets where an order went, what was written to the people at the places and by them, and what was put on items. */
#include "services/fulfillment/erase.h"

#include "common/id.h"
#include "services/fulfillment/work.h"

void fulfillment_erase_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, in->subject.id);
    rows_want(rows, &line_table, key_number(in->subject.number));
}

static void forget_work(struct rows *rows, const char *order_id)
{
    unsigned char bytes[ORDER_ID_BYTES];

    if (!order_id_parse(order_id, bytes)) {
        return; /* nothing was wanted by it either */
    }
    struct key order = key_bytes((struct bytes){ bytes, sizeof bytes });

    for (void **at = rows_list(rows, &fulfillment_table, order); *at != NULL; at++) {
        struct fulfillment_row *work = *at;

        work->ship_to = NULL;
        work->note = NULL;
        work->place_note = NULL;
        rows_update(rows, &fulfillment_table, work);
    }
}

void on_fulfillment_erase(struct decision *out, const struct incoming_message *in)
{
    forget_work(out->rows, in->subject.id);
    for (void **at = rows_list(out->rows, &line_table, key_number(in->subject.number)); *at != NULL;
         at++) {
        struct line_row *line = *at;

        if (line->customization != NULL) {
            line->customization = NULL;
            rows_update(out->rows, &line_table, line);
        }
    }
}
