/* session.h - where a command gets what it shows: settings, database sessions, rows as text. */
#ifndef KERVAN_TOOLS_KERVAN_SESSION_H
#define KERVAN_TOOLS_KERVAN_SESSION_H

#include "common/pg.h"
#include "sql/kervan_sql.h"
#include "tools/kervan/output.h"

#define SQL(statement) (&kervan_sql_statements[KERVAN_SQL_##statement])
/* The statements from `first` to `last`, which stand together in one file. */
#define SQL_RANGE(first, last)                                                                     \
    ((struct pg_statements){ SQL(first), KERVAN_SQL_##last - KERVAN_SQL_##first + 1 })

enum { SERVICES_MAX = 64 };

/* Puts the assignments of a file such as .run/env (NAME=value, NAME='value', `export` before it, # comments) into the
 * environment.  ERR_FATAL names the line that is none. */
enum err environment_read(struct ctx *ctx, const char *path) MUST_USE;
/* A setting; "" when it is not set. */
const char *environment(const char *name);
/* Who asks: --as, else the user's name. */
const char *actor_of(const struct invocation *call);

/* A session of the schemas' owner in one schema.  ERR_NOTFOUND when the schema is missing. */
enum err open_schema(struct ctx *ctx, const char *schema, struct pg_statements statements,
                     struct pg **ret) MUST_USE;
/* Every schema that has lanes, by name: a service each. */
struct service_list {
    const char *names[SERVICES_MAX], *schemas[SERVICES_MAX];
    size_t count;
};
/* Of all services; or of --service alone, ERR_NOTFOUND when there is none of this name. */
enum err list_services(struct ctx *ctx, const char *only, struct service_list *ret) MUST_USE;

/* Runs a statement and keeps its answer, all of it text, as `field_count` cells a row. */
enum err ask(struct ctx *ctx, struct pg *pg, const struct sql_statement *statement,
             const struct pg_arguments *arguments, struct listing *ret) MUST_USE;
/* The same in the schema of each service in turn (of --service alone when it is given), the answers put together.
 * $1 is the service's name; `fill` adds the others, NULL: there are none. */
struct question {
    struct pg_statements statements;
    const struct sql_statement *statement;
    void (*fill)(const struct invocation *call, struct pg_arguments *arguments);
    size_t field_count;
};
enum err ask_services(const struct invocation *call, const struct question *question,
                      struct listing *ret) MUST_USE;

/* Adds the 16 bytes of an order's id, or of what belongs to one.  ERR_INPUT when it is no id. */
enum err read_order_id(struct ctx *ctx, const char *text, struct pg_arguments *arguments) MUST_USE;

#endif
