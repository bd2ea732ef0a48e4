/* schema_migrations.c - which migrations a schema lacks, and how each is applied once.
 *
 * Each in a transaction of its own that also registers it.
 */
#include "tools/kervan/schema_migrations.h"

#include "common/arena.h"
#include "common/text.h"
#include "migrations.h"
#include "sql/kervan_sql.h"
#include "tools/kervan/kervan.h"

static const char runtime[] = "runtime";

/* A migration as the register has it. */
struct applied {
    const char *name, *sha256, *at; /* NULL: not yet */
};

const char *schema_of(const char *service)
{
    return text_equal(service, "order") ? "orders" : service;
}

/* Those of migrate.sql, which stand together in the table. */
struct pg_statements schema_statements(void)
{
    return (struct pg_statements){ &kervan_sql_statements[KERVAN_SQL_MIGRATION_LIST],
                                   KERVAN_SQL_MIGRATION_ROLLBACK - KERVAN_SQL_MIGRATION_LIST + 1 };
}

static const char *component_of(const struct migration *migration)
{
    return text_equal(migration->service, runtime) ? runtime : "service";
}

static bool belongs(const struct migration *migration, const char *service)
{
    return text_equal(migration->service, service) || text_equal(migration->service, runtime);
}

static enum err run(struct ctx *ctx, struct pg *pg, enum kervan_sql statement,
                    const struct pg_arguments *arguments)
{
    struct pg_result *result = NULL;
    enum err e = pg_run(ctx, pg, &kervan_sql_statements[statement], arguments, &result);

    pg_result_free(result);
    return e;
}

static bool is_row_of(const struct pg_result *result, int row, const struct migration *migration)
{
    return pg_int(result, row, 1, COLUMN_INT2) == migration->number &&
           text_equal(pg_text(result, row, 0), component_of(migration));
}

static const char *copy_column(struct ctx *ctx, const struct pg_result *result, int row, int column)
{
    return text_format(ctx->arena, "%s", pg_text(result, row, column));
}

/* Finds the migration that a row of the register is about; one of a newer release is only told. */
static void read_row(struct ctx *ctx, const struct pg_result *result, int row, const char *service,
                     struct applied *ret)
{
    for (size_t i = 0; i < migration_count; i++) {
        if (!belongs(&migrations[i], service) || !is_row_of(result, row, &migrations[i]))
            continue;
        ret[i].name = copy_column(ctx, result, row, 2);
        ret[i].sha256 = copy_column(ctx, result, row, 3);
        ret[i].at = copy_column(ctx, result, row, 4);
        return;
    }
    say("%s: has %s %04d_%s, of a newer release than this program", schema_of(service),
        pg_text(result, row, 0), (int)pg_int(result, row, 1, COLUMN_INT2), pg_text(result, row, 2));
}

/* What the register says of each embedded migration, in their order. */
static enum err read_register(struct ctx *ctx, struct pg *pg, const char *service,
                              struct applied **ret)
{
    struct pg_result *result = NULL;
    struct applied *applied = arena_alloc(ctx->arena, migration_count * sizeof *applied);
    enum err e = pg_run(ctx, pg, &kervan_sql_statements[KERVAN_SQL_MIGRATION_LIST], NULL, &result);

    for (int row = 0; e == OK && row < pg_row_count(result); row++)
        read_row(ctx, result, row, service, applied);
    pg_result_free(result);
    *ret = applied;
    return e;
}

static enum err check_unchanged(struct ctx *ctx, const char *schema, const struct migration *wanted,
                                const struct applied *applied)
{
    if (text_equal(applied->sha256, wanted->sha256))
        return OK;
    return err_set(
        ctx, ERR_FATAL,
        "migration %s %04d_%s was changed after it was applied to schema \"%s\" (as %s); "
        "undo the change and write a new migration",
        component_of(wanted), wanted->number, wanted->name, schema, applied->name);
}

/* Whose transaction we are in; a migration must leave us in it. */
static enum err read_transaction(struct ctx *ctx, struct pg *pg, const char **ret)
{
    struct pg_result *result = NULL;
    enum err e = pg_run(ctx, pg, &kervan_sql_statements[KERVAN_SQL_TRANSACTION_ID], NULL, &result);

    if (e == OK)
        *ret = text_format(ctx->arena, "%s", pg_text(result, 0, 0));
    pg_result_free(result);
    return e;
}

static enum err add_to_register(struct ctx *ctx, struct pg *pg, const struct migration *migration)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 4);

    pg_argument_text(arguments, component_of(migration));
    pg_argument_int(arguments, COLUMN_INT2, migration->number);
    pg_argument_text(arguments, migration->name);
    pg_argument_text(arguments, migration->sha256);
    return run(ctx, pg, KERVAN_SQL_MIGRATION_ADD, arguments);
}

/* The transaction of one migration, to its last statement. */
static enum err apply_open(struct ctx *ctx, struct pg *pg, const struct migration *migration)
{
    const char *before = NULL, *after = NULL;
    enum err e = run(ctx, pg, KERVAN_SQL_MIGRATION_BEGIN, NULL);

    if (e == OK)
        e = read_transaction(ctx, pg, &before);
    if (e == OK)
        e = pg_script(ctx, pg, migration->name, migration->text);
    if (e == OK)
        e = read_transaction(ctx, pg, &after);
    if (e == OK && !text_equal(before, after)) {
        return err_set(ctx, ERR_FATAL,
                       "migration %04d_%s ends its own transaction; take out COMMIT",
                       migration->number, migration->name);
    }
    if (e == OK)
        e = add_to_register(ctx, pg, migration);
    return e == OK ? run(ctx, pg, KERVAN_SQL_MIGRATION_COMMIT, NULL) : e;
}

static enum err apply(struct ctx *ctx, struct pg *pg, const struct migration *migration)
{
    enum err e = apply_open(ctx, pg, migration);

    if (e != OK) {
        struct ctx ignored = { .arena = ctx->arena };
        (void)run(&ignored, pg, KERVAN_SQL_MIGRATION_ROLLBACK, NULL); /* closing does it as well */
    }
    return e;
}

/* Unchanged, and none missing below one that was applied: two branches met out of order. */
static enum err check_register(struct ctx *ctx, const char *service, const struct applied *applied)
{
    const struct migration *missing = NULL;

    for (size_t i = 0; i < migration_count; i++) {
        if (!belongs(&migrations[i], service))
            continue;
        if (applied[i].sha256 == NULL) {
            missing = &migrations[i];
            continue;
        }
        enum err e = check_unchanged(ctx, schema_of(service), &migrations[i], &applied[i]);
        if (e != OK)
            return e;
        if (missing != NULL && text_equal(missing->service, migrations[i].service)) {
            return err_set(
                ctx, ERR_FATAL,
                "migration %04d_%s is missing in schema \"%s\", where %04d_%s was applied; "
                "give it a higher number",
                missing->number, missing->name, schema_of(service), migrations[i].number,
                migrations[i].name);
        }
    }
    return OK;
}

enum err schema_migrate(struct ctx *ctx, struct pg *pg, const char *service)
{
    struct applied *applied = NULL;
    int count = 0;
    enum err e = read_register(ctx, pg, service, &applied);

    if (e == OK)
        e = check_register(ctx, service, applied);
    for (size_t i = 0; e == OK && i < migration_count; i++) {
        if (!belongs(&migrations[i], service) || applied[i].sha256 != NULL)
            continue;
        e = apply(ctx, pg, &migrations[i]);
        if (e == OK) {
            say("%s: applied %s %04d_%s", schema_of(service), component_of(&migrations[i]),
                migrations[i].number, migrations[i].name);
        }
        count++;
    }
    if (e == OK && count == 0)
        say("%s: up to date", schema_of(service));
    return e;
}

static void tell_migration(const struct migration *migration, const struct applied *applied,
                           const char *schema)
{
    bool changed = applied->sha256 != NULL && !text_equal(applied->sha256, migration->sha256);

    say("%-14s %-8s %04d_%-30s %s%s", schema, component_of(migration), migration->number,
        migration->name, applied->at == NULL ? "pending" : applied->at,
        changed ? " (the file was changed since)" : "");
}

enum err schema_tell(struct ctx *ctx, struct pg *pg, const char *service)
{
    struct applied *applied = arena_alloc(ctx->arena, migration_count * sizeof *applied);
    enum err e = pg == NULL ? OK : read_register(ctx, pg, service, &applied);

    for (size_t i = 0; e == OK && i < migration_count; i++) {
        if (belongs(&migrations[i], service))
            tell_migration(&migrations[i], &applied[i], schema_of(service));
    }
    return e;
}
