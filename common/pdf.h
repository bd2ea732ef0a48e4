/* pdf.h - a document of titles, texts and tables as PDF: A4 pages, over cairo and pango.
 *
 * The same document gives the same bytes wherever the same fonts and libraries are installed: no clock is read, and the date
 * in the file is the document's own.  Texts are UTF-8; letters are those of DejaVu Sans (Latin with Turkish, Cyrillic with
 * Ukrainian, Greek), others come from whatever font has them.  Widths are points (1/72 inch).  Thread-safe.
 */
#ifndef KERVAN_COMMON_PDF_H
#define KERVAN_COMMON_PDF_H

#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;

/* Between the margins. */
enum { PDF_WIDTH_POINTS = 495 };

struct pdf_column {
    const char *title; /* NULL in all columns: the table has no head */
    int width_points;  /* of all columns PDF_WIDTH_POINTS at most */
    bool right;        /* aligned right, as numbers are */
};

struct pdf_table {
    const struct pdf_column *columns;
    size_t column_count;
    const char *const
        *cells; /* row by row; NULL: empty.  Lines in a cell end with LF, long ones are broken. */
    size_t row_count;
    bool ruled;      /* lines between rows */
    bool last_bold;  /* the last row sums up */
    bool first_bold; /* the first row says what stands below it */
};

/* Squares that are dark or light, drawn as they are. */
struct pdf_code {
    const unsigned char *modules; /* row by row; 1: dark */
    int size;                     /* modules in a row */
    int light;                    /* modules that stay light around it */
};

enum pdf_block_kind { PDF_TITLE, PDF_HEADING, PDF_TEXT, PDF_TABLE, PDF_CODE };

struct pdf_block {
    enum pdf_block_kind kind;
    const char *text;              /* of titles, headings and texts */
    const struct pdf_table *table; /* of PDF_TABLE */
    const struct pdf_code *code;   /* of PDF_CODE */
};

struct pdf_document {
    const char *title, *author; /* what viewers show of the file */
    const char *footer; /* at the bottom of each page, beside its number and how many there are */
    int64_t created_at; /* ms since 1970 */
    const struct pdf_block *blocks;
    size_t block_count;
};

/* Appends the file to `out`.  ERR_RETRY: no font is installed that has the letters, or there is no memory; ERR_FATAL: it is larger than
 * `out` may become. */
enum err pdf_write(struct ctx *ctx, const struct pdf_document *document,
                   struct buffer *out) MUST_USE;

#endif
