/* tax_terms.c - writes and reads the text. */
#include "services/order/tax_terms.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 1 << 15 };

struct tax_rule tax_rule_of(const struct tax_terms *terms, enum tax_class tax_class)
{
    return terms->rules[tax_class - 1];
}

static void write_rule(struct buffer *text, struct tax_rule rule)
{
    buffer_append_int(text, rule.category);
    buffer_append_text(text, " ");
    buffer_append_int(text, rule.rate_ppm);
}

const char *tax_terms_text(struct arena *arena, const struct tax_terms *terms,
                           const struct taxed *lines, size_t count)
{
    struct buffer text;

    buffer_init(&text, TEXT_BYTES_MAX);
    for (size_t i = 0; i < TAX_CLASSES; i++) {
        buffer_append_text(&text, i == 0 ? "" : ";");
        write_rule(&text, terms->rules[i]);
    }
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(&text, i == 0 ? "|" : ";");
        buffer_append_int(&text, (int64_t)i);
        buffer_append_text(&text, " ");
        write_rule(&text, lines[i].rule);
    }
    const char *copy = arena_copy_text(arena, text.bytes, text.length);
    buffer_release(&text);
    return copy;
}

const char *tax_terms_with_line(struct arena *arena, const char *text, int64_t line_no,
                                struct tax_rule rule)
{
    return text_format(arena, "%s;%lld %lld %lld", text, (long long)line_no,
                       (long long)rule.category, (long long)rule.rate_ppm);
}

/* Digits, and what stands behind them. */
static int64_t take_number(const char **at)
{
    char *end = NULL;
    int64_t number = strtol(*at, &end, 10);

    *at = *end == '\0' ? end : end + 1;
    return number;
}

struct tax_terms tax_terms_read(const char *text)
{
    struct tax_terms terms;

    for (size_t i = 0; i < TAX_CLASSES; i++) {
        terms.rules[i].category = take_number(&text);
        terms.rules[i].rate_ppm = take_number(&text);
    }
    return terms;
}

bool tax_terms_line(const char *text, int64_t line_no, struct tax_rule *ret)
{
    const char *at = strchr(text, '|');
    bool found = false;

    while (at != NULL && *at != '\0' && !found) {
        at += *at == '|' ? 1 : 0;
        found = take_number(&at) == line_no;
        ret->category = take_number(&at);
        ret->rate_ppm = take_number(&at);
    }
    return found;
}
