/* session.c - settings from the environment or a file, sessions of the schemas' owner, and answers as text. */
#include "tools/kervan/session.h"

#include "common/arena.h"
#include "common/config.h"
#include "common/text.h"
#include "tools/kervan/kervan.h"
#include "tools/kervan/schema_migrations.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMEOUT_MS = 30000,
    LOCK_TIMEOUT_MS = 5000,
    LINE_BYTES_MAX = 8192,
    CONNINFO_LENGTH_MAX = 4096
};

const char *environment(const char *name)
{
    const char *value = getenv(name); /* NOLINT(concurrency-mt-unsafe): there is one thread */

    return value == NULL ? "" : value;
}

const char *actor_of(const struct invocation *call)
{
    const char *given = option_text(call, "--as"), *user = environment("USER");

    if (given != NULL) {
        return given;
    }
    return user[0] == '\0' ? "unknown" : user;
}

/* A value as a shell reads it: quotes of both kinds, a backslash outside of single ones.  NULL when a quote is open. */
static const char *unquote(struct ctx *ctx, const char *text)
{
    char *value = arena_alloc(ctx->arena, strlen(text) + 1), *end = value, quote = '\0';

    for (const char *at = text; *at != '\0'; at++) {
        if (quote == '\0' && isspace((unsigned char)*at)) {
            break;
        }
        if (*at == quote) {
            quote = '\0';
        } else if (quote == '\0' && (*at == '\'' || *at == '"')) {
            quote = *at;
        } else if (*at == '\\' && quote != '\'' && at[1] != '\0') {
            *end++ = *++at;
        } else {
            *end++ = *at;
        }
    }
    *end = '\0';
    return quote == '\0' ? value : NULL;
}

static bool is_variable(const char *text, size_t length)
{
    bool good = length > 0 && !isdigit((unsigned char)text[0]);

    for (size_t i = 0; i < length; i++) {
        good = good && (isalnum((unsigned char)text[i]) || text[i] == '_');
    }
    return good;
}

static enum err read_assignment(struct ctx *ctx, const char *line)
{
    line += strspn(line, " \t");
    if (line[0] == '\0' || line[0] == '#' || line[0] == '\n') {
        return OK;
    }
    line += text_starts_with(line, "export ") ? strlen("export ") : 0;
    size_t length = strcspn(line, "=");
    const char *value = line[length] == '=' ? unquote(ctx, line + length + 1) : NULL;
    if (value == NULL || !is_variable(line, length)) {
        return err_set(ctx, ERR_FATAL, "is no assignment");
    }
    const char *name = text_format(ctx->arena, "%.*s", (int)length, line);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    return setenv(name, value, 1) == 0 ? OK : err_set(ctx, ERR_FATAL, "cannot be set");
}

enum err environment_read(struct ctx *ctx, const char *path)
{
    char line[LINE_BYTES_MAX];
    FILE *file = fopen(path, "r");
    enum err err = OK;
    int number = 0;

    if (file == NULL) {
        return err_set(ctx, ERR_FATAL, "\"%s\" cannot be read", path);
    }
    while (!err && fgets(line, sizeof line, file) != NULL) {
        number++;
        err = read_assignment(ctx, line);
    }
    (void)fclose(file);
    return err ? err_set(ctx, err, "line %d of \"%s\" is no assignment", number, path) : OK;
}

/* Read once; KERVAN_PG_OWNER_FILE may name a file with it. */
static enum err owner_address(struct ctx *ctx, const char **ret)
{
    static const char *conninfo; /* settings live for ever */
    const struct setting setting = { "KERVAN_PG_OWNER",   SETTING_SECRET, &conninfo, "", 0,
                                     CONNINFO_LENGTH_MAX, "the owner's" };
    enum err err = conninfo == NULL ? config_read(ctx, &setting, 1) : OK;

    if (!err && conninfo[0] == '\0') {
        err = err_set(ctx, ERR_FATAL,
                      "KERVAN_PG_OWNER is not set; it is in the file that --env names");
    }
    *ret = conninfo;
    return err;
}

enum err open_schema(struct ctx *ctx, const char *schema, struct pg_statements statements,
                     struct pg **ret)
{
    struct pg_options options = {
        .application_name = "kervan",
        .search_path = schema,
        .statement_timeout_ms = TIMEOUT_MS,
        .lock_timeout_ms = LOCK_TIMEOUT_MS,
        .idle_in_transaction_timeout_ms = TIMEOUT_MS,
        .sets = { statements },
    };

    enum err err = owner_address(ctx, &options.conninfo);

    return err ? err : pg_open(ctx, &options, ret);
}

enum err ask(struct ctx *ctx, struct pg *pg, const struct sql_statement *statement,
             const struct pg_arguments *arguments, struct listing *ret)
{
    struct pg_result *result = NULL;
    enum err err = pg_run(ctx, pg, statement, arguments, &result);

    if (err) {
        return err;
    }
    size_t rows = (size_t)pg_row_count(result), fields = (size_t)pg_column_count(result);
    const char **cells = arena_alloc(ctx->arena, (rows * fields + 1) * sizeof *cells);
    for (size_t i = 0; i < rows * fields; i++) {
        const char *cell = pg_text(result, (int)(i / fields), (int)(i % fields));

        cells[i] = cell == NULL ? NULL : arena_copy_text(ctx->arena, cell, strlen(cell));
    }
    *ret = (struct listing){ cells, rows };
    pg_result_free(result);
    return OK;
}

static const char *service_of(const char *schema)
{
    return text_equal(schema, schema_of("order")) ? "order" : schema;
}

enum err list_services(struct ctx *ctx, const char *only, struct service_list *ret)
{
    struct listing found = { NULL, 0 };
    struct pg *pg = NULL;
    enum err err = open_schema(ctx, "pg_catalog", SQL_RANGE(SERVICE_SCHEMAS, SERVICE_SCHEMAS), &pg);

    if (!err) {
        err = ask(ctx, pg, SQL(SERVICE_SCHEMAS), pg_arguments_new(ctx->arena, 0), &found);
    }
    pg_close(pg);
    ret->count = 0;
    for (size_t i = 0; !err && i < found.rows && ret->count < SERVICES_MAX; i++) {
        const char *name = service_of(found.cells[i]);

        if (only == NULL || text_equal(only, name)) {
            ret->schemas[ret->count] = found.cells[i];
            ret->names[ret->count++] = name;
        }
    }
    if (!err && only != NULL && ret->count == 0) {
        return err_set(ctx, ERR_NOTFOUND, "no service \"%s\" has a schema here", only);
    }
    return err;
}

enum err ask_services(const struct invocation *call, const struct question *question,
                      struct listing *ret)
{
    const char *only = option_text(call, "--service");
    struct service_list services = { .count = 0 };
    struct ctx *ctx = call->ctx;
    enum err err = list_services(ctx, only, &services);

    for (size_t i = 0; i < services.count && !err; i++) {
        struct pg_arguments *arguments = pg_arguments_new(ctx->arena, COMMAND_OPTIONS_MAX + 1);
        struct listing answer = { NULL, 0 };
        struct pg *pg = NULL;

        pg_argument_text(arguments, services.names[i]);
        if (question->fill != NULL) {
            question->fill(call, arguments);
        }
        err = open_schema(ctx, services.schemas[i], question->statements, &pg);
        if (!err) {
            err = ask(ctx, pg, question->statement, arguments, &answer);
        }
        if (!err) {
            listing_append(ctx, ret, &answer, question->field_count);
        }
        pg_close(pg);
    }
    return err;
}
