/* form.h - `name=value&name=value`, percent-encoded, as Stripe takes what it is asked and pages what stands behind their address.
 * Pure. */
#ifndef KERVAN_PAYMENT_PROVIDERS_FORM_H
#define KERVAN_PAYMENT_PROVIDERS_FORM_H

#include "common/arena.h"

#include <stddef.h>
#include <stdint.h>

struct form {
    char *text;
    size_t length, length_max;
};

/* The contracts bound all that goes in: a form that is too small for it stops the program. */
struct form form_new(struct arena *arena, size_t length_max);
/* Nothing where `value` is NULL. */
void form_add(struct form *form, const char *name, const char *value);
void form_add_int(struct arena *arena, struct form *form, const char *name, int64_t value);

#endif
