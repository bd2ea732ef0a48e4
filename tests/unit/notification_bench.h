/* notification_bench.h - for tests of the notification service: its mails are made of the templates of the tree, and each test has a
 * bench of its own.
 *
 * `start` is of the whole group; set_up and tear_down are of each test.
 */
#ifndef KERVAN_TESTS_UNIT_NOTIFICATION_BENCH_H
#define KERVAN_TESTS_UNIT_NOTIFICATION_BENCH_H

#include "tests/unit/rules_bench.h"

#include "common/arena.h"
#include "common/err.h"
#include "services/notification/mail.h"
#include "services/notification/notification.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static inline int start(void **state)
{
    struct ctx ctx = { .arena = arena_new(1 << 22) };

    (void)state;
    if (mail_start(&ctx) != OK) {
        fail_msg("%s", ctx.detail);
    }
    arena_free(ctx.arena);
    return 0;
}

static inline int set_up(void **state)
{
    *state = rules_bench_new(&notification_service);
    return 0;
}

static inline int tear_down(void **state)
{
    rules_bench_free(*state);
    return 0;
}

#endif
