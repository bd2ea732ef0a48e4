/* outside_made.h - effects that this process itself answers: documents, which take long to make and need libraries that do I/O.
 *
 * One thread beside the worker's makes them, one after the other; calls to other targets go to another outside.  What is made is
 * an answer like any other: it is decided on in a batch of its own, once, and made again where it got lost before that.
 */
#ifndef KERVAN_COMMON_OUTSIDE_MADE_H
#define KERVAN_COMMON_OUTSIDE_MADE_H

#include "common/outside.h"

/* `targets` outlive it.  `others` takes the calls to targets without `make` and is closed with it; NULL: there are none. */
enum err outside_made_open(struct ctx *ctx, const struct outside_target *targets, size_t count,
                           struct outside *others, struct outside **ret) MUST_USE;

#endif
