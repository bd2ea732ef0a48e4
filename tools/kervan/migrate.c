/* migrate.c - `kervan migrate`: whose schemas, one migration of all at a time, and who may do what in them.
 *
 * The schemas' owner runs this; what services connect as has no DDL.  A lock that a service holds is
 * waited for shortly and often, so that what queues behind us waits shortly too.  The work in one
 * schema is that of schema_migrations.c.
 */
#include "tools/kervan/kervan.h"

#include "common/config.h"
#include "common/text.h"
#include "migrations.h"
#include "sql/kervan_sql.h"
#include "tools/kervan/command.h"
#include "tools/kervan/schema_migrations.h"

#include <time.h>

enum {
    LOCK_TIMEOUT_MS = 2000,
    STATEMENT_TIMEOUT_MS = 3600000, /* an index on a large table takes its time */
    TURN_TRIES_MAX = 120,           /* while another kervan migrate runs */
    SCHEMA_TRIES_MAX = 15,          /* of a schema whose locks are held */
    PAUSE_MS = 500,
    SERVICES_MAX = 32,
    CONNINFO_LENGTH_MAX = 4096
};

#define LOCK_KEY INT64_C(0x6b657276616e) /* "kervan" */

struct plan {
    const char *conninfo;
    const char *services[SERVICES_MAX];
    size_t service_count;
    bool status_only;
    struct pg *control; /* holds the lock of all migrations */
};

static void wait_shortly(void)
{
    struct timespec left = { .tv_nsec = PAUSE_MS * INT64_C(1000000) };

    (void)nanosleep(&left, NULL);
}

static enum err open_in(struct ctx *ctx, const struct plan *plan, const char *schema,
                        struct pg_statements statements, struct pg **ret)
{
    struct pg_options options = {
        .conninfo = plan->conninfo,
        .application_name = "kervan migrate",
        .search_path = schema,
        .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
        .lock_timeout_ms = LOCK_TIMEOUT_MS,
        .sets = { statements },
    };

    return pg_open(ctx, &options, ret);
}

/* Those of control.sql, which stand together in the table. */
static struct pg_statements control_statements(void)
{
    return (struct pg_statements){ &kervan_sql_statements[KERVAN_SQL_LOCK_TRY],
                                   KERVAN_SQL_RIGHTS_GRANT - KERVAN_SQL_LOCK_TRY + 1 };
}

static enum err run(struct ctx *ctx, struct pg *pg, enum kervan_sql statement,
                    const struct pg_arguments *arguments)
{
    struct pg_result *result = NULL;
    enum err e = pg_run(ctx, pg, &kervan_sql_statements[statement], arguments, &result);

    pg_result_free(result);
    return e;
}

/* A question about one text, answered by yes or no. */
static enum err ask(struct ctx *ctx, struct pg *pg, enum kervan_sql statement, const char *text,
                    bool *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    struct pg_result *result = NULL;

    pg_argument_text(arguments, text);
    enum err e = pg_run(ctx, pg, &kervan_sql_statements[statement], arguments, &result);
    if (e != OK)
        return e;
    *ret = pg_bool(result, 0, 0);
    pg_result_free(result);
    return OK;
}

static enum err set(struct ctx *ctx, struct pg *pg, const char *setting, const char *value)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 2);

    pg_argument_text(arguments, setting);
    pg_argument_text(arguments, value);
    return run(ctx, pg, KERVAN_SQL_SETTING_SET, arguments);
}

static enum err take_turn(struct ctx *ctx, struct pg *control)
{
    for (int i = 0; i < TURN_TRIES_MAX; i++) {
        struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
        struct pg_result *result = NULL;
        pg_argument_int(arguments, COLUMN_INT8, LOCK_KEY);
        enum err e =
            pg_run(ctx, control, &kervan_sql_statements[KERVAN_SQL_LOCK_TRY], arguments, &result);
        if (e != OK)
            return e;
        bool is_ours = pg_bool(result, 0, 0);
        pg_result_free(result);
        if (is_ours)
            return OK;
        wait_shortly();
    }
    return err_set(ctx, ERR_RETRY, "another kervan migrate is at work in this database");
}

static const char *role_of(struct ctx *ctx, const char *service)
{
    return text_format(ctx->arena, "kervan_%s", service);
}

/* Before anything is made: a service's name misspelled ends here. */
static enum err check_roles(struct ctx *ctx, const struct plan *plan)
{
    for (size_t i = 0; i < plan->service_count; i++) {
        const char *role = role_of(ctx, plan->services[i]);
        bool exists = false;
        enum err e = ask(ctx, plan->control, KERVAN_SQL_ROLE_EXISTS, role, &exists);
        if (e != OK)
            return e;
        if (!exists) {
            return err_set(ctx, ERR_FATAL,
                           "role \"%s\" does not exist; create it first, it is what the service "
                           "\"%s\" connects as",
                           role, plan->services[i]);
        }
    }
    return OK;
}

/* Everything in one schema; what was done stays done, so it may be called again. */
static enum err migrate_once(struct ctx *ctx, const struct plan *plan, const char *service)
{
    const char *schema = schema_of(service);
    struct pg *pg = NULL;
    enum err e = set(ctx, plan->control, "kervan.schema", schema);

    if (e == OK)
        e = run(ctx, plan->control, KERVAN_SQL_SCHEMA_MAKE, NULL);
    if (e == OK)
        e = open_in(ctx, plan, schema, schema_statements(), &pg);
    if (e == OK)
        e = schema_migrate(ctx, pg, service);
    pg_close(pg);
    if (e == OK)
        e = set(ctx, plan->control, "kervan.role", role_of(ctx, service));
    return e == OK ? run(ctx, plan->control, KERVAN_SQL_RIGHTS_GRANT, NULL) : e;
}

/* A lock not to be had and a deadlock with a service both pass; without the control connection the
 * turn is lost as well. */
static enum err migrate_service(struct ctx *ctx, const struct plan *plan, const char *service)
{
    enum err e = OK;

    for (int i = 0; i < SCHEMA_TRIES_MAX; i++) {
        e = migrate_once(ctx, plan, service);
        if ((e != ERR_RETRY && e != ERR_CONFLICT) || pg_is_broken(plan->control))
            return e;
        wait_shortly();
    }
    return e;
}

static enum err tell_service(struct ctx *ctx, const struct plan *plan, const char *service)
{
    const char *schema = schema_of(service);
    struct pg *pg = NULL;
    bool has_register = false;
    enum err e = ask(ctx, plan->control, KERVAN_SQL_REGISTER_EXISTS, schema, &has_register);

    if (e == OK && has_register)
        e = open_in(ctx, plan, schema, schema_statements(), &pg);
    if (e == OK)
        e = schema_tell(ctx, pg, service);
    pg_close(pg);
    return e;
}

static enum err add_service(struct ctx *ctx, struct plan *plan, const char *service)
{
    for (size_t i = 0; i < plan->service_count; i++) {
        if (text_equal(plan->services[i], service))
            return OK;
    }
    if (plan->service_count == SERVICES_MAX)
        return err_set(ctx, ERR_INPUT, "more than %d services", SERVICES_MAX);
    plan->services[plan->service_count++] = service;
    return OK;
}

static enum err read_options(const struct invocation *call, struct plan *plan)
{
    const char *names[OPTION_REPEATS_MAX];
    size_t count = option_texts(call, "--service", names);
    enum err e = OK;

    for (size_t i = 0; e == OK && i < count; i++)
        e = add_service(call->ctx, plan, names[i]);
    plan->status_only = option_is_given(call, "--status");
    return e;
}

/* All that have migrations of their own, when none was named. */
static enum err choose_services(struct ctx *ctx, struct plan *plan)
{
    enum err e = OK;
    bool all = plan->service_count == 0;

    for (size_t i = 0; all && e == OK && i < migration_count; i++) {
        if (!text_equal(migrations[i].service, "runtime"))
            e = add_service(ctx, plan, migrations[i].service);
    }
    return e;
}

static enum err migrate_all(struct ctx *ctx, const struct plan *plan)
{
    enum err e = plan->status_only ? OK : take_turn(ctx, plan->control);

    if (e == OK && !plan->status_only)
        e = check_roles(ctx, plan);
    for (size_t i = 0; e == OK && i < plan->service_count; i++) {
        e = (plan->status_only ? tell_service : migrate_service)(ctx, plan, plan->services[i]);
    }
    return e;
}

enum err run_migrate(struct invocation *call)
{
    static struct plan plan; /* settings point into it and live for ever */
    const struct setting settings[] = {
        { "KERVAN_PG_OWNER", SETTING_SECRET, &plan.conninfo, NULL, 1, CONNINFO_LENGTH_MAX,
          "libpq conninfo of the owner of all schemas" },
    };
    struct ctx *ctx = call->ctx;
    enum err e = read_options(call, &plan);

    if (e == OK)
        e = config_read(ctx, settings, 1);
    if (e == OK)
        e = choose_services(ctx, &plan);
    if (e == OK)
        e = open_in(ctx, &plan, "pg_catalog", control_statements(), &plan.control);
    if (e == OK)
        e = migrate_all(ctx, &plan);
    pg_close(plan.control);
    return e;
}
