/* order_story.h - stories of orders, line by line: what comes in, what is said, how the order then stands. */
#ifndef KERVAN_TESTS_ORDER_STORY_H
#define KERVAN_TESTS_ORDER_STORY_H

#include "tests/unit/order_facts.h"

/* `in` is a line of order_play.  `said`: types, without timers, "kervan." and ".v1".  `stands`: order, payment, fulfillment and
 * shopper status, then open tasks when there are any; NULL: as before. */
struct story_line {
    const char *in, *said, *stands;
};

/* Ends with a line of NULLs. */
void order_story_tell(struct order_bench *bench, const char *id, const struct story_line *lines);
#define TELL(bench, id, ...)                                                                       \
    order_story_tell((bench), (id), (const struct story_line[]){ __VA_ARGS__, { 0 } })

/* How nearly all begin: paid by card, and confirmed. */
#define CONFIRMED_IN_ONE_SHARE                                                                     \
    { "reserved", "payment.authorize", NULL },                                                     \
    {                                                                                              \
        "authorized", "order.confirmed fulfillment.fulfill", NULL                                  \
    }
#define CONFIRMED_IN_TWO_SHARES                                                                    \
    { "reserved:2", "payment.authorize", NULL },                                                   \
    {                                                                                              \
        "authorized", "order.confirmed fulfillment.fulfill fulfillment.fulfill", NULL              \
    }

/* What the last batch said, as `said`; how the order stands, as `stands`. */
const char *order_story_said(struct order_bench *bench);
const char *order_story_stands(struct order_bench *bench, const char *id);
/* Nothing waits, and no timer is left but one that will find nothing. */
void order_story_rests(struct order_bench *bench, const char *id);

#endif
