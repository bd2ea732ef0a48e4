/* csv.h - rows of a table as text: RFC 4180, UTF-8, for people who open them in a spreadsheet.  Pure.
 *
 * A text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line break) gets an
 * apostrophe before it, which spreadsheets show as text.
 */
#ifndef KERVAN_COMMON_CSV_H
#define KERVAN_COMMON_CSV_H

#include "common/buffer.h"

/* One row on its way into a buffer: cells one after the other, then the end. */
struct csv_row {
    struct buffer *to;
    bool begun;
};

void csv_text(struct csv_row *row, const char *text); /* NULL: an empty cell */
void csv_int(struct csv_row *row, int64_t value);
void csv_end(struct csv_row *row); /* the row may be begun again */

#endif
