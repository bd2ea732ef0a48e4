/* addition.c - lines that an edit adds: reserved, then authorized, then the order's own; or nothing of it. */
#include "services/order/addition.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/id.h"
#include "common/money.h"
#include "common/recipe.h"
#include "common/reply.h"
#include "common/text.h"
#include "services/order/announce.h"
#include "services/order/commands.h"
#include "services/order/company.h"
#include "services/order/detour.h"
#include "services/order/money_back.h"
#include "services/order/shares.h"
#include "services/order/tax.h"
#include "services/order/tax_terms.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 500 /* as many as a submission may have */, HELD_BYTES_MAX = 1 << 20 };

/* --- Proposals ------------------------------------------------------------------------------------- */

static int64_t count_lines(const struct saga *saga)
{
    void **lines = rows_list(saga->out->rows, &order_line_table, key_number(saga->order->order_no));
    int64_t count = 0;

    while (lines[count] != NULL) {
        count++;
    }
    return count;
}

static bool refuse(struct saga *saga, const struct incoming_message *in, const char *pointer,
                   const char *detail)
{
    reply_invalid(saga->out, in, pointer, detail);
    return false;
}

/* What the shopper pays for it; NULL: `ret` says it. */
static const char *line_fault(const struct saga *saga, const struct line_added *line,
                              const char **ret_member, int64_t *ret)
{
    bool exclusive = saga->order->tax_mode == TAX_MODE_EXCLUSIVE;
    int64_t gross_minor = 0;
    struct taxed taxed;

    *ret_member = "unit_price_minor";
    if (!money_multiply(line->unit_price_minor, line->quantity, &gross_minor)) {
        return "is too large for this quantity";
    }
    *ret_member = "discount_minor";
    if (line->discount_minor > gross_minor) {
        return "is more than the line costs";
    }
    *ret = gross_minor - line->discount_minor;
    (void)tax_of_added(saga, line, &taxed);
    *ret_member = "tax_minor";
    if (!exclusive && taxed.tax_minor > *ret) {
        return "is more than the line costs, which includes it";
    }
    return exclusive && !money_add(ret, taxed.tax_minor) ? "is too large" : NULL;
}

bool addition_fits(struct saga *saga, const struct incoming_message *in)
{
    const struct order_edit *request = in->message;
    const struct order_edit_body *body = &request->body;
    int64_t total_minor = saga->order->total_minor;

    if (body->lines_count > 0 || body->shipping != NULL || body->note != NULL) {
        return refuse(saga, in, "/add",
                      "stands alone: what else is to be otherwise is an edit of its own");
    }
    if (count_lines(saga) + (int64_t)body->add_count > LINES_MAX) {
        return refuse(saga, in, "/add", "is more than an order can have: 500 lines");
    }
    for (size_t i = 0; i < body->add_count; i++) {
        const char *member = NULL;
        int64_t minor = 0;
        const char *fault = line_fault(saga, &body->add[i], &member, &minor);

        if (fault != NULL) {
            return refuse(saga, in, text_format(saga->out->arena, "/add/%zu/%s", i, member), fault);
        }
        if (!money_add(&total_minor, minor)) {
            return refuse(saga, in, "/add", "costs more together than an order can hold");
        }
    }
    if (in->channel != NULL && !company_buyer_may_alone(saga, total_minor)) {
        return refuse(saga, in, "/add", "comes to more than the buyer may order alone");
    }
    return true;
}

int64_t addition_keep(struct saga *saga, int64_t edit_no, const struct order_edit_body *body)
{
    int64_t line_no = count_lines(saga), total_minor = 0;

    for (size_t i = 0; i < body->add_count; i++) {
        const struct line_added *line = &body->add[i];
        const char *member = NULL;
        int64_t minor = 0;
        struct taxed taxed;

        (void)line_fault(saga, line, &member, &minor); /* it has none */
        (void)tax_of_added(saga, line, &taxed);
        total_minor += minor;
        rows_insert(saga->out->rows, &order_edit_line_table,
                    &(struct edit_line_row){ .order_no = saga->order->order_no,
                                             .edit_no = edit_no,
                                             .line_no = ++line_no,
                                             .sku = line->sku,
                                             .quantity = line->quantity,
                                             .unit_price_minor = line->unit_price_minor,
                                             .discount_minor = line->discount_minor,
                                             .tax_minor = taxed.tax_minor,
                                             .customization = line->customization,
                                             .tax_category = taxed.rule.category,
                                             .tax_rate_ppm = taxed.rule.rate_ppm });
    }
    return total_minor;
}

/* Of one edit; a copy, since inserting may move the list. */
static struct edit_line_row **lines_of(const struct saga *saga, int64_t edit_no, size_t *ret_count)
{
    struct edit_line_row **all = (struct edit_line_row **)rows_list(
        saga->out->rows, &order_edit_line_table, key_number(saga->order->order_no));
    size_t count = 0;

    while (all[count] != NULL) {
        count++;
    }
    struct edit_line_row **lines = arena_alloc(saga->out->arena, (count + 1) * sizeof *lines);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (all[i]->edit_no == edit_no) {
            lines[(*ret_count)++] = all[i];
        }
    }
    return lines;
}

size_t addition_line_count(const struct saga *saga, int64_t edit_no)
{
    size_t count = 0;

    (void)lines_of(saga, edit_no, &count);
    return count;
}

bool addition_is_as_shown(const struct saga *saga, int64_t edit_no)
{
    size_t count = 0;
    struct edit_line_row **lines = lines_of(saga, edit_no, &count);

    return count == 0 || lines[0]->line_no == count_lines(saga) + 1;
}

/* Whether a card or the credit of a company pays, and what it is to pay is secured or taken. */
static bool is_secured(const struct saga *saga)
{
    const struct order_row *order = saga->order;
    bool more_can_be_held = order->payment_method == PAYMENT_METHOD_CARD ||
                            order->payment_method == PAYMENT_METHOD_INVOICE;

    return more_can_be_held && (order->payment_state == PAYMENT_STATE_AUTHORIZED ||
                                order->payment_state == PAYMENT_STATE_CAPTURING ||
                                order->payment_state == PAYMENT_STATE_PARTIALLY_CAPTURED ||
                                order->payment_state == PAYMENT_STATE_CAPTURED);
}

int64_t addition_refusals(const struct saga *saga)
{
    const struct order_row *order = saga->order;

    return (shares_sum_up(saga).shipped > 0 ? EDIT_TOO_LATE : 0) |
           (order->step != STEP_FULFILLING || order->open_holds > 0 ? EDIT_BUSY : 0) |
           (is_secured(saga) ? 0 : EDIT_PAYMENT);
}

/* --- The edit that is under way -------------------------------------------------------------------- */

/* NULL-terminated. */
static struct edit_row **edits_of(const struct saga *saga)
{
    static struct edit_row *none[1];

    return detour_additions(saga) == 0
               ? none
               : (struct edit_row **)rows_list(saga->out->rows, &order_edit_table,
                                               key_number(saga->order->order_no));
}

struct edit_row *addition_under_way(const struct saga *saga)
{
    struct edit_row **edit = edits_of(saga);

    while (*edit != NULL && ((*edit)->state != EDIT_REQUESTED || (*edit)->reservation_no == 0)) {
        edit++;
    }
    return *edit;
}

bool addition_names(const struct saga *saga, char letter, const char *id)
{
    const struct edit_row *edit = addition_under_way(saga);
    int64_t number = child_id_counter(id, letter);

    return edit != NULL && number != 0 &&
           number == (letter == 'H' ? edit->reservation_no : edit->payment_no);
}

int64_t addition_last_reservation(const struct saga *saga)
{
    int64_t last = 0;

    for (struct edit_row **edit = edits_of(saga); *edit != NULL; edit++) {
        last = (*edit)->reservation_no > last ? (*edit)->reservation_no : last;
    }
    return last;
}

void addition_begin(struct saga *saga, const struct incoming_message *in, struct edit_row *edit)
{
    edit->state = EDIT_REQUESTED;
    edit->reservation_no = shares_last_reservation(saga) + 1;
    detour_change(saga)->addition_count++;
    edit->reply_request_id = in->reply.request_id;
    edit->reply_partition = in->reply.partition;
    rows_update(saga->out->rows, &order_edit_table, edit);
    saga_take(saga, ON_ADD_ASKED);
}

void reserve_addition(struct saga *saga)
{
    const struct edit_row *edit = addition_under_way(saga);
    size_t count = 0;
    struct edit_line_row **lines = lines_of(saga, edit->edit_no, &count);
    struct line_quantity *wanted = arena_alloc(saga->out->arena, count * sizeof *wanted);

    for (size_t i = 0; i < count; i++) {
        wanted[i] = (struct line_quantity){ lines[i]->line_no, lines[i]->sku, lines[i]->quantity };
    }
    tell_reserve_lines(saga, edit->reservation_no, wanted, count);
}

/* --- What is held ---------------------------------------------------------------------------------- */

/* A part of a line, at a place. */
struct part {
    int64_t line_no, quantity;
    const char *location, *components; /* NULL: it is no bundle */
};

/* The way back from "3*2@WH-1,3*1@WH-2=A 2 B 1". */
static struct part *parts_of(struct arena *arena, const char *held, size_t *ret_count)
{
    size_t count = 1;

    for (const char *at = held; *at != '\0'; at++) {
        count += *at == ',' ? 1 : 0;
    }
    struct part *parts = arena_alloc(arena, count * sizeof *parts);
    for (size_t i = 0; i < count; i++) {
        char *end = NULL;

        parts[i].line_no = strtoll(held, &end, 10);
        parts[i].quantity = strtoll(end + 1, &end, 10);
        size_t length = strcspn(end + 1, ","), place_length = strcspn(end + 1, ",=");

        parts[i].location = arena_copy_text(arena, end + 1, place_length);
        parts[i].components =
            place_length == length
                ? NULL
                : arena_copy_text(arena, end + 1 + place_length + 1, length - place_length - 1);
        held = end + 1 + length + 1;
    }
    *ret_count = count;
    return parts;
}

static const char *held_text(struct arena *arena, const struct stock_held *news)
{
    struct buffer text;

    buffer_init(&text, HELD_BYTES_MAX);
    for (size_t i = 0; i < news->held_count; i++) {
        buffer_append_text(&text, i == 0 ? "" : ",");
        buffer_append_int(&text, news->held[i].line_no);
        buffer_append_text(&text, "*");
        buffer_append_int(&text, news->held[i].quantity);
        buffer_append_text(&text, "@");
        buffer_append_text(&text, news->held[i].location);
        if (news->held[i].components_count > 0) {
            buffer_append_text(&text, "=");
            buffer_append_text(&text, recipe_text(arena, news->held[i].components,
                                                  news->held[i].components_count));
        }
    }
    const char *copy = text.overflowed
                           ? NULL
                           : arena_copy_text(arena, text.length > 0 ? text.bytes : "", text.length);
    buffer_release(&text);
    return copy;
}

static int64_t held_of_line(const struct stock_held *news, int64_t line_no)
{
    int64_t quantity = 0;

    for (size_t i = 0; i < news->held_count; i++) {
        quantity += news->held[i].line_no == line_no ? news->held[i].quantity : 0;
    }
    return quantity;
}

/* All of each line, and nothing else. */
static bool is_what_was_asked(const struct saga *saga, int64_t edit_no,
                              const struct stock_held *news)
{
    size_t count = 0;
    struct edit_line_row **lines = lines_of(saga, edit_no, &count);
    int64_t asked = 0, held = 0;

    for (size_t i = 0; i < news->held_count; i++) {
        held += news->held[i].quantity;
    }
    for (size_t i = 0; i < count; i++) {
        if (held_of_line(news, lines[i]->line_no) != lines[i]->quantity) {
            return false;
        }
        asked += lines[i]->quantity;
    }
    return held == asked;
}

void keep_held(struct saga *saga)
{
    const struct stock_held *news = saga->message;
    struct edit_row *edit = addition_under_way(saga);

    if (!is_what_was_asked(saga, edit->edit_no, news)) {
        decide_impossible(saga->out, "what is held is not what edit %lld of order %s adds",
                          (long long)edit->edit_no, saga->subject.id);
        return;
    }
    edit->held = held_text(saga->out->arena, news);
    rows_update(saga->out->rows, &order_edit_table, edit);
}

void authorize_addition(struct saga *saga)
{
    struct edit_row *edit = addition_under_way(saga);

    if (edit->authorize_minor == 0) { /* no provider takes nothing */
        saga_take(saga, ON_ADD_AUTHORIZED);
        return;
    }
    if (edit->payment_no == 0) {
        edit->payment_no = payments_last(saga) + 1;
        rows_update(saga->out->rows, &order_edit_table, edit);
        rows_insert(saga->out->rows, &order_past_payment_table,
                    &(struct past_payment_row){ .order_no = saga->order->order_no,
                                                .payment_no = edit->payment_no,
                                                .edit_no = edit->edit_no,
                                                .state = PAYMENT_STATE_AUTHORIZING });
    }
    tell_authorize_of(saga, edit->payment_no, edit->authorize_minor);
}

/* --- Its end --------------------------------------------------------------------------------------- */

static void note_tax(struct saga *saga, const struct edit_line_row *added)
{
    struct detour_row *detour = detour_change(saga);

    detour->taxes =
        tax_terms_with_line(saga->out->arena, detour->taxes, added->line_no,
                            (struct tax_rule){ added->tax_category, added->tax_rate_ppm });
}

static void add_line(struct saga *saga, const struct edit_line_row *added)
{
    if (added->tax_category != 0) {
        note_tax(saga, added);
    }
    rows_insert(saga->out->rows, &order_line_table,
                &(struct line_row){ .order_no = added->order_no,
                                    .line_no = added->line_no,
                                    .sku = added->sku,
                                    .quantity = added->quantity,
                                    .unit_price_minor = added->unit_price_minor,
                                    .discount_minor = added->discount_minor,
                                    .tax_minor = added->tax_minor,
                                    .customization = added->customization });
}

/* A line goes to the places that hold it, and so does what it costs. */
static void divide(struct saga *saga, const struct edit_row *edit, int64_t line_no)
{
    size_t count = 0, of_line = 0, nth = 0;
    struct part *parts = parts_of(saga->out->arena, edit->held, &count);
    int64_t *weights = arena_alloc(saga->out->arena, 2 * count * sizeof *weights);
    int64_t *values = weights + count;

    for (size_t i = 0; i < count; i++) {
        if (parts[i].line_no == line_no) {
            weights[of_line++] = parts[i].quantity;
        }
    }
    money_split(line_value(saga->order, line_numbered(saga, line_no)), weights, of_line, values);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].line_no == line_no) {
            struct share_origin origin = { edit->reservation_no, edit->payment_no };

            allocate(saga, share_to_be(saga, parts[i].location, origin),
                     &(struct allocation_row){ .line_no = line_no,
                                               .quantity = parts[i].quantity,
                                               .value_minor = values[nth++],
                                               .components = parts[i].components });
        }
    }
}

void add_lines(struct saga *saga)
{
    struct edit_row *edit = addition_under_way(saga);
    size_t count = 0;
    struct edit_line_row **lines = lines_of(saga, edit->edit_no, &count);

    for (size_t i = 0; i < count; i++) {
        add_line(saga, lines[i]);
    }
    for (size_t i = 0; i < count; i++) {
        divide(saga, edit, lines[i]->line_no);
    }
    saga->order->total_minor += edit->authorize_minor;
    edit_make(saga, edit, lines, count);
}

void take_back_addition(struct saga *saga)
{
    const struct edit_row *edit = addition_under_way(saga);

    tell_release_of(saga, edit->reservation_no);
    if (edit->payment_no != 0) {
        let_payment_go(saga, edit->payment_no);
    }
}

void decline_out_of_stock(struct saga *saga)
{
    edit_decline(saga, addition_under_way(saga), EDIT_REASON_OUT_OF_STOCK);
}

void decline_unpaid(struct saga *saga)
{
    edit_decline(saga, addition_under_way(saga),
                 text_equal(saga->code, CODE_NEEDS_SHOPPER) ? EDIT_REASON_NEEDS_SHOPPER
                                                            : EDIT_REASON_PAYMENT_DECLINED);
}

void decline_late(struct saga *saga)
{
    edit_decline(saga, addition_under_way(saga), EDIT_REASON_EXPIRED);
}

void decline_canceled(struct saga *saga)
{
    edit_decline(saga, addition_under_way(saga), EDIT_REASON_CANCELED);
}

void addition_declined(struct saga *saga, const char *code)
{
    struct past_payment_row *payment = past_payment(saga, addition_under_way(saga)->payment_no);

    saga->code = code;
    if (!text_equal(
            code,
            CODE_NEEDS_SHOPPER)) { /* that one still waits for the shopper, and has to be let go of */
        payment->state = PAYMENT_STATE_FAILED;
        rows_update(saga->out->rows, &order_past_payment_table, payment);
    }
    saga_take(saga, ON_ADD_DECLINED);
}
