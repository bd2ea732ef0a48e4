/* rows.c - the rows of a batch by load key and by identity, and what changed of them.
 *
 * A group holds the live rows of one load key and is what rows_list() returns, uncopied.  A removal
 * only marks its group: the array is rebuilt at the next look, so that a caller may remove rows
 * while it walks a list.  What a row's change is follows from three facts (stored, live, updated),
 * so removing and inserting the same identity again needs no case of its own.  New rows of a table
 * that the store numbers have no identity yet, and are found by their load key only.
 */
#include "common/rows.h"

#include "common/arena.h"
#include "common/rows_map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct group {
    struct key key;
    void **rows; /* NULL-terminated */
    size_t count, capacity;
    bool has_removed; /* rows[] still holds rows that are no longer live */
    void *first[2];   /* most keys have one row */
};

struct entry {
    struct table_rows *owner;
    struct group *group;
    uint64_t identity_hash;
    bool stored, live, updated;
    bool touched; /* listed in its owner */
    _Alignas(16) unsigned char row[];
};

struct table_rows {
    const struct table *table;
    struct rows_map groups;  /* by load key */
    struct rows_map entries; /* by identity */
    struct key *wanted;      /* not yet loaded */
    size_t wanted_count, wanted_capacity;
    struct entry **touched; /* in order of the first change */
    size_t touched_count, touched_capacity;
};

struct rows {
    struct arena *arena;
    struct table_rows **owners;
    const struct table **tables; /* parallel to owners */
    size_t count, capacity;
};

struct rows *rows_new(struct arena *arena)
{
    struct rows *rows = arena_alloc(arena, sizeof *rows);

    rows->arena = arena;
    return rows;
}

struct arena *rows_arena(const struct rows *rows)
{
    return rows->arena;
}

static struct table_rows *find_owner(const struct rows *rows, const struct table *table)
{
    for (size_t i = 0; i < rows->count; i++) { /* a service has a dozen tables */
        if (rows->tables[i] == table)
            return rows->owners[i];
    }
    return NULL;
}

static struct table_rows *owner_of(struct rows *rows, const struct table *table)
{
    struct table_rows *owner = find_owner(rows, table);

    if (owner != NULL)
        return owner;
    assert(table->key_columns >= 1 && table->key_columns <= table->column_count);
    assert(table->column_count <= TABLE_COLUMNS_MAX);
    owner = arena_alloc(rows->arena, sizeof *owner);
    owner->table = table;

    size_t capacity = rows->capacity;
    rows->tables = rows_grow(rows->arena, rows->tables, rows->count, &capacity, sizeof(void *));
    rows->owners =
        rows_grow(rows->arena, rows->owners, rows->count, &rows->capacity, sizeof(void *));
    rows->tables[rows->count] = table;
    rows->owners[rows->count++] = owner;
    return owner;
}

static bool group_match(const void *item, const void *wanted)
{
    const struct group *group = item;

    return key_equal(group->key, *(const struct key *)wanted);
}

static struct group *find_group(const struct table_rows *owner, struct key key)
{
    return rows_map_find(&owner->groups, key_hash(key), group_match, &key);
}

static struct group *add_group(struct rows *rows, struct table_rows *owner, struct key key)
{
    struct group *group = arena_alloc(rows->arena, sizeof *group);

    group->key = key;
    if (key.text != NULL) /* callers make keys on the stack */
        group->key.text = arena_copy_text(rows->arena, key.text, key.length);
    group->rows = group->first;
    group->capacity = COLUMN_COUNT(group->first);
    rows_map_add(rows->arena, &owner->groups, key_hash(key), group);
    return group;
}

static struct group *want_group(struct rows *rows, struct table_rows *owner, struct key key)
{
    struct group *group = add_group(rows, owner, key);

    owner->wanted = rows_grow(rows->arena, owner->wanted, owner->wanted_count,
                              &owner->wanted_capacity, sizeof *owner->wanted);
    owner->wanted[owner->wanted_count++] = group->key;
    return group;
}

/* Whether a row of this set, copied into an entry, is still there. */
static bool is_live(const void *row)
{
    const void *entry = (const unsigned char *)row - offsetof(struct entry, row);

    return ((const struct entry *)entry)->live;
}

/* A new array without the rows that were removed; lists handed out before stay as they are. */
static void group_rebuild(struct arena *arena, struct group *group)
{
    void **live = arena_alloc(arena, group->capacity * sizeof *live);
    size_t count = 0;

    for (size_t i = 0; i < group->count; i++) {
        if (is_live(group->rows[i]))
            live[count++] = group->rows[i];
    }
    group->rows = live;
    group->count = count;
    group->has_removed = false;
}

static void group_append(struct arena *arena, struct group *group, void *row)
{
    group->rows = rows_grow(arena, group->rows, group->count + 1, &group->capacity, sizeof(void *));
    group->rows[group->count++] = row;
    group->rows[group->count] = NULL;
}

struct identity {
    const struct table *table;
    const void *row;
};

static bool entry_match(const void *item, const void *wanted)
{
    const struct entry *entry = item;
    const struct identity *identity = wanted;

    return table_same_identity(identity->table, entry->row, identity->row);
}

static uint64_t identity_hash(const struct table *table, const void *row)
{
    uint64_t hash = 0;

    for (size_t i = 0; i < table->key_columns; i++)
        hash = hash * UINT64_C(0x9e3779b97f4a7c15) + key_hash(table_key(table, row, i));
    return hash;
}

static struct entry *find_entry(const struct table_rows *owner, const void *row)
{
    struct identity identity = { owner->table, row };

    return rows_map_find(&owner->entries, identity_hash(owner->table, row), entry_match, &identity);
}

static struct entry *add_entry(struct rows *rows, struct table_rows *owner, struct group *group,
                               const void *row)
{
    struct entry *entry = arena_alloc(rows->arena, sizeof *entry + owner->table->row_bytes);

    entry->owner = owner;
    entry->group = group;
    entry->identity_hash = identity_hash(owner->table, row);
    entry->live = true;
    memcpy(entry->row, row, owner->table->row_bytes);
    group_append(rows->arena, group, entry->row);
    return entry;
}

static void touch(struct rows *rows, struct entry *entry)
{
    struct table_rows *owner = entry->owner;

    if (entry->touched)
        return;
    entry->touched = true;
    owner->touched = rows_grow(rows->arena, owner->touched, owner->touched_count,
                               &owner->touched_capacity, sizeof(struct entry *));
    owner->touched[owner->touched_count++] = entry;
}

/* Whether no other row has the identity of this one. */
static bool has_identity(const struct table *table, const void *row)
{
    return !table->numbered_by_store || table_key(table, row, 1).number != 0;
}

static struct entry *new_entry(struct rows *rows, struct table_rows *owner, const void *row,
                               bool stored)
{
    struct key key = table_key(owner->table, row, 0);
    struct group *group = find_group(owner, key);

    if (group == NULL) {
        group = stored ? add_group(rows, owner, key) : want_group(rows, owner, key);
    }
    struct entry *entry = add_entry(rows, owner, group, row);
    entry->stored = stored;
    if (has_identity(owner->table, row)) {
        rows_map_add(rows->arena, &owner->entries, entry->identity_hash, entry);
    }
    return entry;
}

void *rows_put_stored(struct rows *rows, const struct table *table, const void *row)
{
    struct table_rows *owner = owner_of(rows, table);
    struct entry *entry = find_entry(owner, row);

    if (entry == NULL) {
        return new_entry(rows, owner, row, true)->row;
    }
    /* A rule was faster: its row stays, and the database refuses the insert or takes it for done. */
    assert(entry->touched && "a row is loaded once");
    entry->stored = entry->stored || table->insert_again;
    return entry->row;
}

bool rows_want(struct rows *rows, const struct table *table, struct key load_key)
{
    struct table_rows *owner = owner_of(rows, table);

    if (find_group(owner, load_key) != NULL)
        return false;
    (void)want_group(rows, owner, load_key);
    return true;
}

static int compare_keys(const void *left, const void *right)
{
    return key_compare(*(const struct key *)left, *(const struct key *)right);
}

const struct key *rows_take_wanted(struct rows *rows, const struct table *table, size_t *ret_count)
{
    struct table_rows *owner = find_owner(rows, table);

    *ret_count = 0;
    if (owner == NULL)
        return NULL;
    struct key *keys = owner->wanted;
    *ret_count = owner->wanted_count;
    if (owner->wanted_count > 1)
        qsort(keys, owner->wanted_count, sizeof *keys, compare_keys);
    owner->wanted = NULL; /* the caller's from now on */
    owner->wanted_count = 0;
    owner->wanted_capacity = 0;
    return keys;
}

static struct group *wanted_group(const struct rows *rows, const struct table *table,
                                  struct key load_key)
{
    const struct table_rows *owner = find_owner(rows, table);
    struct group *group = owner == NULL ? NULL : find_group(owner, load_key);

    assert(group != NULL && "a rule reads only what was asked for before");
    return group;
}

void **rows_list(const struct rows *rows, const struct table *table, struct key load_key)
{
    struct group *group = wanted_group(rows, table, load_key);

    if (group->has_removed)
        group_rebuild(rows->arena, group);
    return group->rows;
}

size_t rows_count(void *const *list)
{
    size_t count = 0;

    while (list[count] != NULL) {
        count++;
    }
    return count;
}

void *rows_find(const struct rows *rows, const struct table *table, struct key load_key)
{
    const struct group *group = wanted_group(rows, table, load_key);

    for (size_t i = 0; i < group->count; i++) {
        if (is_live(group->rows[i]))
            return group->rows[i];
    }
    return NULL;
}

/* An identity that was here before: its entry comes to life again, as the youngest of its group. */
static void revive(struct rows *rows, struct entry *entry, const void *row)
{
    if (entry->group->has_removed)
        group_rebuild(rows->arena, entry->group);
    entry->live = true;
    group_append(rows->arena, entry->group, entry->row);
    if (!entry->owner->table->insert_again) {
        const struct table *table = entry->owner->table;

        memcpy(entry->row, row, table->row_bytes);
        entry->updated = table->column_count > table->key_columns; /* else it is what it was */
    }
}

void *rows_insert(struct rows *rows, const struct table *table, const void *row)
{
    struct table_rows *owner = owner_of(rows, table);
    struct entry *entry = find_entry(owner, row);

    if (entry == NULL) {
        entry = new_entry(rows, owner, row, false);
    } else if (!entry->live) {
        revive(rows, entry, row);
    } else {
        assert(table->insert_again && "a row is inserted once");
    }
    touch(rows, entry);
    return entry->row;
}

/* The entry of a live row of this set; anything else is a programming error. */
static struct entry *entry_of(const struct rows *rows, const struct table *table, void *row)
{
    void *start = (unsigned char *)row - offsetof(struct entry, row);
    struct entry *entry = start;

    assert(entry->owner != NULL && entry->owner == find_owner(rows, table));
    assert(entry->live && "a removed row is not changed");
    return entry;
}

void rows_update(struct rows *rows, const struct table *table, void *row)
{
    struct entry *entry = entry_of(rows, table, row);

    assert(entry->identity_hash == identity_hash(table, row) && "key columns never change");
    entry->updated = true;
    touch(rows, entry);
}

void rows_remove(struct rows *rows, const struct table *table, void *row)
{
    struct entry *entry = entry_of(rows, table, row);

    entry->live = false;
    entry->group->has_removed = true;
    touch(rows, entry);
}

static enum row_change change_of(const struct entry *entry)
{
    if (!entry->stored)
        return entry->live ? ROW_INSERTED : ROW_CLEAN; /* inserted and removed: never was */
    if (!entry->live)
        return ROW_REMOVED;
    return entry->updated ? ROW_UPDATED : ROW_CLEAN;
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *left_entry = *(struct entry *const *)left;
    const struct entry *right_entry = *(struct entry *const *)right;

    return table_compare_identity(left_entry->owner->table, left_entry->row, right_entry->row);
}

void **rows_changed(const struct rows *rows, const struct table *table, enum row_change change,
                    size_t *ret_count)
{
    const struct table_rows *owner = find_owner(rows, table);
    size_t count = 0;

    assert(change != ROW_CLEAN);
    *ret_count = 0;
    if (owner == NULL || owner->touched_count == 0)
        return arena_alloc(rows->arena, sizeof(void *));

    struct entry **entries = arena_alloc(rows->arena, owner->touched_count * sizeof *entries);
    for (size_t i = 0; i < owner->touched_count; i++) {
        if (change_of(owner->touched[i]) == change)
            entries[count++] = owner->touched[i];
    }
    if (table->shared && count > 1)
        qsort(entries, count, sizeof(struct entry *), compare_entries);

    void **changed = arena_alloc(rows->arena, (count + 1) * sizeof *changed);
    for (size_t i = 0; i < count; i++)
        changed[i] = entries[i]->row;
    *ret_count = count;
    return changed;
}

const struct table *const *rows_tables(const struct rows *rows, size_t *ret_count)
{
    *ret_count = rows->count;
    return rows->tables;
}
