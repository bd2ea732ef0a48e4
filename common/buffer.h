/* buffer.h - bytes that grow up to a maximum given at birth.
 *
 * An append that does not fit sets `overflowed` and appends nothing; so does every later one, and
 * what is there stays a prefix of what was meant.  Check `overflowed` once, at the end.
 * `bytes` is not NUL-terminated.  A buffer belongs to one thread at a time.
 */
#ifndef KERVAN_COMMON_BUFFER_H
#define KERVAN_COMMON_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *bytes;
    size_t length;
    size_t capacity;
    size_t bytes_max;
    bool overflowed;
};

void buffer_init(struct buffer *buffer, size_t bytes_max);

/* Gives the memory back; the buffer may be used again, with the same maximum. */
void buffer_release(struct buffer *buffer);

/* Empties it, keeps the memory. */
void buffer_clear(struct buffer *buffer);

void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_int(struct buffer *buffer, int64_t value);

/* Quoted and escaped; `text` is valid UTF-8. */
void buffer_append_json_string(struct buffer *buffer, const char *text);
/* The same of `length` bytes. */
void buffer_append_json_bytes(struct buffer *buffer, const char *text, size_t length);

#endif
