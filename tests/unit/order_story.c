/* order_story.c - plays stories and compares. */
#include "tests/unit/order_story.h"

#include "common/text.h"
#include "services/order/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

const char *order_story_said(struct order_bench *bench)
{
    const char *words = order_bench_words(bench), *kept = "";

    while (*words != '\0') {
        size_t length = strcspn(words, " ");

        if (*words != '@') {
            kept = text_format(bench->kept, "%s%s%.*s", kept, kept[0] == '\0' ? "" : " ",
                               (int)length, words);
        }
        words += length;
        words += *words == ' ' ? 1 : 0;
    }
    return kept;
}

const char *order_story_stands(struct order_bench *bench, const char *id)
{
    const struct order_row *order = order_bench_order(bench, id);
    const char *tasks = order->open_tasks == 0
                            ? ""
                            : text_format(bench->kept, " %lld", (long long)order->open_tasks);

    return text_format(bench->kept, "%s %s %s %s%s", order_status_word(order->status),
                       payment_status_word(order->payment_status),
                       fulfillment_status_word(order->fulfillment_status),
                       shopper_status_word(order->shopper_status), tasks);
}

static void tell_line(struct order_bench *bench, const char *id, const struct story_line *line,
                      const char *stands)
{
    order_play(bench, id, line->in);
    if (bench->refusal != NULL) {
        fail_msg("%s: %s", line->in, bench->refusal);
    }
    if (strcmp(order_story_said(bench), line->said) != 0) {
        fail_msg("%s: said \"%s\", not \"%s\"", line->in, order_story_said(bench), line->said);
    }
    if (stands != NULL && strcmp(order_story_stands(bench, id), stands) != 0) {
        fail_msg("%s: stands \"%s\", not \"%s\"", line->in, order_story_stands(bench, id), stands);
    }
}

void order_story_tell(struct order_bench *bench, const char *id, const struct story_line *lines)
{
    const char *stands = NULL;

    for (; lines->in != NULL; lines++) {
        stands = lines->stands != NULL ? lines->stands : stands;
        tell_line(bench, id, lines, stands);
    }
}

/* Nothing waits, and no timer is left but one that will find nothing. */
void order_story_rests(struct order_bench *bench, const char *id)
{
    const struct order_row *order = order_bench_order(bench, id);

    assert_true(order->step == STEP_ENDED || order->step == STEP_COMPLETED);
    assert_int_equal(order->deadline_at, 0);
    assert_int_equal(order->open_tasks, 0);
    assert_int_equal(order->open_cancels, 0);
    order_bench_causes_come_first(bench, order->order_no);
    for (int64_t no = 1; no <= order->fulfillment_count; no++) {
        const struct fulfillment_row *share = order_bench_share(bench, order->order_no, no);

        assert_int_equal(share->deadline_at, 0);
        assert_true(share->step >= SHARE_DELIVERED);
        assert_int_equal(share->state, share->step == SHARE_DELIVERED ? FULFILLMENT_STATE_CLOSED
                                                                      : FULFILLMENT_STATE_CANCELED);
    }
}
