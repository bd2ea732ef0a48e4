/* expected.c - incoming pieces, counted off by those who wait. */
#include "services/inventory/expected.h"

#include "proto/types.h"
#include "services/inventory/stock.h"
#include "services/inventory/tables.h"

static const int64_t day_ms = INT64_C(86400000);

void expected_need(struct rows *rows, const char *sku)
{
    rows_want(rows, &incoming_day_table, key_text(sku));
}

/* The day by which as many come as all wait for; -1: not all of them are bought, or nobody says when they come. */
static int64_t day_of(const struct rows *rows, const char *sku)
{
    int64_t missing = backorder_pieces(rows, sku);

    for (void **at = rows_list(rows, &incoming_day_table, key_text(sku)); *at != NULL; at++) {
        const struct incoming_day_row *coming = *at;

        missing -= coming->pieces;
        if (missing <= 0) {
            return coming->day;
        }
    }
    return -1;
}

int64_t expected_at(const struct decision *out, const struct line_quantity *waiting, size_t count)
{
    int64_t last = out->now / day_ms + 1;

    for (size_t i = 0; i < count; i++) {
        int64_t day = day_of(out->rows, waiting[i].sku);

        if (day < 0) {
            return 0;
        }
        last = day > last ? day : last;
    }
    return count == 0 ? 0 : (last + 1) * day_ms - 1;
}
