/* rows_model_test.c - any sequence of changes, against a model of a set of rows too simple to be wrong.
 *
 * The model is a plain array of every identity; a seeded generator acts on both.
 */
#include "common/rows.h"

#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct line {
    int64_t order_no;
    const char *sku;
    int64_t quantity;
};

static const struct column line_columns[] = {
    COLUMN(struct line, order_no, COLUMN_INT8),
    COLUMN(struct line, sku, COLUMN_TEXT),
    COLUMN(struct line, quantity, COLUMN_INT4),
};
#define LINE_TABLE(shared_)                                                                        \
    {                                                                                              \
        .name = "line", .columns = line_columns, .column_count = COLUMN_COUNT(line_columns),       \
        .key_columns = 2, .row_bytes = sizeof(struct line), .shared = (shared_)                    \
    }
static const struct table own_lines = LINE_TABLE(false);
static const struct table shared_lines = LINE_TABLE(true);

static struct line line(int64_t order_no, const char *sku, int64_t quantity)
{
    return (struct line){ order_no, sku, quantity };
}

enum { MODEL_ORDERS = 7, MODEL_SKUS = 5, MODEL_ROWS = MODEL_ORDERS * MODEL_SKUS };

struct model_row {
    bool stored, live, changed;
    int64_t quantity, age, change_age;
    struct line *row;
};

struct model {
    struct model_row rows[MODEL_ROWS];
    int64_t ticks;
    uint64_t seed;
};

static const char *const skus[MODEL_SKUS] = { "E", "D", "C", "B", "A" };

static uint32_t draw(struct model *model, uint32_t below)
{
    model->seed = model->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(model->seed >> 33) % below;
}

static void model_change(struct model *model, struct model_row *at)
{
    if (!at->changed)
        at->change_age = ++model->ticks;
    at->changed = true;
}

/* One random act on one random identity, on both sides. */
static void act(struct rows *rows, const struct table *table, struct model *model)
{
    uint32_t index = draw(model, MODEL_ROWS);
    struct model_row *at = &model->rows[index];
    struct line row = line(index / MODEL_SKUS, skus[index % MODEL_SKUS], draw(model, 1000));

    if (!at->live) {
        at->row = rows_insert(rows, table, &row);
        at->live = true;
        at->quantity = row.quantity;
        at->age = ++model->ticks;
    } else if (draw(model, 2) == 0) {
        at->row->quantity = at->quantity = row.quantity;
        rows_update(rows, table, at->row);
    } else {
        rows_remove(rows, table, at->row);
        at->live = false;
    }
    model_change(model, at);
}

static void check_lists(const struct rows *rows, const struct table *table, struct model *model)
{
    for (int64_t order = 0; order < MODEL_ORDERS; order++) {
        void **list = rows_list(rows, table, key_number(order));
        struct model_row *group = &model->rows[order * MODEL_SKUS];
        size_t live = 0, listed = 0;
        int64_t age = 0;

        for (size_t i = 0; i < MODEL_SKUS; i++)
            live += group[i].live;
        assert_ptr_equal(rows_find(rows, table, key_number(order)), list[0]);
        for (; list[listed] != NULL; listed++) {
            const struct line *row = list[listed];
            const struct model_row *at = &group['E' - row->sku[0]];
            assert_true(at->live && at->quantity == row->quantity && at->age > age);
            age = at->age;
        }
        assert_int_equal(listed, live);
    }
}

static const struct model_row *model_of(const struct model *model, const struct line *row)
{
    return &model->rows[row->order_no * MODEL_SKUS + ('E' - row->sku[0])];
}

static enum row_change model_change_of(const struct model_row *at)
{
    if (!at->changed)
        return ROW_CLEAN;
    if (at->stored)
        return at->live ? ROW_UPDATED : ROW_REMOVED;
    return at->live ? ROW_INSERTED : ROW_CLEAN;
}

static void check_order(const struct table *table, const struct model *model, void **changed,
                        size_t index)
{
    const struct line *row = changed[index], *before = index == 0 ? NULL : changed[index - 1];

    if (before == NULL)
        return;
    bool in_order = table->shared
                        ? table_compare_identity(table, before, row) < 0
                        : model_of(model, before)->change_age < model_of(model, row)->change_age;
    assert_true(in_order);
}

static void check_changes(const struct rows *rows, const struct table *table,
                          const struct model *model)
{
    size_t total = 0, want = 0;

    for (size_t i = 0; i < MODEL_ROWS; i++)
        want += model_change_of(&model->rows[i]) != ROW_CLEAN;
    for (int change = ROW_INSERTED; change <= ROW_REMOVED; change++) {
        size_t count;
        void **changed = rows_changed(rows, table, (enum row_change)change, &count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(model_change_of(model_of(model, changed[i])), change);
            check_order(table, model, changed, i);
        }
        total += count;
    }
    assert_int_equal(total, want);
}

static void run_model(uint64_t seed, const struct table *table)
{
    struct arena *arena = arena_new(1 << 24);
    struct rows *rows = rows_new(arena);
    struct model model = { .seed = seed };

    for (int64_t i = 0; i < MODEL_ROWS; i++) {
        struct line row = line(i / MODEL_SKUS, skus[i % MODEL_SKUS], i);
        rows_want(rows, table, key_number(row.order_no));
        if (draw(&model, 2) == 0) {
            model.rows[i] = (struct model_row){ .stored = true,
                                                .live = true,
                                                .quantity = i,
                                                .age = ++model.ticks,
                                                .row = rows_put_stored(rows, table, &row) };
        }
    }
    for (int i = 0; i < 200; i++) {
        act(rows, table, &model);
        if (i % 3 == 0)
            check_lists(rows, table, &model);
    }
    check_changes(rows, table, &model);
    arena_free(arena);
}

static void agrees_with_the_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++)
        run_model(seed, seed % 2 == 0 ? &own_lines : &shared_lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(agrees_with_the_model) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
