/* pick_scan.c - pieces are scanned at the shelf, once each, and the last scan is undone. */
#include "services/fulfillment/pick_list.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "services/fulfillment/barcode.h"
#include "services/fulfillment/tables.h"

#include <assert.h>
#include <string.h>

/* A scan while it is decided on. */
struct scanning {
    const struct pick_list *list;
    struct pick_list_line_row **lines;
    size_t count;
    const struct pick_list_scan_body *body;
    const char *sku; /* NULL: no item of the list has the barcode */
    int64_t pieces;  /* of it */
};

static struct pick_scan_row *scan_named(const struct pick_list *list, const char *scan_id)
{
    void **at = rows_list(list->out->rows, &pick_scan_table, key_text(list->id));

    while (*at != NULL && strcmp(((const struct pick_scan_row *)*at)->scan_id, scan_id) != 0) {
        at++;
    }
    return *at;
}

static void recognize(struct scanning *scanning)
{
    for (size_t i = 0; i < scanning->count && scanning->sku == NULL; i++) {
        const char *sku = scanning->lines[i]->sku;
        const struct item_row *item =
            rows_find(scanning->list->out->rows, &item_table, key_text(sku));
        int64_t pieces =
            barcode_pieces(scanning->body->barcode, sku, item == NULL ? NULL : item->barcodes);

        if (pieces > 0) {
            scanning->sku = sku;
            scanning->pieces =
                pieces * (scanning->body->has_quantity ? scanning->body->quantity : 1);
        }
    }
}

/* Pieces of line `at` that this scan may take. */
static int64_t left_of(const struct scanning *scanning, size_t at)
{
    const struct pick_list_line_row *line = scanning->lines[at];

    if (strcmp(line->sku, scanning->sku) != 0 ||
        (scanning->body->bin != NULL && !text_equal(line->bin, scanning->body->bin))) {
        return 0;
    }
    int64_t left = pick_list_wanted(scanning->list, scanning->lines, at) - line->verified;

    return left < 0 ? 0 : left;
}

/* What is wrong, and of which field; NULL: nothing. */
static const char *fault_of(const struct scanning *scanning, const char **ret_pointer)
{
    struct arena *arena = scanning->list->out->arena;
    int64_t left = 0;
    bool there = false;

    *ret_pointer = "/barcode";
    if (scanning->sku == NULL) {
        return "wrong item: nothing on this list has this barcode";
    }
    for (size_t i = 0; i < scanning->count; i++) {
        left += left_of(scanning, i);
        there = there || (strcmp(scanning->lines[i]->sku, scanning->sku) == 0 &&
                          text_equal(scanning->lines[i]->bin, scanning->body->bin));
    }
    if (scanning->body->bin != NULL && !there) {
        *ret_pointer = "/bin";
        return text_format(arena, "%s is not to be taken out of this bin", scanning->sku);
    }
    if (left == 0) {
        return text_format(arena, "nothing more of %s is to be taken: put it back", scanning->sku);
    }
    *ret_pointer = "/quantity";
    return scanning->pieces <= left
               ? NULL
               : text_format(arena, "too many: only %lld more of %s are to be taken",
                             (long long)left, scanning->sku);
}

/* The pieces go to the lines that come first on the way; as pick_scan.taken keeps it. */
static const char *take(const struct scanning *scanning)
{
    struct decision *out = scanning->list->out;
    const char *taken = "";
    int64_t left = scanning->pieces;

    for (size_t i = 0; i < scanning->count && left > 0; i++) {
        int64_t more = left_of(scanning, i);

        more = more < left ? more : left;
        if (more > 0) {
            scanning->lines[i]->verified += more;
            rows_update(out->rows, &pick_list_line_table, scanning->lines[i]);
            taken = text_format(out->arena, "%s%s%lld %lld", taken, *taken == '\0' ? "" : " ",
                                (long long)scanning->lines[i]->rank, (long long)more);
            left -= more;
        }
    }
    return taken;
}

static void keep(const struct scanning *scanning, const char *taken)
{
    const struct pick_list *list = scanning->list;

    list->row->scan_count++;
    list->row->state = PICK_LIST_STATE_PICKING;
    pick_list_touch(list);
    rows_insert(list->out->rows, &pick_scan_table,
                &(struct pick_scan_row){ .list_id = list->id,
                                         .scan_id = scanning->body->scan_id,
                                         .scan_no = list->row->scan_count,
                                         .barcode = scanning->body->barcode,
                                         .sku = scanning->sku,
                                         .quantity = scanning->pieces,
                                         .bin = scanning->body->bin,
                                         .taken = taken,
                                         .actor = list->in->actor,
                                         .scanned_at = list->out->now });
}

/* True, and answered, when the hand-held has sent it before. */
static bool came_before(const struct scanning *scanning)
{
    const struct pick_list *list = scanning->list;
    const struct pick_scan_row *before = scan_named(list, scanning->body->scan_id);

    if (before == NULL) {
        return false;
    }
    if (strcmp(before->barcode, scanning->body->barcode) == 0 &&
        text_equal(before->bin, scanning->body->bin)) {
        reply_done(list->out, list->in, 200, list->id);
    } else {
        reply_invalid(list->out, list->in, "/scan_id", "is that of another scan");
    }
    return true;
}

void on_pick_list_scan(struct decision *out, const struct incoming_message *in)
{
    const struct pick_list_scan *request = in->message;
    const struct pick_list list = pick_list_of(out, in, request->list_id);
    struct scanning scanning = { .list = &list, .body = &request->body };
    const char *pointer = NULL;

    if ((list.row != NULL && came_before(&scanning)) || pick_list_refused(&list)) {
        return;
    }
    scanning.lines = pick_list_lines(&list, &scanning.count);
    recognize(&scanning);
    const char *fault = fault_of(&scanning, &pointer);

    if (fault != NULL) {
        reply_invalid(out, in, pointer, fault);
        return;
    }
    keep(&scanning, take(&scanning));
    reply_done(out, in, 200, list.id);
}

/* --- Undone --------------------------------------------------------------------------------------- */

static int64_t take_number(const char **at)
{
    int64_t number = 0;

    for (; **at >= '0' && **at <= '9'; ++*at) {
        number = number * 10 + (**at - '0');
    }
    *at += **at == ' ' ? 1 : 0;
    return number;
}

static struct pick_list_line_row *line_ranked(const struct pick_list *list, int64_t rank)
{
    size_t count = 0, at = 0;
    struct pick_list_line_row **lines = pick_list_lines(list, &count);

    while (at < count && lines[at]->rank != rank) {
        at++;
    }
    assert(at < count); /* lines of a list stay */
    return lines[at];
}

static void give_back(const struct pick_list *list, const char *taken)
{
    while (*taken != '\0') {
        struct pick_list_line_row *line = line_ranked(list, take_number(&taken));

        line->verified -= take_number(&taken);
        rows_update(list->out->rows, &pick_list_line_table, line);
    }
}

/* A later scan that still counts. */
static bool is_last(const struct pick_list *list, const struct pick_scan_row *scan)
{
    for (void **at = rows_list(list->out->rows, &pick_scan_table, key_text(list->id)); *at != NULL;
         at++) {
        const struct pick_scan_row *other = *at;

        if (!other->undone && other->scan_no > scan->scan_no) {
            return false;
        }
    }
    return true;
}

void on_pick_list_undo(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no such scan of this pick list" };
    static const struct refusal late = { .status = 409,
                                         .type = "conflict",
                                         .title = "The present state does not allow it",
                                         .detail = "only the last scan can be undone" };
    const struct pick_list_undo *request = in->message;
    const struct pick_list list = pick_list_of(out, in, request->list_id);
    struct pick_scan_row *scan = list.row == NULL ? NULL : scan_named(&list, request->scan_id);

    if (scan != NULL && scan->undone) {
        reply_done(out, in, 200, list.id);
        return;
    }
    if (pick_list_refused(&list)) {
        return;
    }
    if (scan == NULL || !is_last(&list, scan)) {
        reply_refused(out, in, scan == NULL ? &unknown : &late);
        return;
    }
    give_back(&list, scan->taken);
    scan->undone = true;
    rows_update(out->rows, &pick_scan_table, scan);
    pick_list_touch(&list);
    reply_done(out, in, 200, list.id);
}
