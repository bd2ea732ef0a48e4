/* err.h - how a function says that it could not do its work.
 *
 * A code names what the caller does next, nothing else; the words for people stand in the context.
 * Adding a code is a design decision: every dispatcher in common/ has one answer a code.
 * All functions here are thread-safe as long as each thread has its own context.
 */
#ifndef KERVAN_COMMON_ERR_H
#define KERVAN_COMMON_ERR_H

#include <stddef.h>

#define MUST_USE                         __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first) __attribute__((format(printf, format_index, first)))

enum err {
    OK = 0,
    ERR_INPUT,    /* what came from outside is malformed: refuse it, or park it */
    ERR_NOTFOUND, /* no such thing: answer so */
    ERR_RULE, /* a business rule or a named constraint forbids it: the message's fault, park it */
    ERR_CONFLICT, /* somebody else was faster (lost lane, lost lock): drop what is held, start anew */
    ERR_RETRY, /* the machine's fault and passing (server away, disk full): wait, then the same again */
    ERR_FATAL, /* the machine's fault and lasting (wrong schema, wrong configuration): exit */
    ERR_COUNT
};

struct arena;

/* What a call needs beside its arguments: memory that dies with the unit of work, and a place for words. */
struct ctx {
    struct arena *arena; /* borrowed; reset by the dispatcher, never by a callee */
    char detail[512]; /* why the last call failed; empty after OK; no secrets, no personal data */
};

/* Sets the detail (printf rules, message in lower case without a full stop) and returns `err`. */
enum err err_set(struct ctx *ctx, enum err err, const char *format, ...) PRINTF_LIKE(3, 4);

/* "input", "not_found", "rule", "conflict", "retry", "fatal" or "ok"; a static string. */
const char *err_name(enum err err);

#endif
