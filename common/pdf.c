/* pdf.c - measures the parts of a document with pango, has them laid out, and draws them with cairo. */
#include "common/pdf.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/instant.h"
#include "common/page_layout.h"
#include "common/text.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>

/* Points; heights of blocks are in units of pango, which are 1/1024 of them. */
enum {
    PAGE_WIDTH = 595,
    PAGE_HEIGHT = 842,
    MARGIN = 50,
    FOOTER_TOP = PAGE_HEIGHT - MARGIN + 14,
    FOOTER_SIZE = 8,
    BODY_HEIGHT = (PAGE_HEIGHT - 2 * MARGIN) * PANGO_SCALE,
    CELL_PAD = 4,
    CODE_WIDTH = 113, /* 4 cm, with what stays light around it */
    ROW_PAD = 3
};

#define FONT      "DejaVu Sans"
#define REFERENCE "AaĞğİıŞşÇçÖöÜüҐґЄєІіЇїЖщ€₺₴"

static const struct {
    int size, gap;
    bool bold, keep_next;
} styles[] = {
    [PDF_TITLE] = { 18, 0, true, true }, [PDF_HEADING] = { 11, 16, true, true },
    [PDF_TEXT] = { 9, 6, false, false }, [PDF_TABLE] = { 9, 0, false, false },
    [PDF_CODE] = { 0, 6, false, false },
};
enum { TABLE_GAP = 10 };

/* What is laid out as one: a text, the head of a table or a row. */
struct part {
    const struct pdf_block *block;
    const char *const *cells; /* of a head or row */
    bool head, bold;
};

struct writing {
    const struct pdf_document *document;
    cairo_t *cairo;
    PangoContext *context;
    PangoLayout *layout;
    PangoFontDescription *font;
    struct part *parts;
    struct page_block *blocks;
    struct page_place *places;
    size_t count;
    int pages;
};

/* --- Parts ------------------------------------------------------------------------------------- */

static bool has_head(const struct pdf_table *table)
{
    return table->column_count > 0 && table->columns[0].title != NULL;
}

static size_t count_parts(const struct pdf_document *document)
{
    size_t count = 0;

    for (size_t i = 0; i < document->block_count; i++) {
        const struct pdf_table *table = document->blocks[i].table;

        count += document->blocks[i].kind == PDF_TABLE ? table->row_count + has_head(table) : 1;
    }
    return count;
}

static const char *const *titles_of(struct arena *arena, const struct pdf_table *table)
{
    const char **titles = arena_alloc(arena, table->column_count * sizeof *titles);

    for (size_t i = 0; i < table->column_count; i++) {
        titles[i] = table->columns[i].title;
    }
    return titles;
}

static void add_table(struct writing *writing, struct arena *arena, const struct pdf_block *block)
{
    const struct pdf_table *table = block->table;

    if (has_head(table)) {
        writing->parts[writing->count++] =
            (struct part){ block, titles_of(arena, table), true, true };
    }
    for (size_t row = 0; row < table->row_count; row++) {
        bool bold =
            (table->last_bold && row + 1 == table->row_count) || (table->first_bold && row == 0);

        writing->parts[writing->count++] =
            (struct part){ block, table->cells + row * table->column_count, false, bold };
    }
}

static void take_apart(struct writing *writing, struct arena *arena)
{
    const struct pdf_document *document = writing->document;
    size_t count = count_parts(document);

    writing->parts = arena_alloc(arena, count * sizeof *writing->parts);
    writing->blocks = arena_alloc(arena, count * sizeof *writing->blocks);
    writing->places = arena_alloc(arena, count * sizeof *writing->places);
    for (size_t i = 0; i < document->block_count; i++) {
        const struct pdf_block *block = &document->blocks[i];

        if (block->kind == PDF_TABLE) {
            add_table(writing, arena, block);
        } else {
            writing->parts[writing->count++] =
                (struct part){ .block = block, .bold = styles[block->kind].bold };
        }
    }
}

/* --- Measuring --------------------------------------------------------------------------------- */

static void set_text(const struct writing *writing, const char *text, int size, bool bold)
{
    pango_font_description_set_absolute_size(writing->font, (double)size * PANGO_SCALE);
    pango_font_description_set_weight(writing->font,
                                      bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(writing->layout, writing->font);
    pango_layout_set_text(writing->layout, text == NULL ? "" : text, -1);
}

static void set_lines(const struct writing *writing, int width_points, bool right)
{
    pango_layout_set_width(writing->layout, width_points * PANGO_SCALE);
    pango_layout_set_wrap(writing->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(writing->layout, right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
}

static void set_cell(const struct writing *writing, const struct part *part, size_t index)
{
    const struct pdf_column *column = &part->block->table->columns[index];

    set_text(writing, part->cells[index], styles[PDF_TABLE].size, part->bold);
    set_lines(writing, column->width_points - CELL_PAD, column->right);
}

static void set_block(const struct writing *writing, const struct part *part)
{
    set_text(writing, part->block->text, styles[part->block->kind].size, part->bold);
    set_lines(writing, PDF_WIDTH_POINTS, false);
}

static int height_of_layout(const struct writing *writing)
{
    int width = 0, height = 0;

    pango_layout_get_size(writing->layout, &width, &height);
    return height;
}

static int height_of(const struct writing *writing, const struct part *part)
{
    int highest = 0;

    if (part->block->kind == PDF_CODE) {
        return CODE_WIDTH * PANGO_SCALE;
    }
    if (part->block->kind != PDF_TABLE) {
        set_block(writing, part);
        return height_of_layout(writing);
    }
    for (size_t i = 0; i < part->block->table->column_count; i++) {
        set_cell(writing, part, i);
        int height = height_of_layout(writing);

        highest = height > highest ? height : highest;
    }
    return highest + 2 * ROW_PAD * PANGO_SCALE;
}

/* The first part of a table has room above it. */
static int gap_of(const struct writing *writing, size_t index)
{
    const struct pdf_block *block = writing->parts[index].block;
    bool begins = index == 0 || writing->parts[index - 1].block != block;
    int points = block->kind == PDF_TABLE && begins ? TABLE_GAP : styles[block->kind].gap;

    return points * PANGO_SCALE;
}

static enum page_block_kind kind_of(const struct part *part)
{
    if (part->block->kind != PDF_TABLE) {
        return PAGE_BLOCK_PLAIN;
    }
    if (part->head) {
        return PAGE_BLOCK_HEAD;
    }
    return has_head(part->block->table) ? PAGE_BLOCK_ROW : PAGE_BLOCK_PLAIN;
}

static void lay_out(struct writing *writing)
{
    for (size_t i = 0; i < writing->count; i++) {
        const struct part *part = &writing->parts[i];

        writing->blocks[i] =
            (struct page_block){ .kind = kind_of(part),
                                 .height = height_of(writing, part),
                                 .gap = gap_of(writing, i),
                                 .keep_next = styles[part->block->kind].keep_next };
    }
    writing->pages = page_layout(writing->blocks, writing->count, BODY_HEIGHT, writing->places);
}

/* --- Drawing ----------------------------------------------------------------------------------- */

static void show_at(const struct writing *writing, double x, double y)
{
    cairo_move_to(writing->cairo, x, y);
    pango_cairo_show_layout(writing->cairo, writing->layout);
}

static void draw_rule(const struct writing *writing, double y, double width)
{
    cairo_set_line_width(writing->cairo, width);
    cairo_move_to(writing->cairo, MARGIN, y);
    cairo_line_to(writing->cairo, MARGIN + PDF_WIDTH_POINTS, y);
    cairo_stroke(writing->cairo);
}

static double module_width(const struct pdf_code *code)
{
    return (double)CODE_WIDTH / (code->size + 2 * code->light);
}

/* A run of dark modules is one box: no reader sees seams in it. */
static void draw_modules(const struct writing *writing, const struct pdf_code *code, int row,
                         double x, double y)
{
    const unsigned char *modules = code->modules + (size_t)row * (size_t)code->size;
    double module = module_width(code);
    int count = code->size;
    int first = 0;

    for (int i = 0; i <= count; i++) {
        if (i < count && modules[i] != 0) {
            continue;
        }
        if (i > first) {
            cairo_rectangle(writing->cairo, x + first * module, y, (i - first) * module, module);
        }
        first = i + 1;
    }
}

static void draw_code(const struct writing *writing, const struct pdf_code *code, double x,
                      double y)
{
    double module = module_width(code);

    for (int row = 0; row < code->size; row++) {
        draw_modules(writing, code, row, x + code->light * module,
                     y + (code->light + row) * module);
    }
    cairo_fill(writing->cairo);
}

static void draw_part(const struct writing *writing, size_t index, int top)
{
    const struct part *part = &writing->parts[index];
    double y = MARGIN + (double)top / PANGO_SCALE, x = MARGIN;

    if (part->block->kind == PDF_CODE) {
        draw_code(writing, part->block->code, x, y);
        return;
    }
    if (part->block->kind != PDF_TABLE) {
        set_block(writing, part);
        show_at(writing, x, y);
        return;
    }
    for (size_t i = 0; i < part->block->table->column_count; i++) {
        set_cell(writing, part, i);
        show_at(writing, x, y + ROW_PAD);
        x += part->block->table->columns[i].width_points;
    }
    if (part->block->table->ruled) {
        draw_rule(writing, y + (double)writing->blocks[index].height / PANGO_SCALE,
                  part->head ? 1.0 : 0.25);
    }
}

static void draw_footer(const struct writing *writing, int page)
{
    char number[32];

    (void)g_snprintf(number, sizeof number, "%d / %d", page + 1, writing->pages);
    set_text(writing, writing->document->footer, FOOTER_SIZE, false);
    set_lines(writing, PDF_WIDTH_POINTS - 60, false);
    show_at(writing, MARGIN, FOOTER_TOP);
    set_text(writing, number, FOOTER_SIZE, false);
    set_lines(writing, 60, true);
    show_at(writing, MARGIN + PDF_WIDTH_POINTS - 60, FOOTER_TOP);
}

static void draw(const struct writing *writing)
{
    int page = 0;

    for (size_t i = 0; i < writing->count; i++) {
        const struct page_place *place = &writing->places[i];

        if (place->page > page) {
            draw_footer(writing, page);
            cairo_show_page(writing->cairo);
            page = place->page;
        }
        if (place->head != PAGE_NO_HEAD) {
            draw_part(writing, (size_t)place->head, 0);
        }
        draw_part(writing, i, place->top);
    }
    draw_footer(writing, page);
    cairo_show_page(writing->cairo);
}

/* --- The file ---------------------------------------------------------------------------------- */

static cairo_status_t append(void *out, const unsigned char *bytes, unsigned length)
{
    struct buffer *buffer = out;

    buffer_append(buffer, bytes, length);
    return buffer->overflowed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *open_surface(struct arena *arena, const struct pdf_document *document,
                                     struct buffer *out)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(append, out, PAGE_WIDTH, PAGE_HEIGHT);
    struct instant_text created = instant_format(document->created_at);

    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, document->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, document->author);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Kervan");
    /* Without one of its own cairo asks the clock. */
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   text_format(arena, "%.19sZ", created.text));
    return surface;
}

/* Letters are as wide on every machine: nothing is fitted to pixels. */
static PangoContext *open_context(PangoFontMap *fonts)
{
    PangoContext *context = pango_font_map_create_context(fonts);
    cairo_font_options_t *options = cairo_font_options_create();

    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    pango_cairo_context_set_resolution(context, 72);
    pango_context_set_round_glyph_positions(context, FALSE);
    cairo_font_options_destroy(options);
    return context;
}

static enum err draw_all(struct ctx *ctx, struct writing *writing)
{
    set_text(writing, REFERENCE, FOOTER_SIZE, false);
    if (pango_layout_get_unknown_glyphs_count(writing->layout) > 0) {
        return err_set(
            ctx, ERR_RETRY,
            "no font has Latin, Turkish and Cyrillic letters: install fonts-dejavu-core");
    }
    take_apart(writing, ctx->arena);
    lay_out(writing);
    draw(writing);
    return OK;
}

static enum err end_of(struct ctx *ctx, cairo_surface_t *surface, const struct buffer *out)
{
    cairo_surface_finish(surface);
    if (out->overflowed) {
        return err_set(ctx, ERR_FATAL, "the document is larger than %zu bytes", out->bytes_max);
    }
    cairo_status_t status = cairo_surface_status(surface);
    return status == CAIRO_STATUS_SUCCESS
               ? OK
               : err_set(ctx, ERR_RETRY, "cairo: %s", cairo_status_to_string(status));
}

enum err pdf_write(struct ctx *ctx, const struct pdf_document *document, struct buffer *out)
{
    cairo_surface_t *surface = open_surface(ctx->arena, document, out);
    PangoFontMap *fonts = pango_cairo_font_map_new();
    struct writing writing = { .document = document,
                               .cairo = cairo_create(surface),
                               .context = open_context(fonts),
                               .font = pango_font_description_from_string(FONT) };

    writing.layout = pango_layout_new(writing.context);
    enum err err = draw_all(ctx, &writing);
    enum err ended = end_of(ctx, surface, out);

    g_object_unref(writing.layout);
    g_object_unref(writing.context);
    pango_font_description_free(writing.font);
    cairo_destroy(writing.cairo);
    cairo_surface_destroy(surface);
    g_object_unref(fonts);
    return err ? err : ended;
}
