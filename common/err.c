/* err.c - the words of a failure, and the names of the codes. */
#include "common/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err err_set(struct ctx *ctx, enum err err, const char *format, ...)
{
    char detail[sizeof ctx->detail]; /* the arguments may point into ctx->detail */
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    memcpy(ctx->detail, detail, strlen(detail) + 1);
    return err;
}

const char *err_name(enum err err)
{
    static const char *const names[] = {
        [OK] = "ok",           [ERR_INPUT] = "input",       [ERR_NOTFOUND] = "not_found",
        [ERR_RULE] = "rule",   [ERR_CONFLICT] = "conflict", [ERR_RETRY] = "retry",
        [ERR_FATAL] = "fatal",
    };
    _Static_assert(sizeof names / sizeof names[0] == ERR_COUNT, "a new code needs its name");

    assert(err < ERR_COUNT);
    return names[err];
}
