/* output.c - tables whose columns line up, and JSON whose names stay. */
#include "tools/kervan/output.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_BYTES_MAX = 256 << 20, GAP = 2 };

static const char nothing_there[] = "-";

static enum err write_out(const struct invocation *call, struct buffer *buffer)
{
    bool whole = !buffer->overflowed &&
                 fwrite(buffer->bytes, 1, buffer->length, stdout) == buffer->length &&
                 fflush(stdout) == 0;

    buffer_release(buffer);
    return whole ? OK : err_set(call->ctx, ERR_FATAL, "the answer could not be written to the end");
}

static void append_cell_json(struct buffer *out, const struct field *field, const char *cell)
{
    buffer_append_json_string(out, field->name);
    buffer_append(out, ":", 1);
    if (cell == NULL) {
        buffer_append_text(out, "null");
    } else if (field->kind == CELL_TEXT) {
        buffer_append_json_string(out, cell);
    } else if (field->kind == CELL_BOOL) {
        buffer_append_text(out, cell[0] == 't' ? "true" : "false");
    } else {
        buffer_append_text(out, cell);
    }
}

static void append_fields_json(struct buffer *out, const struct section *section, size_t row)
{
    for (size_t i = 0; i < section->field_count; i++) {
        buffer_append(out, ",", i > 0 ? 1 : 0);
        append_cell_json(out, &section->fields[i],
                         listing_cell(&section->listing, section->field_count, row, i));
    }
}

static void append_object(struct buffer *out, const struct section *section, size_t row)
{
    buffer_append(out, "{", 1);
    append_fields_json(out, section, row);
    buffer_append(out, "}", 1);
}

/* Characters, not bytes: what UTF-8 goes on with does not count. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return width;
}

static const char *shown(const struct section *section, size_t row, size_t field)
{
    const char *cell = listing_cell(&section->listing, section->field_count, row, field);

    if (cell == NULL || cell[0] == '\0') {
        return nothing_there;
    }
    if (section->fields[field].kind == CELL_BOOL) {
        return cell[0] == 't' ? "yes" : "no";
    }
    return cell;
}

/* Control characters would spoil the lines of a table. */
static void append_plain(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        buffer_append(out, byte < ' ' || byte == 0x7f ? " " : text, 1);
    }
}

static void append_padding(struct buffer *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_append(out, " ", 1);
    }
}

struct column {
    size_t field, width;
};

static void append_padded(struct buffer *out, const char *text, const struct column *column,
                          bool right, bool last)
{
    size_t left = column->width - width_of(text);

    append_padding(out, right ? left : 0);
    append_plain(out, text);
    append_padding(out, last ? 0 : GAP + (right ? 0 : left));
}

static size_t measure(struct ctx *ctx, const struct section *section, struct column **ret)
{
    struct column *columns = arena_alloc(ctx->arena, section->field_count * sizeof *columns);
    size_t count = 0;

    for (size_t i = 0; i < section->field_count; i++) {
        if (section->fields[i].heading == NULL) {
            continue;
        }
        struct column *column = &columns[count++];
        *column = (struct column){ i, width_of(section->fields[i].heading) };
        for (size_t row = 0; row < section->listing.rows; row++) {
            size_t width = width_of(shown(section, row, i));

            column->width = width > column->width ? width : column->width;
        }
    }
    *ret = columns;
    return count;
}

static bool is_right(const struct field *field)
{
    return field->kind == CELL_NUMBER;
}

static void append_table(struct ctx *ctx, struct buffer *out, const struct section *section)
{
    struct column *columns = NULL;
    size_t count = measure(ctx, section, &columns);
    bool bold = isatty(STDOUT_FILENO) == 1;

    buffer_append_text(out, bold ? "\033[1m" : "");
    for (size_t i = 0; i < count; i++) {
        const struct field *field = &section->fields[columns[i].field];

        append_padded(out, field->heading, &columns[i], is_right(field), i + 1 == count);
    }
    buffer_append_text(out, bold ? "\033[0m\n" : "\n");
    for (size_t row = 0; row < section->listing.rows; row++) {
        for (size_t i = 0; i < count; i++) {
            append_padded(out, shown(section, row, columns[i].field), &columns[i],
                          is_right(&section->fields[columns[i].field]), i + 1 == count);
        }
        buffer_append(out, "\n", 1);
    }
}

/* One row, a field a line. */
static void append_fields(struct buffer *out, const struct section *section)
{
    struct column names = { 0 };

    for (size_t i = 0; i < section->field_count; i++) {
        size_t width =
            section->fields[i].heading == NULL ? 0 : width_of(section->fields[i].heading);

        names.width = width > names.width ? width : names.width;
    }
    for (size_t i = 0; i < section->field_count; i++) {
        const char *text = shown(section, 0, i);

        if (section->fields[i].heading != NULL && text != nothing_there) {
            append_padded(out, section->fields[i].heading, &names, false, false);
            append_plain(out, text);
            buffer_append(out, "\n", 1);
        }
    }
}

enum err print_list(const struct invocation *call, const struct section *section,
                    const char *nothing)
{
    struct buffer out;

    buffer_init(&out, OUTPUT_BYTES_MAX);
    if (call->json) {
        for (size_t row = 0; row < section->listing.rows; row++) {
            append_object(&out, section, row);
            buffer_append(&out, "\n", 1);
        }
    } else if (section->listing.rows == 0) {
        buffer_append_text(&out, nothing);
        buffer_append(&out, "\n", 1);
    } else {
        append_table(call->ctx, &out, section);
    }
    return write_out(call, &out);
}

static void append_section_json(struct buffer *out, const struct section *section)
{
    if (section->name == NULL) {
        append_fields_json(out, section, 0);
        return;
    }
    buffer_append_json_string(out, section->name);
    buffer_append(out, ":[", 2);
    for (size_t row = 0; row < section->listing.rows; row++) {
        buffer_append(out, ",", row > 0 ? 1 : 0);
        append_object(out, section, row);
    }
    buffer_append(out, "]", 1);
}

static void append_section(struct ctx *ctx, struct buffer *out, const struct section *section)
{
    if (section->name == NULL) {
        append_fields(out, section);
    } else if (section->listing.rows > 0) {
        buffer_append_text(out, "\n");
        buffer_append_text(out, section->title);
        buffer_append_text(out, "\n");
        append_table(ctx, out, section);
    }
}

enum err print_document(const struct invocation *call, const struct section *sections, size_t count)
{
    struct buffer out;

    buffer_init(&out, OUTPUT_BYTES_MAX);
    buffer_append_text(&out, call->json ? "{" : "");
    for (size_t i = 0; i < count; i++) {
        if (call->json) {
            buffer_append(&out, ",", i > 0 ? 1 : 0);
            append_section_json(&out, &sections[i]);
        } else {
            append_section(call->ctx, &out, &sections[i]);
        }
    }
    buffer_append_text(&out, call->json ? "}\n" : "");
    return write_out(call, &out);
}

enum err print_done(const struct invocation *call, const struct section *section,
                    const char *sentence)
{
    struct buffer out;

    if (call->json) {
        return print_document(call, section, 1);
    }
    buffer_init(&out, OUTPUT_BYTES_MAX);
    buffer_append_text(&out, sentence);
    buffer_append_text(&out, "\n");
    return write_out(call, &out);
}

void listing_append(struct ctx *ctx, struct listing *to, const struct listing *more,
                    size_t field_count)
{
    size_t rows = to->rows + more->rows;
    const char **cells = arena_alloc(ctx->arena, (rows * field_count + 1) * sizeof *cells);

    if (to->rows > 0) {
        memcpy(cells, to->cells, to->rows * field_count * sizeof *cells);
    }
    if (more->rows > 0) {
        memcpy(cells + to->rows * field_count, more->cells,
               more->rows * field_count * sizeof *cells);
    }
    *to = (struct listing){ cells, rows };
}
