/* kervan.h - the commands of the kervan program, and what they share. */
#ifndef KERVAN_TOOLS_KERVAN_H
#define KERVAN_TOOLS_KERVAN_H

#include "common/err.h"

#include <stdbool.h>

/* Commands take what stands behind their name; on an error the detail says why. */
enum err run_migrate(struct ctx *ctx, int count, char **words) MUST_USE;
enum err run_key(struct ctx *ctx, int count, char **words) MUST_USE;
enum err run_topics(struct ctx *ctx, int count, char **words) MUST_USE;
enum err run_parked(struct ctx *ctx, int count, char **words) MUST_USE;

/* A lower-case letter, then lower-case letters, digits and `also`; at most 40 characters. */
bool is_name(const char *text, char also);

/* A line for the person who called; printf rules. */
void say(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
