/* template.h - texts with places to fill: {{name}}, and {{#lines}}...{{/lines}} once for each row of a list.
 *
 * A list of one row without values says yes, an empty one no.  Inside a list its row's names come
 * first, then the outer ones; lists do not nest.  A list's tag alone on its line takes the line with
 * it.  Names are lower-case letters and "_".  Pure, thread-safe.
 */
#ifndef KERVAN_NOTIFICATION_TEMPLATE_H
#define KERVAN_NOTIFICATION_TEMPLATE_H

#include <stddef.h>

struct arena;
struct buffer;

struct template_value {
    const char *name, *text;
};

struct template_list {
    const char *name;
    const struct template_value *values; /* row by row, in each row the same names */
    size_t row_count, values_a_row;
};

struct template_model {
    const struct template_value *values;
    size_t value_count;
    const struct template_list *lists;
    size_t list_count;
};

enum template_escape { TEMPLATE_PLAIN, TEMPLATE_HTML };

/* What is wrong with a template that is filled from such a model, with its line ("line 3: ..."), in the arena; NULL when it is
 * fine.  Lists of `model` need a row here, so that the names in it are known. */
const char *template_problem(struct arena *arena, const char *text,
                             const struct template_model *model);

/* `text` has no problem with a model of these names.  With TEMPLATE_HTML values are escaped for text and quoted attributes. */
void template_fill(struct buffer *out, const char *text, const struct template_model *model,
                   enum template_escape escape);

#endif
