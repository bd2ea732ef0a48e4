/* count_lines.c - what is on a count sheet: drawn, counted, compared, counted again. */
#include "services/inventory/count_taking.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"
#include "services/inventory/counting.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/stock.h"

#include <stdio.h>
#include <string.h>

enum { KEY_BYTES = 256 };

static bool refused(const struct count_taking *taking, const char *pointer, const char *why)
{
    reply_invalid(taking->out, taking->in, pointer, why);
    return true;
}

/* Why an item cannot be counted; NULL: it can. */
static const char *item_fault(const struct rows *rows, const char *sku)
{
    const struct item_row *item = rows_find(rows, &item_table, key_text(sku));

    return item == NULL               ? "there is no such item"
           : item->components != NULL ? "it is a bundle: count its components"
                                      : NULL;
}

/* --- Drawn ---------------------------------------------------------------------------------------- */

/* As the load statement reads it: neither a SKU nor a place has a space.  One more than fits tells that there are more. */
static void write_key(char key[KEY_BYTES], const struct stock_count_sheet *request)
{
    static const char *const words[] = { "", "place", "movement", "oldest", "items" };
    int64_t limit = request->has_limit ? request->limit : COUNT_DRAWN_MAX;

    (void)snprintf(key, KEY_BYTES, "%s %s %lld %s %lld", request->location, words[request->select],
                   (long long)limit + 1, request->after == NULL ? "-" : request->after,
                   (long long)(request->has_not_counted_days ? request->not_counted_days : 0));
}

void count_draw_need(const struct stock_count_sheet *request, struct rows *rows)
{
    char key[KEY_BYTES];

    if (request->select != COUNT_SELECTION_ITEMS) {
        write_key(key, request);
        rows_want(rows, &countable_table, key_text(key));
    }
    for (size_t i = 0; i < request->skus_count; i++) {
        rows_want(rows, &item_table, key_text(request->skus[i]));
    }
}

void count_draw_need_shared(const struct stock_count_sheet *request, struct rows *rows)
{
    (void)request;
    rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
}

static bool skus_refused(const struct count_taking *taking, const char *const *skus, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *wrong = item_fault(taking->out->rows, skus[i]);

        for (size_t j = 0; j < i && wrong == NULL; j++) {
            wrong = strcmp(skus[i], skus[j]) == 0 ? "is named before" : NULL;
        }
        if (wrong != NULL) {
            return refused(taking, text_format(taking->out->arena, "/skus/%zu", i), wrong);
        }
    }
    return false;
}

static bool draw_refused(const struct count_taking *taking)
{
    const struct stock_count_sheet *request = taking->in->message;
    bool items = request->select == COUNT_SELECTION_ITEMS;

    if (!location_is_known(taking->out->rows, request->location)) {
        return refused(taking, "/location", "there is no such place; put it first");
    }
    if (items != (request->skus_count > 0)) {
        return refused(taking, "/skus",
                       "names what is counted when, and only when, select is items");
    }
    if (request->after != NULL && request->select != COUNT_SELECTION_PLACE) {
        return refused(taking, "/after", "is for a whole place, which is counted by SKU");
    }
    return skus_refused(taking, request->skus, request->skus_count);
}

static void add_line(const struct count_taking *taking, const char *location, const char *sku)
{
    const struct count_line_row line = { .sheet_id = taking->id,
                                         .sku = sku,
                                         .location = location,
                                         .state = COUNT_LINE_STATE_TO_COUNT,
                                         .round = 1,
                                         .asked_at = taking->out->now,
                                         .counted = NOT_GIVEN };

    rows_insert(taking->out->rows, &count_line_table, &line);
}

/* So many lines as fit; the SKU behind which there are more, else NULL. */
static const char *add_selected(const struct count_taking *taking, size_t *ret_count)
{
    const struct stock_count_sheet *request = taking->in->message;
    size_t limit = request->has_limit ? (size_t)request->limit : COUNT_DRAWN_MAX;
    char key[KEY_BYTES];

    write_key(key, request);
    void **list = rows_list(taking->out->rows, &countable_table, key_text(key));
    for (*ret_count = 0; list[*ret_count] != NULL && *ret_count < limit; ++*ret_count) {
        add_line(taking, request->location, ((const struct countable_row *)list[*ret_count])->sku);
    }
    bool more = *ret_count > 0 && list[*ret_count] != NULL;
    return more && request->select == COUNT_SELECTION_PLACE
               ? ((const struct countable_row *)list[*ret_count - 1])->sku
               : NULL;
}

bool count_draw(struct count_taking *taking)
{
    const struct stock_count_sheet *request = taking->in->message;
    struct count_sheet_row fresh = {
        .sheet_id = taking->id,
        .state = COUNT_NONE,
        .location = request->location,
        .selection = (int64_t)request->select,
        .blind = request->has_blind && request->blind,
        .tolerance_pieces = request->has_tolerance_pieces ? request->tolerance_pieces : 0,
        .tolerance_percent = request->has_tolerance_percent ? request->tolerance_percent : 0,
        .round = 1,
        .requested_at = taking->out->now
    };
    size_t count = request->skus_count;

    if (draw_refused(taking)) {
        return false;
    }
    for (size_t i = 0; i < request->skus_count; i++) {
        add_line(taking, request->location, request->skus[i]);
    }
    if (request->select != COUNT_SELECTION_ITEMS) {
        fresh.last_sku = add_selected(taking, &count);
    }
    if (count == 0) {
        return !refused(taking, "/location", "nothing that is meant lies there");
    }
    taking->row = rows_insert(taking->out->rows, &count_sheet_table, &fresh);
    return true;
}

/* --- Counted -------------------------------------------------------------------------------------- */

/* As a count of the item by itself, which counting.h knows: of 0 pieces it gives what moved since then. */
static struct stock_adjust since_of(const char *location,
                                    const struct stock_count_enter_body_line *entry)
{
    return (struct stock_adjust){ .sku = entry->sku,
                                  .location = location,
                                  .has_counted = true,
                                  .counted_at = entry->counted_at,
                                  .has_counted_at = entry->has_counted_at,
                                  .reason = ADJUSTMENT_REASON_COUNT };
}

void count_enter_need_shared(const struct stock_count_enter *request, struct rows *rows)
{
    const struct count_sheet_row *sheet =
        rows_find(rows, &count_sheet_table, key_text(request->sheet_id));

    for (size_t i = 0; i < request->body.lines_count; i++) {
        rows_want(rows, &stock_table, key_text(request->body.lines[i].sku));
        if (sheet != NULL) {
            const struct stock_adjust since = since_of(sheet->location, &request->body.lines[i]);

            counting_need_shared(&since, rows);
        }
    }
}

/* A sheet that was drawn a moment ago, in the same batch: what moved at its place was not read. */
static bool is_just_drawn(const struct count_taking *taking)
{
    return taking->row->requested_at == taking->out->now;
}

static int64_t instant_of(const struct count_taking *taking,
                          const struct stock_count_enter_body_line *entry)
{
    return entry->has_counted_at ? entry->counted_at : taking->out->now;
}

static const char *instant_fault(const struct count_taking *taking,
                                 const struct stock_count_enter_body_line *entry)
{
    const struct count_line_row *line = count_line(taking, entry->sku);
    const struct stock_adjust since = since_of(taking->row->location, entry);
    bool again = line != NULL && line->round > 1;

    if (!entry->has_counted_at) {
        return NULL;
    }
    if (again && entry->counted_at <= line->asked_at) {
        return "is before it was to be counted again";
    }
    return is_just_drawn(taking) ? counting_age_fault(taking->out, &since)
                                 : counting_fault(taking->out, &since);
}

/* What is wrong with the lots of an entry, and of which of its fields; NULL: nothing. */
static const char *lots_fault(const struct count_taking *taking, size_t index,
                              const char **ret_pointer)
{
    const struct stock_count_enter *request = taking->in->message;
    const struct stock_count_enter_body_line *entry = &request->body.lines[index];
    const struct lot_request lots = { .out = taking->out,
                                      .at =
                                          text_format(taking->out->arena, "/lines/%zu/lots", index),
                                      .sku = entry->sku,
                                      .location = taking->row->location,
                                      .lots = entry->lots,
                                      .count = entry->lots_count,
                                      .quantity = entry->counted,
                                      .use = LOT_USE_COUNTED };

    return lot_request_fault(&lots, ret_pointer);
}

static bool is_entered_before(const struct stock_count_enter_body *body, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(body->lines[i].sku, body->lines[index].sku) == 0) {
            return true;
        }
    }
    return false;
}

static bool enter_refused(const struct count_taking *taking)
{
    const struct stock_count_enter *request = taking->in->message;
    struct arena *arena = taking->out->arena;
    const char *pointer = NULL;
    size_t lines = 0;

    while (rows_list(taking->out->rows, &count_line_table, key_text(taking->id))[lines] != NULL) {
        lines++;
    }
    for (size_t i = 0; i < request->body.lines_count; i++) {
        const struct stock_count_enter_body_line *entry = &request->body.lines[i];
        const char *wrong = item_fault(taking->out->rows, entry->sku);
        const char *when = instant_fault(taking, entry);

        wrong = wrong == NULL && is_entered_before(&request->body, i) ? "is named before" : wrong;
        lines += count_line(taking, entry->sku) == NULL;
        wrong = wrong == NULL && lines > COUNT_LINES_MAX ? "no more items fit one sheet" : wrong;
        if (wrong != NULL) {
            return refused(taking, text_format(arena, "/lines/%zu/sku", i), wrong);
        }
        if (when != NULL) {
            return refused(taking, text_format(arena, "/lines/%zu/counted_at", i), when);
        }
        wrong = lots_fault(taking, i, &pointer);
        if (wrong != NULL) {
            return refused(taking, pointer, wrong);
        }
    }
    return false;
}

/* By the books, at the instant of counting: what moved since then is taken off. */
static void compare(const struct count_taking *taking, struct count_line_row *line,
                    const struct stock_count_enter_body_line *entry)
{
    const struct stock_adjust since = since_of(taking->row->location, entry);
    const struct stock_row *stock = stock_find(taking->out->rows, line->sku, line->location);
    bool read = !entry->has_counted_at || !is_just_drawn(taking);
    int64_t moved = entry->has_counted_at && read ? counting_there_now(taking->out, &since) : 0;

    line->expected = (stock == NULL ? 0 : stock->on_hand) - moved;
    line->compared = read;
    line->above_tolerance = !read || count_is_above(taking->row, line->counted, line->expected);
}

/* Of several counts of an item the latest stands: what is sent again changes nothing. */
static void enter_line(const struct count_taking *taking,
                       const struct stock_count_enter_body_line *entry)
{
    struct count_line_row *line = count_line(taking, entry->sku);
    int64_t at = instant_of(taking, entry);

    if (line == NULL) {
        add_line(taking, taking->row->location, entry->sku);
        line = count_line(taking, entry->sku);
        line->round = taking->row->round;
    }
    if (line->state == COUNT_LINE_STATE_COUNTED && line->counted_at >= at) {
        return;
    }
    line->state = COUNT_LINE_STATE_COUNTED;
    line->counted = entry->counted;
    line->counted_at = at;
    line->counted_by = taking->in->actor;
    line->lots = lot_pieces_text(taking->out->arena, entry->lots, entry->lots_count);
    compare(taking, line, entry);
    count_line_change(taking, line);
}

bool count_enter(struct count_taking *taking)
{
    const struct stock_count_enter *request = taking->in->message;

    if (enter_refused(taking)) {
        return false;
    }
    for (size_t i = 0; i < request->body.lines_count; i++) {
        enter_line(taking, &request->body.lines[i]);
    }
    return true;
}

/* --- Submitted ------------------------------------------------------------------------------------ */

bool count_is_above(const struct count_sheet_row *sheet, int64_t counted, int64_t expected)
{
    int64_t difference = counted > expected ? counted - expected : expected - counted;
    int64_t books = expected > 0 ? expected : 0;

    return difference > sheet->tolerance_pieces &&
           difference * 100 > books * sheet->tolerance_percent;
}

/* That there is none of what was not counted is for somebody else to believe, whatever the books say. */
static void leave_uncounted(const struct count_taking *taking, struct count_line_row *line,
                            enum uncounted_policy policy)
{
    if (policy == UNCOUNTED_POLICY_SKIP) {
        line->state = COUNT_LINE_STATE_SKIPPED;
    } else {
        line->state = COUNT_LINE_STATE_COUNTED;
        line->counted = 0;
        line->counted_at = taking->out->now;
        line->counted_by = taking->in->actor;
        line->above_tolerance = true;
    }
    count_line_change(taking, line);
}

static bool submit_refused(const struct count_taking *taking, enum uncounted_policy policy)
{
    void **at = rows_list(taking->out->rows, &count_line_table, key_text(taking->id));
    const char *uncounted = NULL;
    bool counted = false;

    for (; *at != NULL; at++) {
        const struct count_line_row *line = *at;

        if (line->state == COUNT_LINE_STATE_TO_COUNT) {
            uncounted = line->sku;
        } else if (line->state == COUNT_LINE_STATE_COUNTED) {
            counted = true;
        }
    }
    if (uncounted != NULL && policy == UNCOUNTED_POLICY_ABSENT) {
        return refused(taking, "/uncounted",
                       text_format(taking->out->arena,
                                   "\"%s\" is not counted; count it, or say skip or zero",
                                   uncounted));
    }
    return !counted && policy != UNCOUNTED_POLICY_ZERO &&
           refused(taking, "", "nothing is counted; cancel it");
}

bool count_submit(struct count_taking *taking)
{
    const struct stock_count_submit *request = taking->in->message;
    void **at = rows_list(taking->out->rows, &count_line_table, key_text(taking->id));
    bool above = false;

    if (submit_refused(taking, request->body.uncounted)) {
        return false;
    }
    for (; *at != NULL; at++) {
        struct count_line_row *line = *at;

        if (line->state == COUNT_LINE_STATE_TO_COUNT) {
            leave_uncounted(taking, line, request->body.uncounted);
        }
        above = above || (line->state == COUNT_LINE_STATE_COUNTED && line->above_tolerance);
    }
    if (!above) {
        taking->next = COUNT_SHEET_STATE_APPROVED;
        count_post(taking);
    }
    return true;
}

/* --- Counted again -------------------------------------------------------------------------------- */

static bool is_doubted(const struct stock_count_recount_body *body,
                       const struct count_line_row *line)
{
    bool named = body->skus_count == 0 && line->above_tolerance;

    for (size_t i = 0; i < body->skus_count; i++) {
        named = named || strcmp(body->skus[i], line->sku) == 0;
    }
    return named && line->state == COUNT_LINE_STATE_COUNTED;
}

static bool recount_refused(const struct count_taking *taking,
                            const struct stock_count_recount_body *body)
{
    for (size_t i = 0; i < body->skus_count; i++) {
        const struct count_line_row *line = count_line(taking, body->skus[i]);

        if (line == NULL || line->state != COUNT_LINE_STATE_COUNTED) {
            return refused(taking, text_format(taking->out->arena, "/skus/%zu", i),
                           "was not counted on this sheet");
        }
    }
    return false;
}

bool count_recount(struct count_taking *taking)
{
    const struct stock_count_recount *request = taking->in->message;
    void **at = rows_list(taking->out->rows, &count_line_table, key_text(taking->id));

    if (recount_refused(taking, &request->body)) {
        return false;
    }
    taking->row->round++;
    for (; *at != NULL; at++) {
        struct count_line_row *line = *at;

        if (is_doubted(&request->body, line)) {
            line->state = COUNT_LINE_STATE_TO_COUNT;
            line->round = taking->row->round;
            line->asked_at = taking->out->now;
            line->counted = NOT_GIVEN;
            line->counted_at = 0;
            line->counted_by = line->lots = NULL;
            line->compared = line->above_tolerance = false;
            count_line_change(taking, line);
        }
    }
    return true;
}
