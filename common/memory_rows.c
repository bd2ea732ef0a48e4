/* memory_rows.c - groups of immutable rows behind a hash of their load keys. */
#include "common/memory_rows.h"

#include "common/arena.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row, and behind it, in one block, its texts and bytes. */
struct memory_row {
    size_t owners; /* tables that hold it: the original and its copies */
    _Alignas(16) unsigned char row[];
};

struct memory_table {
    const struct table *table;
    struct memory_group **groups; /* open addressing; a group is never taken out */
    size_t group_count, group_capacity;
    struct memory_group **
        in_order; /* the groups again; those from ordered_count on came later and are not sorted yet */
    size_t ordered_count;
    size_t row_count;
    int64_t last_number;
    void **all; /* the last answer of memory_table_all() */
};

/* The simulation without memory has nothing to say about the system. */
static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL) {
        (void)fputs("no memory for the database in memory\n", stderr);
        abort();
    }
    return memory;
}

static const void *member(const struct column *column, const void *row)
{
    return (const unsigned char *)row + column->offset;
}

/* What the texts and bytes of a row take, a byte behind each. */
static size_t content_bytes(const struct table *table, const void *row)
{
    size_t total = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        const void *value = member(&table->columns[i], row);

        if (table->columns[i].kind == COLUMN_TEXT) {
            const char *text = *(const char *const *)value;
            total += text == NULL ? 0 : strlen(text) + 1;
        } else if (table->columns[i].kind == COLUMN_BYTES) {
            const struct bytes *bytes = value;
            total += bytes->bytes == NULL ? 0 : bytes->length + 1;
        }
    }
    return total;
}

/* Copies `length` bytes and a zero to *free_at, moves it on, and returns where they lie. */
static void *move_content(unsigned char **free_at, const void *content, size_t length)
{
    unsigned char *copy = *free_at;

    memcpy(copy, content, length);
    copy[length] = '\0';
    *free_at = copy + length + 1;
    return copy;
}

/* Gives a copied member contents of its own. */
static void copy_content(enum column_kind kind, void *value, unsigned char **free_at)
{
    const char **text = value;
    struct bytes *bytes = value;

    if (kind == COLUMN_TEXT && *text != NULL) {
        *text = move_content(free_at, *text, strlen(*text));
    } else if (kind == COLUMN_BYTES && bytes->bytes != NULL) {
        bytes->bytes = move_content(free_at, bytes->bytes, bytes->length);
    }
}

/* Copies a row to `to`, and its contents behind it. */
static void copy_row(const struct table *table, const void *row, unsigned char *to)
{
    unsigned char *free_at = to + table->row_bytes;

    memcpy(to, row, table->row_bytes);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        copy_content(column->kind, to + column->offset, &free_at);
    }
}

void *memory_row_copy(const struct table *table, const void *row, struct arena *arena)
{
    unsigned char *copy = arena_alloc(arena, table->row_bytes + content_bytes(table, row));

    copy_row(table, row, copy);
    return copy;
}

static const void *new_row(const struct table *table, const void *row)
{
    struct memory_row *copy =
        allocate(1, sizeof *copy + table->row_bytes + content_bytes(table, row));

    copy->owners = 1;
    copy_row(table, row, copy->row);
    return copy->row;
}

static struct memory_row *owned(const void *row)
{
    const unsigned char *start = (const unsigned char *)row - offsetof(struct memory_row, row);
    struct memory_row *owner;

    memcpy(&owner, &start, sizeof owner); /* rows are const to all but their count of owners */
    return owner;
}

static void drop_row(const void *row)
{
    struct memory_row *owner = owned(row);

    if (--owner->owners == 0) {
        free(owner);
    }
}

struct memory_table *memory_table_new(const struct table *table)
{
    struct memory_table *memory = allocate(1, sizeof *memory);

    memory->table = table;
    return memory;
}

const struct table *memory_table_description(const struct memory_table *memory)
{
    return memory->table;
}

static void free_group(struct memory_group *group)
{
    char *text;

    for (size_t i = 0; i < group->count; i++) {
        drop_row(group->rows[i]);
    }
    memcpy(&text, &group->key.text, sizeof text); /* its own copy, const to readers */
    free(text);
    free(group->rows);
    free(group);
}

void memory_table_free(struct memory_table *memory)
{
    for (size_t i = 0; i < memory->group_capacity; i++) {
        if (memory->groups[i] != NULL) {
            free_group(memory->groups[i]);
        }
    }
    free(memory->groups);
    free(memory->in_order);
    free(memory->all);
    free(memory);
}

struct memory_group *memory_table_group(const struct memory_table *memory, struct key load_key)
{
    size_t mask = memory->group_capacity - 1;

    if (memory->group_capacity == 0) {
        return NULL;
    }
    uint64_t hash = key_hash(load_key);
    /* Ends: at most half of the places are taken. */
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        struct memory_group *group = memory->groups[at];

        if (group == NULL || (group->hash == hash && key_equal(group->key, load_key))) {
            return group;
        }
    }
}

static void place_group(struct memory_table *memory, struct memory_group *group)
{
    size_t mask = memory->group_capacity - 1;
    size_t at = group->hash & mask;

    while (memory->groups[at] != NULL) {
        at = (at + 1) & mask;
    }
    memory->groups[at] = group;
}

static void grow_groups(struct memory_table *memory)
{
    struct memory_group **before = memory->groups;
    size_t capacity = memory->group_capacity;

    memory->group_capacity = capacity == 0 ? 16 : 2 * capacity;
    memory->groups = allocate(memory->group_capacity, sizeof(struct memory_group *));
    for (size_t i = 0; i < capacity; i++) {
        if (before[i] != NULL) {
            place_group(memory, before[i]);
        }
    }
    free(before);
    /* As many as half of the places are taken. */
    struct memory_group **in_order =
        allocate(memory->group_capacity / 2, sizeof(struct memory_group *));
    if (memory->group_count > 0) {
        memcpy(in_order, memory->in_order, memory->group_count * sizeof(struct memory_group *));
    }
    free(memory->in_order);
    memory->in_order = in_order;
}

static struct memory_group *add_group(struct memory_table *memory, struct key key)
{
    struct memory_group *group = allocate(1, sizeof *group);

    if (memory->group_count * 2 >= memory->group_capacity) {
        grow_groups(memory);
    }
    group->key = key;
    group->hash = key_hash(key);
    if (key.text != NULL) {
        char *text = allocate(1, key.length + 1);
        group->key.text = memcpy(text, key.text, key.length);
    }
    place_group(memory, group);
    memory->in_order[memory->group_count++] = group;
    return group;
}

/* Of two rows with one load key. */
static int compare_in_group(const struct table *table, const void *left, const void *right)
{
    int order = 0;

    for (size_t i = 1; i < table->key_columns && order == 0; i++) {
        order = key_compare(table_key(table, left, i), table_key(table, right, i));
    }
    return order;
}

/* Where the identity of `row` is in the group, or where it would be. */
static size_t find_place(const struct table *table, const struct memory_group *group,
                         const void *row, bool *ret_found)
{
    size_t low = 0, high = group->count;

    *ret_found = false;
    while (low < high && !*ret_found) {
        size_t middle = low + (high - low) / 2;
        int order = compare_in_group(table, group->rows[middle], row);

        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
        *ret_found = order == 0;
    }
    return *ret_found ? high : low;
}

const void *memory_table_find(const struct memory_table *memory, const void *row)
{
    const struct memory_group *group = memory_table_group(memory, table_key(memory->table, row, 0));
    bool found = false;

    if (group == NULL) {
        return NULL;
    }
    size_t place = find_place(memory->table, group, row, &found);
    return found ? group->rows[place] : NULL;
}

/* Makes room for a row at `place`. */
static void open_place(struct memory_group *group, size_t place)
{
    if (group->count == group->capacity) {
        size_t capacity = group->capacity == 0 ? 1 : 2 * group->capacity;
        const void **larger = allocate(capacity, sizeof *larger);

        if (group->count > 0) {
            memcpy(larger, group->rows, group->count * sizeof *larger);
        }
        free(group->rows);
        group->rows = larger;
        group->capacity = capacity;
    }
    memmove(&group->rows[place + 1], &group->rows[place],
            (group->count - place) * sizeof *group->rows);
    group->count++;
}

/* Takes over a row that new_row() made. */
static void put(struct memory_table *memory, const void *row)
{
    struct key key = table_key(memory->table, row, 0);
    struct memory_group *group = memory_table_group(memory, key);
    bool found = false;

    if (group == NULL) {
        group = add_group(memory, key);
    }
    size_t place = find_place(memory->table, group, row, &found);
    if (found) {
        drop_row(group->rows[place]);
    } else {
        open_place(group, place);
        memory->row_count++;
    }
    group->rows[place] = row;
}

void memory_table_put(struct memory_table *memory, const void *row)
{
    put(memory, new_row(memory->table, row));
}

void memory_table_put_numbered(struct memory_table *memory, const void *row)
{
    const void *copy = new_row(memory->table, row);
    void *number = owned(copy)->row + memory->table->columns[1].offset;

    assert(memory->table->numbered_by_store);
    *(int64_t *)number = ++memory->last_number;
    put(memory, copy);
}

bool memory_table_remove(struct memory_table *memory, const void *row)
{
    struct memory_group *group = memory_table_group(memory, table_key(memory->table, row, 0));
    bool found = false;

    if (group == NULL) {
        return false;
    }
    size_t place = find_place(memory->table, group, row, &found);
    if (!found) {
        return false;
    }
    drop_row(group->rows[place]);
    group->count--;
    memory->row_count--;
    memmove(&group->rows[place], &group->rows[place + 1],
            (group->count - place) * sizeof *group->rows);
    return true;
}

struct memory_table *memory_table_copy(const struct memory_table *original)
{
    struct memory_table *copy = memory_table_new(original->table);

    for (size_t i = 0; i < original->group_capacity; i++) {
        const struct memory_group *group = original->groups[i];
        if (group == NULL || group->count == 0) {
            continue;
        }
        struct memory_group *same = add_group(copy, group->key);
        same->rows = allocate(group->count, sizeof *same->rows);
        same->count = same->capacity = group->count;
        for (size_t row = 0; row < group->count; row++) {
            same->rows[row] = group->rows[row];
            owned(group->rows[row])->owners++;
        }
    }
    copy->row_count = original->row_count;
    copy->last_number = original->last_number;
    return copy;
}

static int compare_groups(const void *left, const void *right)
{
    const struct memory_group *const *a = left, *const *b = right;

    return key_compare((*a)->key, (*b)->key);
}

/* Sorts what came since the last time and merges it in from the back: a reader who comes often finds little to do. */
static void order_groups(struct memory_table *memory)
{
    size_t old = memory->ordered_count, fresh = memory->group_count - old;
    struct memory_group **in_order = memory->in_order;

    if (fresh == 0) {
        return;
    }
    struct memory_group **added = allocate(fresh, sizeof(struct memory_group *));
    memcpy(added, in_order + old, fresh * sizeof(struct memory_group *));
    qsort(added, fresh, sizeof(struct memory_group *), compare_groups);
    for (size_t to = memory->group_count; fresh > 0; to--) {
        bool from_old = old > 0 && compare_groups(&in_order[old - 1], &added[fresh - 1]) > 0;
        in_order[to - 1] = from_old ? in_order[--old] : added[--fresh];
    }
    free(added);
    memory->ordered_count = memory->group_count;
}

void **memory_table_all(struct memory_table *memory, size_t *ret_count)
{
    size_t count = 0;

    free(memory->all);
    memory->all = allocate(memory->row_count + 1, sizeof *memory->all);
    order_groups(memory);
    for (size_t i = 0; i < memory->group_count; i++) {
        for (size_t row = 0; row < memory->in_order[i]->count; row++) {
            memory->all[count++] = owned(memory->in_order[i]->rows[row])->row;
        }
    }
    *ret_count = count;
    return memory->all;
}

size_t memory_table_count(const struct memory_table *memory)
{
    return memory->row_count;
}
