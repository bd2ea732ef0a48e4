/* order_peers.c - what the four do with commands, and what happens by itself. */
#include "tests/unit/order_peers.h"

#include "common/id.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "proto/registry.h"
#include "proto/shipping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint64_t peers_random(struct peers *peers, uint64_t below)
{
    peers->random ^= peers->random << 13;
    peers->random ^= peers->random >> 7;
    peers->random ^= peers->random << 17;
    return peers->random % below;
}

static bool chance(struct peers *peers, uint64_t percent)
{
    return !peers->tame && peers_random(peers, 100) < percent;
}

static struct books *books_of(struct peers *peers, const char *order_id)
{
    for (size_t i = 0; i < peers->order_count; i++) {
        if (strcmp(peers->books[i].order_id, order_id) == 0) {
            return &peers->books[i];
        }
    }
    fail_msg("no order %s", order_id);
    abort(); /* fail_msg does not return; the compiler cannot know */
}

void peers_know(struct peers *peers, const struct order_placed *placed)
{
    struct books *books = &peers->books[peers->order_count++];

    assert_true(peers->order_count <= PEER_ORDERS_MAX);
    *books = (struct books){ .order_id = placed->order_id, .order_no = placed->order_no };
    for (size_t i = 0; i < placed->lines_count; i++) {
        books->lines[books->line_count++] =
            (struct line_quantity){ placed->lines[i].line_no, placed->lines[i].sku,
                                    placed->lines[i].quantity };
    }
}

/* A fact goes to the end of its service's stream; an answer may be given twice. */
static void state_fact(struct peers *peers, int peer, uint32_t type, const void *fact, size_t size)
{
    for (int times = chance(peers, 10) ? 2 : 1; times > 0; times--) {
        assert_true(peers->tails[peer] < PEER_QUEUE_MAX);
        peers->queues[peer][peers->tails[peer]++] =
            (struct order_step){ .message_type = type,
                                 .message = arena_copy(peers->bench->kept, fact, size),
                                 .id = "fact" };
    }
}
#define STATE(peers, peer, type, fact) state_fact((peers), (peer), (type), &(fact), sizeof(fact))
#define HEAD(books)                                                                                \
    .order_id = (books)->order_id, .order_no = (books)->order_no, .clock = ++(books)->clock

static const char *child(struct peers *peers, const struct books *books, char letter, int64_t no)
{
    return text_format(peers->bench->kept, "%s", child_id_format(books->order_id, letter, no).text);
}

static void refuse(struct peers *peers, int peer, const struct said *command, const char *subject)
{
    static const uint32_t types[PEER_COUNT] = { MESSAGE_INVENTORY_REFUSED, MESSAGE_PAYMENT_REFUSED,
                                                MESSAGE_FULFILLMENT_REFUSED,
                                                MESSAGE_SHIPMENT_REFUSED };
    struct books *books = books_of(peers, command->subject_id);
    /* The four are alike. */
    struct inventory_refused fact = { HEAD(books), .command = message_infos[command->type].type,
                                      .subject_id = subject, .reason = REFUSED_REASON_EXPIRED };

    STATE(peers, peer, types[peer], fact);
}

static bool is_too_late(const struct peers *peers, const struct said *command)
{
    int64_t until = message_valid_until((enum message_type)command->type, command->message);

    return until != 0 && peers->bench->now > until;
}

/* --- Inventory ------------------------------------------------------------------------------------- */

static void hold_part(struct peers *peers, struct books *books, const struct line_quantity *line,
                      int64_t quantity)
{
    static const char *const places[] = { "WH-1", "WH-2", "STORE-1" };

    if (quantity > 0) {
        books->allocations[books->allocation_count++] =
            (struct allocation){ line->line_no, line->sku, places[peers_random(peers, 3)],
                                 quantity };
        books->pieces_held += quantity;
    }
}

static void hold(struct peers *peers, struct books *books)
{
    for (size_t i = 0; i < books->line_count; i++) {
        const struct line_quantity *line = &books->lines[i];
        int64_t here = (int64_t)peers_random(peers, (uint64_t)line->quantity + 1);

        hold_part(peers, books, line, here);
        hold_part(peers, books, line, line->quantity - here);
    }
    books->stock_held = true;
}

static void on_reserve(struct peers *peers, struct books *books, const struct said *command)
{
    const char *reservation = child(peers, books, 'H', 1);

    if (!books->stock_held && !books->stock_short && !books->stock_gone) {
        if (is_too_late(peers, command)) {
            refuse(peers, PEER_INVENTORY, command, reservation);
            return;
        }
        books->stock_short = chance(peers, 10);
        if (!books->stock_short) {
            hold(peers, books);
        }
    }
    if (books->stock_short) {
        struct inventory_short_line line = { 1, books->lines[0].sku, books->lines[0].quantity, 0 };
        struct inventory_short fact = { HEAD(books), .reservation_id = reservation,
                                        .lines = arena_copy(peers->bench->kept, &line, sizeof line),
                                        .lines_count = 1 };

        STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_SHORT, fact);
    } else if (!books->stock_gone) {
        struct inventory_reserved fact = { HEAD(books), .reservation_id = reservation,
                                           .allocations = books->allocations,
                                           .allocations_count = books->allocation_count };

        STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_RESERVED, fact);
    }
}

static void on_release(struct peers *peers, struct books *books)
{
    struct inventory_released fact = { HEAD(books), .reservation_id = child(peers, books, 'H', 1),
                                       .reason = CANCEL_REASON_OTHER };

    books->stock_held = false;
    books->stock_gone = true;
    books->pieces_held = 0;
    STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_RELEASED, fact);
}

static void on_consume(struct peers *peers, struct books *books, const struct said *said)
{
    const struct inventory_consume *command = said->message;
    struct inventory_consumed fact = { HEAD(books), .reservation_id = command->reservation_id,
                                       .fulfillment_id = command->fulfillment_id,
                                       .allocations = command->lines,
                                       .allocations_count = command->lines_count };

    for (size_t i = 0; i < command->lines_count; i++) {
        books->pieces_held -= command->lines[i].quantity;
        books->pieces_sent += command->lines[i].quantity;
    }
    assert_true(books->pieces_held >= 0);
    STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_CONSUMED, fact);
}

static void inventory_does(struct peers *peers, struct books *books, const struct said *command)
{
    if (command->type == MESSAGE_INVENTORY_RESERVE) {
        on_reserve(peers, books, command);
    } else if (command->type == MESSAGE_INVENTORY_RELEASE) {
        on_release(peers, books);
    } else {
        assert_int_equal(command->type, MESSAGE_INVENTORY_CONSUME);
        on_consume(peers, books, command);
    }
}

/* --- Payment --------------------------------------------------------------------------------------- */

static void state_authorized(struct peers *peers, struct books *books)
{
    struct payment_authorized fact = { HEAD(books), .payment_id = child(peers, books, 'P', 1),
                                       .amount_minor = books->authorized_minor, .currency = "EUR",
                                       .provider = "demo" };

    books->authorized = true;
    books->waiting = false;
    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_AUTHORIZED, fact);
}

static void state_declined(struct peers *peers, struct books *books)
{
    struct payment_declined fact = { HEAD(books), .payment_id = child(peers, books, 'P', 1),
                                     .amount_minor = books->authorized_minor, .currency = "EUR",
                                     .code = "card_declined" };

    books->declined = true;
    books->waiting = false;
    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_DECLINED, fact);
}

static void state_waiting(struct peers *peers, struct books *books)
{
    struct payment_requires_action fact = { HEAD(books), .payment_id = child(peers, books, 'P', 1),
                                            .amount_minor = books->authorized_minor,
                                            .currency = "EUR",
                                            .action = PAYMENT_REQUIRES_ACTION_ACTION_TRANSFER };

    books->waiting = true;
    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_REQUIRES_ACTION, fact);
}

static void on_authorize(struct peers *peers, struct books *books, const struct said *said)
{
    const struct payment_authorize *command = said->message;
    bool known = books->authorized || books->declined || books->waiting || books->voided;

    if (books->voided) {
        return;
    }
    if (!known && is_too_late(peers, said)) {
        refuse(peers, PEER_PAYMENT, said, command->payment_id);
        return;
    }
    books->authorized_minor = command->amount_minor;
    if (books->authorized || (!known && !chance(peers, 30))) {
        state_authorized(peers, books);
    } else if (books->declined || (!known && chance(peers, 50))) {
        state_declined(peers, books);
    } else {
        state_waiting(peers, books);
    }
}

static void state_captured(struct peers *peers, struct books *books, int64_t no)
{
    struct payment_captured fact = { HEAD(books),
                                     .payment_id = child(peers, books, 'P', 1),
                                     .capture_id = child(peers, books, 'C', no),
                                     .amount_minor = books->captures[no],
                                     .currency = "EUR",
                                     .captured_minor = books->captured_minor };

    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_CAPTURED, fact);
}

static void take_money(struct peers *peers, struct books *books, int64_t no)
{
    books->captured_minor += books->captures[no];
    assert_true(books->authorized && !books->voided);
    assert_true(books->captured_minor <= books->authorized_minor);
    books->pending_capture = 0;
    state_captured(peers, books, no);
}

static void on_capture(struct peers *peers, struct books *books, const struct said *said)
{
    const struct payment_capture *command = said->message;
    int64_t no = child_id_counter(command->capture_id, 'C');

    assert_true(no > 0 && no < PEER_PARTS_MAX);
    if (books->captures[no] != 0) { /* told again: it is the same, and is answered again */
        assert_int_equal(books->captures[no], command->amount_minor);
        if (books->pending_capture == no) {
            take_money(peers, books, no);
        } else {
            state_captured(peers, books, no);
        }
        return;
    }
    if (is_too_late(peers, said)) {
        refuse(peers, PEER_PAYMENT, said, command->capture_id);
        return;
    }
    books->captures[no] = command->amount_minor;
    if (books->pending_capture == 0 && chance(peers, 10)) {
        struct payment_failed fact = { HEAD(books), .payment_id = command->payment_id,
                                       .operation = PAYMENT_FAILED_OPERATION_CAPTURE,
                                       .operation_id = command->capture_id,
                                       .code = "provider_error" };

        books->pending_capture = no;
        STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_FAILED, fact);
    } else {
        int64_t pending = books->pending_capture;

        take_money(peers, books, no);
        books->pending_capture = pending;
    }
}

static void on_void(struct peers *peers, struct books *books)
{
    struct payment_voided fact = { HEAD(books), .payment_id = child(peers, books, 'P', 1) };

    books->voided = true;
    books->waiting = false;
    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_VOIDED, fact);
}

static void on_refund(struct peers *peers, struct books *books, const struct said *said)
{
    const struct payment_refund *command = said->message;
    int64_t no = child_id_counter(command->refund_id, 'B');

    if (books->refunds[no] == 0) {
        books->refunds[no] = command->amount_minor;
        books->refunded_minor += command->amount_minor;
    }
    assert_int_equal(books->refunds[no], command->amount_minor);
    assert_true(books->refunded_minor <= books->captured_minor);
    struct payment_refunded fact = { HEAD(books),
                                     .payment_id = command->payment_id,
                                     .refund_id = command->refund_id,
                                     .amount_minor = command->amount_minor,
                                     .currency = "EUR",
                                     .refunded_minor = books->refunded_minor };
    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_REFUNDED, fact);
}

static void payment_does(struct peers *peers, struct books *books, const struct said *command)
{
    if (command->type == MESSAGE_PAYMENT_AUTHORIZE) {
        on_authorize(peers, books, command);
    } else if (command->type == MESSAGE_PAYMENT_CAPTURE) {
        on_capture(peers, books, command);
    } else if (command->type == MESSAGE_PAYMENT_VOID) {
        on_void(peers, books);
    } else {
        assert_int_equal(command->type, MESSAGE_PAYMENT_REFUND);
        on_refund(peers, books, command);
    }
}

/* --- Fulfillment and shipping ---------------------------------------------------------------------- */

static void state_canceled(struct peers *peers, struct books *books, int64_t no)
{
    struct fulfillment_canceled fact = { HEAD(books),
                                         .fulfillment_id = child(peers, books, 'F', no),
                                         .reason = CANCEL_REASON_OTHER };

    books->fulfillments[no] = 3;
    STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_CANCELED, fact);
}

static void on_fulfill(struct peers *peers, struct books *books, const struct said *said)
{
    const struct fulfillment_fulfill *command = said->message;
    int64_t no = child_id_counter(command->fulfillment_id, 'F');
    static const struct line_quantity work = { 1, "A", 1 };

    assert_true(no > 0 && no < PEER_PARTS_MAX && command->lines_count > 0);
    if (books->fulfillments[no] == 0 && is_too_late(peers, said)) {
        refuse(peers, PEER_FULFILLMENT, said, command->fulfillment_id);
    } else if (books->fulfillments[no] <= 1) {
        struct fulfillment_opened fact = { HEAD(books), .fulfillment_id = command->fulfillment_id,
                                           .location = command->location, .lines = &work,
                                           .lines_count = 1 };

        books->fulfillments[no] = 1;
        STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_OPENED, fact);
    }
}

static void pack(struct peers *peers, struct books *books, int64_t no)
{
    static const struct parcel_line line = { 1, 1 };
    static const struct parcel parcel = {
        .parcel_no = 1, .weight_grams = 100, .lines = &line, .lines_count = 1
    };
    struct fulfillment_packed fact = { HEAD(books), .fulfillment_id = child(peers, books, 'F', no),
                                       .location = "WH-1", .parcels = &parcel, .parcels_count = 1 };

    books->fulfillments[no] = 2;
    STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_PACKED, fact);
}

static void on_stop(struct peers *peers, struct books *books, const struct said *said)
{
    const struct fulfillment_cancel *command = said->message;
    int64_t no = child_id_counter(command->fulfillment_id, 'F');

    if (books->fulfillments[no] == 2) {
        struct fulfillment_cancel_refused fact = { HEAD(books),
                                                   .fulfillment_id = command->fulfillment_id,
                                                   .reason =
                                                       FULFILLMENT_CANCEL_REFUSED_REASON_PACKED };

        STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_CANCEL_REFUSED, fact);
    } else {
        state_canceled(peers, books, no);
    }
}

static void fulfillment_does(struct peers *peers, struct books *books, const struct said *command)
{
    if (command->type == MESSAGE_FULFILLMENT_FULFILL) {
        on_fulfill(peers, books, command);
    } else {
        assert_int_equal(command->type, MESSAGE_FULFILLMENT_CANCEL);
        on_stop(peers, books, command);
    }
}

static void move_parcel(struct peers *peers, struct books *books, int64_t no)
{
    const char *shipment = child(peers, books, 'S', no), *whole = child(peers, books, 'F', no);

    if (++books->shipments[no] == 2) {
        struct shipment_shipped fact = { HEAD(books), .shipment_id = shipment,
                                         .fulfillment_id = whole, .carrier = "demo-carrier",
                                         .shipped_at = peers->bench->now };

        STATE(peers, PEER_SHIPPING, MESSAGE_SHIPMENT_SHIPPED, fact);
    } else {
        struct shipment_delivered fact = { HEAD(books), .shipment_id = shipment,
                                           .fulfillment_id = whole,
                                           .delivered_at = peers->bench->now };

        STATE(peers, PEER_SHIPPING, MESSAGE_SHIPMENT_DELIVERED, fact);
    }
}

static void shipping_does(struct peers *peers, struct books *books, const struct said *said)
{
    static const struct shipment_labeled_parcel parcel = { 1, "1Z9" };
    const struct shipment_ship *command = said->message;
    int64_t no = child_id_counter(command->shipment_id, 'S');

    assert_int_equal(said->type, MESSAGE_SHIPMENT_SHIP);
    assert_int_equal(books->fulfillments[no], 2);                         /* packed */
    assert_true(books->captures[no] > 0 && books->pending_capture != no); /* and paid for */
    if (books->shipments[no] == 0 && is_too_late(peers, said)) {
        refuse(peers, PEER_SHIPPING, said, command->shipment_id);
    } else if (books->shipments[no] <= 1) {
        struct shipment_labeled fact = { HEAD(books),
                                         .shipment_id = command->shipment_id,
                                         .fulfillment_id = command->fulfillment_id,
                                         .carrier = "demo-carrier",
                                         .service = "standard",
                                         .parcels = &parcel,
                                         .parcels_count = 1 };

        books->shipments[no] = 1;
        STATE(peers, PEER_SHIPPING, MESSAGE_SHIPMENT_LABELED, fact);
    }
}

/* --- All of it ------------------------------------------------------------------------------------- */

static const struct {
    const char *topic;
    void (*does)(struct peers *peers, struct books *books, const struct said *command);
} all[PEER_COUNT] = {
    [PEER_INVENTORY] = { "inventory.commands", inventory_does },
    [PEER_PAYMENT] = { "payment.commands", payment_does },
    [PEER_FULFILLMENT] = { "fulfillment.commands", fulfillment_does },
    [PEER_SHIPPING] = { "shipping.commands", shipping_does },
};

bool peers_work(struct peers *peers, int peer)
{
    while (peers->cursors[peer] < peers->bench->said_count) {
        struct said command = peers->bench->said[peers->cursors[peer]++];

        if (command.type != MESSAGE_NONE &&
            strcmp(message_infos[command.type].topic, all[peer].topic) == 0) {
            struct books *books = books_of(peers, command.subject_id);
            int64_t clock = message_clock((enum message_type)command.type, command.message);

            books->clock = books->clock > clock ? books->clock : clock;
            all[peer].does(peers, books, &command);
            return true;
        }
    }
    return false;
}

static bool live_part(struct peers *peers, struct books *books, int64_t no)
{
    if (books->fulfillments[no] == 1) {
        if (chance(peers, 5)) {
            books->gave_up = true;
            state_canceled(peers, books, no);
        } else {
            pack(peers, books, no);
        }
        return true;
    }
    if (books->shipments[no] == 1 || books->shipments[no] == 2) {
        move_parcel(peers, books, no);
        return true;
    }
    return false;
}

bool peers_live(struct peers *peers)
{
    struct books *books = &peers->books[peers_random(peers, peers->order_count)];
    bool lived = false;

    if (peers->tame || chance(peers, 50)) { /* people first, then parcels */
        if (books->waiting) {
            (chance(peers, 30) ? state_declined : state_authorized)(peers, books);
            lived = true;
        }
        if (books->pending_capture != 0) {
            take_money(peers, books, books->pending_capture);
            lived = true;
        }
    }
    for (int64_t no = 1; no < PEER_PARTS_MAX; no++) {
        lived = (peers->tame || chance(peers, 40)) && live_part(peers, books, no) ? true : lived;
    }
    return lived;
}

bool peers_next(struct peers *peers, int peer, struct order_step *ret)
{
    if (peers->heads[peer] == peers->tails[peer]) {
        return false;
    }
    *ret = peers->queues[peer][peers->heads[peer]++];
    return true;
}

bool peers_are_heard(const struct peers *peers)
{
    for (int peer = 0; peer < PEER_COUNT; peer++) {
        if (peers->heads[peer] < peers->tails[peer]) {
            return false;
        }
    }
    return true;
}
