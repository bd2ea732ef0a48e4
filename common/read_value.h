/* read_value.h - is a parameter's text what a read route takes, and how it goes to the statement.  Pure.
 *
 * NULL stands for a parameter that was not given, which always fits.  *ret_fault is what is wrong, to be
 * said behind the parameter's name, and stays as it is when nothing is.
 */
#ifndef KERVAN_COMMON_READ_VALUE_H
#define KERVAN_COMMON_READ_VALUE_H

#include "common/service.h"

struct arena;

/* The text, within its lengths, and as `fits` wants it. */
const char *read_value_text(const struct read_parameter *parameter, const char *text,
                            const char **ret_fault);
/* The digits of the text, in the arena. */
const char *read_value_digits(struct arena *arena, const struct read_parameter *parameter,
                              const char *text, const char **ret_fault);
/* The number; 0 when not given. */
int64_t read_value_int(const struct read_parameter *parameter, const char *text,
                       const char **ret_fault);

#endif
