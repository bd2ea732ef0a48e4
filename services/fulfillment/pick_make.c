/* pick_make.c - a pick list is made: of fulfillments that are named, or of what is due first. */
#include "services/fulfillment/pick_list.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/fulfillment/work.h"

#include <string.h>

enum {
    LIST_FULFILLMENTS_DEFAULT = 10,
    LIST_LINES_MAX = 2000,
    KEY_BYTES = 8192,
    ID_LENGTH_MAX = 100
};

struct key_text {
    char text[KEY_BYTES];
};

static void append(struct key_text *key, size_t *used, const char *text)
{
    while (*text != '\0' && *used + 1 < KEY_BYTES) {
        key->text[(*used)++] = *text++;
    }
    key->text[*used] = '\0';
}

static void append_number(struct key_text *key, size_t *used, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    append(key, used, digits + at);
}

static void append_named(struct key_text *key, size_t *used, const char *fulfillment_id)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[ORDER_ID_BYTES];

    if (!order_id_parse(fulfillment_id, bytes)) {
        return; /* refused when it is decided on */
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        char pair[3] = { digits[bytes[i] >> 4], digits[bytes[i] & 15], '\0' };

        append(key, used, pair);
    }
    append(key, used, ".");
    append_number(key, used, child_id_counter(fulfillment_id, 'F'));
}

/* As pickable_load reads it: no place, zone or id has a space. */
static struct key_text key_of(const struct pick_list_make *request)
{
    struct key_text key;
    size_t used = 0;

    append(&key, &used, request->location);
    append(&key, &used, request->fulfillments_count > 0 ? " these " : " rule ");
    for (size_t i = 0; i < request->fulfillments_count; i++) {
        append(&key, &used, i > 0 ? "," : "");
        append_named(&key, &used, request->fulfillments[i]);
    }
    if (request->fulfillments_count == 0) {
        append_number(&key, &used, request->has_limit ? request->limit : LIST_FULFILLMENTS_DEFAULT);
        append(&key, &used, " ");
        append(&key, &used, request->zone == NULL ? "" : request->zone);
    }
    return key;
}

void pick_list_make_need(const struct incoming_message *in, struct rows *rows)
{
    const struct pick_list_make *request = in->message;
    const struct key_text key = key_of(request);

    pick_list_want(rows, in->id);
    rows_want(rows, &place_table, key_text(request->location));
    rows_want(rows, &pickable_table, key_text(key.text));
    for (size_t i = 0; i < request->fulfillments_count; i++) {
        work_want(rows, request->fulfillments[i]);
    }
}

void pick_list_make_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct key_text key = key_of(in->message);

    for (void **at = rows_list(rows, &pickable_table, key_text(key.text)); *at != NULL; at++) {
        const struct pickable_row *line = *at;

        rows_want(rows, &fulfillment_table, key_bytes(line->order_id));
        rows_want(rows, &pick_claim_table, key_bytes(line->order_id));
    }
    pick_list_want_shared(rows, in->id);
}

/* The list that has a fulfillment; NULL: none. */
static const char *list_with(const struct rows *rows, struct bytes order_id, int64_t fulfillment_no)
{
    for (void **at = rows_list(rows, &pick_claim_table, key_bytes(order_id)); *at != NULL; at++) {
        const struct pick_claim_row *claim = *at;

        if (claim->fulfillment_no == fulfillment_no) {
            return claim->list_id;
        }
    }
    return NULL;
}

/* Why a fulfillment cannot be on a list of this place; NULL: it can. */
static const char *fault_of(const struct pick_list *list, const struct fulfillment_row *work)
{
    const struct pick_list_make *request = list->in->message;

    if (work == NULL || work->state == WORK_TOMBSTONE) {
        return "there is no such fulfillment";
    }
    if (strcmp(work->location, request->location) != 0) {
        return text_format(list->out->arena, "is work of %s", work->location);
    }
    if (work->state != WORK_OPEN) {
        return "is not open: there is nothing to be picked";
    }
    return work_is_on_hold(work) ? "is on hold" : NULL;
}

static bool named_refused(const struct pick_list *list)
{
    const struct pick_list_make *request = list->in->message;

    for (size_t i = 0; i < request->fulfillments_count; i++) {
        const struct fulfillment_row *work = work_named(list->out->rows, request->fulfillments[i]);
        const char *fault = fault_of(list, work);

        for (size_t j = 0; j < i && fault == NULL; j++) {
            fault = strcmp(request->fulfillments[i], request->fulfillments[j]) == 0
                        ? "is named before"
                        : NULL;
        }
        if (fault == NULL) {
            /* One that opened in this very batch is not among what could be picked: it can be asked for again. */
            (void)rows_want(list->out->rows, &pick_claim_table, key_bytes(work->order_id));
            const char *other = list_with(list->out->rows, work->order_id, work->fulfillment_no);

            fault = other == NULL ? NULL
                                  : text_format(list->out->arena, "is on the pick list %s", other);
        }
        if (fault != NULL) {
            reply_invalid(list->out, list->in,
                          text_format(list->out->arena, "/fulfillments/%zu", i), fault);
            return true;
        }
    }
    return false;
}

static const struct fulfillment_row *work_of_pickable(const struct rows *rows,
                                                      const struct pickable_row *line)
{
    void **at = rows_list(rows, &fulfillment_table, key_bytes(line->order_id));

    while (*at != NULL &&
           ((const struct fulfillment_row *)*at)->fulfillment_no != line->fulfillment_no) {
        at++;
    }
    return *at;
}

static void add_line(const struct pick_list *list, const struct pickable_row *line, int64_t rank)
{
    const struct pick_list_line_row row = { .list_id = list->id,
                                            .rank = rank,
                                            .order_id = line->order_id,
                                            .fulfillment_no = line->fulfillment_no,
                                            .order_no = line->order_no,
                                            .sku = line->sku,
                                            .quantity = line->quantity,
                                            .bin = line->bin,
                                            .zone = line->zone };

    rows_insert(list->out->rows, &pick_list_line_table, &row);
    if (list_with(list->out->rows, line->order_id, line->fulfillment_no) == NULL) {
        rows_insert(list->out->rows, &pick_claim_table,
                    &(struct pick_claim_row){ line->order_id, line->fulfillment_no, list->id });
    }
}

static bool is_planned(const struct pick_list *list, const struct key_text *key,
                       const struct fulfillment_row *work)
{
    void **at = rows_list(list->out->rows, &pickable_table, key_text(key->text));

    while (*at != NULL &&
           (((const struct pickable_row *)*at)->order_no != work->order_no ||
            ((const struct pickable_row *)*at)->fulfillment_no != work->fulfillment_no)) {
        at++;
    }
    return *at != NULL;
}

/* True, and answered, when not all that is named was planned, or there is more than a list holds: a list has a fulfillment whole or not. */
static bool plan_refused(const struct pick_list *list, const struct key_text *key)
{
    const struct pick_list_make *request = list->in->message;
    void **lines = rows_list(list->out->rows, &pickable_table, key_text(key->text));
    size_t count = 0;

    while (lines[count] != NULL) {
        count++;
    }
    if (count > LIST_LINES_MAX) {
        reply_invalid(list->out, list->in,
                      request->fulfillments_count > 0 ? "/fulfillments" : "/limit",
                      "has more lines than a list holds: take fewer fulfillments");
        return true;
    }
    for (size_t i = 0; i < request->fulfillments_count; i++) {
        if (!is_planned(list, key, work_named(list->out->rows, request->fulfillments[i]))) {
            reply_invalid(list->out, list->in,
                          text_format(list->out->arena, "/fulfillments/%zu", i),
                          "has only just opened: ask again");
            return true;
        }
    }
    return false;
}

/* What went to another list, or is not to be picked any more, since the lines were planned, is left out. */
static int64_t add_lines(const struct pick_list *list, const struct key_text *key)
{
    int64_t rank = 0;

    for (void **at = rows_list(list->out->rows, &pickable_table, key_text(key->text)); *at != NULL;
         at++) {
        const struct pickable_row *line = *at;
        const char *other = list_with(list->out->rows, line->order_id, line->fulfillment_no);

        if ((other == NULL || strcmp(other, list->id) == 0) &&
            fault_of(list, work_of_pickable(list->out->rows, line)) == NULL) {
            add_line(list, line, ++rank);
        }
    }
    return rank;
}

static bool make_refused(const struct pick_list *list)
{
    const struct pick_list_make *request = list->in->message;

    if (rows_find(list->out->rows, &place_table, key_text(request->location)) == NULL) {
        reply_invalid(list->out, list->in, "/location", "there is no such place");
        return true;
    }
    if (request->fulfillments_count > 0 && (request->zone != NULL || request->has_limit)) {
        reply_invalid(list->out, list->in, request->zone != NULL ? "/zone" : "/limit",
                      "is for lists by rule: name fulfillments, or say how many");
        return true;
    }
    return named_refused(list);
}

/* True, and answered, when this request made a list before. */
static bool was_made(const struct pick_list *list)
{
    static const struct refusal reused = { .status = 422,
                                           .type = "idempotency-key-reused",
                                           .title = "The key was used for another request",
                                           .detail = "use a new Idempotency-Key for another body",
                                           .pointer = "" };

    if (list->in->digest == NULL || strlen(list->id) > ID_LENGTH_MAX) {
        decide_impossible(list->out, "a pick list needs a request with a digest and a short id");
        return true;
    }
    if (list->row == NULL) {
        return false;
    }
    if (memcmp(list->row->digest.bytes, list->in->digest, list->row->digest.length) == 0) {
        reply_done(list->out, list->in, 201, list->id);
    } else {
        reply_refused(list->out, list->in, &reused);
    }
    return true;
}

void on_pick_list_make(struct decision *out, const struct incoming_message *in)
{
    const struct pick_list_make *request = in->message;
    const struct pick_list list = pick_list_of(out, in, in->id);
    const struct key_text key = key_of(request);

    if (was_made(&list) || make_refused(&list) || plan_refused(&list, &key)) {
        return;
    }
    if (add_lines(&list, &key) == 0) {
        reply_invalid(out, in, "/location", "nothing that is meant waits there to be picked");
        return;
    }
    rows_insert(out->rows, &pick_list_table,
                &(struct pick_list_row){ .list_id = in->id,
                                         .version = 1,
                                         .state = request->picker == NULL ? PICK_LIST_STATE_OPEN
                                                                          : PICK_LIST_STATE_PICKING,
                                         .location = request->location,
                                         .picker = request->picker,
                                         .digest = { in->digest, 32 },
                                         .made_at = out->now,
                                         .changed_at = out->now });
    reply_done(out, in, 201, in->id);
}
