/* order_odds.c - builds requests and facts of unhappy paths. */
#include "tests/unit/order_odds.h"

#include "common/calendar.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "proto/types_codec.h"
#include "services/order/words.h"
#include "tests/unit/order_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PIECES_MAX = 4 };
static const int64_t week_ms = INT64_C(7) * 24 * 60 * 60 * 1000;

/* A line, taken apart: "word:part first second". */
struct odd {
    struct order_bench *bench;
    const char *order_id;
    const struct order_row *order;
    int64_t part;
    const char *first, *second; /* NULL when there is none */
    struct line_quantity pieces[PIECES_MAX];
    struct line_pieces bare[PIECES_MAX];
    struct allocation held[PIECES_MAX];
    size_t piece_count;
};

#define HEAD(odd)                                                                                  \
    .order_id = (odd)->order_id, .order_no = (odd)->order->order_no,                               \
    .clock = (odd)->order->clock + 1

static struct order_step step(struct odd *odd, uint32_t type, const void *message, size_t size)
{
    return (struct order_step){ .message_type = type,
                                .message = arena_copy(odd->bench->kept, message, size),
                                .id = "fact" };
}
#define STEP(odd, type, ...) step((odd), (type), &(__VA_ARGS__), sizeof(__VA_ARGS__))

static const char *child(const struct odd *odd, char letter, int64_t counter)
{
    return text_format(odd->bench->kept, "%s",
                       child_id_format(odd->order_id, letter, counter).text);
}

/* What people and storefronts send carries a request id, and is answered. */
static struct order_step ask(struct order_step step, const char *id, const char *actor)
{
    step.id = id;
    step.actor = actor;
    step.waited_for = true;
    return step;
}

static const char *name(const struct odd *odd, const char *letters)
{
    return text_format(odd->bench->kept, "%s-%s", odd->order_id, letters);
}

static struct order_step hold(struct odd *odd)
{
    int64_t ms = odd->second == NULL ? 0 : strtoll(odd->second, NULL, 10);
    struct order_hold request = { .order_id = odd->order_id,
                                  .body = { .reason = HOLD_REASON_FRAUD,
                                            .note = "look at it",
                                            .until = odd->bench->now + ms,
                                            .has_until = ms > 0 } };

    return ask(STEP(odd, MESSAGE_ORDER_HOLD, request), odd->first, "user:7");
}

static struct order_step unhold(struct odd *odd)
{
    struct order_hold_release request = { .order_id = odd->order_id,
                                          .hold_id = name(odd, odd->first) };

    return ask(STEP(odd, MESSAGE_ORDER_HOLD_RELEASE, request), "unhold", "user:7");
}

static struct order_step note(struct odd *odd)
{
    struct order_note request = { .order_id = odd->order_id, .body = { .note = "called them" } };

    return ask(STEP(odd, MESSAGE_ORDER_NOTE, request), odd->first, "user:7");
}

static struct order_step cut(struct odd *odd)
{
    struct order_cancel request = { .order_id = odd->order_id,
                                    .body = { .reason = CANCEL_REASON_SHOPPER_REQUEST,
                                              .lines = arena_copy(odd->bench->kept, odd->bare,
                                                                  sizeof odd->bare),
                                              .lines_count = odd->piece_count } };

    return ask(STEP(odd, MESSAGE_ORDER_CANCEL, request), odd->first, "key:web");
}

/* "edit ID 1*1,2*0": so many are wanted. */
static struct order_step edit(struct odd *odd)
{
    struct line_wanted *lines = arena_alloc(odd->bench->kept, PIECES_MAX * sizeof *lines);
    struct order_edit request = { .order_id = odd->order_id,
                                  .body = { .lines = lines, .lines_count = odd->piece_count } };

    for (size_t i = 0; i < odd->piece_count; i++) {
        lines[i] = (struct line_wanted){ odd->bare[i].line_no, odd->bare[i].quantity };
    }
    return ask(STEP(odd, MESSAGE_ORDER_EDIT, request), odd->first, "user:7");
}

static struct order_step confirm(struct odd *odd)
{
    struct order_edit_confirm request = { .edit_id = child(odd, 'M', odd->part) };

    return ask(STEP(odd, MESSAGE_ORDER_EDIT_CONFIRM, request), odd->first, "user:7");
}

static struct order_step decide(struct odd *odd)
{
    struct order_task_decide request = { .task_id = name(odd, odd->first) };

    for (int64_t choice = 1; choice < TASK_CHOICE_UNKNOWN; choice++) {
        if (strcmp(task_choice_word(choice), odd->second) == 0) {
            request.body.choice = (enum task_choice)choice;
        }
    }
    return ask(STEP(odd, MESSAGE_ORDER_TASK_DECIDE, request),
               text_format(odd->bench->kept, "decide-%s", odd->first), "user:7");
}

static struct order_step choose(struct odd *odd)
{
    struct order_choose request = { .order_id = odd->order_id };

    request.body.choice = strcmp(odd->first, "wait") == 0 ? ORDER_CHOOSE_BODY_CHOICE_WAIT
                          : strcmp(odd->first, "partial") == 0
                              ? ORDER_CHOOSE_BODY_CHOICE_ACCEPT_PARTIAL
                              : ORDER_CHOOSE_BODY_CHOICE_CANCEL;
    return ask(STEP(odd, MESSAGE_ORDER_CHOOSE, request), "choose", NULL);
}

/* All of the order (two of A, one of B) but `pieces`, at WH-1. */
static size_t hold_rest(struct odd *odd, struct allocation *held)
{
    int64_t left[] = { 2, 1 };
    static const char *const skus[] = { "A", "B" };
    size_t count = 0;

    for (size_t i = 0; i < odd->piece_count; i++) {
        left[odd->pieces[i].line_no - 1] -= odd->pieces[i].quantity;
    }
    for (int64_t i = 0; i < 2; i++) {
        if (left[i] > 0) {
            held[count++] = (struct allocation){
                .line_no = i + 1, .sku = skus[i], .location = "WH-1", .quantity = left[i]
            };
        }
    }
    return count;
}

static const char *reservation(const struct odd *odd)
{
    const struct inventory_reserve *command =
        order_told(odd->bench, odd->order_id, MESSAGE_INVENTORY_RESERVE, 0);

    assert_non_null(command);
    return command->reservation_id;
}

static struct order_step missing(struct odd *odd)
{
    struct inventory_reserved fact = { HEAD(odd), .reservation_id = reservation(odd),
                                       .allocations = odd->held, .missing = odd->pieces,
                                       .missing_count = odd->piece_count };

    fact.allocations_count = hold_rest(odd, odd->held);
    return STEP(odd, MESSAGE_INVENTORY_RESERVED, fact);
}

static struct order_step backordered(struct odd *odd)
{
    struct inventory_backordered fact = { HEAD(odd), .reservation_id = reservation(odd),
                                          .allocations = odd->held, .backorders = odd->pieces,
                                          .backorders_count = odd->piece_count };

    fact.allocations_count = hold_rest(odd, odd->held);
    return STEP(odd, MESSAGE_INVENTORY_BACKORDERED, fact);
}

static void put_at(struct odd *odd, const char *location)
{
    for (size_t i = 0; i < odd->piece_count; i++) {
        odd->held[i] = (struct allocation){ .line_no = odd->pieces[i].line_no,
                                            .sku = odd->pieces[i].sku,
                                            .location = location,
                                            .quantity = odd->pieces[i].quantity };
    }
}

static struct order_step allocated(struct odd *odd)
{
    struct inventory_allocated fact = { HEAD(odd), .reservation_id = reservation(odd),
                                        .allocations = odd->held,
                                        .allocations_count = odd->piece_count };

    put_at(odd, odd->second != NULL ? odd->second : "WH-2");
    return STEP(odd, MESSAGE_INVENTORY_ALLOCATED, fact);
}

/* "expected 2027-02-01", "expected" (nobody says any more). */
static struct order_step expected(struct odd *odd)
{
    struct inventory_expected fact = { HEAD(odd), .reservation_id = reservation(odd) };
    int64_t day = 0;

    fact.has_expected_at = odd->first != NULL && calendar_day_parse(odd->first, &day);
    fact.expected_at = (day + 1) * INT64_C(86400000) - 1;
    return STEP(odd, MESSAGE_INVENTORY_EXPECTED, fact);
}

static struct order_step taken_back(struct odd *odd)
{
    static struct allocation moved[PIECES_MAX];
    struct inventory_taken_back fact = { HEAD(odd), .reservation_id = reservation(odd),
                                         .allocations = odd->held,
                                         .allocations_count = odd->piece_count };

    if (odd->second != NULL) {
        put_at(odd, odd->second);
        memcpy(moved, odd->held, sizeof moved);
        fact.moved = moved;
        fact.moved_count = odd->piece_count;
    }
    put_at(odd, "WH-1");
    return STEP(odd, MESSAGE_INVENTORY_TAKEN_BACK, fact);
}

/* All of what was asked for last is held at one place. */
static struct order_step sourced(struct odd *odd)
{
    struct inventory_reserved fact = { HEAD(odd), .reservation_id = reservation(odd),
                                       .allocations = odd->held,
                                       .allocations_count = odd->piece_count };

    put_at(odd, odd->second);
    return STEP(odd, MESSAGE_INVENTORY_RESERVED, fact);
}

static struct order_step unsourced(struct odd *odd)
{
    static const struct inventory_short_line line = { 1, "A", 2, 0 };
    struct inventory_short fact = { HEAD(odd), .reservation_id = reservation(odd), .lines = &line,
                                    .lines_count = 1 };

    return STEP(odd, MESSAGE_INVENTORY_SHORT, fact);
}

static struct order_step shorted(struct odd *odd)
{
    struct fulfillment_shorted fact = { HEAD(odd),
                                        .fulfillment_id = child(odd, 'F', odd->part),
                                        .location = "WH-1",
                                        .lines = odd->pieces,
                                        .lines_count = odd->piece_count,
                                        .reason = FULFILLMENT_SHORTED_REASON_NOT_FOUND };

    return STEP(odd, MESSAGE_FULFILLMENT_SHORTED, fact);
}

static struct order_step reduced(struct odd *odd)
{
    const struct fulfillment_reduce *command =
        order_told(odd->bench, odd->order_id, MESSAGE_FULFILLMENT_REDUCE, 0);

    assert_non_null(command);
    struct fulfillment_reduced fact = { HEAD(odd), .fulfillment_id = child(odd, 'F', odd->part),
                                        .location = "WH-1", .lines = command->lines,
                                        .lines_count = command->lines_count };
    return STEP(odd, MESSAGE_FULFILLMENT_REDUCED, fact);
}

static struct order_step reduce_refused(struct odd *odd)
{
    struct fulfillment_reduce_refused fact = { HEAD(odd),
                                               .fulfillment_id = child(odd, 'F', odd->part),
                                               .reason = FULFILLMENT_REDUCE_REFUSED_REASON_PACKED };

    if (text_equal(odd->first, "gone")) {
        fact.reason = FULFILLMENT_REDUCE_REFUSED_REASON_CANCELED;
    }
    if (odd->second != NULL) {
        fact.has_change_no = true;
        fact.change_no = strtoll(odd->second, NULL, 10);
    }
    return STEP(odd, MESSAGE_FULFILLMENT_REDUCE_REFUSED, fact);
}

static struct order_step on_hold(struct odd *odd)
{
    struct fulfillment_on_hold fact = { HEAD(odd), .fulfillment_id = child(odd, 'F', odd->part),
                                        .location = "WH-1", .reason = HOLD_REASON_FRAUD };

    return STEP(odd, MESSAGE_FULFILLMENT_ON_HOLD, fact);
}

static struct order_step resumed(struct odd *odd)
{
    struct fulfillment_resumed fact = { HEAD(odd), .fulfillment_id = child(odd, 'F', odd->part),
                                        .location = "WH-1" };

    return STEP(odd, MESSAGE_FULFILLMENT_RESUMED, fact);
}

static struct order_step lapsed(struct odd *odd)
{
    struct payment_lapsed fact = { HEAD(odd), .payment_id = child(odd, 'P', 1),
                                   .amount_minor = odd->order->total_minor, .currency = "EUR" };

    return STEP(odd, MESSAGE_PAYMENT_LAPSED, fact);
}

static struct order_step money(struct odd *odd)
{
    struct payment_money_received fact = { HEAD(odd),
                                           .payment_id = child(odd, 'P', 1),
                                           .amount_minor = strtoll(odd->first, NULL, 10),
                                           .received_minor = strtoll(odd->first, NULL, 10),
                                           .due_minor = odd->order->total_minor,
                                           .currency = "EUR" };

    return STEP(odd, MESSAGE_PAYMENT_MONEY_RECEIVED, fact);
}

#define DISPUTE(odd)                                                                               \
    HEAD(odd), .payment_id = child(odd, 'P', 1), .dispute_id = child(odd, 'X', 1),                 \
               .provider = "stripe", .provider_ref = "du_1", .reason = "fraudulent",               \
               .amount_minor = (odd)->order->captured_minor, .currency = "EUR"

/* "disputed needs_response": what the shopper wants back is all. */
static struct order_step disputed(struct odd *odd)
{
    struct payment_disputed fact = { DISPUTE(odd), .state = dispute_state_find(odd->first),
                                     .due_at = odd->bench->now + week_ms, .has_due_at = true,
                                     .disputed_at = odd->bench->now };

    return STEP(odd, MESSAGE_PAYMENT_DISPUTED, fact);
}

static struct order_step dispute_closed(struct odd *odd)
{
    int64_t lost_minor = text_equal(odd->first, "lost") ? odd->order->captured_minor : 0;
    struct payment_dispute_closed fact = {
        DISPUTE(odd), .state = lost_minor > 0 ? DISPUTE_STATE_LOST : DISPUTE_STATE_WON,
        .lost_minor = lost_minor, .payment_lost_minor = lost_minor, .closed_at = odd->bench->now
    };

    return STEP(odd, MESSAGE_PAYMENT_DISPUTE_CLOSED, fact);
}

static struct order_step lost(struct odd *odd)
{
    struct shipment_failed fact = { HEAD(odd),
                                    .shipment_id = child(odd, 'S', odd->part),
                                    .fulfillment_id = child(odd, 'F', odd->part),
                                    .stage = SHIPMENT_FAILED_STAGE_TRANSIT,
                                    .code = odd->first,
                                    .failed_at = odd->bench->now };

    return STEP(odd, MESSAGE_SHIPMENT_FAILED, fact);
}

static struct order_step unlabeled(struct odd *odd)
{
    struct shipment_voided fact = { HEAD(odd), .shipment_id = child(odd, 'S', odd->part),
                                    .reason = CANCEL_REASON_OTHER };

    return STEP(odd, MESSAGE_SHIPMENT_VOIDED, fact);
}

static const struct {
    const char *word;
    struct order_step (*make)(struct odd *odd);
} words[] = {
    { "hold", hold },
    { "unhold", unhold },
    { "note", note },
    { "cut", cut },
    { "edit", edit },
    { "confirm", confirm },
    { "decide", decide },
    { "choose", choose },
    { "missing", missing },
    { "backordered", backordered },
    { "allocated", allocated },
    { "expected", expected },
    { "taken_back", taken_back },
    { "sourced", sourced },
    { "unsourced", unsourced },
    { "shorted", shorted },
    { "reduced", reduced },
    { "reduce_refused", reduce_refused },
    { "on_hold", on_hold },
    { "resumed", resumed },
    { "lapsed", lapsed },
    { "money", money },
    { "disputed", disputed },
    { "dispute_closed", dispute_closed },
    { "lost", lost },
    { "unlabeled", unlabeled },
};

/* "1*2,2*1": of the bench's order, line 1 is of A and line 2 of B. */
static void read_pieces(struct odd *odd, const char *text)
{
    while (text != NULL && strchr(text, '*') != NULL && odd->piece_count < PIECES_MAX) {
        char *end = NULL;
        int64_t line_no = strtoll(text, &end, 10), quantity = strtoll(end + 1, &end, 10);

        odd->pieces[odd->piece_count] =
            (struct line_quantity){ line_no, line_no == 1 ? "A" : "B", quantity };
        odd->bare[odd->piece_count++] = (struct line_pieces){ line_no, quantity };
        text = *end == ',' ? end + 1 : NULL;
    }
}

static const char *word_behind(struct order_bench *bench, const char **at)
{
    const char *space = *at == NULL ? NULL : strchr(*at, ' ');

    *at = space == NULL ? NULL : space + 1;
    return *at == NULL ? NULL : arena_copy_text(bench->kept, *at, strcspn(*at, " "));
}

bool order_odd(struct order_bench *bench, const char *order_id, const char *line,
               struct order_step *ret)
{
    size_t length = strcspn(line, ": ");
    struct odd *odd = arena_alloc(bench->kept, sizeof *odd);
    const char *at = line;

    *odd = (struct odd){ .bench = bench,
                         .order_id = order_id,
                         .order = order_bench_order(bench, order_id),
                         .part = line[length] == ':' ? strtoll(line + length + 1, NULL, 10) : 1 };
    odd->first = word_behind(bench, &at);
    odd->second = word_behind(bench, &at);
    read_pieces(odd, odd->first);
    read_pieces(odd, odd->second);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].word) == length && strncmp(words[i].word, line, length) == 0) {
            *ret = words[i].make(odd);
            return true;
        }
    }
    return false;
}

void order_odd_policy(struct order_bench *bench, int stock_policy)
{
    struct order_channel_put request = {
        .code = "web", .body = { .stock_policy = (enum stock_policy)stock_policy }
    };

    order_bench_run(
        bench, (struct order_step){ .message_type = MESSAGE_ORDER_CHANNEL_PUT,
                                    .message = arena_copy(bench->kept, &request, sizeof request),
                                    .id = "put",
                                    .waited_for = true });
    assert_null(bench->refusal);
}
