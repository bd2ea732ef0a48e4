/* lines.h - cuts a body that arrives in pieces into its lines.
 *
 * A line ends with LF or CR LF; the last one may end with the body.  Lines are counted from 1, and one that holds
 * nothing but blanks is counted and left out.  Of a line that is too long nothing is kept, wherever it is cut.
 * Bytes are not looked at: whether they are UTF-8 is for whoever reads the line.  Pure.
 */
#ifndef KERVAN_COMMON_LINES_H
#define KERVAN_COMMON_LINES_H

#include "common/buffer.h"

struct line_splitter {
    struct buffer text; /* of the line that has begun */
    size_t bytes_max;
    int64_t number; /* of the last line that ended */
    bool too_long;
};

struct line {
    int64_t number;
    const char *text; /* borrowed until the next call; not NUL-terminated */
    size_t length;
    bool too_long; /* there is no text then */
};

/* Holds at most `bytes_max` bytes, CR included. */
void line_splitter_init(struct line_splitter *splitter, size_t bytes_max);
void line_splitter_release(struct line_splitter *splitter);
/* Moves *at towards `end`; false when the rest holds no end of a line, and was kept. */
bool line_next(struct line_splitter *splitter, const char **at, const char *end, struct line *ret);
/* At the end of the body: false when nothing is left. */
bool line_last(struct line_splitter *splitter, struct line *ret);

#endif
