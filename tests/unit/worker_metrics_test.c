/* links: relay */
/* worker_metrics_test.c - what a lane worker shows of itself, in the small world: lag, outbox, effects, times. */
#include "tests/unit/world.h"

#include "common/buffer.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/text.h"
#include "common/worker_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct world_faults no_faults = { 0 };

/* What /metrics shows now; freed by the caller. */
static char *metrics_text(void)
{
    struct buffer out;

    buffer_init(&out, 1 << 20);
    metrics_write(&out);
    char *text = calloc(1, out.length + 1);
    assert_non_null(text);
    memcpy(text, out.bytes, out.length);
    buffer_release(&out);
    return text;
}

static bool is_sample_of(const char *line, const char *name)
{
    size_t length = strlen(name);

    return strncmp(line, name, length) == 0 && (line[length] == ' ' || line[length] == '{');
}

/* The number behind the line's last space. */
static double sample_value(const char *line)
{
    size_t at = strcspn(line, "\n");

    while (line[at] != ' ') {
        at--;
    }
    return strtod(line + at, NULL);
}

/* Every sample of a name, added up; *ret_samples says how many there are. */
static double figure(const char *name, int *ret_samples)
{
    char *text = metrics_text();
    double sum = 0;

    *ret_samples = 0;
    for (char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        if (is_sample_of(line, name)) {
            sum += sample_value(line);
            ++*ret_samples;
        }
    }
    free(text);
    return sum;
}

static double shown(const char *name)
{
    int samples = 0;

    return figure(name, &samples);
}

static void step_all(struct world *world, int64_t ms)
{
    for (int64_t end = world->now + ms; world->now < end;) {
        world_step(world);
    }
}

/* More than one batch at once: after the first the rest is lag, in the end nothing is. */
static void lag_is_what_a_lane_has_not_applied(void **state)
{
    struct world *world = world_new(1, 1, 0, &no_faults);
    int samples = 0;

    (void)state;
    world_settle(world);
    assert_true(figure("kervan_lag_messages", &samples) == 0);
    assert_int_equal(samples, 2 * WORLD_LANES); /* two topics */
    for (int i = 0; i < 2000; i++) {
        world_send(world, false);
    }
    world->now += 1000; /* they land, and gauges are due */
    assert_int_equal(worker_step(world->processes[0].worker, 0), OK);
    assert_int_equal((int)shown("kervan_lag_messages"), 2000 - WORKER_BATCH_MAX);
    /* As many again took the time since the last look. */
    int64_t late_ms = worker_status(world->processes[0].worker).late_ms;
    assert_in_range(late_ms, (2000 - WORKER_BATCH_MAX) * 1000 / WORKER_BATCH_MAX, 10000);
    assert_true(shown("kervan_late_seconds") * 1000 == (double)late_ms);
    world_settle(world);
    step_all(world, 1000);
    assert_int_equal((int)shown("kervan_lag_messages"), 0);
    assert_true(shown("kervan_late_seconds") == 0);
    world_crash(world, 0);
    (void)figure("kervan_lag_messages", &samples);
    assert_int_equal(samples, 0); /* of lanes that are not held nothing is said */
    world_free(world);
}

/* Where one batch follows the other, more ride along with the next. */
static void a_pause_follows_small_batches_of_who_is_busy(void **state)
{
    static const struct {
        size_t count;
        int64_t idle_ms, took_ms, pause_ms;
    } cases[] = {
        { 1, 0, 4, 12 },  { 63, 5, 4, 12 },   { 1, 0, 16, 48 },
        { 1, 0, 17, 50 }, { 1, 0, 1000, 50 }, { 64, 0, 4, 0 }, /* many came by themselves */
        { 1, 6, 4, 0 },                                        /* nothing waited */
        { 0, 0, 4, 0 },                                        /* only its leases were renewed */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(worker_pause_after(cases[i].count, cases[i].idle_ms, cases[i].took_ms),
                         cases[i].pause_ms);
    }
}

/* The broker acknowledges nothing for a while. */
static void the_outbox_grows_old_while_nothing_is_acknowledged(void **state)
{
    struct world *world = world_new(2, 1, 0, &no_faults);

    (void)state;
    world_settle(world);
    step_all(world, 1000);
    assert_true(shown("kervan_outbox_pending") == 0 &&
                shown("kervan_outbox_oldest_age_seconds") == 0);
    memory_log_set_faults(world->log, &(struct memory_faults){ .acknowledging_ms_max = 1 << 30 });
    for (int i = 0; i < 50; i++) {
        world_send(world, false);
    }
    step_all(world, 5000);
    assert_true(shown("kervan_outbox_pending") > 0);
    assert_in_range((int)shown("kervan_outbox_oldest_age_seconds"), 3, 6);
    world_free(world);
}

/* Calls never come back well, then they do. */
static void effects_are_open_until_their_outcome_is_committed(void **state)
{
    struct world *world = world_new(3, 1, 1, &(struct world_faults){ .outside_permille = 1000 });
    double before = shown("kervan_effect_duration_seconds_count");

    (void)state;
    for (int i = 0; i < 40; i++) {
        world_send(world, false);
    }
    step_all(world, 8000);
    assert_true(shown("kervan_effects_open") == 4);
    assert_in_range((int)shown("kervan_effect_oldest_age_seconds"), 6, 8);
    assert_true(shown("kervan_effect_duration_seconds_count") == before);
    world_settle(world);
    step_all(world, 1000);
    assert_true(shown("kervan_effects_open") == 0);
    assert_true(shown("kervan_effect_oldest_age_seconds") == 0);
    assert_true(shown("kervan_effect_duration_seconds_count") == before + 4);
    assert_true(shown("kervan_effect_duration_seconds_sum") > 4 * 6);
    world_free(world);
}

static void every_message_is_timed_by_its_type(void **state)
{
    struct world *world = world_new(4, 1, 1, &no_faults);
    const char *const handled = "kervan_handle_duration_seconds_count",
                      *const delayed = "kervan_message_delay_seconds_count";
    double handled_before = shown(handled), delayed_before = shown(delayed);

    (void)state;
    for (int i = 0; i < 110; i++) {
        world_send(world, false);
    }
    world_settle(world);
    /* Pings, what was relayed of them, and ten inputs of hubs, which never were in a log. */
    assert_int_equal((int)(shown(handled) - handled_before), 110 + 110 + 10);
    assert_int_equal((int)(shown(delayed) - delayed_before), 110 + 110);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lag_is_what_a_lane_has_not_applied),
        cmocka_unit_test(a_pause_follows_small_batches_of_who_is_busy),
        cmocka_unit_test(the_outbox_grows_old_while_nothing_is_acknowledged),
        cmocka_unit_test(effects_are_open_until_their_outcome_is_committed),
        cmocka_unit_test(every_message_is_timed_by_its_type),
    };

    log_init("worker_metrics_test", "test", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
