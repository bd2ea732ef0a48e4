/* text.h - bytes that grow, and memory that is kept for good.  Without memory the program ends. */
#ifndef KERVAN_BENCH_OUTSIDE_TEXT_H
#define KERVAN_BENCH_OUTSIDE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* `bytes` is not NUL-terminated, NULL while nothing was ever added. */
struct text {
    char *bytes;
    size_t length, capacity;
};

void text_add(struct text *text, const void *bytes, size_t length);
void text_add_text(struct text *text, const char *more);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Quoted and escaped, or null for NULL. */
void text_add_json(struct text *text, const char *value);
/* The second of an instant as `2026-01-31T12:00:00Z`, with its quotes. */
void text_add_instant(struct text *text, int64_t second);
/* Drops the first `length` bytes. */
void text_drop(struct text *text, size_t length);
void text_release(struct text *text);

/* Zeroed memory that is never given back. */
void *keep(size_t size);
char *keep_bytes(const char *bytes, size_t length);
/* NULL for NULL and for "". */
const char *keep_given(const char *text);

/* Makes ids of one start of the program differ from those of another. */
const char *start_mark(void);

/* Wall clock. */
int64_t now_second(void);

#endif
