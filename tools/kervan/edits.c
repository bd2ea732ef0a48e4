/* edits.c - `kervan edits`: what was proposed to change of an order, what it does, and the word to do it. */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "tools/kervan/order_request.h"
#include "tools/kervan/schema_migrations.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_BYTES_MAX = 16384, EDIT_STATE_CELL = 1 };

static const struct field fields[] = {
    { "id", "EDIT", CELL_TEXT },
    { "state", "STATE", CELL_TEXT },
    { "reason", "REASON", CELL_TEXT },
    { "total_before_minor", "TOTAL BEFORE", CELL_NUMBER },
    { "total_minor", "TOTAL", CELL_NUMBER },
    { "release_minor", "RELEASED", CELL_NUMBER },
    { "refund_minor", "REFUNDED", CELL_NUMBER },
    { "currency", "CURRENCY", CELL_TEXT },
    { "pieces", "PIECES", CELL_JSON },
    { "refused", "REFUSED", CELL_JSON },
    { "expires_at", "EXPIRES", CELL_TEXT },
    { "ended_at", "ENDED", CELL_TEXT },
};

static enum err open_orders(struct invocation *call, struct pg **ret)
{
    return open_schema(call->ctx, schema_of("order"), SQL_RANGE(ORDERS_LIST, TASK_SHOW), ret);
}

static enum err read_edits(struct invocation *call, struct pg *pg, int64_t edit_no,
                           const char *request_id, struct listing *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 3);
    enum err err = read_order_id(call->ctx, call->arguments[0], arguments);

    pg_argument_int(arguments, COLUMN_INT8, edit_no);
    pg_argument_text(arguments, request_id);
    return err ? err : ask(call->ctx, pg, SQL(ORDER_EDITS), arguments, ret);
}

enum err run_edits_list(struct invocation *call)
{
    struct section edits = { .fields = fields, .field_count = FIELD_COUNT(fields) };
    struct pg *pg = NULL;
    enum err err = open_orders(call, &pg);

    if (!err) {
        err = read_edits(call, pg, 0, NULL, &edits.listing);
    }
    pg_close(pg);
    return err ? err : print_list(call, &edits, "nobody proposed anything");
}

/* --- What is asked --------------------------------------------------------------------------------- */

/* "1*2" is two of line 1; what is none is for the contract to refuse. */
static void append_lines(const struct invocation *call, struct buffer *text)
{
    const char *lines[OPTION_REPEATS_MAX];
    size_t count = option_texts(call, "--line", lines);

    for (size_t i = 0; i < count; i++) {
        char *end = NULL;
        long long line_no = strtoll(lines[i], &end, 10);

        buffer_append_text(text, i == 0 ? "\"lines\":[" : ",");
        buffer_append_text(text, "{\"line_no\":");
        buffer_append_int(text, line_no);
        buffer_append_text(text, ",\"quantity\":");
        buffer_append_int(text, *end == '*' ? strtoll(end + 1, &end, 10) : -1);
        buffer_append_text(text, "}");
    }
    buffer_append_text(text, count == 0 ? "" : "]");
}

static void append_comma(struct buffer *text)
{
    buffer_append_text(text, text->bytes[text->length - 1] == '{' ? "" : ",");
}

static void write_proposal(const struct invocation *call, struct buffer *text)
{
    const char *service = option_text(call, "--shipping"), *note = option_text(call, "--note");

    buffer_append_text(text, "{");
    append_member(text, "order_id", call->arguments[0]);
    buffer_append_text(text, ",\"body\":{");
    append_lines(call, text);
    if (service != NULL) {
        append_comma(text);
        buffer_append_text(text, "\"shipping\":{");
        append_member(text, "service", service);
        buffer_append_text(text, ",\"price_minor\":");
        buffer_append_int(text, option_number(call, "--price-minor"));
        buffer_append_text(text, "}");
    }
    if (note != NULL) {
        append_comma(text);
        append_member(text, "note", note);
    }
    buffer_append_text(text, "}}");
}

static void write_confirmation(const struct invocation *call, struct buffer *text)
{
    buffer_append_text(text, "{");
    append_member(text, "edit_id", call->arguments[0]);
    buffer_append_text(text, ",\"body\":{}}");
}

/* --- What becomes of it ---------------------------------------------------------------------------- */

/* The one that this request proposed; "": there is none yet. */
static enum err look_for_proposal(struct invocation *call, struct pg *pg, const char *id,
                                  const char **ret_word)
{
    struct listing edit = { NULL, 0 };
    enum err err = read_edits(call, pg, 0, id, &edit);

    *ret_word = err || edit.rows == 0 ? "" : edit.cells[0];
    return err;
}

static bool is_there(const char *edit_id)
{
    return edit_id[0] != '\0';
}

static enum err look_at_edit(struct invocation *call, struct pg *pg, const char *id,
                             const char **ret_word)
{
    struct listing edit = { NULL, 0 };
    int64_t edit_no = child_id_counter(call->arguments[0], 'M');

    (void)id;
    if (edit_no == 0) {
        return err_set(call->ctx, ERR_INPUT, "\"%s\" is no edit's id: ord_...-M1",
                       call->arguments[0]);
    }
    enum err err = read_edits(call, pg, edit_no, NULL, &edit);
    if (!err && edit.rows == 0) {
        return err_set(call->ctx, ERR_NOTFOUND, "no edit \"%s\"", call->arguments[0]);
    }
    *ret_word = err ? "" : edit.cells[EDIT_STATE_CELL];
    return err;
}

static bool is_ended(const char *state)
{
    return text_equal(state, "confirmed") || text_equal(state, "declined");
}

/* Shows the edit as it is then. */
static enum err show(struct invocation *call, struct pg *pg, int64_t edit_no, const char *sentence)
{
    struct section edit = { .fields = fields, .field_count = FIELD_COUNT(fields) };
    enum err err = read_edits(call, pg, edit_no, NULL, &edit.listing);

    if (err || call->json) {
        return err ? err : print_done(call, &edit, sentence);
    }
    say("%s", sentence);
    return print_document(call, &edit, 1);
}

static enum err make(struct invocation *call, struct pg *pg, const struct order_request *request,
                     void (*write)(const struct invocation *call, struct buffer *text),
                     const char **ret_word)
{
    struct order_request whole = *request;
    struct buffer text;

    buffer_init(&text, MESSAGE_BYTES_MAX);
    write(call, &text);
    whole.text = &text;
    enum err err = order_request_make(call, pg, &whole, order_request_id(call), ret_word);
    buffer_release(&text);
    return err;
}

enum err run_edit_propose(struct invocation *call)
{
    static const struct order_request request = { .type = MESSAGE_ORDER_EDIT,
                                                  .look = look_for_proposal,
                                                  .is_over = is_there };
    const char *edit_id = "";
    struct pg *pg = NULL;
    enum err err = open_orders(call, &pg);

    if (!err) {
        err = make(call, pg, &request, write_proposal, &edit_id);
    }
    if (!err && !is_there(edit_id)) {
        const struct section none = { .fields = fields, .field_count = FIELD_COUNT(fields) };

        call->status = EXIT_WAITING;
        err = print_list(call, &none, "sent; the order service has not answered yet");
    } else if (!err) {
        err = show(call, pg, child_id_counter(edit_id, 'M'), "proposed; nothing is changed yet");
    }
    pg_close(pg);
    return err;
}

enum err run_edit_confirm(struct invocation *call)
{
    static const struct order_request request = { .type = MESSAGE_ORDER_EDIT_CONFIRM,
                                                  .look = look_at_edit,
                                                  .is_over = is_ended };
    const char *state = "";
    struct pg *pg = NULL;
    enum err err = open_orders(call, &pg);

    if (!err) {
        err = look_at_edit(call, pg, NULL, &state);
    }
    if (!err) {
        err = make(call, pg, &request, write_confirmation, &state);
    }
    if (!err && text_equal(state, "declined")) {
        err = err_set(call->ctx, ERR_RULE, "it was declined: kervan edits list %.30s says why",
                      call->arguments[0]);
    } else if (!err) {
        call->status = is_ended(state) ? EXIT_DONE : EXIT_WAITING;
        err = show(call, pg, child_id_counter(call->arguments[0], 'M'),
                   is_ended(state) ? state : "sent; it is not made yet");
    }
    pg_close(pg);
    return err;
}
