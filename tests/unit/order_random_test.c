/* links: order */
/* order_random_test.c - hundreds of small worlds under a seed: every order ends, with money and stock where they belong. */
#include "tests/unit/order_odds.h"
#include "tests/unit/order_peers.h"

#include "common/memory_database.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/order/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORLDS = 300, ORDERS = 12, STEPS = 900, SETTLE_MAX = 20000 };

static void submit(struct peers *peers)
{
    struct order_bench *bench = peers->bench;
    struct order_submit order =
        order_bench_submit(bench, text_format(bench->kept, "%zu", peers->order_count));

    uint64_t dice = peers_random(peers, 8);

    order_odd_policy(bench, (int)(STOCK_POLICY_REJECT + peers_random(peers, 4)));
    order.payment.method = dice < 2    ? PAYMENT_METHOD_BANK_TRANSFER
                           : dice == 2 ? PAYMENT_METHOD_CASH_ON_DELIVERY
                                       : PAYMENT_METHOD_CARD;
    order.has_ship_not_before = peers_random(peers, 5) == 0;
    order.ship_not_before = order.has_ship_not_before ? bench->now + DAY_MS : 0;
    order_bench_run(bench, order_bench_submission(bench, &order, "req"));
    peers_know(peers, order_bench_must_say(bench, MESSAGE_ORDER_PLACED));
}

static struct order_step ask(struct peers *peers, uint32_t type, const void *request, size_t size)
{
    struct order_bench *bench = peers->bench;

    return (struct order_step){ .message_type = type,
                                .message = arena_copy(bench->kept, request, size),
                                .id = text_format(bench->kept, "r%zu", peers->request_count++),
                                .actor = "user:7",
                                .waited_for = true };
}

static const struct books *any_books(struct peers *peers)
{
    return &peers->books[peers_random(peers, peers->order_count)];
}

/* All of it, or some pieces. */
static struct order_step cancel(struct peers *peers)
{
    struct order_bench *bench = peers->bench;
    struct order_cancel request = { .order_id = any_books(peers)->order_id,
                                    .body = { .reason = CANCEL_REASON_SHOPPER_REQUEST } };
    struct line_pieces pieces = { 1 + (int64_t)peers_random(peers, 2), 1 };

    if (peers_random(peers, 2) == 0) {
        request.body.lines = arena_copy(bench->kept, &pieces, sizeof pieces);
        request.body.lines_count = 1;
    }
    struct order_step step = ask(peers, MESSAGE_ORDER_CANCEL, &request, sizeof request);
    step.id = text_format(bench->kept, "c%llu", (unsigned long long)peers_random(peers, 60));
    return step;
}

static const char *id_of(const struct peers *peers, int64_t order_no)
{
    size_t i = 0;

    while (peers->books[i].order_no != order_no) { /* only known orders are asked for */
        i++;
    }
    return peers->books[i].order_id;
}

/* Mostly of an order that can be edited. */
static const struct books *likely_books(struct peers *peers)
{
    const struct books *books = any_books(peers);

    for (int tries = 0; tries < 8; tries++) {
        if (order_bench_order(peers->bench, books->order_id)->step == STEP_FULFILLING) {
            return books;
        }
        books = any_books(peers);
    }
    return books;
}

static size_t lines_of(const struct peers *peers, int64_t order_no)
{
    return order_bench_rows(peers->bench, &order_line_table, order_no);
}

/* A line or two besides, as long as the peers' books have room for them. */
static struct order_step propose_more(struct peers *peers, const struct books *books)
{
    struct order_edit request = { .order_id = books->order_id };
    struct line_added added[] = {
        { .sku = "C", .quantity = 1 + (int64_t)peers_random(peers, 3), .unit_price_minor = 333 },
        { .sku = "A", .quantity = 1, .unit_price_minor = (int64_t)peers_random(peers, 2) * 1999 },
    };

    request.body.add = arena_copy(peers->bench->kept, added, sizeof added);
    request.body.add_count = 1 + peers_random(peers, 2);
    return ask(peers, MESSAGE_ORDER_EDIT, &request, sizeof request);
}

/* Fewer pieces, or another note; confirmed by a request of its own, of any edit that was proposed. */
static struct order_step propose(struct peers *peers)
{
    const struct books *books = likely_books(peers);
    struct order_edit request = { .order_id = books->order_id };
    struct line_wanted wanted = { 1 + (int64_t)peers_random(peers, 2),
                                  (int64_t)peers_random(peers, 2) };

    if (peers_random(peers, 2) == 0 && lines_of(peers, books->order_no) + 2 <= PEER_LINES_MAX) {
        return propose_more(peers, books);
    }
    request.body.lines = arena_copy(peers->bench->kept, &wanted, sizeof wanted);
    request.body.lines_count = 1;
    request.body.note = peers_random(peers, 8) == 0 ? "ring twice" : NULL;
    return ask(peers, MESSAGE_ORDER_EDIT, &request, sizeof request);
}

static bool confirm_one(struct peers *peers, struct order_step *ret)
{
    size_t count = 0;
    void **rows = memory_database_rows(peers->bench->database, &order_edit_table, &count);

    if (count == 0) {
        return false;
    }
    const struct edit_row *edit = rows[peers_random(peers, count)];
    for (size_t i = 0; i < count && peers_random(peers, 8) > 0; i++) { /* mostly a late one */
        const struct edit_row *other = rows[i];

        edit = other->proposed_at > edit->proposed_at ? other : edit;
    }
    struct order_edit_confirm request = { .edit_id = text_format(peers->bench->kept, "%s-M%lld",
                                                                 id_of(peers, edit->order_no),
                                                                 (long long)edit->edit_no) };
    *ret = ask(peers, MESSAGE_ORDER_EDIT_CONFIRM, &request, sizeof request);
    return true;
}

static struct order_step hold(struct peers *peers)
{
    struct order_hold request = { .order_id = any_books(peers)->order_id,
                                  .body = { .reason = HOLD_REASON_FRAUD,
                                            .has_until = peers_random(peers, 2) == 0,
                                            .until = peers->bench->now + HOUR_MS } };

    return ask(peers, MESSAGE_ORDER_HOLD, &request, sizeof request);
}

static const char *part_of(const struct peers *peers, int64_t order_no, char letter, int64_t no)
{
    return text_format(peers->bench->kept, "%s-%c%lld", id_of(peers, order_no), letter,
                       (long long)no);
}

/* Somebody releases a hold; false when there is none. */
static bool release_one(struct peers *peers, struct order_step *ret)
{
    size_t count = 0;
    void **rows = memory_database_rows(peers->bench->database, &order_hold_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct hold_row *row = rows[i];

        if (row->released_at == 0) {
            struct order_hold_release request = { .order_id = id_of(peers, row->order_no),
                                                  .hold_id = part_of(peers, row->order_no, 'W',
                                                                     row->hold_no) };
            *ret = ask(peers, MESSAGE_ORDER_HOLD_RELEASE, &request, sizeof request);
            return true;
        }
    }
    return false;
}

/* Any of what a task offers. */
static enum task_choice choose(struct peers *peers, const struct task_row *task)
{
    int64_t choice = 0;

    while ((task->choices >> choice & 1) == 0) {
        choice = (int64_t)peers_random(peers, TASK_CHOICE_UNKNOWN);
    }
    return (enum task_choice)choice;
}

/* Somebody decides about a task; false when none is open. */
static bool decide_one(struct peers *peers, struct order_step *ret)
{
    size_t count = 0;
    void **rows = memory_database_rows(peers->bench->database, &order_task_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct task_row *row = rows[i];

        if (row->state == TASK_STATE_OPEN) {
            struct order_task_decide request = { .task_id = part_of(peers, row->order_no, 'T',
                                                                    row->task_no),
                                                 .body = { .choice = choose(peers, row) } };
            *ret = ask(peers, MESSAGE_ORDER_TASK_DECIDE, &request, sizeof request);
            return true;
        }
    }
    return false;
}

/* A shopper who was asked answers; false when nobody was. */
static bool answer_one(struct peers *peers, struct order_step *ret)
{
    for (size_t i = 0; i < peers->order_count; i++) {
        const struct order_row *order = order_bench_order(peers->bench, peers->books[i].order_id);
        struct order_choose request = { .order_id = peers->books[i].order_id,
                                        .body = { .choice = (enum order_choose_body_choice)(
                                                      1 + peers_random(peers, 3)) } };

        if (order->step == STEP_ASKING) {
            *ret = ask(peers, MESSAGE_ORDER_CHOOSE, &request, sizeof request);
            return true;
        }
    }
    return false;
}

/* What people ask for when all want to see the end. */
static bool help(struct peers *peers)
{
    struct order_step step;

    if (!release_one(peers, &step) && !decide_one(peers, &step)) {
        return false;
    }
    order_bench_batch(peers->bench, &step, 1);
    assert_null(peers->bench->refusal);
    return true;
}

static void run(struct order_bench *bench, const struct order_step *steps, size_t count)
{
    if (count == 0) {
        return;
    }
    order_bench_batch(bench, steps, count);
    if (bench->refusal != NULL) {
        fail_msg("impossible: %s", bench->refusal);
    }
}

/* Now and then somebody asks for something. */
static bool somebody_asks(struct peers *peers, struct order_step *ret)
{
    uint64_t dice = peers_random(peers, 80);

    if (dice >= 76) {
        return answer_one(peers, ret);
    }
    if (dice >= 70) {
        return confirm_one(peers, ret);
    }
    if (dice >= 12) {
        return false;
    }
    if (dice >= 6) {
        return (dice < 9 ? release_one : decide_one)(peers, ret);
    }
    if (dice == 4) {
        return confirm_one(peers, ret);
    }
    *ret = dice < 2 ? cancel(peers) : dice < 4 ? propose(peers) : hold(peers);
    return true;
}

/* A batch of whatever has arrived, and now and then a request. */
static void deliver(struct peers *peers)
{
    struct order_step steps[ORDER_BENCH_BATCH_MAX];
    size_t count = 0, wanted = 1 + peers_random(peers, ORDER_BENCH_BATCH_MAX - 1);

    for (size_t tries = 0; tries < 4 * wanted && count < wanted; tries++) {
        count += peers_next(peers, (int)peers_random(peers, PEER_COUNT), &steps[count]) ? 1 : 0;
    }
    if (!peers->tame && count < ORDER_BENCH_BATCH_MAX) {
        count += somebody_asks(peers, &steps[count]) ? 1 : 0;
    }
    run(peers->bench, steps, count);
}

/* The timer that is due next; NULL when none is set. */
static struct said *next_timer(const struct order_bench *bench)
{
    struct said *next = NULL;

    for (size_t i = 0; i < bench->said_count; i++) {
        struct said *said = &bench->said[i];

        if (said->type == MESSAGE_NONE && !said->taken &&
            (next == NULL || said->due_at < next->due_at)) {
            next = said;
        }
    }
    return next;
}

/* As the runtime: a timer fires when all that was published before is read. */
static bool fire(struct peers *peers)
{
    struct said *timer = next_timer(peers->bench);

    if (timer == NULL || timer->due_at > peers->bench->now || !peers_are_heard(peers)) {
        return false;
    }
    timer->taken = true;
    struct said fired = *timer; /* the list may move */
    run(peers->bench, &(struct order_step){ .timer = &fired }, 1);
    return true;
}

/* Mostly moments; now and then an outage, or a weekend. */
static void let_time_pass(struct peers *peers)
{
    uint64_t dice = peers_random(peers, 60);
    int64_t most = dice == 0 ? 5 * DAY_MS : dice < 4 ? HOUR_MS : 10 * SECOND_MS;

    peers->bench->now += (int64_t)peers_random(peers, (uint64_t)most);
}

static void step(struct peers *peers)
{
    uint64_t dice = peers_random(peers, 10);

    if (dice == 0 && peers->order_count < ORDERS) {
        submit(peers);
    } else if (dice < 4) {
        (void)peers_work(peers, (int)peers_random(peers, PEER_COUNT));
    } else if (dice < 6) {
        (void)peers_live(peers);
    } else if (dice == 6) {
        let_time_pass(peers);
    } else if (dice == 7) {
        (void)fire(peers);
    } else {
        deliver(peers);
    }
}

/* All that can be done without time passing; false when nothing could. */
static bool work_all(struct peers *peers)
{
    bool busy = !peers_are_heard(peers);

    for (int peer = 0; peer < PEER_COUNT; peer++) {
        busy = peers_work(peers, peer) ? true : busy;
    }
    for (size_t i = 0; i < 4 * peers->order_count; i++) {
        busy = peers_live(peers) ? true : busy;
    }
    deliver(peers);
    return busy;
}

/* Everybody does all they have to do, until only timers are left; then those. */
static void settle(struct peers *peers)
{
    struct order_bench *bench = peers->bench;
    int round = 0;

    peers->tame = true;
    for (; round < SETTLE_MAX && (work_all(peers) || help(peers) || next_timer(bench) != NULL);
         round++) {
        const struct said *timer = next_timer(bench);

        if (peers_are_heard(peers) && timer != NULL && !work_all(peers) && !help(peers)) {
            bench->now = timer->due_at > bench->now ? timer->due_at : bench->now;
            assert_true(fire(peers));
        }
    }
    assert_in_range(round, 0, SETTLE_MAX - 1);
}

static size_t endings(const struct order_bench *bench, const char *order_id)
{
    size_t count = 0;

    for (size_t i = 0; i < bench->said_count; i++) {
        const struct said *said = &bench->said[i];
        bool ending = said->type == MESSAGE_ORDER_REJECTED ||
                      said->type == MESSAGE_ORDER_CANCELED || said->type == MESSAGE_ORDER_EXPIRED ||
                      said->type == MESSAGE_ORDER_COMPLETED;

        count += ending && strcmp(said->subject_id, order_id) == 0 ? 1 : 0;
    }
    return count;
}

/* Over all payments. */
static struct purse sum_up(const struct books *books)
{
    struct purse sum = { 0 };

    for (size_t no = 0; no < PEER_PARTS_MAX; no++) {
        sum.captured_minor += books->purses[no].captured_minor;
        sum.refunded_minor += books->purses[no].refunded_minor;
    }
    return sum;
}

static int64_t pieces_left(const struct peers *peers, int64_t order_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(peers->bench->database, &order_line_table, &count);
    int64_t left = 0;

    for (size_t i = 0; i < count; i++) {
        const struct line_row *line = rows[i];

        left += line->order_no == order_no ? line->quantity - line->canceled_quantity : 0;
    }
    return left;
}

/* What arrived, and was written off because nobody paid for it at the door. */
static int64_t pieces_written_off(const struct peers *peers, const struct books *books,
                                  int64_t order_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(peers->bench->database, &order_fulfillment_table, &count);
    int64_t off = 0;

    for (size_t i = 0; i < count; i++) {
        const struct fulfillment_row *share = rows[i];
        int64_t shipment_no = share->shipment_no;

        if (share->order_no == order_no && share->step == SHARE_STOPPED &&
            share->delivered_at != 0 && books->shipments[shipment_no] != PEER_LOST) {
            off += books->sent[share->fulfillment_no];
        }
    }
    return off;
}

/* What was sent, but for parcels that were lost. */
static int64_t pieces_arrived(const struct books *books)
{
    int64_t arrived = 0;

    for (size_t no = 0; no < PEER_PARTS_MAX; no++) {
        arrived += books->sent[no];
        arrived -= books->shipments[no] == PEER_LOST ? books->sent[books->contents[no]] : 0;
    }
    return arrived;
}

static void check_completed(const struct peers *peers, const struct order_row *order,
                            const struct books *books)
{
    struct purse sum = sum_up(books);
    int64_t kept_minor = sum.captured_minor - sum.refunded_minor;

    assert_true(kept_minor <= order->total_minor);
    assert_true(kept_minor >= order->total_minor - books->gift_minor);
    assert_int_equal(peers_pieces_held(books), 0);
    assert_int_equal(pieces_arrived(books) - pieces_written_off(peers, books, order->order_no),
                     pieces_left(peers, order->order_no));
}

static void check_money_and_stock(const struct peers *peers, const struct order_row *order,
                                  const struct books *books)
{
    struct purse sum = sum_up(books);

    if (order->step == STEP_COMPLETED) {
        check_completed(peers, order, books);
    } else if (order->step == STEP_ENDED) {
        assert_int_equal(sum.captured_minor, sum.refunded_minor);
        assert_int_equal(peers_pieces_held(books), 0);
        assert_int_equal(pieces_arrived(books), pieces_written_off(peers, books, order->order_no));
    }
    assert_int_equal(peers_money_held(books), 0);
}

static void check_order(const struct peers *peers, const struct books *books)
{
    const struct order_row *order = order_bench_order(peers->bench, books->order_id);
    bool over = order->step == STEP_COMPLETED || order->step == STEP_ENDED;

    if (!over) {
        fail_msg("%s is at step %lld with %lld tasks", books->order_id, (long long)order->step,
                 (long long)order->open_tasks);
    }
    assert_int_equal(endings(peers->bench, books->order_id), over ? 1 : 0);
    assert_int_equal(order->open_cancels, 0);
    assert_true(!over || order->open_tasks == 0);
    assert_int_equal(order_bench_rows(peers->bench, &order_timeline_table, order->order_no),
                     order->entry_count);
    check_money_and_stock(peers, order, books);
}

/* Every request is answered, and one for all that was accepted stands for a canceled order, or its rest. */
static void check_cancellations(const struct peers *peers)
{
    size_t count = 0;
    void **rows = memory_database_rows(peers->bench->database, &order_cancellation_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct cancellation_row *request = rows[i];
        const struct order_row *order =
            order_bench_order(peers->bench, id_of(peers, request->order_no));

        assert_int_not_equal(request->state, CANCELLATION_PENDING);
        assert_true(request->state == CANCELLATION_REFUSED || request->change_no != 0 ||
                    order->status == ORDER_STATUS_CANCELED);
    }
}

/* None is left under way, and what was made at once did what was shown; where places were asked other pieces may have gone. */
static void check_edits(const struct peers *peers)
{
    size_t count = 0;
    void **rows = memory_database_rows(peers->bench->database, &order_edit_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct edit_row *edit = rows[i];

        assert_int_not_equal(edit->state, EDIT_REQUESTED);
        assert_true((edit->ended_at != 0) == (edit->state != EDIT_PROPOSED));
        assert_true(edit->total_minor <= edit->total_before_minor + edit->authorize_minor &&
                    edit->release_minor >= 0 && edit->refund_minor >= 0);
        if (edit->state == EDIT_CONFIRMED) {
            assert_in_range(edit->edited_minor, 0, edit->total_minor);
        }
    }
}

/* What the worlds went through together: a test of random things that never strike tests nothing. */
struct seen {
    size_t completed, canceled, expired, rejected, refused_cancels, replaced, tasks, reduced, held,
        decided, edited, declined, added, not_added;
};

static void note_addition(struct seen *seen, const struct edit_row *edit)
{
    bool asked = edit->reservation_no != 0;

    seen->added += asked && edit->state == EDIT_CONFIRMED ? 1 : 0;
    seen->not_added += asked && edit->state == EDIT_DECLINED ? 1 : 0;
}

static void note(struct seen *seen, const struct order_bench *bench)
{
    size_t count = 0;

    seen->completed += order_bench_said_count(bench, MESSAGE_ORDER_COMPLETED);
    seen->canceled += order_bench_said_count(bench, MESSAGE_ORDER_CANCELED);
    seen->expired += order_bench_said_count(bench, MESSAGE_ORDER_EXPIRED);
    seen->rejected += order_bench_said_count(bench, MESSAGE_ORDER_REJECTED);
    seen->reduced += order_bench_said_count(bench, MESSAGE_ORDER_REDUCED);
    seen->held += order_bench_said_count(bench, MESSAGE_ORDER_HELD);
    seen->decided += order_bench_said_count(bench, MESSAGE_ORDER_TASK_DECIDED);
    (void)memory_database_rows(bench->database, &order_task_table, &count);
    seen->tasks += count;
    void **rows = memory_database_rows(bench->database, &order_cancellation_table, &count);
    for (size_t i = 0; i < count; i++) {
        seen->refused_cancels +=
            ((const struct cancellation_row *)rows[i])->state == CANCELLATION_REFUSED ? 1 : 0;
    }
    rows = memory_database_rows(bench->database, &order_edit_table, &count);
    for (size_t i = 0; i < count; i++) {
        seen->edited += ((const struct edit_row *)rows[i])->state == EDIT_CONFIRMED ? 1 : 0;
        seen->declined += ((const struct edit_row *)rows[i])->state == EDIT_DECLINED ? 1 : 0;
        note_addition(seen, rows[i]);
    }
    rows = memory_database_rows(bench->database, &order_fulfillment_table, &count);
    for (size_t i = 0; i < count; i++) {
        seen->replaced += ((const struct fulfillment_row *)rows[i])->replaced ? 1 : 0;
    }
}

static void one_world(uint64_t seed, struct seen *seen)
{
    struct peers *peers = calloc(1, sizeof *peers);

    assert_non_null(peers);
    peers->bench = order_bench_new();
    peers->random = seed * 0x9e3779b97f4a7c15 + 1;
    submit(peers);
    for (int i = 0; i < STEPS; i++) {
        step(peers);
    }
    settle(peers);
    for (size_t i = 0; i < peers->order_count; i++) {
        check_order(peers, &peers->books[i]);
    }
    check_cancellations(peers);
    check_edits(peers);
    note(seen, peers->bench);
    order_bench_free(peers->bench);
    free(peers);
}

static void every_order_ends(void **state)
{
    struct seen seen = { 0 };
    /* NOLINTBEGIN(concurrency-mt-unsafe): there is one thread */
    const char *one = getenv("KERVAN_SEED"), *worlds = getenv("KERVAN_WORLDS");
    /* NOLINTEND(concurrency-mt-unsafe) */
    uint64_t from = one == NULL ? 1 : strtoull(one, NULL, 10);
    uint64_t to = one != NULL ? from : worlds == NULL ? WORLDS : strtoull(worlds, NULL, 10);

    (void)state;
    for (uint64_t seed = from; seed <= to; seed++) {
        print_message("world %llu\r", (unsigned long long)seed);
        one_world(seed, &seen);
    }
    print_message("%zu completed, %zu canceled, %zu expired, %zu rejected, %zu cancels refused, "
                  "%zu shares replaced, %zu tasks, %zu edits made, %zu declined, "
                  "%zu added to, %zu not\n",
                  seen.completed, seen.canceled, seen.expired, seen.rejected, seen.refused_cancels,
                  seen.replaced, seen.tasks, seen.edited, seen.declined, seen.added,
                  seen.not_added);
    if (one == NULL) {
        assert_true(seen.completed > 0 && seen.canceled > 0 && seen.expired > 0);
        assert_true(seen.rejected > 0 && seen.refused_cancels > 0 && seen.replaced > 0);
        assert_true(seen.edited > 0 && seen.declined > 0);
        assert_true(seen.added > 0 && seen.not_added > 0);
        assert_true(seen.tasks > 0 && seen.reduced > 0 && seen.held > 0 && seen.decided > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
