/* inventory_sql_test.c - the inventory's SQL on a real server: rows come back as they went, what is shown fits the
 * contract, stock is locked, and nothing can be oversold.
 *
 * links: inventory
 */
#include "common/arena.h"
#include "common/crypto.h"
#include "common/pg.h"
#include "common/store.h"
#include "common/text.h"
#include "proto/inventory_codec.h"
#include "services/inventory/inventory.h"
#include "services/inventory/tables.h"
#include "sql/inventory_sql.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SCHEMA_BYTES_MAX = 1 << 19, LOCKED_STOCK = 0, LOCKED_ITEM, LOCKED_BARCODE, STATEMENT_COUNT };

static const struct sql_statement own_statements[STATEMENT_COUNT] = {
    { "locked_stock", "SELECT 1 FROM stock WHERE sku = 'A' FOR NO KEY UPDATE NOWAIT", 0 },
    { "locked_item", "SELECT 1 FROM item WHERE sku = 'A' FOR NO KEY UPDATE NOWAIT", 0 },
    { "locked_barcode", "SELECT 1 FROM barcode WHERE gtin = 96385074 FOR NO KEY UPDATE NOWAIT", 0 },
};

struct bench {
    struct ctx ctx;
    struct pg *pg; /* the service's reads, and another session's eyes */
    struct store *store;
    struct lane_hold holds[1];
    int64_t now; /* answered with a batch's first load or its commit */
};

static const char *address(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    const char *conninfo = getenv("KERVAN_TEST_PG");

    assert_non_null(conninfo);
    return conninfo;
}

static struct pg *connect_to(struct ctx *ctx)
{
    struct pg_options options = { .conninfo = address(),
                                  .application_name = "inventory_sql_test",
                                  .search_path = "inventory",
                                  .statement_timeout_ms = 5000,
                                  .lock_timeout_ms = 1000,
                                  .sets = { { own_statements, STATEMENT_COUNT },
                                            { inventory_sql_statements, INVENTORY_SQL_COUNT } } };
    struct pg *pg = NULL;
    enum err err = pg_open(ctx, &options, &pg);

    if (err != OK) {
        fail_msg("%s", ctx->detail);
    }
    return pg;
}

static void run_file(struct ctx *ctx, struct pg *pg, const char *path)
{
    char *text = arena_alloc(ctx->arena, SCHEMA_BYTES_MAX);
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    size_t length = fread(text, 1, SCHEMA_BYTES_MAX - 1, file);
    assert_in_range(length, 1, SCHEMA_BYTES_MAX - 2);
    assert_int_equal(fclose(file), 0);
    if (pg_script(ctx, pg, path, text) != OK) {
        fail_msg("%s: %s", path, ctx->detail);
    }
}

/* All migrations of the service, in order. */
static void run_files(struct ctx *ctx, struct pg *pg, const char *pattern)
{
    glob_t found;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    assert_int_equal(glob(pattern, GLOB_ERR, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        run_file(ctx, pg, found.gl_pathv[i]);
    }
    globfree(&found);
}

static int make_schema(void **state)
{
    struct ctx ctx = { .arena = arena_new(1 << 26) }; /* each file of the schema takes a megabyte */
    struct pg_options options = { .conninfo = address(),
                                  .application_name = "t",
                                  .search_path = "inventory" };
    struct pg *pg = NULL;

    (void)state;
    assert_int_equal(pg_open(&ctx, &options, &pg), OK);
    assert_int_equal(pg_script(&ctx, pg, "schema", "CREATE SCHEMA inventory"), OK);
    run_files(&ctx, pg, "common/schema/*.sql");
    run_files(&ctx, pg, "services/inventory/schema/*.sql");
    pg_close(pg);
    arena_free(ctx.arena);
    return 0;
}

static void open_store(struct bench *bench)
{
    const struct store_sql_options options = { .store = { .instance = "test",
                                                          .lane_count = 1,
                                                          .lease_ms = 3000,
                                                          .code_version = 1,
                                                          .tables = inventory_tables,
                                                          .statements = inventory_sql_statements },
                                               .conninfo = address(),
                                               .schema = "inventory",
                                               .statement_count = INVENTORY_SQL_COUNT };
    struct lane_share share = { 0 };

    if (store_sql_open(&bench->ctx, &options, &bench->store) != OK ||
        bench->store->operations->heartbeat(bench->store, &bench->ctx,
                                            &(struct lane_claim){ .start = true }, &share) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    assert_int_equal(share.taken_count, 1);
    bench->holds[0] = share.taken[0];
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);

    assert_non_null(bench);
    bench->ctx.arena = arena_new(1 << 26);
    bench->pg = connect_to(&bench->ctx);
    assert_int_equal(
        pg_script(&bench->ctx, bench->pg, "empty",
                  "TRUNCATE item, item_barcode, item_pack, item_option, item_substitute, "
                  "barcode, location, stock, stock_ledger, adjustment, "
                  "reservation, reservation_line, backorder, bundle_use"),
        OK);
    open_store(bench);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    bench->store->operations->close(bench->store);
    pg_close(bench->pg);
    arena_free(bench->ctx.arena);
    free(bench);
    return 0;
}

static struct rows *begin(struct bench *bench)
{
    if (bench->store->operations->begin(bench->store, &bench->ctx, bench->holds, 1, &bench->now) !=
        OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    return rows_new(bench->ctx.arena);
}

static enum err save(struct bench *bench, struct rows *rows)
{
    bool unknown = false;
    enum err err =
        bench->store->operations->save_and_commit(bench->store, &bench->ctx, rows, &unknown);

    assert_false(unknown);
    if (err != OK) {
        bench->store->operations->rollback(bench->store, &bench->ctx);
    }
    return err;
}

static void save_well(struct bench *bench, struct rows *rows)
{
    if (save(bench, rows) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
}

static void load(struct bench *bench, struct rows *rows)
{
    if (bench->store->operations->load(bench->store, &bench->ctx, rows) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
}

/* What changes of a purchase order, its lines and its mails: the terms are as they were agreed, the numbers while it is gathered. */
static bool is_of_purchase(const char *column)
{
    static const char *const moving[] = { "version",     "state",          "expected_day",
                                          "reference",   "changed_at",     "received",
                                          "damaged",     "over",           "outstanding",
                                          "undelivered", "lead_time_days", "quantity",
                                          "reason",      "attempts" };
    size_t at = 0;

    while (at < sizeof moving / sizeof moving[0] && strcmp(column, moving[at]) != 0) {
        at++;
    }
    return at < sizeof moving / sizeof moving[0];
}

static bool is_of_count(const char *column)
{
    return strcmp(column, "version") == 0 || strcmp(column, "state") == 0 ||
           strcmp(column, "round") == 0 || strcmp(column, "changed_at") == 0;
}

/* Of these tables alone; others change a column of this name. */
static bool is_fixed_in(const struct table *table, const char *column)
{
    static const struct {
        const struct table *table;
        const char *column;
    } fixed[] = { { &transfer_line_table, "quantity" },
                  { &purchase_alert_table, "supplier" },
                  { &reservation_line_table, "components" } };
    bool found = false;

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        found |= table == fixed[i].table && strcmp(column, fixed[i].column) == 0;
    }
    return found;
}

/* Columns that an update may change: all behind the key, but those that never change. */
static bool is_mutable(const struct table *table, size_t index)
{
    static const char *const fixed[] = {
        "order_id",     "sku",    "available",   "reserved_at",
        "requested_at", "source", "destination", "sourcing",
    };

    if (table == &bin_table) {
        return index >= 3; /* behind its place and code */
    }
    if (table == &barcode_table) {
        return index > 0; /* a barcode is now this item's, now that one's */
    }
    if (table == &reorder_suggestion_table) {
        return index >= table->key_columns;
    }
    if (table == &count_sheet_table) {
        return is_of_count(table->columns[index].name);
    }
    if (table == &count_line_table) {
        return index > table->key_columns; /* behind the place */
    }
    if (table == &purchase_order_table || table == &purchase_order_line_table ||
        table == &purchase_mail_table) {
        return is_of_purchase(table->columns[index].name);
    }
    if (is_fixed_in(table, table->columns[index].name)) {
        return false;
    }
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (strcmp(table->columns[index].name, fixed[i]) == 0) {
            return false;
        }
    }
    return index >= table->key_columns;
}

/* A value for a column that no other column of the row has, so that swapped columns are seen. */
static void put_value(struct bench *bench, const struct column *column, int64_t value, void *row)
{
    char *at = (char *)row + column->offset;
    const char *text = text_format(bench->ctx.arena, "%s %lld", column->name, (long long)value);
    struct bytes bytes = { (const unsigned char *)text, strlen(text) };
    bool flag = value % 2 == 0;

    switch (column->kind) {
    case COLUMN_TEXT:
        memcpy(at, &text, sizeof text);
        break;
    case COLUMN_BYTES:
        memcpy(at, &bytes, sizeof bytes);
        break;
    case COLUMN_BOOL:
        memcpy(at, &flag, sizeof flag);
        break;
    case COLUMN_INSTANT:
        value += 1800000000000;
        memcpy(at, &value, sizeof value);
        break;
    case COLUMN_INT2:
    case COLUMN_INT4:
    case COLUMN_INT8:
    case COLUMN_KIND_COUNT:
        memcpy(at, &value, sizeof value);
        break;
    }
}

static void assert_same_column(const struct column *column, const void *left, const void *right)
{
    const char *values[2] = { (const char *)left + column->offset,
                              (const char *)right + column->offset };
    const char *texts[2];
    struct bytes bytes[2];

    switch (column->kind) {
    case COLUMN_TEXT:
        memcpy(&texts[0], values[0], sizeof texts[0]);
        memcpy(&texts[1], values[1], sizeof texts[1]);
        assert_string_equal(texts[0], texts[1]);
        break;
    case COLUMN_BYTES:
        memcpy(&bytes[0], values[0], sizeof bytes[0]);
        memcpy(&bytes[1], values[1], sizeof bytes[1]);
        assert_int_equal(bytes[0].length, bytes[1].length);
        assert_memory_equal(bytes[0].bytes, bytes[1].bytes, bytes[0].length);
        break;
    case COLUMN_BOOL:
        assert_memory_equal(values[0], values[1], sizeof(bool));
        break;
    case COLUMN_INSTANT:
    case COLUMN_INT2:
    case COLUMN_INT4:
    case COLUMN_INT8:
    case COLUMN_KIND_COUNT:
        assert_memory_equal(values[0], values[1], sizeof(int64_t));
        break;
    }
}

static void assert_stored(struct bench *bench, const struct table *table, const void *want)
{
    struct rows *rows = begin(bench);

    rows_want(rows, table, table_key(table, want, 0));
    load(bench, rows);
    const void *row = rows_find(rows, table, table_key(table, want, 0));
    assert_non_null(row);
    for (size_t i = 0; i < table->column_count; i++) {
        assert_same_column(&table->columns[i], row, want);
    }
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

/* The server holds a document's hash against its bytes. */
static void put_digest(struct bench *bench, struct purchase_document_row *document)
{
    unsigned char *digest = arena_alloc(bench->ctx.arena, SHA256_BYTES);

    sha256(document->content.bytes, document->content.length, digest);
    document->sha256 = (struct bytes){ digest, SHA256_BYTES };
}

static void round_trip(struct bench *bench, const struct table *table)
{
    void *row = arena_alloc(bench->ctx.arena, table->row_bytes);
    struct rows *rows = begin(bench);

    for (size_t i = 0; i < table->column_count; i++) {
        put_value(bench, &table->columns[i], 30000 / (1 + (int64_t)i), row);
    }
    if (table == &purchase_document_table) {
        put_digest(bench, row);
    }
    rows_insert(rows, table, row);
    save_well(bench, rows);
    if (table->load == STATEMENT_NONE) {
        return;
    }
    assert_stored(bench, table, row);
    if (table->update == STATEMENT_NONE) {
        return;
    }
    rows = begin(bench);
    for (size_t i = 0; i < table->column_count; i++) {
        if (is_mutable(table, i)) {
            put_value(bench, &table->columns[i], 32000 / (1 + (int64_t)i), row);
        }
    }
    rows_update(rows, table, rows_put_stored(rows, table, row));
    save_well(bench, rows);
    assert_stored(bench, table, row);
}

static void rows_come_back_as_they_went(void **state)
{
    for (const struct table *const *table = inventory_tables; *table != NULL; table++) {
        if ((*table)->insert != STATEMENT_NONE) {
            round_trip(*state, *table);
        }
    }
}

static void keep_part_of(struct rows *rows, int64_t order_no, enum part_state state,
                         const char *location, const char *components)
{
    const struct reservation_row reservation = {
        .order_no = order_no,
        .hold_no = 1,
        .state = 1 + order_no % 2,
        .reserved_at = 1800000000000 + order_no,
        .order_id = { (const unsigned char *)"0123456789abcdef", 16 }
    };
    struct reservation_line_row part = { .order_no = order_no,
                                         .hold_no = 1,
                                         .line_no = 1,
                                         .part_no = 1,
                                         .state = state,
                                         .quantity = 2,
                                         .sku = components == NULL ? "A" : "KIT",
                                         .location = location,
                                         .components = components };

    rows_insert(rows, &reservation_table, &reservation);
    rows_insert(rows, &reservation_line_table, &part);
    part.line_no = 2; /* the view sums them up */
    rows_insert(rows, &reservation_line_table, &part);
}

static void keep_part(struct rows *rows, int64_t order_no, enum part_state state,
                      const char *location)
{
    keep_part_of(rows, order_no, state, location, NULL);
}

/* "3:4@WH-1": order 3, 4 pieces at WH-1; those who wait are at no place. */
static const char *show_claimants(struct bench *bench)
{
    struct rows *rows = begin(bench);
    const char *text = "";

    rows_want(rows, &claimant_table, key_text("A"));
    load(bench, rows);
    for (void **at = rows_list(rows, &claimant_table, key_text("A")); *at != NULL; at++) {
        const struct claimant_row *row = *at;

        assert_int_equal(row->reserved_at, 1800000000000 + row->order_no);
        assert_memory_equal(row->order_id.bytes, "0123456789abcdef", 16);
        text = text_format(bench->ctx.arena, "%s %lld:%lld@%s", text, (long long)row->order_no,
                           (long long)row->quantity, row->location);
    }
    bench->store->operations->rollback(bench->store, &bench->ctx);
    return text;
}

/* Who holds where pieces are owed, the youngest first; who waits, the oldest first. */
static void shows_who_claims(void **state)
{
    struct bench *bench = *state;
    struct stock_row owing = {
        .sku = "A", .location = "WH-1", .on_hand = 1, .reserved = 9, .owed = 8
    };
    struct stock_row whole = { .sku = "A", .location = "WH-2", .on_hand = 9, .reserved = 4 };
    struct rows *rows = begin(bench);

    rows_insert(rows, &stock_table, &owing);
    rows_insert(rows, &stock_table, &whole);
    keep_part(rows, 1, PART_HELD, "WH-1");
    keep_part(rows, 2, PART_HELD, "WH-1");
    keep_part_of(rows, 3, PART_HELD, "WH-1", "B 1 A 3");
    keep_part(rows, 4, PART_HELD, "WH-1");
    keep_part(rows, 5, PART_LEFT, "WH-1");
    keep_part_of(rows, 10, PART_HELD, "WH-2", "A 3");
    keep_part_of(rows, 11, PART_LEFT, "WH-1", "A 3");
    keep_part(rows, 6, PART_HELD, "WH-2");
    keep_part(rows, 8, PART_WAITING, "");
    keep_part(rows, 7, PART_WAITING, "");
    keep_part(rows, 9, PART_MISSING, "");
    save_well(bench, rows);
    assert_string_equal(show_claimants(bench), " 4:4@WH-1 3:12@WH-1 2:4@WH-1 1:4@WH-1 7:4@ 8:4@");
}

enum { HOLDERS_MAX = 100, WAITING_MAX = 1000 };

/* A look is bounded, and keeps those that come first. */
static void shows_so_many_of_each(void **state)
{
    struct bench *bench = *state;
    struct stock_row owing = {
        .sku = "A", .location = "WH-1", .on_hand = 1, .reserved = 9, .owed = 8
    };
    struct rows *rows = begin(bench);
    size_t count = 0;
    int64_t lowest = INT64_MAX, highest_waiting = 0;

    rows_insert(rows, &stock_table, &owing);
    for (int64_t order_no = 1; order_no <= HOLDERS_MAX + 20; order_no++) {
        keep_part(rows, 2 * order_no, PART_HELD, "WH-1");
    }
    for (int64_t order_no = 1; order_no <= WAITING_MAX + 20; order_no++) {
        keep_part(rows, 1000 + order_no, PART_WAITING, "");
    }
    save_well(bench, rows);
    rows = begin(bench);
    rows_want(rows, &claimant_table, key_text("A"));
    load(bench, rows);
    for (void **at = rows_list(rows, &claimant_table, key_text("A")); *at != NULL; at++, count++) {
        const struct claimant_row *row = *at;

        if (row->location[0] != '\0') {
            lowest = row->order_no < lowest ? row->order_no : lowest;
        } else {
            highest_waiting = row->order_no > highest_waiting ? row->order_no : highest_waiting;
        }
    }
    assert_int_equal(count, HOLDERS_MAX + WAITING_MAX);
    assert_int_equal(lowest, 42);
    assert_int_equal(highest_waiting, 1000 + WAITING_MAX);
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

static void keep_bought(struct rows *rows, const char *id, int64_t day,
                        const struct purchase_order_line_row *of)
{
    const struct purchase_order_row order = { .purchase_order_id = id,
                                              .state = 2,
                                              .supplier = "ACME",
                                              .location = "WH-1",
                                              .currency = "EUR",
                                              .expected_day = day,
                                              .requested_at = 1800000000000,
                                              .changed_at = 1800000000000 };
    struct purchase_order_line_row line = *of;

    line.purchase_order_id = id;
    line.location = "WH-1";
    rows_insert(rows, &purchase_order_table, &order);
    rows_insert(rows, &purchase_order_line_table, &line);
}

/* By day, what the supplier says of the item before what it says of the order; what has no day is not there. */
static void shows_what_is_bought(void **state)
{
    struct bench *bench = *state;
    struct rows *rows = begin(bench);
    const char *text = "";
    struct purchase_order_line_row line = { .sku = "A", .outstanding = 3, .expected_day = -1 };

    keep_bought(rows, "P1", 20800, &line);
    keep_bought(rows, "P2", -1, &line);
    line.outstanding = 0;
    keep_bought(rows, "P3", 20800, &line);
    line = (struct purchase_order_line_row){ .sku = "A", .outstanding = 4, .expected_day = 20790 };
    keep_bought(rows, "P4", 20800, &line);
    line.expected_day = 20800;
    keep_bought(rows, "P5", -1, &line);
    save_well(bench, rows);
    rows = begin(bench);
    rows_want(rows, &incoming_day_table, key_text("A"));
    load(bench, rows);
    for (void **at = rows_list(rows, &incoming_day_table, key_text("A")); *at != NULL; at++) {
        const struct incoming_day_row *row = *at;

        text = text_format(bench->ctx.arena, "%s %lld:%lld%s", text, (long long)row->day,
                           (long long)row->pieces, row->purchase_order_id);
    }
    assert_string_equal(text, " 20790:4P4 20800:3P1 20800:4P5");
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

static void keep_stock(struct bench *bench, struct stock_row stock)
{
    struct rows *rows = begin(bench);

    rows_insert(rows, &stock_table, &stock);
    save_well(bench, rows);
}

static enum err change_stock(struct bench *bench, struct stock_row stock)
{
    struct rows *rows = begin(bench);

    rows_update(rows, &stock_table, rows_put_stored(rows, &stock_table, &stock));
    return save(bench, rows);
}

static void nothing_is_oversold(void **state)
{
    struct bench *bench = *state;
    struct stock_row stock = { .sku = "A", .location = "WH-1", .on_hand = 5, .version = 1 };

    keep_stock(bench, stock);
    stock.reserved = 5;
    assert_int_equal(change_stock(bench, stock), OK);
    stock.reserved = 6;
    assert_int_equal(change_stock(bench, stock), ERR_RULE);
    assert_non_null(strstr(bench->ctx.detail, "stock_never_oversold"));
    stock.owed = 1;
    assert_int_equal(change_stock(bench, stock), OK);
    stock.damaged = 1; /* one less to promise */
    assert_int_equal(change_stock(bench, stock), ERR_RULE);
    assert_non_null(strstr(bench->ctx.detail, "stock_never_oversold"));
    stock.quality_control = 1;
    stock.owed = 3;
    assert_int_equal(change_stock(bench, stock), OK);
    stock.quality_control = 5;
    stock.owed = 7;
    assert_int_equal(change_stock(bench, stock), ERR_RULE);
    assert_non_null(strstr(bench->ctx.detail, "stock_parts_are_there"));
    stock.damaged = stock.quality_control = 0;
    stock.on_hand = -1;
    stock.owed = 9;
    assert_int_equal(change_stock(bench, stock), ERR_RULE);
    assert_non_null(strstr(bench->ctx.detail, "stock_never_negative"));
}

/* Whether a statement that does not wait for locks gets them. */
static bool is_free(struct bench *bench, int statement)
{
    struct pg_result *result = NULL;
    enum err err = pg_run(&bench->ctx, bench->pg, &own_statements[statement], NULL, &result);

    pg_result_free(result);
    if (err != OK) {
        assert_string_equal(pg_sqlstate(bench->pg), "55P03");
    }
    return err == OK;
}

static void locks_stock_and_nothing_else(void **state)
{
    struct bench *bench = *state;

    keep_stock(bench,
               (struct stock_row){ .sku = "A", .location = "WH-1", .on_hand = 5, .version = 1 });
    struct rows *rows = begin(bench);
    const struct item_row item = { .sku = "A", .version = 1, .name = "Mug" };
    rows_insert(rows, &item_table, &item);
    save_well(bench, rows);

    rows = begin(bench);
    rows_want(rows, &stock_table, key_text("A"));
    rows_want(rows, &item_table, key_text("A"));
    load(bench, rows);
    assert_false(is_free(bench, LOCKED_STOCK));
    assert_true(is_free(bench, LOCKED_ITEM));
    bench->store->operations->rollback(bench->store, &bench->ctx);
    assert_true(is_free(bench, LOCKED_STOCK));
}

struct texts {
    const char *text[6];
};

/* Runs a read route with texts for its parameters, NULL where absent, and 2 as the limit. */
static struct pg_result *read(struct bench *bench, const char *pattern, struct texts texts)
{
    const struct read_route *route = inventory_service.reads->rows;
    struct pg_result *result = NULL;
    size_t used = 0;

    while (strcmp(route->pattern, pattern) != 0) {
        route++;
        assert_true(route < inventory_service.reads->rows + inventory_service.reads->count);
    }
    assert_int_equal(route->parameter_count,
                     inventory_sql_statements[route->statement].parameter_count);
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, route->parameter_count);
    for (size_t i = 0; i < route->parameter_count; i++) {
        const char *text = route->parameters[i].kind == READ_LIMIT ? "2" : texts.text[used++];
        bool number = route->parameters[i].kind == READ_LIMIT ||
                      route->parameters[i].kind == READ_QUERY_INT ||
                      route->parameters[i].kind == READ_CURSOR_INT;

        if (number && text != NULL) {
            pg_argument_int(arguments, COLUMN_INT8, strtoll(text, NULL, 10));
        } else {
            pg_argument_text(arguments, text);
        }
    }
    if (pg_run(&bench->ctx, bench->pg, &inventory_sql_statements[route->statement], arguments,
               &result) != OK) {
        fail_msg("%s: %s", pattern, bench->ctx.detail);
    }
    return result;
}

/* The texts of column `column`, joined by "|". */
static const char *column_of(struct bench *bench, struct pg_result *result, int column)
{
    const char *text = "";

    for (int row = 0; row < pg_row_count(result); row++) {
        text = text_format(bench->ctx.arena, "%s%s%s", text, row == 0 ? "" : "|",
                           pg_text(result, row, column));
    }
    pg_result_free(result);
    return text;
}

/* What a rule of the audit finds of all items. */
static const char *audited(struct bench *bench, int statement)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 2);
    struct pg_result *result = NULL;
    const char *text = "";

    pg_argument_text(arguments, "");
    pg_argument_int(arguments, COLUMN_INT8, 100);
    assert_int_equal(
        pg_run(&bench->ctx, bench->pg, &inventory_sql_statements[statement], arguments, &result),
        OK);
    for (int row = 0; row < pg_row_count(result); row++) {
        if (pg_text(result, row, 1) != NULL) {
            text = text_format(bench->ctx.arena, "%s%s %s: %s", text, pg_text(result, row, 1),
                               pg_text(result, row, 3), pg_text(result, row, 2));
        }
    }
    pg_result_free(result);
    return text;
}

/* Pieces in bundles are held, and are no pieces of the bundle. */
static void audits_what_bundles_hold(void **state)
{
    struct bench *bench = *state;
    struct stock_row stock = { .sku = "A", .location = "WH-1", .on_hand = 20, .reserved = 16 };
    struct rows *rows = begin(bench);

    for (const char *sku = "A\0KIT\0"; *sku != '\0'; sku += strlen(sku) + 1) {
        const struct item_row item = { .sku = sku, .version = 1, .name = "Mug" };

        rows_insert(rows, &item_table, &item);
    }
    rows_insert(rows, &stock_table, &stock);
    keep_part(rows, 1, PART_HELD, "WH-1");
    keep_part_of(rows, 2, PART_HELD, "WH-1", "A 3");
    keep_part_of(rows, 3, PART_GIVEN_BACK, "WH-1", "A 3");
    save_well(bench, rows);
    assert_string_equal(audited(bench, INVENTORY_SQL_AUDIT_STOCK_RESERVED), "");
    rows = begin(bench);
    stock.reserved = 15;
    rows_update(rows, &stock_table, rows_put_stored(rows, &stock_table, &stock));
    save_well(bench, rows);
    assert_string_equal(
        audited(bench, INVENTORY_SQL_AUDIT_STOCK_RESERVED),
        "A at WH-1 15 reserved: 16 reserved, the sum of open reservations and transfers");
}

static void fill(struct bench *bench)
{
    struct rows *rows = begin(bench);
    static const char *const skus[] = { "A", "B", "C" };
    static const char *const codes[] = { "WH-1", "WH-2" };

    for (size_t i = 0; i < 3; i++) {
        struct item_row item = { .sku = skus[i],
                                 .version = 3,
                                 .name = "M\u00fcg",
                                 .weight_grams = 350,
                                 .length_mm = NOT_GIVEN,
                                 .width_mm = NOT_GIVEN,
                                 .height_mm = NOT_GIVEN,
                                 .backorder_limit = 0,
                                 .reorder_point = NOT_GIVEN,
                                 .reorder_quantity = NOT_GIVEN,
                                 .active = true };
        rows_insert(rows, &item_table, &item);
    }
    for (size_t i = 0; i < 2; i++) {
        struct location_row location = { .network = LOCATION_NETWORK,
                                         .code = codes[i],
                                         .version = 1,
                                         .name = "Berlin",
                                         .kind = 1 + (int64_t)i,
                                         .priority = 7,
                                         .active = i == 0,
                                         .address_name = "Kervan",
                                         .line1 = "Street 1",
                                         .city = "Berlin",
                                         .country = "DE",
                                         .position_given = i == 1,
                                         .latitude = -1,
                                         .longitude = 13385000,
                                         .parcel_cost_minor = 490,
                                         .orders_a_day = NOT_GIVEN,
                                         .pieces_a_day = i == 1 ? 900 : NOT_GIVEN,
                                         .time_zone = i == 1 ? "Europe/Berlin" : NULL,
                                         .cut_off_minute = i == 1 ? 65 : NOT_GIVEN,
                                         .open_weekdays = i == 1 ? 65 : 127,
                                         .holidays = i == 1 ? "2026-12-25 2026-12-26" : NULL };
        struct stock_row stock = { .sku = "A",
                                   .location = codes[i],
                                   .on_hand = 9,
                                   .reserved = 2,
                                   .damaged = 1,
                                   .quality_control = 3,
                                   .safety = 1,
                                   .incoming = 5,
                                   .version = 4 };
        rows_insert(rows, &location_table, &location);
        rows_insert(rows, &stock_table, &stock);
    }
    save_well(bench, rows);
}

static void shows_what_the_contract_says(void **state)
{
    struct bench *bench = *state;
    struct violations violations;
    struct item_state item;
    struct location_view location;
    struct stock_level level;

    fill(bench);
    violations_clear(&violations);
    const char *json =
        column_of(bench, read(bench, "/v1/items/:sku", (struct texts){ { "A" } }), 0);
    assert_int_equal(item_state_decode(bench->ctx.arena, json, strlen(json), &item, &violations),
                     OK);
    assert_string_equal(item.item.name, "M\u00fcg");
    assert_true(item.item.has_weight_grams && !item.item.has_length_mm &&
                item.item.has_backorder_limit);

    json = column_of(bench, read(bench, "/v1/locations/:code", (struct texts){ { "WH-2" } }), 0);
    assert_int_equal(
        location_view_decode(bench->ctx.arena, json, strlen(json), &location, &violations), OK);
    assert_int_equal(location.location.kind, LOCATION_KIND_STORE);
    assert_int_equal(location.location.position->latitude_microdegrees, -1);
    assert_int_equal(location.location.parcel_cost_minor, 490);
    assert_int_equal(location.location.capacity->pieces_a_day, 900);
    assert_false(location.location.capacity->has_orders_a_day);
    assert_string_equal(location.location.opening->cut_off, "01:05");
    assert_int_equal(location.location.opening->weekdays_count, 2);
    assert_int_equal(location.location.opening->weekdays[1], LOCATION_OPENING_WEEKDAY_SUNDAY);
    assert_string_equal(location.location.opening->holidays[1], "2026-12-26");

    json = column_of(bench, read(bench, "/v1/locations/:code", (struct texts){ { "WH-1" } }), 0);
    assert_int_equal(
        location_view_decode(bench->ctx.arena, json, strlen(json), &location, &violations), OK);
    assert_null(location.location.position);
    assert_null(location.location.capacity);
    assert_null(location.location.opening);

    json = column_of(bench, read(bench, "/v1/stock/:sku", (struct texts){ { "A" } }), 0);
    assert_int_equal(stock_level_decode(bench->ctx.arena, json, strlen(json), &level, &violations),
                     OK);
    assert_int_equal(level.on_hand, 18);
    assert_int_equal(level.damaged, 2);
    assert_int_equal(level.quality_control, 6);
    assert_int_equal(level.safety, 2);
    assert_int_equal(level.incoming, 10);
    assert_int_equal(level.available, 2); /* 9 - 2 - 1 - 3 - 1 at the place that is active */
    assert_int_equal(level.locations_count, 2);
    assert_int_equal(level.version, 9);

    json = column_of(bench, read(bench, "/v1/stock/:sku", (struct texts){ { "B" } }), 0);
    assert_int_equal(stock_level_decode(bench->ctx.arena, json, strlen(json), &level, &violations),
                     OK);
    assert_int_equal(level.locations_count, 0);
    assert_string_equal(
        column_of(bench, read(bench, "/v1/stock/:sku", (struct texts){ { "X" } }), 0), "");
}

static void the_ledger_is_shown_page_by_page(void **state)
{
    struct bench *bench = *state;
    struct rows *rows = begin(bench);
    const char *pattern = "/v1/stock/:sku/:location/ledger";
    struct ledger_row line = { .sku = "A",
                               .location = "WH-1",
                               .kind = LEDGER_MOVED,
                               .reason = ADJUSTMENT_REASON_RECALL,
                               .request_id = "req-1",
                               .actor = "key:a",
                               .at = 1800000000123 };

    for (int64_t version = 1; version <= 2; version++) {
        for (line.counter = 2; line.counter <= 3; line.counter++) {
            line.version = version;
            line.quantity = line.counter == 2 ? 1 : -1;
            rows_insert(rows, &ledger_table, &line);
        }
    }
    save_well(bench, rows);
    const struct texts all = { { "A", "WH-1" } };
    assert_string_equal(column_of(bench, read(bench, pattern, all), 1), "2|2");
    assert_string_equal(column_of(bench, read(bench, pattern, all), 2), "3|2");
    const struct texts second_page = { { "A", "WH-1", "2", "2", "6" } };
    assert_string_equal(column_of(bench, read(bench, pattern, second_page), 1), "1|1");
    const struct texts last = { { "A", "WH-1", "1", "3", "6" } };
    struct ledger_line shown;
    struct violations violations;
    const char *json = column_of(bench, read(bench, pattern, last), 0);
    violations_clear(&violations);
    assert_int_equal(ledger_line_decode(bench->ctx.arena, json, strlen(json), &shown, &violations),
                     OK);
    assert_int_equal(shown.counter, STOCK_COUNTER_DAMAGED);
    assert_int_equal(shown.kind, LEDGER_LINE_KIND_MOVED);
    assert_string_equal(shown.actor, "key:a");
}

/* Of what is known by its key alone: the sum, and whether it is one of all lines. */
static const char *moved_since(struct bench *bench, const char *key)
{
    struct rows *rows = begin(bench);

    rows_want(rows, &stock_moved_table, key_text(key));
    load(bench, rows);
    const struct stock_moved_row *row = rows_find(rows, &stock_moved_table, key_text(key));
    assert_non_null(row);
    const char *text = text_format(bench->ctx.arena, "%lld %s", (long long)row->moved,
                                   row->complete ? "all" : "some");
    bench->store->operations->rollback(bench->store, &bench->ctx);
    return text;
}

static void sums_up_what_moved(void **state)
{
    static const struct {
        int64_t counter, kind, reason, quantity;
    } lines[] = {
        { STOCK_COUNTER_ON_HAND, LEDGER_SHIPPED, 0, -5 },
        { STOCK_COUNTER_ON_HAND, LEDGER_ADJUSTED, ADJUSTMENT_REASON_RECEIVED, 100 },
        { STOCK_COUNTER_ON_HAND, LEDGER_ADJUSTED, ADJUSTMENT_REASON_COUNT, 1000 },
        { STOCK_COUNTER_ON_HAND, LEDGER_FOUND, 0, 2000 },
        { STOCK_COUNTER_ON_HAND, LEDGER_AUDITED, 0, 4000 },
        { STOCK_COUNTER_DAMAGED, LEDGER_MOVED, 0, 7 },
        { STOCK_COUNTER_ON_HAND, LEDGER_SENT, 0, -20 },
    };
    struct bench *bench = *state;
    struct rows *rows = begin(bench);

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct ledger_row line = { .sku = "A",
                                         .location = "WH-1",
                                         .version = 1 + (int64_t)i,
                                         .counter = lines[i].counter,
                                         .kind = lines[i].kind,
                                         .reason = lines[i].reason,
                                         .quantity = lines[i].quantity,
                                         .at = 1800000000123 + (int64_t)i };

        rows_insert(rows, &ledger_table, &line);
    }
    save_well(bench, rows);
    assert_string_equal(moved_since(bench, "A WH-1 1800000000122"), "75 all");
    assert_string_equal(moved_since(bench, "A WH-1 1800000000123"), "80 all"); /* behind it */
    assert_string_equal(moved_since(bench, "A WH-1 1800000000124"), "-20 all");
    assert_string_equal(moved_since(bench, "A WH-2 1800000000122"), "0 all");
}

/* "0:-3 1:-10000": so many left on the day so many days ago. */
static const char *demand(struct bench *bench)
{
    struct rows *rows = begin(bench);
    int64_t today = bench->now / 86400000;
    const char *text = "";

    rows_want(rows, &demand_day_table, key_text("A"));
    load(bench, rows);
    for (void **at = rows_list(rows, &demand_day_table, key_text("A")); *at != NULL; at++) {
        const struct demand_day_row *row = *at;

        text =
            text_format(bench->ctx.arena, "%s %lld:%lld+%lld", text, (long long)(today - row->day),
                        (long long)row->pieces, (long long)row->came);
    }
    bench->store->operations->rollback(bench->store, &bench->ctx);
    return text;
}

/* By day, of 90 days and 10,000 lines; the day that these cut through is not shown as a smaller one. */
static void sums_up_demand(void **state)
{
    struct bench *bench = *state;
    struct rows *rows = begin(bench);
    const struct stock_row stock = { .sku = "A", .location = "WH-1", .on_hand = 1, .version = 1 };

    rows_insert(rows, &stock_table, &stock);
    save_well(bench, rows);
    assert_int_equal(
        pg_script(
            &bench->ctx, bench->pg, "lines",
            "INSERT INTO stock_ledger (sku, location, version, counter, kind, quantity, reason, "
            "order_no, fulfillment_no, at) "
            "SELECT 'A', 'WH-1', n, CASE WHEN n = 9 THEN 2 ELSE 1 END, kind, quantity, 0, 0, 0, "
            "date_trunc('day', now(), 'UTC') - days * interval '1 day' "
            "FROM (VALUES (1, 2, -3, 0), (2, 2, -4, 0), (3, 10, 20, 1), (4, 2, -5, 1), (5, 3, 7, "
            "2), "
            "(6, 5, 8, 2), (7, 4, -9, 2), (8, 2, -1, 95), (9, 6, 6, 0)) "
            "AS line (n, kind, quantity, days)"),
        OK);
    assert_string_equal(demand(bench), " 2:0+0 1:5+20 0:7+0");
    assert_int_equal(
        pg_script(
            &bench->ctx, bench->pg, "more",
            "INSERT INTO stock_ledger (sku, location, version, counter, kind, quantity, reason, "
            "order_no, fulfillment_no, at) SELECT 'A', 'WH-1', 100 + n, 1, 2, -1, 0, 0, 0, "
            "date_trunc('day', now(), 'UTC') - (n / 6000) * interval '1 day' "
            "FROM generate_series(0, 11999) AS n"),
        OK);
    assert_string_equal(demand(bench), " 0:6007+0");
}

static void lists_page_by_page(void **state)
{
    struct bench *bench = *state;
    const struct texts none = { { NULL } };

    fill(bench);
    assert_string_equal(column_of(bench, read(bench, "/v1/items", none), 1), "A|B");
    const struct texts behind_b = { { NULL, NULL, "B" } };
    assert_string_equal(column_of(bench, read(bench, "/v1/items", behind_b), 1), "C");
    assert_string_equal(column_of(bench, read(bench, "/v1/locations", none), 1), "WH-1|WH-2");
    assert_string_equal(
        column_of(bench, read(bench, "/v1/locations", (struct texts){ { "WH-1" } }), 1), "WH-2");
    assert_string_equal(column_of(bench, read(bench, "/v1/stock", none), 2), "WH-1|WH-2");
    const struct texts second_page = { { "A", NULL, "A", "WH-1" } };
    assert_string_equal(column_of(bench, read(bench, "/v1/stock", second_page), 2), "WH-2");
    const struct texts one_place = { { NULL, "WH-2" } };
    assert_string_equal(column_of(bench, read(bench, "/v1/stock", one_place), 1), "A");
    const struct texts other_item = { { "B" } };
    assert_string_equal(column_of(bench, read(bench, "/v1/stock", other_item), 1), "");
}

/* Two variants of a product, the first with a barcode and a case. */
static void fill_lists(struct bench *bench)
{
    struct rows *rows = begin(bench);
    struct item_row item = { .sku = "V-1",
                             .version = 1,
                             .name = "Mug",
                             .product = "MUG",
                             .weight_grams = NOT_GIVEN,
                             .length_mm = NOT_GIVEN,
                             .width_mm = NOT_GIVEN,
                             .height_mm = NOT_GIVEN,
                             .backorder_limit = NOT_GIVEN,
                             .reorder_point = NOT_GIVEN,
                             .reorder_quantity = NOT_GIVEN };

    item.components = "V-2 3 V-3 1";
    rows_insert(rows, &item_table, &item);
    item.sku = "V-2";
    item.components = NULL;
    item.available_day = 20942;
    item.preorder_limit = 7;
    rows_insert(rows, &item_table, &item);
    rows_insert(rows, &backorder_table, &(struct backorder_row){ .sku = "V-1", .bundle = true });
    rows_insert(rows, &backorder_table, &(struct backorder_row){ .sku = "V-2", .in_bundles = 1 });
    rows_insert(rows, &item_barcode_table, &(struct item_barcode_row){ "V-1", 2, "96385074" });
    rows_insert(rows, &item_barcode_table,
                &(struct item_barcode_row){ "V-1", 1, "04006381333931" });
    rows_insert(rows, &item_pack_table,
                &(struct item_pack_row){ "V-1", 1, "case", 12, "14006381333938" });
    rows_insert(rows, &item_pack_table, &(struct item_pack_row){ "V-1", 2, "pallet", 480, NULL });
    rows_insert(rows, &item_option_table, &(struct item_option_row){ "V-1", 1, "size", "XL" });
    rows_insert(rows, &item_substitute_table, &(struct item_substitute_row){ "V-1", 1, "V-2" });
    rows_insert(rows, &barcode_table, &(struct barcode_row){ 4006381333931, "V-1" });
    save_well(bench, rows);
}

static void shows_lists_of_an_item(void **state)
{
    struct bench *bench = *state;
    struct violations violations;
    struct item_state item;

    fill_lists(bench);
    violations_clear(&violations);
    const char *json =
        column_of(bench, read(bench, "/v1/items/:sku", (struct texts){ { "V-1" } }), 0);
    assert_int_equal(item_state_decode(bench->ctx.arena, json, strlen(json), &item, &violations),
                     OK);
    assert_int_equal(item.item.barcodes_count, 2);
    assert_string_equal(item.item.barcodes[0], "04006381333931");
    assert_int_equal(item.item.packs_count, 2);
    assert_string_equal(item.item.packs[0].barcode, "14006381333938");
    assert_int_equal(item.item.packs[1].quantity, 480);
    assert_null(item.item.packs[1].barcode);
    assert_string_equal(item.item.options[0].value, "XL");
    assert_string_equal(item.item.substitutes[0], "V-2");
    assert_int_equal(item.item.components_count, 2);
    assert_string_equal(item.item.components[0].sku, "V-2");
    assert_int_equal(item.item.components[0].quantity, 3);
    assert_string_equal(item.item.components[1].sku, "V-3");
    json = column_of(bench, read(bench, "/v1/items/:sku", (struct texts){ { "V-2" } }), 0);
    assert_null(strstr(json, "barcodes"));
    json = column_of(bench, read(bench, "/v1/stock/:sku", (struct texts){ { "V-1" } }), 0);
    assert_non_null(strstr(json, "\"locations\" : []"));
    json = column_of(bench, read(bench, "/v1/items/:sku", (struct texts){ { "V-2" } }), 0);
    assert_null(strstr(json, "components"));
    assert_int_equal(item_state_decode(bench->ctx.arena, json, strlen(json), &item, &violations),
                     OK);
    assert_string_equal(item.item.available_from, "2027-05-04");
    assert_int_equal(item.item.preorder_limit, 7);
}

/* Until its day nothing of it is available, and from then on what is there. */
static void what_is_held_back_is_not_available(void **state)
{
    const struct backorder_row waiting = { .sku = "A", .pieces = 1, .held_until = 47482 };
    struct bench *bench = *state;
    struct violations violations;
    struct stock_level level;
    struct stock_availability dates;

    fill(bench);
    struct rows *rows = begin(bench);
    rows_insert(rows, &backorder_table, &waiting);
    save_well(bench, rows);
    violations_clear(&violations);
    const char *json =
        column_of(bench, read(bench, "/v1/stock/:sku", (struct texts){ { "A" } }), 0);
    assert_int_equal(stock_level_decode(bench->ctx.arena, json, strlen(json), &level, &violations),
                     OK);
    assert_int_equal(level.available, 0);
    assert_int_equal(level.locations[0].available, 0);
    assert_string_equal(level.available_from, "2100-01-01");
    json =
        column_of(bench, read(bench, "/v1/stock/:sku/availability", (struct texts){ { "A" } }), 0);
    assert_int_equal(
        stock_availability_decode(bench->ctx.arena, json, strlen(json), &dates, &violations), OK);
    assert_int_equal(dates.available, 0);
    assert_string_equal(dates.available_from, "2100-01-01");
    assert_int_equal(dates.dates_count, 1);
    /* Of two that are there somebody waits for one. */
    assert_int_equal(dates.dates[0].available - dates.dates[0].incoming, 1);
}

static void finds_items_by_barcode_and_product(void **state)
{
    struct bench *bench = *state;
    static const struct {
        struct texts asked;
        const char *found;
    } rows[] = {
        { { { "4006381333931" } }, "V-1" },
        { { { "0004006381333931" } }, "V-1" },
        { { { "96385074" } }, "" },
        { { { NULL, "MUG" } }, "V-1|V-2" },
        { { { NULL, "MUG", "V-1" } }, "V-2" },
        { { { NULL, "CUP" } }, "" },
        { { { "4006381333931", "MUG" } }, "V-1" },
        { { { "4006381333931", "CUP" } }, "" },
        { { { "4006381333931", NULL, "V-1" } }, "" },
    };

    fill(bench);
    fill_lists(bench);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(column_of(bench, read(bench, "/v1/items", rows[i].asked), 1),
                            rows[i].found);
    }
}

static struct barcode_row *look_up(struct bench *bench, struct rows *rows, int64_t gtin)
{
    rows_want(rows, &barcode_table, key_number(gtin));
    load(bench, rows);
    return rows_find(rows, &barcode_table, key_number(gtin));
}

/* A barcode that nobody has is there, and locked, as soon as it is looked up. */
static void makes_barcodes_that_are_looked_up(void **state)
{
    struct bench *bench = *state;
    struct rows *rows = begin(bench);

    assert_string_equal(look_up(bench, rows, 96385074)->sku, "");
    save_well(bench, rows);
    rows = begin(bench);
    struct barcode_row *row = look_up(bench, rows, 96385074);
    assert_false(is_free(bench, LOCKED_BARCODE));
    row->sku = "A";
    rows_update(rows, &barcode_table, row);
    save_well(bench, rows);
    assert_true(is_free(bench, LOCKED_BARCODE));
    rows = begin(bench);
    assert_string_equal(look_up(bench, rows, 96385074)->sku, "A");
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

static void shows_an_adjustment(void **state)
{
    struct bench *bench = *state;
    struct rows *rows = begin(bench);
    const struct adjustment_row row = { .request_id = "req-1",
                                        .sku = "A",
                                        .location = "WH-1",
                                        .version = 2,
                                        .kind = ADJUSTMENT_CHANGED,
                                        .reason = 2,
                                        .quantity_change = -1,
                                        .on_hand = 4,
                                        .owed = 1,
                                        .digest = { (const unsigned char *)"d", 1 },
                                        .at = 1800000000123 };

    rows_insert(rows, &adjustment_table, &row);
    save_well(bench, rows);
    const char *json = column_of(
        bench, read(bench, "/v1/stock/adjustments/:request_id", (struct texts){ { "req-1" } }), 0);
    assert_string_equal(json, "{\"request_id\":\"req-1\",\"sku\":\"A\",\"location\":\"WH-1\","
                              "\"kind\":\"adjusted\",\"quantity_change\":-1,"
                              "\"reason\":\"damage\",\"on_hand\":4,\"owed\":1,\"version\":2,"
                              "\"at\":\"2027-01-15T08:00:00.123Z\"}");
}

/* L2 expires first, so it leaves first; five pieces of it went to order 7. */
static void shows_lots_and_where_they_went(void **state)
{
    struct bench *bench = *state;
    struct rows *rows = begin(bench);
    const struct stock_row stock = {
        .sku = "MILK",
        .location = "WH-1",
        .on_hand = 9,
        .damaged = 1,
        .version = 4,
        .lots = "L 20700 0 L1|20800|20500|0|4|0|0 L2|20700|20500|0|3|1|0 L2|20700|20500|7|1|0|0"
    };
    struct lot_movement_row line = { .sku = "MILK",
                                     .location = "WH-1",
                                     .version = 2,
                                     .kind = LEDGER_RECEIVED,
                                     .lot = "L1",
                                     .on_hand = 4,
                                     .expires_day = 20800,
                                     .at = 1800000000123 };

    rows_insert(rows, &item_table,
                &(struct item_row){ .sku = "MILK", .name = "Milk", .version = 1 });
    rows_insert(rows, &stock_table, &stock);
    rows_insert(rows, &lot_movement_table, &line);
    line.lot = "L2";
    line.on_hand = 10;
    line.damaged = 1;
    line.expires_day = 20700;
    rows_insert(rows, &lot_movement_table, &line);
    line.version = 3;
    line.kind = LEDGER_SHIPPED;
    line.on_hand = -5;
    line.damaged = 0;
    line.order_no = 7;
    line.fulfillment_no = 1;
    rows_insert(rows, &lot_movement_table, &line);
    save_well(bench, rows);
    assert_string_equal(
        column_of(
            bench,
            read(bench, "/v1/stock/:sku/:location/lots", (struct texts){ { "MILK", "WH-1", "5" } }),
            0),
        "{\"sku\":\"MILK\",\"location\":\"WH-1\",\"version\":4,\"kept_by\":\"lot\",\"quantity\":5,"
        "\"lots\":[{\"lot\":\"L2\",\"expires_on\":\"2026-09-04\",\"received_on\":\"2026-02-16\","
        "\"available\":3,\"picked\":1,\"damaged\":1,\"quality_control\":0,\"take\":3},"
        "{\"lot\":\"L1\",\"expires_on\":\"2026-12-13\",\"received_on\":\"2026-02-16\","
        "\"available\":4,\"picked\":0,\"damaged\":0,\"quality_control\":0,\"take\":2}]}");
    assert_string_equal(
        column_of(bench,
                  read(bench, "/v1/stock/:sku/lots/:lot/where", (struct texts){ { "MILK", "L2" } }),
                  0),
        "{\"sku\":\"MILK\",\"lot\":\"L2\",\"expires_on\":\"2026-09-04\","
        "\"since\":\"2027-01-15T08:00:00.123Z\",\"on_hand\":5,\"shipped\":5,"
        "\"locations\":[{\"location\":\"WH-1\",\"on_hand\":5,\"damaged\":1,\"quality_control\":0}]"
        "}");
    assert_string_equal(column_of(bench,
                                  read(bench, "/v1/stock/:sku/lots/:lot/orders",
                                       (struct texts){ { "MILK", "L2", NULL, NULL, "10" } }),
                                  0),
                        "{\"order_no\":7,\"fulfillment_no\":1,\"location\":\"WH-1\",\"quantity\":5,"
                        "\"at\":\"2027-01-15T08:00:00.123Z\"}");
    assert_string_equal(audited(bench, INVENTORY_SQL_AUDIT_STOCK_LOTS), "");
}

static void keep_bins(struct bench *bench)
{
    static const struct bin_row bins[] = {
        { "WH-1 A-1", "WH-1", "A-1", 2, "A", 20, BIN_KIND_PICK, true },
        { "WH-1 B-1", "WH-1", "B-1", 1, NULL, 10, BIN_KIND_BULK, false },
    };
    struct rows *rows = begin(bench);
    const struct item_row item = { .sku = "A", .version = 1, .name = "Mug" };
    const struct stock_row stock = {
        .sku = "A", .location = "WH-1", .on_hand = 9, .version = 4, .binned = 7
    };

    rows_insert(rows, &item_table, &item);
    rows_insert(rows, &stock_table, &stock);
    for (size_t i = 0; i < 2; i++) {
        const struct stock_bin_row pieces = { "A", "WH-1", bins[i].code, 3 + (int64_t)i };
        const struct bin_ledger_row line = { .sku = "A",
                                             .location = "WH-1",
                                             .version = 4,
                                             .bin = bins[i].code,
                                             .kind = BIN_MOVEMENT_MOVED,
                                             .quantity = pieces.quantity,
                                             .request_id = "req-1",
                                             .at = 1800000000123 };

        rows_insert(rows, &bin_table, &bins[i]);
        rows_insert(rows, &stock_bin_table, &pieces);
        rows_insert(rows, &bin_ledger_table, &line);
    }
    save_well(bench, rows);
}

static void bins_are_shown_by_their_way_and_audited(void **state)
{
    struct bench *bench = *state;
    const struct texts place = { { "WH-1" } }, item = { { "A", "WH-1" } };
    struct violations violations;
    struct bin_stock_view shown;
    struct bin_view bin;

    keep_bins(bench);
    violations_clear(&violations);
    assert_string_equal(column_of(bench, read(bench, "/v1/locations/:code/bins", place), 2),
                        "B-1|A-1");
    assert_string_equal(
        column_of(bench, read(bench, "/v1/locations/:code/bins", (struct texts){ { "WH-1", "A" } }),
                  2),
        "A-1");
    assert_string_equal(column_of(bench,
                                  read(bench, "/v1/locations/:code/bins",
                                       (struct texts){ { "WH-1", NULL, "10", "B-1" } }),
                                  2),
                        "A-1");
    const char *json = column_of(
        bench, read(bench, "/v1/locations/:code/bins/:bin", (struct texts){ { "WH-1", "B-1" } }),
        0);
    assert_int_equal(bin_view_decode(bench->ctx.arena, json, strlen(json), &bin, &violations), OK);
    assert_int_equal(bin.body.kind, BIN_KIND_BULK);
    assert_true(bin.pieces == 4 && bin.items_count == 1 && !bin.body.active);
    json = column_of(bench, read(bench, "/v1/stock/:sku/:location/bins", item), 0);
    assert_int_equal(
        bin_stock_view_decode(bench->ctx.arena, json, strlen(json), &shown, &violations), OK);
    assert_true(shown.on_hand == 9 && shown.unbinned == 2 && shown.bins_count == 2);
    assert_string_equal(shown.bins[0].bin, "B-1");
    assert_string_equal(column_of(bench,
                                  read(bench, "/v1/locations/:code/bins/:bin/stock",
                                       (struct texts){ { "WH-1", "A-1" } }),
                                  1),
                        "A");
    assert_string_equal(
        column_of(bench, read(bench, "/v1/stock/:sku/:location/bins/ledger", item), 2), "B-1|A-1");
    assert_string_equal(audited(bench, INVENTORY_SQL_AUDIT_STOCK_BINS), "");
    struct rows *rows = begin(bench);
    const struct stock_bin_row more = { "A", "WH-1", "A-1", 6 };
    rows_update(rows, &stock_bin_table, rows_put_stored(rows, &stock_bin_table, &more));
    save_well(bench, rows);
    assert_string_equal(
        audited(bench, INVENTORY_SQL_AUDIT_STOCK_BINS),
        "A at WH-1 7 in bins: 10 in bins by each of them, 7 by their ledger, at most 9 on hand");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_come_back_as_they_went),
        TEST(nothing_is_oversold),
        TEST(shows_who_claims),
        TEST(audits_what_bundles_hold),
        TEST(shows_so_many_of_each),
        TEST(shows_what_is_bought),
        TEST(locks_stock_and_nothing_else),
        TEST(shows_what_the_contract_says),
        TEST(sums_up_what_moved),
        TEST(sums_up_demand),
        TEST(the_ledger_is_shown_page_by_page),
        TEST(lists_page_by_page),
        TEST(shows_lists_of_an_item),
        TEST(what_is_held_back_is_not_available),
        TEST(finds_items_by_barcode_and_product),
        TEST(makes_barcodes_that_are_looked_up),
        TEST(shows_an_adjustment),
        TEST(shows_lots_and_where_they_went),
        TEST(bins_are_shown_by_their_way_and_audited),
    };

    return cmocka_run_group_tests(tests, make_schema, NULL);
}
