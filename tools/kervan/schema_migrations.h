/* schema_migrations.h - the migrations of one service's schema: which are missing, and applying them. */
#ifndef KERVAN_TOOLS_SCHEMA_MIGRATIONS_H
#define KERVAN_TOOLS_SCHEMA_MIGRATIONS_H

#include "common/pg.h"

/* "orders" for "order" (a word of SQL), else the same. */
const char *schema_of(const char *service);
/* Statements that the next three want prepared, on a connection whose search path is the schema. */
struct pg_statements schema_statements(void);

/* Applies what is missing and says so; on an error may be called again.  ERR_FATAL when an applied one was changed or one is out of order. */
enum err schema_migrate(struct ctx *ctx, struct pg *pg, const char *service) MUST_USE;
/* Says of each migration when it was applied; `pg` NULL: none was. */
enum err schema_tell(struct ctx *ctx, struct pg *pg, const char *service) MUST_USE;

#endif
