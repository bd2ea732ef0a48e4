/* order_peers_goods.c - stock, packers and carriers: pieces that are held, lost, missed, left out, packed and sent. */
#include "tests/unit/order_peers_books.h"

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

/* --- Inventory ------------------------------------------------------------------------------------- */

enum { PLACE_COUNT = 3 };

static const char *const places[PLACE_COUNT] = { "WH-1", "WH-2", "STORE-1" };

static const char *any_place(struct peers *peers)
{
    return places[peers_random(peers, PLACE_COUNT)];
}

/* NULL: each gave up work of the order. */
static const char *place_for(struct peers *peers, const struct inventory_reserve *command)
{
    const char *left[PLACE_COUNT];
    size_t count = 0;

    for (size_t i = 0; i < PLACE_COUNT; i++) {
        if (!text_is_among(places[i], command->avoid, command->avoid_count)) {
            left[count++] = places[i];
        }
    }
    return count == 0 ? NULL : left[peers_random(peers, count)];
}

static struct allocation *hold_at(struct books *books, int64_t no, struct line_quantity line,
                                  const char *place)
{
    assert_true(books->allocation_count < PEER_ALLOCATIONS_MAX);
    books->held_by[books->allocation_count] = no;
    books->allocations[books->allocation_count] = (struct allocation){
        .line_no = line.line_no, .sku = line.sku, .location = place, .quantity = line.quantity
    };
    return &books->allocations[books->allocation_count++];
}

/* So many pieces of a line, at one place or two. */
static void hold_line(struct peers *peers, struct books *books, int64_t no,
                      const struct line_quantity *line, const struct inventory_reserve *command)
{
    struct peer_hold *hold = &books->holds[no];
    int64_t here = (int64_t)peers_random(peers, (uint64_t)line->quantity + 1);
    int64_t parts[] = { here, line->quantity - here };

    for (size_t i = 0; i < 2; i++) {
        if (parts[i] > 0) {
            hold->first[hold->first_count++] =
                *hold_at(books, no, (struct line_quantity){ line->line_no, line->sku, parts[i] },
                         place_for(peers, command));
        }
    }
}

/* One piece is not there: it is missing, or waited for, or nothing is held at all. */
static bool lacks(struct peers *peers, struct books *books, const struct inventory_reserve *command,
                  struct line_quantity *wanted)
{
    struct peer_hold *hold = &books->holds[child_id_counter(command->reservation_id, 'H')];
    size_t which = peers_random(peers, command->lines_count);
    bool more = command->lines_count > 1 || wanted[which].quantity > 1;
    struct line_quantity piece = { wanted[which].line_no, wanted[which].sku, 1 };

    if (command->backorder_allowed && peers_chance(peers, 80)) {
        hold->waiting = piece;
        hold->left = 1;
    } else if (command->partial_allowed && more && peers_chance(peers, 80)) {
        hold->missing = piece;
    } else {
        return true;
    }
    wanted[which].quantity--;
    return false;
}

static void open_hold(struct peers *peers, struct books *books,
                      const struct inventory_reserve *command)
{
    int64_t no = child_id_counter(command->reservation_id, 'H');
    struct line_quantity wanted[PEER_LINES_MAX];

    assert_in_range(command->lines_count, 1, PEER_LINES_MAX);
    memcpy(wanted, command->lines, command->lines_count * sizeof wanted[0]);
    books->holds[no].state = PEER_HELD;
    if (place_for(peers, command) == NULL) {
        books->holds[no].state = PEER_SHORT;
        return;
    }
    if (peers_chance(peers, 20) && lacks(peers, books, command, wanted)) {
        books->holds[no].state = PEER_SHORT;
        return;
    }
    for (size_t i = 0; i < command->lines_count; i++) {
        if (wanted[i].quantity > 0) {
            hold_line(peers, books, no, &wanted[i], command);
        }
    }
}

static void state_short(struct peers *peers, struct books *books,
                        const struct inventory_reserve *command)
{
    struct inventory_short_line line = { command->lines[0].line_no, command->lines[0].sku,
                                         command->lines[0].quantity, 0 };
    struct inventory_short fact = { HEAD(books), .reservation_id = command->reservation_id,
                                    .lines = arena_copy(peers->bench->kept, &line, sizeof line),
                                    .lines_count = 1 };

    STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_SHORT, fact);
}

static void state_held(struct peers *peers, struct books *books, const char *reservation_id,
                       const struct peer_hold *hold)
{
    struct arena *kept = peers->bench->kept;

    if (hold->waiting.quantity > 0) {
        struct inventory_backordered fact = {
            HEAD(books),
            .reservation_id = reservation_id,
            .allocations = arena_copy(kept, hold->first, sizeof hold->first),
            .allocations_count = hold->first_count,
            .backorders = arena_copy(kept, &hold->waiting, sizeof hold->waiting),
            .backorders_count = 1
        };

        STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_BACKORDERED, fact);
        return;
    }
    struct inventory_reserved fact = { HEAD(books),
                                       .reservation_id = reservation_id,
                                       .allocations =
                                           arena_copy(kept, hold->first, sizeof hold->first),
                                       .allocations_count = hold->first_count,
                                       .missing =
                                           arena_copy(kept, &hold->missing, sizeof hold->missing),
                                       .missing_count = hold->missing.quantity > 0 ? 1 : 0 };

    STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_RESERVED, fact);
}

static void on_reserve(struct peers *peers, struct books *books, const struct said *said)
{
    const struct inventory_reserve *command = said->message;
    int64_t no = child_id_counter(command->reservation_id, 'H');

    assert_true(no > 0 && no < PEER_PARTS_MAX);
    struct peer_hold *hold = &books->holds[no];
    if (hold->state == PEER_GONE) {
        peers_refuse(peers, PEER_INVENTORY, said, command->reservation_id, REFUSED_REASON_UNDONE);
        return;
    }
    if (hold->state == 0 && peers_too_late(peers, said)) {
        peers_refuse(peers, PEER_INVENTORY, said, command->reservation_id, REFUSED_REASON_EXPIRED);
        return;
    }
    if (hold->state == 0) {
        open_hold(peers, books, command);
    }
    if (hold->state == PEER_SHORT) {
        state_short(peers, books, command);
    } else {
        state_held(peers, books, command->reservation_id, hold);
    }
}

/* Of the line's pieces at the place that is wanted, or at all others; how many are still left to take. */
static int64_t take_from(struct books *books, int64_t no, const struct allocation *wanted,
                         bool here, int64_t left)
{
    for (size_t i = 0; i < books->allocation_count; i++) {
        struct allocation *part = &books->allocations[i];
        int64_t quantity = part->quantity < left ? part->quantity : left;

        if (books->held_by[i] == no && part->line_no == wanted->line_no &&
            here == (strcmp(part->location, wanted->location) == 0)) {
            part->quantity -= quantity;
            left -= quantity;
        }
    }
    return left;
}

/* Up to so many pieces of the line, at the place first; how many there were not. */
static int64_t take_pieces(struct books *books, int64_t no, const struct allocation *wanted)
{
    return take_from(books, no, wanted, false,
                     take_from(books, no, wanted, true, wanted->quantity));
}

int64_t peers_pieces_held(const struct books *books)
{
    int64_t sum = 0;

    for (size_t i = 0; i < books->allocation_count; i++) {
        sum += books->allocations[i].quantity;
    }
    for (size_t no = 0; no < PEER_PARTS_MAX; no++) {
        sum += books->holds[no].left;
    }
    return sum;
}

static void on_release(struct peers *peers, struct books *books, const struct said *said)
{
    const struct inventory_release *command = said->message;
    int64_t no = child_id_counter(command->reservation_id, 'H');
    struct inventory_released fact = { HEAD(books),
                                       .reservation_id = command->reservation_id,
                                       .reason = CANCEL_REASON_OTHER,
                                       .release_no = command->release_no,
                                       .has_release_no = command->has_release_no,
                                       .allocations = command->lines,
                                       .allocations_count = command->lines_count };

    for (size_t i = 0; i < command->lines_count; i++) {
        (void)take_pieces(books, no, &command->lines[i]);
    }
    for (size_t i = 0; i < command->backorders_count; i++) {
        int64_t *left = &books->holds[no].left;

        *left -= command->backorders[i].quantity < *left ? command->backorders[i].quantity : *left;
    }
    if (!command->has_release_no) {
        for (size_t i = 0; i < books->allocation_count; i++) {
            books->allocations[i].quantity *= books->held_by[i] == no ? 0 : 1;
        }
        books->holds[no].left = 0;
        books->holds[no].state = books->holds[no].state == PEER_SHORT ? PEER_SHORT : PEER_GONE;
    }
    STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_RELEASED, fact);
}

static void on_consume(struct peers *peers, struct books *books, const struct said *said)
{
    const struct inventory_consume *command = said->message;
    int64_t no = child_id_counter(command->reservation_id, 'H');
    struct inventory_consumed fact = { HEAD(books), .reservation_id = command->reservation_id,
                                       .fulfillment_id = command->fulfillment_id,
                                       .allocations = command->lines,
                                       .allocations_count = command->lines_count };

    for (size_t i = 0; i < command->lines_count; i++) {
        int64_t missing = take_pieces(books, no, &command->lines[i]);

        assert_true(missing == 0 || books->stock_lost); /* nothing leaves that is not held */
        books->sent[child_id_counter(command->fulfillment_id, 'F')] += command->lines[i].quantity;
    }
    STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_CONSUMED, fact);
}

void inventory_does(struct peers *peers, struct books *books, const struct said *command)
{
    if (command->type == MESSAGE_INVENTORY_RESERVE) {
        on_reserve(peers, books, command);
    } else if (command->type == MESSAGE_INVENTORY_RELEASE) {
        on_release(peers, books, command);
    } else {
        assert_int_equal(command->type, MESSAGE_INVENTORY_CONSUME);
        on_consume(peers, books, command);
    }
}

/* A count finds a piece less than is held; perhaps there is one elsewhere. */
static void lose(struct peers *peers, struct books *books, size_t index)
{
    struct allocation *part = &books->allocations[index];
    int64_t no = books->held_by[index];
    struct allocation gone = *part;
    struct inventory_taken_back fact = { HEAD(books),
                                         .reservation_id = peers_child(peers, books, 'H', no) };
    const char *elsewhere = any_place(peers);

    gone.quantity = 1;
    part->quantity--;
    fact.allocations = arena_copy(peers->bench->kept, &gone, sizeof gone);
    fact.allocations_count = 1;
    if (strcmp(elsewhere, gone.location) != 0) {
        fact.moved = arena_copy(
            peers->bench->kept,
            hold_at(books, no, (struct line_quantity){ gone.line_no, gone.sku, 1 }, elsewhere),
            sizeof gone);
        fact.moved_count = 1;
    } else {
        books->stock_lost = true;
    }
    STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_TAKEN_BACK, fact);
}

/* What is waited for comes. */
static bool allot(struct peers *peers, struct books *books, int64_t no)
{
    struct peer_hold *hold = &books->holds[no];
    struct inventory_allocated fact = { HEAD(books),
                                        .reservation_id = peers_child(peers, books, 'H', no),
                                        .allocations_count = 1 };
    struct line_quantity piece = hold->waiting;

    piece.quantity = hold->left;
    hold->left = 0;
    fact.allocations = arena_copy(peers->bench->kept, hold_at(books, no, piece, any_place(peers)),
                                  sizeof(struct allocation));
    STATE(peers, PEER_INVENTORY, MESSAGE_INVENTORY_ALLOCATED, fact);
    return true;
}

bool stock_lives(struct peers *peers, struct books *books)
{
    for (int64_t no = 1; no < PEER_PARTS_MAX; no++) {
        if (books->holds[no].left > 0 && (peers->tame || peers_chance(peers, 10))) {
            return allot(peers, books, no);
        }
    }
    if (books->allocation_count > 0 && books->allocation_count < PEER_ALLOCATIONS_MAX - 4 &&
        peers_chance(peers, 1)) {
        size_t index = peers_random(peers, books->allocation_count);

        if (books->allocations[index].quantity > 0) {
            lose(peers, books, index);
            return true;
        }
    }
    return false;
}

/* --- Fulfillment ----------------------------------------------------------------------------------- */

static void state_canceled(struct peers *peers, struct books *books, int64_t no,
                           enum cancel_reason reason)
{
    struct fulfillment_canceled fact = { HEAD(books),
                                         .fulfillment_id = peers_child(peers, books, 'F', no),
                                         .reason = reason };

    books->fulfillments[no] = 3;
    STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_CANCELED, fact);
}

static void on_fulfill(struct peers *peers, struct books *books, const struct said *said)
{
    const struct fulfillment_fulfill *command = said->message;
    int64_t no = child_id_counter(command->fulfillment_id, 'F');
    static const struct line_quantity work = { 1, "A", 1 };

    assert_true(no > 0 && no < PEER_PARTS_MAX && command->lines_count > 0);
    if (books->fulfillments[no] == 0 && peers_too_late(peers, said)) {
        peers_refuse(peers, PEER_FULFILLMENT, said, command->fulfillment_id,
                     REFUSED_REASON_EXPIRED);
    } else if (books->fulfillments[no] <= 1) {
        struct fulfillment_opened fact = { HEAD(books), .fulfillment_id = command->fulfillment_id,
                                           .location = command->location, .lines = &work,
                                           .lines_count = 1 };

        for (size_t i = 0; books->fulfillments[no] == 0 && i < command->lines_count; i++) {
            books->work[no][command->lines[i].line_no] = command->lines[i].quantity;
        }
        books->fulfillments[no] = 1;
        STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_OPENED, fact);
    } else if (books->fulfillments[no] == 3) {
        peers_refuse(peers, PEER_FULFILLMENT, said, command->fulfillment_id, REFUSED_REASON_UNDONE);
    }
}

static void pack(struct peers *peers, struct books *books, int64_t no)
{
    static const struct parcel_line line = { 1, 1 };
    static const struct parcel parcel = {
        .parcel_no = 1, .weight_grams = 100, .lines = &line, .lines_count = 1
    };
    struct fulfillment_packed fact = { HEAD(books),
                                       .fulfillment_id = peers_child(peers, books, 'F', no),
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
        state_canceled(peers, books, no, CANCEL_REASON_OTHER);
    }
}

static bool is_empty(const struct books *books, int64_t no)
{
    int64_t left = 0;

    for (size_t line = 0; line <= PEER_LINES_MAX; line++) {
        left += books->work[no][line];
    }
    return left == 0;
}

static void refuse_reduce(struct peers *peers, struct books *books,
                          const struct fulfillment_reduce *command)
{
    struct fulfillment_reduce_refused fact = {
        HEAD(books), .fulfillment_id = command->fulfillment_id, .change_no = command->change_no,
        .has_change_no = true, .reason = FULFILLMENT_REDUCE_REFUSED_REASON_PACKED
    };

    STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_REDUCE_REFUSED, fact);
}

static void on_reduce(struct peers *peers, struct books *books, const struct said *said)
{
    const struct fulfillment_reduce *command = said->message;
    int64_t no = child_id_counter(command->fulfillment_id, 'F');
    bool open = books->fulfillments[no] == 1 && !peers_too_late(peers, said);

    if (command->change_no <= books->changes[no]) {
        return;
    }
    for (size_t i = 0; i < command->lines_count; i++) {
        open = open && books->work[no][command->lines[i].line_no] >= command->lines[i].quantity;
    }
    books->changes[no] = books->fulfillments[no] == 0 ? 0 : command->change_no;
    if (!open) {
        refuse_reduce(peers, books, command);
        return;
    }
    struct fulfillment_reduced fact = { HEAD(books), .fulfillment_id = command->fulfillment_id,
                                        .location = "WH-1", .lines = command->lines,
                                        .lines_count = command->lines_count };
    for (size_t i = 0; i < command->lines_count; i++) {
        books->work[no][command->lines[i].line_no] -= command->lines[i].quantity;
    }
    STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_REDUCED, fact);
    if (is_empty(books, no)) {
        state_canceled(peers, books, no, CANCEL_REASON_OTHER);
    }
}

static void on_suspend(struct peers *peers, struct books *books, const struct said *said)
{
    const struct fulfillment_suspend *command = said->message;
    int64_t no = child_id_counter(command->fulfillment_id, 'F');
    struct fulfillment_on_hold fact = { HEAD(books), .fulfillment_id = command->fulfillment_id,
                                        .location = "WH-1", .reason = command->reason };

    if (books->fulfillments[no] == 1) {
        books->suspended[no] = true;
        STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_ON_HOLD, fact);
    }
}

static void on_resume(struct peers *peers, struct books *books, const struct said *said)
{
    const struct fulfillment_resume *command = said->message;
    int64_t no = child_id_counter(command->fulfillment_id, 'F');
    struct fulfillment_resumed fact = { HEAD(books), .fulfillment_id = command->fulfillment_id,
                                        .location = "WH-1" };

    if (books->fulfillments[no] == 1) {
        books->suspended[no] = false;
        STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_RESUMED, fact);
    }
}

void fulfillment_does(struct peers *peers, struct books *books, const struct said *command)
{
    if (command->type == MESSAGE_FULFILLMENT_FULFILL) {
        on_fulfill(peers, books, command);
    } else if (command->type == MESSAGE_FULFILLMENT_REDUCE) {
        on_reduce(peers, books, command);
    } else if (command->type == MESSAGE_FULFILLMENT_SUSPEND) {
        on_suspend(peers, books, command);
    } else if (command->type == MESSAGE_FULFILLMENT_RESUME) {
        on_resume(peers, books, command);
    } else {
        assert_int_equal(command->type, MESSAGE_FULFILLMENT_CANCEL);
        on_stop(peers, books, command);
    }
}

/* --- Shipping, and what happens by itself ---------------------------------------------------------- */

static void move_parcel(struct peers *peers, struct books *books, int64_t no)
{
    const char *shipment = peers_child(peers, books, 'S', no);
    const char *whole = peers_child(peers, books, 'F', books->contents[no]);

    if (books->shipments[no] == 2 && peers_chance(peers, 5)) {
        static const char *const codes[] = { "lost", "damaged", "return_to_sender" };
        struct shipment_failed fact = { HEAD(books),
                                        .shipment_id = shipment,
                                        .fulfillment_id = whole,
                                        .stage = SHIPMENT_FAILED_STAGE_TRANSIT,
                                        .code = codes[peers_random(peers, 3)],
                                        .failed_at = peers->bench->now };

        books->shipments[no] = PEER_LOST;
        STATE(peers, PEER_SHIPPING, MESSAGE_SHIPMENT_FAILED, fact);
        return;
    }
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

static void on_void(struct peers *peers, struct books *books, const struct said *said)
{
    const struct shipment_void *command = said->message;
    int64_t no = child_id_counter(command->shipment_id, 'S');
    struct shipment_voided fact = { HEAD(books), .shipment_id = command->shipment_id,
                                    .reason = command->reason };

    assert_true(no > 0 && no < PEER_PARTS_MAX);
    if (books->shipments[no] > 1 || (books->shipments[no] == 1 && peers_chance(peers, 20))) {
        peers_refuse(peers, PEER_SHIPPING, said, command->shipment_id, REFUSED_REASON_RULE);
    } else {
        books->shipments[no] = PEER_UNLABELED;
        STATE(peers, PEER_SHIPPING, MESSAGE_SHIPMENT_VOIDED, fact);
    }
}

void shipping_does(struct peers *peers, struct books *books, const struct said *said)
{
    static const struct shipment_labeled_parcel parcel = { 1, "1Z9" };
    const struct shipment_ship *command = said->message;
    if (said->type == MESSAGE_SHIPMENT_VOID) {
        on_void(peers, books, said);
        return;
    }
    int64_t no = child_id_counter(command->shipment_id, 'S');

    assert_int_equal(said->type, MESSAGE_SHIPMENT_SHIP);
    assert_true(no > 0 && no < PEER_PARTS_MAX);
    books->contents[no] = child_id_counter(command->fulfillment_id, 'F');
    assert_int_equal(books->fulfillments[books->contents[no]], 2); /* packed */
    if (books->shipments[no] == 0 && peers_too_late(peers, said)) {
        peers_refuse(peers, PEER_SHIPPING, said, command->shipment_id, REFUSED_REASON_EXPIRED);
    } else if (books->shipments[no] == PEER_UNLABELED ||
               (books->shipments[no] == 0 && peers_chance(peers, 5))) {
        struct shipment_failed fact = { HEAD(books),
                                        .shipment_id = command->shipment_id,
                                        .fulfillment_id = command->fulfillment_id,
                                        .stage = SHIPMENT_FAILED_STAGE_LABEL,
                                        .code = "address_refused",
                                        .failed_at = peers->bench->now };

        books->shipments[no] = PEER_UNLABELED;
        STATE(peers, PEER_SHIPPING, MESSAGE_SHIPMENT_FAILED, fact);
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

/* A picker does not find all of a line. */
static void miss(struct peers *peers, struct books *books, int64_t no)
{
    int64_t line_no = 1 + (int64_t)peers_random(peers, books->line_count);
    struct line_quantity line = { line_no, line_no == 1 ? "A" : "B", books->work[no][line_no] };
    struct fulfillment_shorted fact = { HEAD(books),
                                        .fulfillment_id = peers_child(peers, books, 'F', no),
                                        .location = "WH-1", .lines_count = 1,
                                        .reason = FULFILLMENT_SHORTED_REASON_NOT_FOUND };

    if (line.quantity == 0) {
        return;
    }
    line.quantity = 1 + (int64_t)peers_random(peers, (uint64_t)line.quantity);
    books->work[no][line_no] -= line.quantity;
    fact.lines = arena_copy(peers->bench->kept, &line, sizeof line);
    STATE(peers, PEER_FULFILLMENT, MESSAGE_FULFILLMENT_SHORTED, fact);
    if (is_empty(books, no)) {
        state_canceled(peers, books, no, CANCEL_REASON_OUT_OF_STOCK);
    }
}

static bool live_part(struct peers *peers, struct books *books, int64_t no)
{
    bool lived = false;

    if (books->fulfillments[no] == 1 && !books->suspended[no]) {
        if (peers_chance(peers, 5)) {
            state_canceled(peers, books, no, CANCEL_REASON_OTHER);
        } else if (peers_chance(peers, 10)) {
            miss(peers, books, no);
        } else {
            pack(peers, books, no);
        }
        lived = true;
    }
    if (books->shipments[no] == 1 || books->shipments[no] == 2) {
        move_parcel(peers, books, no);
        lived = true;
    }
    return lived;
}

bool parcels_live(struct peers *peers, struct books *books)
{
    bool lived = false;

    for (int64_t no = 1; no < PEER_PARTS_MAX; no++) {
        bool awake = peers->tame || peers_chance(peers, 40);

        lived = awake && live_part(peers, books, no) ? true : lived;
    }
    return lived;
}
