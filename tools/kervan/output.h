/* output.h - what a command found, as a table for people or as JSON for programs.
 *
 * The names of fields are the contract of --json: a list is one object a line, everything else one object.
 * A field that has nothing is null in JSON and a dash in a table.
 */
#ifndef KERVAN_TOOLS_KERVAN_OUTPUT_H
#define KERVAN_TOOLS_KERVAN_OUTPUT_H

#include "tools/kervan/command.h"

enum cell { CELL_TEXT, CELL_NUMBER, CELL_BOOL, CELL_JSON };

struct field {
    const char *name;    /* in JSON */
    const char *heading; /* in a table; NULL: only JSON has it */
    enum cell kind;
};

/* Rows of texts, one a field; NULL where there is nothing. */
struct listing {
    const char **cells; /* rows * fields of them */
    size_t rows;
};

/* Part of a document: a list under a name, or, without a name, the fields of its one row. */
struct section {
    const char *name, *title; /* title: above the list, for people */
    const struct field *fields;
    size_t field_count;
    struct listing listing;
};

/* `nothing` is said to people instead of an empty table. */
enum err print_list(const struct invocation *call, const struct section *section,
                    const char *nothing) MUST_USE;
enum err print_document(const struct invocation *call, const struct section *sections,
                        size_t count) MUST_USE;
/* The end of something that was done: one object of these fields, or a sentence for people. */
enum err print_done(const struct invocation *call, const struct section *section,
                    const char *sentence) MUST_USE;

/* Row after row of several listings of the same fields. */
void listing_append(struct ctx *ctx, struct listing *to, const struct listing *more,
                    size_t field_count);
static inline const char *listing_cell(const struct listing *listing, size_t field_count,
                                       size_t row, size_t field)
{
    return listing->cells[row * field_count + field];
}

#define FIELD_COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))

#endif
