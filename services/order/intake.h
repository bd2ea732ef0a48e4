/* intake.h - whether a submission makes sense, beyond what its schema checks.
 *
 * Every fault names the field with a JSON Pointer and says nothing that the sender wrote.  Pure.
 */
#ifndef KERVAN_ORDER_INTAKE_H
#define KERVAN_ORDER_INTAKE_H

#include "proto/order.h"

#include <stdbool.h>

struct arena;

enum { INTAKE_ERRORS_MAX = 20 }; /* as many as order.rejected may name; the rest can wait */

struct intake_verdict {
    enum order_rejected_reason reason; /* the weightiest: channel, then invalid, then total */
    struct field_error errors[INTAKE_ERRORS_MAX];
    size_t error_count; /* 0: it is fine */
};

/* `speaker` is the channel whose caller submits it; NULL when that is not known.  `now` in ms. */
struct intake_verdict intake_check(struct arena *arena, const struct order_submit *submit,
                                   const char *speaker, int64_t now);

#endif
