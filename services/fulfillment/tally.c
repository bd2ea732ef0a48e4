/* tally.c - do pieces that are named add up with the lines. */
#include "services/fulfillment/tally.h"

#include "common/arena.h"
#include "common/text.h"

struct tally tally_of(const struct work *work)
{
    struct tally tally = { .arena = work->out->arena };

    tally.lines = work_lines(work, &tally.count);
    tally.reported = arena_alloc(tally.arena, (tally.count + 1) * sizeof *tally.reported);
    return tally;
}

void tally_object(struct tally *tally, const char *pointer, const char *detail)
{
    if (tally->detail == NULL) {
        tally->pointer = pointer;
        tally->detail = detail;
    }
}

static size_t find_line(const struct tally *tally, int64_t line_no)
{
    size_t i = 0;

    while (i < tally->count && tally->lines[i]->line_no != line_no) {
        i++;
    }
    return i;
}

void tally_count(struct tally *tally, int64_t line_no, int64_t quantity, const char *pointer)
{
    size_t i = find_line(tally, line_no);

    if (i < tally->count) {
        tally->reported[i] += quantity;
    } else {
        tally_object(tally, text_format(tally->arena, "%s/line_no", pointer),
                     "is no line of this fulfillment");
    }
}

void tally_take(struct tally *tally, int64_t line_no, int64_t quantity, const char *pointer)
{
    size_t i = find_line(tally, line_no);

    tally_count(tally, line_no, quantity, pointer);
    if (i < tally->count && tally->reported[i] > tally->lines[i]->quantity) {
        tally_object(tally, text_format(tally->arena, "%s/quantity", pointer),
                     text_format(tally->arena, "line %lld has only %lld pieces left",
                                 (long long)line_no, (long long)tally->lines[i]->quantity));
    }
}

void tally_compare(struct tally *tally, const char *pointer, const char *advice)
{
    for (size_t i = 0; i < tally->count; i++) {
        const struct line_row *line = tally->lines[i];

        if (tally->reported[i] != line->quantity) {
            tally_object(tally, pointer,
                         text_format(tally->arena,
                                     "line %lld has %lld pieces, %lld are reported: %s",
                                     (long long)line->line_no, (long long)line->quantity,
                                     (long long)tally->reported[i], advice));
        }
    }
}

const struct line_quantity *tally_counted(const struct tally *tally, size_t *ret_count)
{
    struct line_quantity *counted = arena_alloc(tally->arena, (tally->count + 1) * sizeof *counted);

    *ret_count = 0;
    for (size_t i = 0; i < tally->count; i++) {
        if (tally->reported[i] > 0) {
            counted[(*ret_count)++] = (struct line_quantity){ .line_no = tally->lines[i]->line_no,
                                                              .sku = tally->lines[i]->sku,
                                                              .quantity = tally->reported[i] };
        }
    }
    return counted;
}

void tally_take_off(const struct tally *tally, const struct work *work)
{
    for (size_t i = 0; i < tally->count; i++) {
        if (tally->reported[i] > 0) {
            tally->lines[i]->quantity -= tally->reported[i];
            rows_update(work->out->rows, &line_table, tally->lines[i]);
        }
    }
}
