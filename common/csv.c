/* csv.c - cells, quoted where they must be. */
#include "common/csv.h"

#include <string.h>

static void begin_cell(struct csv_row *row)
{
    if (row->begun) {
        buffer_append_text(row->to, ",");
    }
    row->begun = true;
}

static bool looks_like_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL;
}

/* Each quote in it twice. */
static void append_quoted(struct buffer *to, const char *text)
{
    for (const char *quote = strchr(text, '"'); quote != NULL; quote = strchr(text, '"')) {
        buffer_append(to, text, (size_t)(quote - text) + 1);
        buffer_append_text(to, "\"");
        text = quote + 1;
    }
    buffer_append_text(to, text);
}

void csv_text(struct csv_row *row, const char *text)
{
    const char *before = text != NULL && looks_like_formula(text) ? "'" : "";

    begin_cell(row);
    if (text == NULL) {
        return;
    }
    if (strpbrk(text, ",\"\r\n") == NULL) {
        buffer_append_text(row->to, before);
        buffer_append_text(row->to, text);
        return;
    }
    buffer_append_text(row->to, "\"");
    buffer_append_text(row->to, before);
    append_quoted(row->to, text);
    buffer_append_text(row->to, "\"");
}

void csv_int(struct csv_row *row, int64_t value)
{
    begin_cell(row);
    buffer_append_int(row->to, value);
}

void csv_end(struct csv_row *row)
{
    buffer_append_text(row->to, "\r\n");
    row->begun = false;
}
