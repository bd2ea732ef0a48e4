/* pg.h - one connection to PostgreSQL, pipelined, binary, with prepared statements.
 *
 * Statements are queued and sent together; their answers are read in the same order.  A connection
 * belongs to one thread.  All parameters and columns travel in binary.  What the server says is
 * sorted into codes once, here: SQLSTATE 22xxx and named constraints (23xxx) are ERR_RULE, P0K01
 * (raised by our own functions: lane lost, input gone) and 40001/40P01 are ERR_CONFLICT, class 08,
 * 53, 55, 57 and a broken connection ERR_RETRY, all else ERR_FATAL.
 */
#ifndef KERVAN_COMMON_PG_H
#define KERVAN_COMMON_PG_H

#include "common/err.h"
#include "common/sql.h"
#include "common/table.h"

#include <stdbool.h>
#include <stdint.h>

struct pg;

/* Statements to prepare at connect; an unpreparable one fails the opening with its name. */
struct pg_statements {
    const struct sql_statement *statements;
    size_t count;
};

struct pg_options {
    const char *conninfo;
    const char *application_name;
    const char *search_path; /* the service's schema, alone */
    int64_t statement_timeout_ms, lock_timeout_ms, idle_in_transaction_timeout_ms; /* 0: none */
    /* Every statement finds its rows by key.  One plan a statement is made, for any values, and kept; it is made when the
     * session is young, when that of an empty table would read it whole, however large it has become since. */
    bool by_key;
    /* Rows of its tables die as fast as they come: only scans of an index, not those by bitmap, mark what they found dead, and so
     * do not find it again and again until the next vacuum. */
    bool dying_rows;
    struct pg_statements sets[3]; /* ended by a set without statements */
};

/* Connects (at most 2 s a host) and prepares.  On failure *ret is NULL: ERR_RETRY when the server
 * cannot be reached, ERR_FATAL when the address is malformed or a statement cannot be prepared. */
enum err pg_open(struct ctx *ctx, const struct pg_options *options, struct pg **ret) MUST_USE;
struct pg *pg_close(struct pg *pg); /* takes NULL; returns NULL */
bool pg_is_broken(const struct pg *pg);
/* The server's process id, for whoever has to end this backend. */
int64_t pg_backend_pid(const struct pg *pg);

/* Arguments of one statement, built in an arena, sent in the order of the calls. */
struct pg_arguments;
struct pg_arguments *pg_arguments_new(struct arena *arena, size_t count_max);
/* INT2, INT4, INT8 and INSTANT. */
void pg_argument_int(struct pg_arguments *arguments, enum column_kind kind, int64_t value);
void pg_argument_bool(struct pg_arguments *arguments, bool value);
void pg_argument_text(struct pg_arguments *arguments, const char *text); /* NULL is SQL NULL */
void pg_argument_bytes(struct pg_arguments *arguments, struct bytes bytes);
void pg_argument_null(struct pg_arguments *arguments);
/* Arrays, one dimension. */
void pg_argument_ints(struct pg_arguments *arguments, enum column_kind kind, const int64_t *values,
                      size_t count);
void pg_argument_keys(struct pg_arguments *arguments, enum column_kind kind, const struct key *keys,
                      size_t count);
/* An array of one column of many rows: rows[i] is a struct described by `column`. */
void pg_argument_column(struct pg_arguments *arguments, const struct column *column,
                        void *const *rows, size_t count);

/* Queues a prepared statement; waits only when more than 4 MiB are queued.  `arguments` may be
 * NULL.  ERR_RULE when a number does not fit its kind (nothing is queued then), ERR_RETRY when the
 * connection is broken.  Whatever the error, pg_drain makes the connection ready again. */
enum err pg_send(struct ctx *ctx, struct pg *pg, const struct sql_statement *statement,
                 const struct pg_arguments *arguments) MUST_USE;
/* Queues the end of an implicit group and pushes everything to the server, reading meanwhile so
 * that both sides never wait for each other.  After a failing statement the server skips all to
 * the next sync: pg_receive tells the failing one's code for it and for each one skipped. */
enum err pg_sync(struct ctx *ctx, struct pg *pg) MUST_USE;

/* The answer to the next statement in order, behind which a pg_sync must have been sent; waits for
 * it, at most the statement time-out and 2 s: then, as when the server goes away, the connection is
 * broken and the code ERR_RETRY.  Released by pg_result_free. */
struct pg_result;
enum err pg_receive(struct ctx *ctx, struct pg *pg, struct pg_result **ret) MUST_USE;
/* Consumes the answer of one pg_sync.  Outside an explicit transaction the group is committed here,
 * so that a deferred constraint may fail here. */
enum err pg_receive_sync(struct ctx *ctx, struct pg *pg) MUST_USE;
/* Throws away every answer still to come, to and including all syncs sent (and one that it sends
 * when statements are queued behind the last); the connection is then ready for the next statement,
 * unless broken.  An explicit transaction is still to be rolled back. */
void pg_drain(struct pg *pg);
struct pg_result *pg_result_free(struct pg_result *result); /* takes NULL; returns NULL */

/* One statement alone, as its own group: send, sync, receive, receive_sync; drained when it fails.
 * No answer may be pending. */
enum err pg_run(struct ctx *ctx, struct pg *pg, const struct sql_statement *statement,
                const struct pg_arguments *arguments, struct pg_result **ret) MUST_USE;

/* Several statements in one text, without arguments or results, as a file of SQL has them; what it
 * leaves open stays open.  `name` is for messages.  No answer may be pending. */
enum err pg_script(struct ctx *ctx, struct pg *pg, const char *name, const char *text) MUST_USE;

int pg_row_count(const struct pg_result *result);
int pg_column_count(const struct pg_result *result);
int64_t pg_affected(const struct pg_result *result);
bool pg_is_null(const struct pg_result *result, int row, int column);
/* A column of the kind named; a NULL or another type is a programming error (assert), but for the
 * NULL of an INSTANT, which is 0. */
int64_t pg_int(const struct pg_result *result, int row, int column, enum column_kind kind);
bool pg_bool(const struct pg_result *result, int row, int column);
/* Borrowed from the result; NULL for SQL NULL. */
const char *pg_text(const struct pg_result *result, int row, int column);
struct bytes pg_bytes(const struct pg_result *result, int row, int column);
/* Row `row` into a struct as `table` describes it; texts and bytes are copied into the arena. */
void pg_row(const struct pg_result *result, int row, const struct table *table, struct arena *arena,
            void *ret_row);

/* The SQLSTATE and constraint name of the last failure on this connection, "" when there was none. */
const char *pg_sqlstate(const struct pg *pg);
const char *pg_constraint(const struct pg *pg);

#endif
