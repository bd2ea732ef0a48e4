/* counting.c - from what was counted to what is there now. */
#include "services/inventory/counting.h"

#include "common/reply.h"
#include "services/inventory/tables.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS     (INT64_C(24) * 60 * 60 * 1000)
#define AGE_MAX_MS (7 * DAY_MS)

enum { KEY_BYTES = 160 };

/* As the load statement reads it: neither a SKU nor a place has a space. */
static void write_key(char key[KEY_BYTES], const struct stock_adjust *request)
{
    (void)snprintf(key, KEY_BYTES, "%s %s %lld", request->sku, request->location,
                   (long long)request->counted_at);
}

void counting_need_shared(const struct stock_adjust *request, struct rows *rows)
{
    char key[KEY_BYTES];

    if (request->has_counted_at) {
        write_key(key, request);
        rows_want(rows, &stock_moved_table, key_text(key));
    }
}

static const struct stock_moved_row *find_moved(const struct rows *rows,
                                                const struct stock_adjust *request)
{
    char key[KEY_BYTES];

    write_key(key, request);
    return rows_find(rows, &stock_moved_table, key_text(key));
}

const char *counting_age_fault(const struct decision *out, const struct stock_adjust *request)
{
    if (request->counted_at > out->now) {
        return "is in the future";
    }
    return out->now - request->counted_at > AGE_MAX_MS
               ? "is longer ago than seven days; count again"
               : NULL;
}

const char *counting_fault(const struct decision *out, const struct stock_adjust *request)
{
    const struct stock_moved_row *moved = find_moved(out->rows, request);
    const char *fault = counting_age_fault(out, request);

    return fault == NULL && moved != NULL && !moved->complete
               ? "too much has moved since then; count again"
               : fault;
}

bool counting_refused(struct decision *out, const struct incoming_message *in)
{
    const struct stock_adjust *request = in->message;

    if (!request->has_counted_at) {
        return false;
    }
    const char *wrong =
        request->has_counted ? counting_fault(out, request) : "is when `counted` was counted";
    if (wrong != NULL) {
        reply_invalid(out, in, "/counted_at", wrong);
    }
    return wrong != NULL;
}

/* Whether pieces came or left; other lines correct what the books said. */
static bool is_movement(const struct ledger_row *line)
{
    return line->counter == STOCK_COUNTER_ON_HAND && line->kind != LEDGER_FOUND &&
           line->kind != LEDGER_AUDITED &&
           !(line->kind == LEDGER_ADJUSTED && line->reason == ADJUSTMENT_REASON_COUNT);
}

/* What this batch moved before: it is not stored yet. */
static int64_t moved_just_now(const struct decision *out, const struct stock_adjust *request)
{
    size_t count = 0;
    void **lines = rows_changed(out->rows, &ledger_table, ROW_INSERTED, &count);
    int64_t moved = 0;

    for (size_t i = 0; i < count; i++) {
        const struct ledger_row *line = lines[i];

        if (line->at > request->counted_at && is_movement(line) &&
            strcmp(line->sku, request->sku) == 0 &&
            strcmp(line->location, request->location) == 0) {
            moved += line->quantity;
        }
    }
    return moved;
}

int64_t counting_there_now(const struct decision *out, const struct stock_adjust *request)
{
    const struct stock_moved_row *moved = NULL;

    if (!request->has_counted_at) {
        return request->counted;
    }
    moved = find_moved(out->rows, request);
    return request->counted + (moved == NULL ? 0 : moved->moved) + moved_just_now(out, request);
}
