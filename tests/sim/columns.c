/* columns.c - finds columns by name. */
#include "tests/sim/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t offset_of(const struct table *table, const char *name, size_t length)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];

        if (strlen(column->name) == length && memcmp(column->name, name, length) == 0) {
            return column->offset;
        }
    }
    (void)fprintf(stderr, "sim: table %s has no column %.*s\n", table->name, (int)length, name);
    abort();
}

struct view view_of(enum service_index service, const char *table, const char *names)
{
    struct view view = { .table = service_table(service, table) };

    for (size_t i = 0; *names != '\0' && i < COLUMNS_MAX; i++) {
        size_t length = strcspn(names, " ");

        view.offsets[i] = offset_of(view.table, names, length);
        names += length;
        names += *names == ' ' ? 1 : 0;
    }
    return view;
}

static const void *member(const struct view *view, const void *row, size_t column)
{
    return (const char *)row + view->offsets[column];
}

int64_t view_int(const struct view *view, const void *row, size_t column)
{
    return *(const int64_t *)member(view, row, column);
}

bool view_bool(const struct view *view, const void *row, size_t column)
{
    return *(const bool *)member(view, row, column);
}

const char *view_text(const struct view *view, const void *row, size_t column)
{
    return *(const char *const *)member(view, row, column);
}

struct bytes view_bytes(const struct view *view, const void *row, size_t column)
{
    return *(const struct bytes *)member(view, row, column);
}

void **view_rows(struct sim *sim, enum service_index service, const struct view *view,
                 size_t *ret_count)
{
    return memory_database_rows(sim->databases[service], view->table, ret_count);
}

const struct view *view_once(struct view *view, enum service_index service, const char *table,
                             const char *names)
{
    if (view->table == NULL) {
        *view = view_of(service, table, names);
    }
    return view;
}

struct memory_slice view_find(struct sim *sim, enum service_index service, const struct view *view,
                              struct key load_key)
{
    return memory_database_find(sim->databases[service], view->table, load_key);
}
