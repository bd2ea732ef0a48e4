/* lines.c - what came of a line is kept until its end comes. */
#include "common/lines.h"

#include <string.h>

void line_splitter_init(struct line_splitter *splitter, size_t bytes_max)
{
    *splitter = (struct line_splitter){ .bytes_max = bytes_max };
    buffer_init(&splitter->text, bytes_max);
}

void line_splitter_release(struct line_splitter *splitter)
{
    buffer_release(&splitter->text);
}

static void keep(struct line_splitter *splitter, const char *bytes, size_t length)
{
    if (splitter->too_long || length > splitter->bytes_max - splitter->text.length) {
        splitter->too_long = true;
    } else if (length > 0) {
        buffer_append(&splitter->text, bytes, length);
    }
}

static bool is_blank(const char *text, size_t length)
{
    size_t blanks = 0;

    while (blanks < length && strchr(" \t\r", text[blanks]) != NULL && text[blanks] != '\0') {
        blanks++;
    }
    return blanks == length;
}

/* False when the line that ends here is left out. */
static bool end_line(struct line_splitter *splitter, struct line *ret)
{
    const char *text = splitter->text.bytes;
    size_t length = splitter->text.length;

    if (length > 0 && text[length - 1] == '\r') {
        length--;
    }
    splitter->number++;
    *ret = (struct line){ splitter->number, splitter->too_long ? "" : text,
                          splitter->too_long ? 0 : length, splitter->too_long };
    splitter->too_long = false;
    buffer_clear(&splitter->text); /* keeps the bytes */
    return ret->too_long || !is_blank(ret->text, ret->length);
}

bool line_next(struct line_splitter *splitter, const char **at, const char *end, struct line *ret)
{
    while (*at < end) {
        const char *feed = memchr(*at, '\n', (size_t)(end - *at));

        keep(splitter, *at, (size_t)((feed == NULL ? end : feed) - *at));
        *at = feed == NULL ? end : feed + 1;
        if (feed != NULL && end_line(splitter, ret)) {
            return true;
        }
    }
    return false;
}

bool line_last(struct line_splitter *splitter, struct line *ret)
{
    bool begun = splitter->too_long || splitter->text.length > 0;

    return begun && end_line(splitter, ret);
}
