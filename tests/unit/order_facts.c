/* order_facts.c - builds facts out of what was told. */
#include "tests/unit/order_facts.h"

#include "common/id.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "tests/unit/order_odds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a word is about. */
struct speech {
    struct order_bench *bench;
    const char *order_id, *word;
    const struct order_row *order;
    int64_t part;
    const char *rest; /* behind the first space, or "" */
};

#define HEAD(speech)                                                                               \
    .order_id = (speech)->order_id, .order_no = (speech)->order->order_no,                         \
    .clock = (speech)->order->clock + 1

static struct order_step step(struct speech *speech, uint32_t type, const void *message,
                              size_t size)
{
    return (struct order_step){ .message_type = type,
                                .message = arena_copy(speech->bench->kept, message, size),
                                .id = "fact" };
}
#define STEP(speech, type, ...) step((speech), (type), &(__VA_ARGS__), sizeof(__VA_ARGS__))

static const char *child(const struct speech *speech, char letter, int64_t counter)
{
    return text_format(speech->bench->kept, "%s",
                       child_id_format(speech->order_id, letter, counter).text);
}

static int64_t part_of(uint32_t type, const void *message)
{
    if (type == MESSAGE_PAYMENT_CAPTURE) {
        return child_id_counter(((const struct payment_capture *)message)->capture_id, 'C');
    }
    if (type == MESSAGE_SHIPMENT_SHIP) {
        return child_id_counter(((const struct shipment_ship *)message)->shipment_id, 'S');
    }
    return 0;
}

const void *order_told(const struct order_bench *bench, const char *order_id, uint32_t type,
                       int64_t part)
{
    for (size_t i = bench->said_count; i > 0; i--) {
        const struct said *said = &bench->said[i - 1];

        if (said->type == type && strcmp(said->subject_id, order_id) == 0 &&
            part_of(type, said->message) == part) {
            return said->message;
        }
    }
    return NULL;
}

static const void *must_be_told(const struct speech *speech, uint32_t type, int64_t part)
{
    const void *message = order_told(speech->bench, speech->order_id, type, part);

    if (message == NULL) {
        fail_msg("\"%s\" without a command", speech->word);
        abort(); /* fail_msg does not return; the compiler cannot know */
    }
    return message;
}

/* --- Inventory ------------------------------------------------------------------------------------- */

#define AT(line, item, place, pieces)                                                              \
    {                                                                                              \
        .line_no = (line), .sku = (item), .location = (place), .quantity = (pieces)                \
    }

static struct order_step reserved(struct speech *speech)
{
    static const struct allocation one[] = { AT(1, "A", "WH-1", 2), AT(2, "B", "WH-1", 1) };
    static const struct allocation two[] = { AT(1, "A", "WH-1", 1), AT(1, "A", "WH-2", 1),
                                             AT(2, "B", "WH-1", 1) };
    static const struct allocation three[] = { AT(1, "A", "WH-1", 1), AT(1, "A", "WH-2", 1),
                                               AT(2, "B", "WH-3", 1) };
    static const struct allocation wrong[] = { AT(1, "A", "WH-1", 2) };
    static const struct {
        const struct allocation *all;
        size_t count;
    } ways[] = { { one, 2 }, { one, 2 }, { two, 3 }, { three, 3 }, { wrong, 1 } };
    struct inventory_reserved fact = { HEAD(speech), .reservation_id = child(speech, 'H', 1),
                                       .allocations = ways[speech->part].all,
                                       .allocations_count = ways[speech->part].count };

    return STEP(speech, MESSAGE_INVENTORY_RESERVED, fact);
}

static struct order_step shortage(struct speech *speech)
{
    static const struct inventory_short_line line = { 1, "A", 2, 1 };
    struct inventory_short fact = { HEAD(speech), .reservation_id = child(speech, 'H', 1),
                                    .lines = &line, .lines_count = 1 };

    if (speech->rest[0] != '\0') { /* "short wait", "short partial", "short none" */
        fact.has_backorder_allowed = fact.has_partial_allowed = true;
        fact.backorder_allowed = strcmp(speech->rest, "wait") == 0;
        fact.partial_allowed = strcmp(speech->rest, "partial") == 0;
    }

    return STEP(speech, MESSAGE_INVENTORY_SHORT, fact);
}

static struct order_step released(struct speech *speech)
{
    struct inventory_released fact = { HEAD(speech), .reservation_id = child(speech, 'H', 1),
                                       .reason = CANCEL_REASON_OTHER };

    return STEP(speech, MESSAGE_INVENTORY_RELEASED, fact);
}

static struct order_step consumed(struct speech *speech)
{
    static const struct allocation line = AT(1, "A", "WH-1", 2);
    struct inventory_consumed fact = { HEAD(speech), .reservation_id = child(speech, 'H', 1),
                                       .fulfillment_id = child(speech, 'F', speech->part),
                                       .allocations = &line, .allocations_count = 1 };

    return STEP(speech, MESSAGE_INVENTORY_CONSUMED, fact);
}

/* --- Payment --------------------------------------------------------------------------------------- */

static struct order_step authorized(struct speech *speech)
{
    struct payment_authorized fact = { HEAD(speech), .payment_id = child(speech, 'P', speech->part),
                                       .amount_minor = speech->order->total_minor,
                                       .currency = "EUR", .provider = "demo" };

    return STEP(speech, MESSAGE_PAYMENT_AUTHORIZED, fact);
}

static struct order_step declined(struct speech *speech)
{
    struct payment_declined fact = { HEAD(speech), .payment_id = child(speech, 'P', speech->part),
                                     .amount_minor = speech->order->total_minor, .currency = "EUR",
                                     .code = "card_declined" };

    return STEP(speech, MESSAGE_PAYMENT_DECLINED, fact);
}

static struct order_step requires_action(struct speech *speech)
{
    const struct payment_authorize *command = must_be_told(speech, MESSAGE_PAYMENT_AUTHORIZE, 0);
    struct payment_requires_action fact = { HEAD(speech),
                                            .payment_id = child(speech, 'P', 1),
                                            .amount_minor = speech->order->total_minor,
                                            .currency = "EUR",
                                            .action = PAYMENT_REQUIRES_ACTION_ACTION_REDIRECT,
                                            .action_url = "https://pay.example/3ds/42",
                                            .expires_at = command->expires_at,
                                            .has_expires_at = true };

    return STEP(speech, MESSAGE_PAYMENT_REQUIRES_ACTION, fact);
}

static struct order_step credit_awaited(struct speech *speech)
{
    struct payment_credit_awaited fact = { HEAD(speech),
                                           .payment_id = child(speech, 'P', 1),
                                           .company = "ACME",
                                           .amount_minor = speech->order->total_minor,
                                           .currency = "EUR",
                                           .code = "credit_limit_exceeded",
                                           .asked_at = speech->bench->now };

    return STEP(speech, MESSAGE_PAYMENT_CREDIT_AWAITED, fact);
}

/* With a number behind it: an amount that somebody took by hand. */
static struct order_step captured(struct speech *speech)
{
    int64_t by_hand_minor = strtoll(speech->rest, NULL, 10);
    struct payment_captured fact = { HEAD(speech), .payment_id = child(speech, 'P', 1),
                                     .capture_id = child(speech, 'C', speech->part),
                                     .amount_minor = by_hand_minor, .currency = "EUR" };

    if (by_hand_minor == 0) {
        const struct payment_capture *command =
            must_be_told(speech, MESSAGE_PAYMENT_CAPTURE, speech->part);

        fact.amount_minor = command->amount_minor;
        fact.payment_id = command->payment_id;
    }
    fact.captured_minor = speech->order->captured_minor + fact.amount_minor;
    return STEP(speech, MESSAGE_PAYMENT_CAPTURED, fact);
}

static struct order_step failed(struct speech *speech)
{
    struct payment_failed fact = { HEAD(speech), .payment_id = child(speech, 'P', 1),
                                   .code = "provider_error" };

    if (strcmp(speech->rest, "authorize") == 0) {
        fact.operation = PAYMENT_FAILED_OPERATION_AUTHORIZE;
    } else if (strcmp(speech->rest, "capture") == 0) {
        fact.operation = PAYMENT_FAILED_OPERATION_CAPTURE;
        fact.operation_id = child(speech, 'C', speech->part);
    } else if (strcmp(speech->rest, "void") == 0) {
        fact.operation = PAYMENT_FAILED_OPERATION_V_VOID;
        fact.payment_id = child(speech, 'P', speech->part);
        fact.code = "by_hand";
    } else { /* "refund", "refund 400 100": so much, of which the payment's refunds come to 100 then; "... by_hand" */
        char *end = NULL;
        bool by_hand = strstr(speech->rest, "by_hand") != NULL;

        fact.code = by_hand ? "by_hand" : fact.code;

        fact.operation = PAYMENT_FAILED_OPERATION_REFUND;
        fact.operation_id = child(speech, 'B', speech->part);
        fact.amount_minor = strtoll(speech->rest + strlen("refund"), &end, 10);
        fact.has_amount_minor = fact.amount_minor > 0;
        fact.refunded_minor = strtoll(end, NULL, 10);
        fact.has_refunded_minor = fact.has_amount_minor;
    }
    return STEP(speech, MESSAGE_PAYMENT_FAILED, fact);
}

static struct order_step voided(struct speech *speech)
{
    struct payment_voided fact = { HEAD(speech), .payment_id = child(speech, 'P', 1) };

    return STEP(speech, MESSAGE_PAYMENT_VOIDED, fact);
}

/* With a number behind it: an amount that somebody gave back. */
static struct order_step refunded(struct speech *speech)
{
    int64_t by_person_minor = strtoll(speech->rest, NULL, 10);
    struct payment_refund by_person = { .refund_id = child(speech, 'B', speech->part),
                                        .amount_minor = by_person_minor };
    const struct payment_refund *command =
        by_person_minor != 0 ? &by_person : must_be_told(speech, MESSAGE_PAYMENT_REFUND, 0);
    struct payment_refunded fact = { HEAD(speech),
                                     .payment_id = child(speech, 'P', 1),
                                     .refund_id = command->refund_id,
                                     .amount_minor = command->amount_minor,
                                     .currency = "EUR",
                                     .refunded_minor =
                                         speech->order->refunded_minor + command->amount_minor };

    return STEP(speech, MESSAGE_PAYMENT_REFUNDED, fact);
}

/* --- Fulfillment and shipping ---------------------------------------------------------------------- */

static const struct line_quantity work[] = { { 1, "A", 2 } };

static struct order_step opened(struct speech *speech)
{
    struct fulfillment_opened fact = { HEAD(speech),
                                       .fulfillment_id = child(speech, 'F', speech->part),
                                       .location = "WH-1", .lines = work, .lines_count = 1 };

    return STEP(speech, MESSAGE_FULFILLMENT_OPENED, fact);
}

static struct order_step picked(struct speech *speech)
{
    struct fulfillment_picked fact = { HEAD(speech),
                                       .fulfillment_id = child(speech, 'F', speech->part),
                                       .location = "WH-1", .lines = work, .lines_count = 1 };

    return STEP(speech, MESSAGE_FULFILLMENT_PICKED, fact);
}

static struct order_step assembled(struct speech *speech)
{
    struct fulfillment_assembled fact = { HEAD(speech),
                                          .fulfillment_id = child(speech, 'F', speech->part),
                                          .location = "WH-1", .lines = work, .lines_count = 1 };

    return STEP(speech, MESSAGE_FULFILLMENT_ASSEMBLED, fact);
}

static struct order_step packed(struct speech *speech)
{
    static const struct parcel_line lines[] = { { 1, 2 }, { 2, 1 } };
    static const struct parcel parcels[] = {
        { .parcel_no = 1,
          .weight_grams = 750,
          .length_mm = 300,
          .has_length_mm = true,
          .lines = lines,
          .lines_count = 2 },
        { .parcel_no = 2, .weight_grams = 90, .lines = lines, .lines_count = 1 },
        { .parcel_no = 1, .weight_grams = 90, .lines = lines, .lines_count = 1 }
    };
    struct fulfillment_packed fact = {
        HEAD(speech), .fulfillment_id = child(speech, 'F', speech->part), .location = "WH-1",
        .parcels = parcels, .parcels_count = strcmp(speech->rest, "wrong") == 0 ? 3 : 2
    };

    return STEP(speech, MESSAGE_FULFILLMENT_PACKED, fact);
}

static struct order_step canceled(struct speech *speech)
{
    struct fulfillment_canceled fact = { HEAD(speech),
                                         .fulfillment_id = child(speech, 'F', speech->part),
                                         .reason = CANCEL_REASON_SHOPPER_REQUEST };

    return STEP(speech, MESSAGE_FULFILLMENT_CANCELED, fact);
}

static struct order_step cancel_refused(struct speech *speech)
{
    struct fulfillment_cancel_refused fact = { HEAD(speech),
                                               .fulfillment_id = child(speech, 'F', speech->part),
                                               .reason = FULFILLMENT_CANCEL_REFUSED_REASON_PACKED };

    return STEP(speech, MESSAGE_FULFILLMENT_CANCEL_REFUSED, fact);
}

static struct order_step labeled(struct speech *speech)
{
    static const struct shipment_labeled_parcel parcel = { 1, "1Z999AA10123456784" };
    struct shipment_labeled fact = { HEAD(speech),
                                     .shipment_id = child(speech, 'S', speech->part),
                                     .fulfillment_id = child(speech, 'F', speech->part),
                                     .carrier = "demo-carrier",
                                     .service = "standard",
                                     .parcels = &parcel,
                                     .parcels_count = 1 };

    return STEP(speech, MESSAGE_SHIPMENT_LABELED, fact);
}

static struct order_step shipped(struct speech *speech)
{
    struct shipment_shipped fact = { HEAD(speech), .shipment_id = child(speech, 'S', speech->part),
                                     .fulfillment_id = child(speech, 'F', speech->part),
                                     .carrier = "demo-carrier", .shipped_at = speech->bench->now };

    return STEP(speech, MESSAGE_SHIPMENT_SHIPPED, fact);
}

static struct order_step tracked(struct speech *speech)
{
    struct shipment_tracked fact = { HEAD(speech), .shipment_id = child(speech, 'S', speech->part),
                                     .tracking_status = TRACKING_STATUS_IN_TRANSIT,
                                     .occurred_at = speech->bench->now };

    return STEP(speech, MESSAGE_SHIPMENT_TRACKED, fact);
}

static struct order_step delivered(struct speech *speech)
{
    struct shipment_delivered fact = { HEAD(speech),
                                       .shipment_id = child(speech, 'S', speech->part),
                                       .fulfillment_id = child(speech, 'F', speech->part),
                                       .delivered_at = speech->bench->now };

    return STEP(speech, MESSAGE_SHIPMENT_DELIVERED, fact);
}

static struct order_step unshippable(struct speech *speech)
{
    struct shipment_failed fact = { HEAD(speech),
                                    .shipment_id = child(speech, 'S', speech->part),
                                    .fulfillment_id = child(speech, 'F', speech->part),
                                    .stage = SHIPMENT_FAILED_STAGE_LABEL,
                                    .code = "address_unknown",
                                    .failed_at = speech->bench->now };

    return STEP(speech, MESSAGE_SHIPMENT_FAILED, fact);
}

static const struct refusable {
    const char *word, *command;
    uint32_t fact;
    char letter;
} refusables[] = {
    { "reserve", "kervan.inventory.reserve.v1", MESSAGE_INVENTORY_REFUSED, 'H' },
    { "authorize", "kervan.payment.authorize.v1", MESSAGE_PAYMENT_REFUSED, 'P' },
    { "capture", "kervan.payment.capture.v1", MESSAGE_PAYMENT_REFUSED, 'C' },
    { "refund", "kervan.payment.refund.v1", MESSAGE_PAYMENT_REFUSED, 'B' },
    { "fulfill", "kervan.fulfillment.fulfill.v1", MESSAGE_FULFILLMENT_REFUSED, 'F' },
    { "ship", "kervan.shipment.ship.v1", MESSAGE_SHIPMENT_REFUSED, 'S' },
    { "void", "kervan.shipment.void.v1", MESSAGE_SHIPMENT_REFUSED, 'S' },
};

static enum refused_reason refused_reason(const char *words)
{
    return strstr(words, " expired") != NULL  ? REFUSED_REASON_EXPIRED
           : strstr(words, " undone") != NULL ? REFUSED_REASON_UNDONE
                                              : REFUSED_REASON_RULE;
}

/* "refused ship:1 expired": command, part, reason. */
static struct order_step refused(struct speech *speech)
{
    size_t length = strcspn(speech->rest, ": ");
    const struct refusable *command = refusables;
    int64_t part = speech->rest[length] == ':' ? strtoll(speech->rest + length + 1, NULL, 10) : 1;

    while (strlen(command->word) != length || strncmp(command->word, speech->rest, length) != 0) {
        command++;
        assert_true(command < refusables + sizeof refusables / sizeof refusables[0]);
    }
    /* The four are alike. */
    struct inventory_refused fact = { HEAD(speech), .command = command->command,
                                      .subject_id = child(speech, command->letter, part),
                                      .reason = refused_reason(speech->rest) };
    return STEP(speech, command->fact, fact);
}

static const struct {
    const char *word;
    struct order_step (*make)(struct speech *speech);
} words[] = {
    { "reserved", reserved },       { "short", shortage },
    { "released", released },       { "consumed", consumed },
    { "authorized", authorized },   { "declined", declined },
    { "action", requires_action },  { "credit_awaited", credit_awaited },
    { "captured", captured },       { "failed", failed },
    { "voided", voided },           { "refunded", refunded },
    { "opened", opened },           { "picked", picked },
    { "assembled", assembled },     { "packed", packed },
    { "canceled", canceled },       { "cancel_refused", cancel_refused },
    { "labeled", labeled },         { "shipped", shipped },
    { "tracked", tracked },         { "delivered", delivered },
    { "unshippable", unshippable }, { "refused", refused },
};

struct order_step order_fact(struct order_bench *bench, const char *order_id, const char *word)
{
    size_t length = strcspn(word, ": ");
    const char *space = strchr(word, ' ');
    struct speech speech = { .bench = bench,
                             .order_id = order_id,
                             .word = word,
                             .order = order_bench_order(bench, order_id),
                             .part = word[length] == ':' ? strtoll(word + length + 1, NULL, 10) : 1,
                             .rest = space == NULL ? "" : space + 1 };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].word) == length && strncmp(words[i].word, word, length) == 0) {
            return words[i].make(&speech);
        }
    }
    fail_msg("no fact \"%s\"", word);
    abort(); /* fail_msg does not return; the compiler cannot know */
}

/* "cancel ID" or "cancel ID user" */
static void ask_to_cancel(struct order_bench *bench, const char *order_id, const char *line)
{
    const char *id = line + strlen("cancel ");
    bool by_person = strstr(id, " user") != NULL;
    struct order_cancel request = {
        .order_id = order_id,
        .body = { .reason = by_person ? CANCEL_REASON_FRAUD : CANCEL_REASON_SHOPPER_REQUEST }
    };

    order_bench_run(
        bench, (struct order_step){ .message_type = MESSAGE_ORDER_CANCEL,
                                    .message = arena_copy(bench->kept, &request, sizeof request),
                                    .id = arena_copy_text(bench->kept, id, strcspn(id, " ")),
                                    .actor = by_person ? "user:7" : "key:web",
                                    .waited_for = true });
}

static void let_time_pass(struct order_bench *bench, const char *order_id)
{
    struct said *next = NULL;

    for (size_t i = 0; i < bench->said_count; i++) {
        struct said *said = &bench->said[i];

        if (said->type == MESSAGE_NONE && !said->taken && strcmp(said->subject_id, order_id) == 0 &&
            (next == NULL || said->due_at < next->due_at)) {
            next = said;
        }
    }
    if (next == NULL) {
        fail_msg("no timer is set");
        abort(); /* fail_msg does not return; the compiler cannot know */
    }
    next->taken = true;
    struct said timer = *next; /* the list may move */
    if (bench->now < timer.due_at) {
        bench->now = timer.due_at;
    }
    order_bench_run(bench, (struct order_step){ .timer = &timer });
}

void order_play(struct order_bench *bench, const char *order_id, const char *line)
{
    struct order_step step;

    if (strncmp(line, "cancel ", strlen("cancel ")) == 0) {
        ask_to_cancel(bench, order_id, line);
    } else if (strcmp(line, "time") == 0) {
        let_time_pass(bench, order_id);
    } else if (order_odd(bench, order_id, line, &step)) {
        order_bench_run(bench, step);
    } else {
        order_bench_run(bench, order_fact(bench, order_id, line));
    }
}
