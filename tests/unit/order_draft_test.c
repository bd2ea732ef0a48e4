/* links: order */
/* order_draft_test.c - drafts are saved, replaced, discarded, expire, and become one order at most, whatever comes first. */
#include "tests/unit/order_bench.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/memory_database.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/order/draft.h"
#include "services/order/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DRAFT "ord_mfrggzdfmztwq2lknnwg23tpoa-D1"
#define ORDER "ord_mfrggzdfmztwq2lknnwg23tpoa"

enum { RACES = 400, STEPS = 12, PAUSE_MS = 5000 };

static struct draft_save saved(bool make)
{
    return (struct draft_save){ .draft_id = DRAFT,
                                .make = make,
                                .channel = "web",
                                .content = "{\"channel\":\"web\"}",
                                .email = "ada@shop.example",
                                .line_count = 2 };
}

static void save(struct order_bench *bench, bool make, const char *id, const char *version)
{
    struct draft_save *request = arena_alloc(bench->kept, sizeof *request);

    *request = saved(make);
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_DRAFT_SAVE,
                                                .message = request,
                                                .id = id,
                                                .actor = "key:abc",
                                                .precondition = version,
                                                .waited_for = true });
}

static struct order_step submission(struct order_bench *bench, const char *id)
{
    struct order_submit *submit = arena_alloc(bench->kept, sizeof *submit);

    *submit = order_bench_submit(bench, NULL);
    submit->draft_id = DRAFT;
    struct order_step step = order_bench_submission(bench, submit, id);
    step.idempotency_key = NULL;
    return step;
}

static void submit(struct order_bench *bench, const char *id)
{
    order_bench_run(bench, submission(bench, id));
}

static void discard(struct order_bench *bench, const char *channel)
{
    static const struct draft_discard request = { .draft_id = DRAFT };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_DRAFT_DISCARD,
                                                .message = &request,
                                                .id = "req-discard",
                                                .channel = channel,
                                                .waited_for = true });
}

static int64_t status_said(const struct order_bench *bench)
{
    return ((const struct gateway_reply *)order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY))
        ->status;
}

static const struct draft_row *stored(const struct order_bench *bench)
{
    static const struct draft_row none;
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &order_draft_table, &count);

    return count == 0 ? &none : rows[0];
}

static size_t order_count(const struct order_bench *bench)
{
    size_t count = 0;

    (void)memory_database_rows(bench->database, &order_table, &count);
    return count;
}

/* The timer that a save set last, or the first. */
static const struct said *timer_of(const struct order_bench *bench, bool last)
{
    const struct said *found = NULL;

    for (size_t i = 0; i < bench->said_count; i++) {
        const struct said *said = &bench->said[i];

        if (text_equal(said->kind, DRAFT_TIMER) && (found == NULL || last)) {
            found = said;
        }
    }
    assert_non_null(found);
    return found;
}

static void fire(struct order_bench *bench, const struct said *timer)
{
    bench->now = bench->now > timer->due_at ? bench->now : timer->due_at;
    order_bench_run(bench, (struct order_step){ .timer = timer });
}

static void is_kept(void **state)
{
    struct order_bench *bench = *state;

    save(bench, true, "req-1", NULL);
    assert_string_equal(order_bench_words(bench), "order.draft_saved @1209600 gateway.reply");
    assert_int_equal(status_said(bench), 201);
    assert_int_equal(order_count(bench), 0);
    save(bench, true, "req-1", NULL); /* its answer was lost */
    assert_string_equal(order_bench_words(bench), "gateway.reply");
    assert_int_equal(stored(bench)->version, 1);
    save(bench, false, "req-2", "1");
    assert_int_equal(status_said(bench), 200);
    assert_int_equal(stored(bench)->version, 2);
    save(bench, false, "req-3", "1");
    assert_int_equal(status_said(bench), 412);
    assert_int_equal(stored(bench)->version, 2);
}

static void becomes_one_order(void **state)
{
    struct order_bench *bench = *state;

    save(bench, true, "req-1", NULL);
    submit(bench, "req-2");
    assert_int_equal(status_said(bench), 201);
    assert_string_equal(order_bench_words(bench),
                        "order.placed notification.contact inventory.reserve order.draft_ended "
                        "@600 gateway.reply");
    const struct order_row *order = order_bench_order(bench, ORDER);
    assert_non_null(order);
    assert_null(order->channel_order_ref);
    assert_int_equal(stored(bench)->state, DRAFT_STATE_SUBMITTED);
    assert_null(stored(bench)->content);
    assert_null(stored(bench)->email);
    submit(bench, "req-3"); /* with another body, too: the draft is this order */
    assert_int_equal(status_said(bench), 200);
    assert_int_equal(order_count(bench), 1);
    save(bench, false, "req-4", NULL);
    assert_int_equal(status_said(bench), 409);
    discard(bench, NULL);
    assert_int_equal(status_said(bench), 409);
    fire(bench, timer_of(bench, false));
    assert_int_equal(stored(bench)->state, DRAFT_STATE_SUBMITTED);
}

static void is_wrong_and_stays(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit wrong = order_bench_submit(bench, NULL);

    wrong.draft_id = DRAFT;
    wrong.total_minor++;
    save(bench, true, "req-1", NULL);
    struct order_step step = order_bench_submission(bench, &wrong, "req-2");
    step.idempotency_key = NULL;
    order_bench_run(bench, step);
    assert_int_equal(status_said(bench), 422);
    assert_string_equal(order_bench_words(bench), "gateway.reply");
    assert_int_equal(order_count(bench), 0);
    submit(bench, "req-3");
    assert_int_equal(status_said(bench), 201);
}

static void is_meant_in_its_version(void **state)
{
    struct order_bench *bench = *state;
    struct order_step step = submission(bench, "req-3");

    save(bench, true, "req-1", NULL);
    save(bench, false, "req-2", NULL);
    step.precondition = "1";
    order_bench_run(bench, step);
    assert_int_equal(status_said(bench), 412);
    assert_int_equal(order_count(bench), 0);
    step.precondition = "2";
    order_bench_run(bench, step);
    assert_int_equal(status_said(bench), 201);
}

static void expires(void **state)
{
    struct order_bench *bench = *state;

    save(bench, true, "req-1", NULL);
    bench->now += DAY_MS;
    save(bench, false, "req-2", NULL);
    fire(bench, timer_of(bench, false)); /* of the first save: the second keeps it longer */
    assert_int_equal(stored(bench)->state, DRAFT_STATE_OPEN);
    bench->now = stored(bench)->expires_at; /* its time is over, though nobody has noticed */
    submit(bench, "req-3");
    assert_int_equal(status_said(bench), 409);
    fire(bench, timer_of(bench, true));
    assert_string_equal(order_bench_words(bench), "order.draft_ended");
    assert_int_equal(stored(bench)->state, DRAFT_STATE_EXPIRED);
    assert_null(stored(bench)->content);
    submit(bench, "req-4");
    assert_int_equal(status_said(bench), 409);
    assert_int_equal(order_count(bench), 0);
}

static void is_discarded(void **state)
{
    struct order_bench *bench = *state;

    discard(bench, NULL);
    assert_int_equal(status_said(bench), 404);
    save(bench, true, "req-1", NULL);
    discard(bench, "app"); /* another channel's key does not see it */
    assert_int_equal(status_said(bench), 404);
    discard(bench, "web");
    assert_int_equal(status_said(bench), 200);
    assert_int_equal(stored(bench)->state, DRAFT_STATE_DISCARDED);
    discard(bench, "web");
    assert_int_equal(status_said(bench), 200);
    submit(bench, "req-2");
    assert_int_equal(status_said(bench), 409);
}

/* Nobody would hear why not. */
static void is_not_submitted_unheard(void **state)
{
    struct order_bench *bench = *state;
    struct order_step step = submission(bench, "record-1");

    save(bench, true, "req-1", NULL);
    step.waited_for = false;
    order_bench_run(bench, step);
    assert_null(order_bench_order(bench, ORDER));
    assert_int_equal(stored(bench)->state, DRAFT_STATE_OPEN);
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);
    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_INVALID);
}

/* The same numbers at every run. */
static unsigned draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % below;
}

/* One of what may happen to a draft. */
static void anything(struct order_bench *bench, unsigned *seed)
{
    switch (draw(seed, 6)) {
    case 0:
        save(bench, false, text_format(bench->kept, "req-%zu", bench->said_count), NULL);
        break;
    case 1:
        discard(bench, NULL);
        break;
    case 2:
        fire(bench, timer_of(bench, draw(seed, 2) == 0));
        break;
    case 3:
        bench->now += PAUSE_MS;
        break;
    default:
        submit(bench, text_format(bench->kept, "req-%zu", bench->said_count));
        break;
    }
}

static size_t all_said(const struct order_bench *bench, uint32_t type)
{
    size_t count = 0;

    for (size_t i = 0; i < bench->said_count; i++) {
        count += bench->said[i].type == type;
    }
    return count;
}

static void races_end_in_one_order_at_most(void **state)
{
    size_t submitted = 0;

    (void)state;
    for (unsigned race = 1; race <= RACES; race++) {
        struct order_bench *bench = order_bench_new();
        unsigned seed = race;

        save(bench, true, "req-1", NULL);
        for (int i = 0; i < STEPS; i++) {
            anything(bench, &seed);
        }
        bool is_order = stored(bench)->state == DRAFT_STATE_SUBMITTED;
        assert_int_equal(order_count(bench), is_order ? 1 : 0);
        assert_int_equal(all_said(bench, MESSAGE_ORDER_PLACED), is_order ? 1 : 0);
        assert_int_equal(all_said(bench, MESSAGE_DRAFT_ENDED),
                         stored(bench)->state == DRAFT_STATE_OPEN ? 0 : 1);
        submitted += is_order;
        order_bench_free(bench);
    }
    assert_in_range(submitted, RACES / 10, RACES - RACES / 10); /* both ends were met */
}

static void offer(struct order_bench *bench, const char *id, int64_t days, const char *channel)
{
    struct draft_offer *request = arena_alloc(bench->kept, sizeof *request);

    *request = (struct draft_offer){ .draft_id = DRAFT,
                                     .body = { .valid_until = bench->now + days * 86400000 } };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_DRAFT_OFFER,
                                                .message = request,
                                                .id = id,
                                                .channel = channel,
                                                .waited_for = true });
}

static void save_by(struct order_bench *bench, const char *id, const char *channel)
{
    struct draft_save *request = arena_alloc(bench->kept, sizeof *request);

    *request = saved(false);
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_DRAFT_SAVE,
                                                .message = request,
                                                .id = id,
                                                .channel = channel,
                                                .waited_for = true });
}

/* What was offered stays as it is until it is accepted, once, or its time is over. */
static void is_offered(void **state)
{
    struct order_bench *bench = *state;

    save(bench, true, "req-1", NULL);
    offer(bench, "req-2", 30, "web");
    assert_int_equal(status_said(bench), 409);
    offer(bench, "req-3", 0, NULL);
    assert_int_equal(status_said(bench), 422);
    offer(bench, "req-4", 367, NULL);
    assert_int_equal(status_said(bench), 422);
    offer(bench, "req-5", 30, NULL);
    assert_string_equal(order_bench_words(bench), "order.draft_saved @2591999 gateway.reply");
    assert_int_equal(stored(bench)->version, 2);
    offer(bench, "req-5", 30, NULL); /* its answer was lost */
    assert_string_equal(order_bench_words(bench), "gateway.reply");
    save_by(bench, "req-6", "web");
    assert_int_equal(status_said(bench), 409);
    assert_int_equal(stored(bench)->version, 2);
    fire(bench, timer_of(bench, false)); /* that of the draft, before it was offered */
    assert_int_equal(stored(bench)->state, DRAFT_STATE_OPEN);
    submit(bench, "req-7");
    assert_int_equal(status_said(bench), 201);
    submit(bench, "req-8");
    assert_int_equal(status_said(bench), 200);
    assert_int_equal(order_count(bench), 1);
}

static void is_offered_in_vain(void **state)
{
    struct order_bench *bench = *state;

    save(bench, true, "req-1", NULL);
    offer(bench, "req-2", 1, NULL);
    save_by(bench, "req-3", NULL); /* the shop thinks again */
    assert_int_equal(stored(bench)->offered_at, 0);
    save_by(bench, "req-4", "web");
    assert_int_equal(status_said(bench), 200);
    offer(bench, "req-5", 1, NULL);
    fire(bench, timer_of(bench, true));
    assert_int_equal(stored(bench)->state, DRAFT_STATE_EXPIRED);
    submit(bench, "req-6");
    assert_int_equal(status_said(bench), 409);
    offer(bench, "req-7", 1, NULL);
    assert_int_equal(status_said(bench), 409);
    assert_int_equal(order_count(bench), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, order_bench_set_up, order_bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(is_kept),
        TEST(becomes_one_order),
        TEST(is_wrong_and_stays),
        TEST(is_meant_in_its_version),
        TEST(expires),
        TEST(is_discarded),
        TEST(is_not_submitted_unheard),
        TEST(is_offered),
        TEST(is_offered_in_vain),
        cmocka_unit_test(races_end_in_one_order_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
