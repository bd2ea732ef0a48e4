/* pattern.h - what the decoder asks of a text.  `text` is valid UTF-8; thread-safe. */
#ifndef KERVAN_PROTO_PATTERN_H
#define KERVAN_PROTO_PATTERN_H

#include "proto/runtime.h"

/* Unicode characters, as JSON Schema counts lengths. */
size_t text_characters(const char *text, size_t length);

/* Does the whole text match? */
bool pattern_matches(const struct pattern *pattern, const char *text, size_t length);

#endif
