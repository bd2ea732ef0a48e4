/* audit.c - `kervan audit`: what must always hold, asked of live data.
 *
 * A round asks all rules in one snapshot of the database.  Services commit apart, so what is under
 * way can differ for a moment: a round that finds something is repeated, and only what both found,
 * to the last word, is told.
 */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/text.h"
#include "tools/kervan/session.h"

#include <string.h>

enum { FINDING_CELLS = 2, FIELDS = 4 };

static const struct rule {
    const char *name;
    const char *number; /* of the list in ARCHITECTURE.md, part 6 */
    const char *promise;
    enum kervan_sql statement;
} rules[] = {
    { "stock-on-hand", "1", "what is on hand is the sum of its ledger",
      KERVAN_SQL_AUDIT_STOCK_ON_HAND },
    { "stock-counters", "1",
      "damaged, in quality control, kept back, incoming: sums of their ledgers",
      KERVAN_SQL_AUDIT_STOCK_COUNTERS },
    { "stock-reserved", "1", "what is reserved is the sum of open reservations",
      KERVAN_SQL_AUDIT_STOCK_RESERVED },
    { "stock-promised", "1", "nothing is promised twice", KERVAN_SQL_AUDIT_STOCK_PROMISED },
    { "money-bounds", "2", "refunded at most captured, captured at most authorized",
      KERVAN_SQL_AUDIT_MONEY_BOUNDS },
    { "money-ledger", "2", "sums are those of captures and refunds",
      KERVAN_SQL_AUDIT_MONEY_LEDGER },
    { "money-at-rest", "2", "an order at rest has taken the value of what was shipped",
      KERVAN_SQL_AUDIT_MONEY_AT_REST },
    { "progress-watched", "3", "an open order has a timer or a task",
      KERVAN_SQL_AUDIT_PROGRESS_UNWATCHED },
    { "progress-in-time", "3", "a deadline that passed did something",
      KERVAN_SQL_AUDIT_PROGRESS_OVERDUE },
    { "progress-tasks", "3", "open tasks are counted right", KERVAN_SQL_AUDIT_PROGRESS_TASKS },
    { "once-facts", "4", "what happens once happened once", KERVAN_SQL_AUDIT_ONCE_FACTS },
    { "once-held", "4", "no more is held for a line than was ordered", KERVAN_SQL_AUDIT_ONCE_HELD },
    { "once-label", "4", "one labeled shipment a fulfillment", KERVAN_SQL_AUDIT_ONCE_SHIPMENTS },
    { "agree-payment", "5", "orders show the money that payment has",
      KERVAN_SQL_AUDIT_AGREE_PAYMENT },
    { "agree-shipping", "5", "orders show the deliveries that shipping has",
      KERVAN_SQL_AUDIT_AGREE_SHIPPING },
    { "agree-stock", "5", "no ended order holds stock", KERVAN_SQL_AUDIT_AGREE_STOCK },
    { "durable-orders", "6", "each submission is an order that can be found",
      KERVAN_SQL_AUDIT_DURABLE_ORDERS },
    { "durable-timeline", "6", "no entry of a timeline is gone",
      KERVAN_SQL_AUDIT_DURABLE_TIMELINE },
    { "durable-streams", "6", "nobody has read what was never written",
      KERVAN_SQL_AUDIT_DURABLE_STREAMS },
};
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

static const struct field finding_fields[FIELDS] = {
    { "rule", "RULE", CELL_TEXT },
    { "invariant", NULL, CELL_NUMBER },
    { "subject", "SUBJECT", CELL_TEXT },
    { "detail", "DETAIL", CELL_TEXT },
};

static const struct field rule_fields[] = {
    { "rule", "RULE", CELL_TEXT },
    { "invariant", "INVARIANT", CELL_NUMBER },
    { "promise", "PROMISE", CELL_TEXT },
};

struct round {
    struct listing found[RULE_COUNT];
    size_t total;
};

static enum err ask_rule(const struct invocation *call, struct pg *pg, size_t rule,
                         struct listing *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 2);

    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--settle"));
    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--limit"));
    return ask(call->ctx, pg, &kervan_sql_statements[rules[rule].statement], arguments, ret);
}

static bool is_wanted(const struct invocation *call, size_t rule)
{
    const char *only = option_text(call, "--rule");

    return only == NULL || text_equal(only, rules[rule].name);
}

static enum err run_statement(struct ctx *ctx, struct pg *pg, const struct sql_statement *statement)
{
    struct pg_result *result = NULL;
    enum err err = pg_run(ctx, pg, statement, NULL, &result);

    pg_result_free(result);
    return err;
}

static enum err run_round(const struct invocation *call, struct pg *pg, struct round *ret)
{
    enum err err = run_statement(call->ctx, pg, SQL(AUDIT_BEGIN));

    ret->total = 0;
    for (size_t i = 0; i < RULE_COUNT && !err; i++) {
        if (is_wanted(call, i)) {
            err = ask_rule(call, pg, i, &ret->found[i]);
            ret->total += ret->found[i].rows;
        }
    }
    return err ? err : run_statement(call->ctx, pg, SQL(AUDIT_END));
}

static bool has_finding(const struct listing *found, const char *const *finding)
{
    for (size_t row = 0; row < found->rows; row++) {
        const char **cells = found->cells + row * FINDING_CELLS;

        if (text_equal(cells[0], finding[0]) && text_equal(cells[1], finding[1])) {
            return true;
        }
    }
    return false;
}

static void keep_of_rule(size_t rule, const struct listing *first, const struct listing *second,
                         struct listing *ret)
{
    for (size_t row = 0; row < first->rows; row++) {
        const char **finding = first->cells + row * FINDING_CELLS;

        if (has_finding(second, finding)) {
            const char *told[] = { rules[rule].name, rules[rule].number, finding[0], finding[1] };

            memcpy(ret->cells + FIELDS * ret->rows++, told, sizeof told);
        }
    }
}

/* What both rounds found. */
static void keep_lasting(struct ctx *ctx, const struct round *first, const struct round *second,
                         struct listing *ret)
{
    ret->cells = arena_alloc(ctx->arena, (first->total + 1) * FIELDS * sizeof *ret->cells);
    ret->rows = 0;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        keep_of_rule(i, &first->found[i], &second->found[i], ret);
    }
}

static enum err look_twice(const struct invocation *call, struct pg *pg, struct listing *ret)
{
    struct round *first = arena_alloc(call->ctx->arena, sizeof *first);
    struct round *second = arena_alloc(call->ctx->arena, sizeof *second);
    enum err err = run_round(call, pg, first);

    if (!err && first->total > 0) {
        pause_ms(1000 * option_number(call, "--pause"));
        err = run_round(call, pg, second);
    }
    if (!err) {
        keep_lasting(call->ctx, first, second, ret);
    }
    return err;
}

static enum err list_rules(const struct invocation *call)
{
    const char **cells =
        arena_alloc(call->ctx->arena, RULE_COUNT * FIELD_COUNT(rule_fields) * sizeof *cells);
    const struct section section = { .fields = rule_fields,
                                     .field_count = FIELD_COUNT(rule_fields),
                                     .listing = { cells, RULE_COUNT } };

    for (size_t i = 0; i < RULE_COUNT; i++) {
        const char *told[] = { rules[i].name, rules[i].number, rules[i].promise };

        memcpy(cells + i * FIELD_COUNT(rule_fields), told, sizeof told);
    }
    return print_list(call, &section, "");
}

static bool is_rule(const char *name)
{
    bool known = name == NULL;

    for (size_t i = 0; i < RULE_COUNT; i++) {
        known |= text_equal(name, rules[i].name);
    }
    return known;
}

enum err run_audit(struct invocation *call)
{
    struct section findings = { .fields = finding_fields, .field_count = FIELDS };
    struct pg *pg = NULL;

    if (option_is_given(call, "--rules")) {
        return list_rules(call);
    }
    if (!is_rule(option_text(call, "--rule"))) {
        return err_set(call->ctx, ERR_INPUT, "no rule \"%s\"; --rules lists them",
                       option_text(call, "--rule"));
    }
    enum err err =
        open_schema(call->ctx, "pg_catalog", SQL_RANGE(AUDIT_STOCK_ON_HAND, AUDIT_END), &pg);
    if (!err) {
        err = look_twice(call, pg, &findings.listing);
    }
    pg_close(pg);
    call->status = findings.listing.rows > 0 ? EXIT_WRONG : EXIT_DONE;
    return err ? err : print_list(call, &findings, "everything holds");
}
