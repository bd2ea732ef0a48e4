/* orders.c - `kervan orders`, `timeline` and `stuck`: what became of orders, as the order service has it. */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "tools/kervan/schema_migrations.h"
#include "tools/kervan/session.h"

#include <stdlib.h>
#include <string.h>

static const struct field order_fields[] = {
    { "id", "ORDER", CELL_TEXT },
    { "channel", "CHANNEL", CELL_TEXT },
    { "channel_order_ref", "REFERENCE", CELL_TEXT },
    { "status", "STATUS", CELL_TEXT },
    { "payment_status", "PAYMENT", CELL_TEXT },
    { "fulfillment_status", "FULFILLMENT", CELL_TEXT },
    { "shopper_status", NULL, CELL_TEXT },
    { "total_minor", "TOTAL", CELL_NUMBER },
    { "currency", "CURRENCY", CELL_TEXT },
    { "held", "HELD", CELL_BOOL },
    { "placed_at", "PLACED", CELL_TEXT },
    { "deadline_at", "DEADLINE", CELL_TEXT },
};

static const struct field shown_fields[] = {
    { "id", "order", CELL_TEXT },
    { "order_no", "number", CELL_NUMBER },
    { "lane", "lane", CELL_NUMBER },
    { "channel", "channel", CELL_TEXT },
    { "channel_order_ref", "reference", CELL_TEXT },
    { "status", "status", CELL_TEXT },
    { "payment_status", "payment", CELL_TEXT },
    { "fulfillment_status", "fulfillment", CELL_TEXT },
    { "return_status", "return", CELL_TEXT },
    { "shopper_status", "shopper sees", CELL_TEXT },
    { "step", "step", CELL_TEXT },
    { "tries", "told again", CELL_NUMBER },
    { "deadline_at", "deadline", CELL_TEXT },
    { "payment_state", "payment is", CELL_TEXT },
    { "payment_method", "method", CELL_TEXT },
    { "payment_code", "payment code", CELL_TEXT },
    { "currency", "currency", CELL_TEXT },
    { "total_minor", "total", CELL_NUMBER },
    { "authorized_minor", "authorized", CELL_NUMBER },
    { "captured_minor", "captured", CELL_NUMBER },
    { "refunded_minor", "refunded", CELL_NUMBER },
    { "cancel_reason", "canceled for", CELL_TEXT },
    { "open_tasks", "open tasks", CELL_NUMBER },
    { "open_cancels", "open cancels", CELL_NUMBER },
    { "clock", "clock", CELL_NUMBER },
    { "placed_at", "placed", CELL_TEXT },
    { "confirmed_at", "confirmed", CELL_TEXT },
    { "ended_at", "ended", CELL_TEXT },
    { "ship_not_before", "not before", CELL_TEXT },
};

static const struct field line_fields[] = {
    { "line_no", "LINE", CELL_NUMBER },       { "sku", "SKU", CELL_TEXT },
    { "quantity", "PIECES", CELL_NUMBER },    { "unit_price_minor", "PRICE", CELL_NUMBER },
    { "discount_minor", "OFF", CELL_NUMBER }, { "tax_minor", "TAX", CELL_NUMBER },
};

static const struct field share_fields[] = {
    { "id", "SHARE", CELL_TEXT },
    { "step", "STEP", CELL_TEXT },
    { "state", "STATE", CELL_TEXT },
    { "location", "PLACE", CELL_TEXT },
    { "value_minor", "VALUE", CELL_NUMBER },
    { "capture_minor", "CAPTURE", CELL_NUMBER },
    { "carrier", "CARRIER", CELL_TEXT },
    { "tracking_number", "NUMBER", CELL_TEXT },
    { "tracking_status", "TRACKING", CELL_TEXT },
    { "deadline_at", "DEADLINE", CELL_TEXT },
    { "shipped_at", "SHIPPED", CELL_TEXT },
    { "delivered_at", "DELIVERED", CELL_TEXT },
};

static const struct field task_fields[] = {
    { "id", "TASK", CELL_TEXT },          { "kind", "KIND", CELL_TEXT },
    { "state", "STATE", CELL_TEXT },      { "reason", "REASON", CELL_TEXT },
    { "opened_at", "OPENED", CELL_TEXT }, { "closed_at", "CLOSED", CELL_TEXT },
};

static const struct field entry_fields[] = {
    { "clock", "CLOCK", CELL_NUMBER },      { "entry_no", "ENTRY", CELL_NUMBER },
    { "service", "SERVICE", CELL_TEXT },    { "type", "TYPE", CELL_TEXT },
    { "subject_id", "SUBJECT", CELL_TEXT }, { "detail", "DETAIL", CELL_TEXT },
    { "recorded_at", "AT", CELL_TEXT },     { "cause_no", "CAUSE", CELL_NUMBER },
    { "request_id", NULL, CELL_TEXT },
};

static const struct field stuck_fields[] = {
    { "order_id", "ORDER", CELL_TEXT },  { "why", "WHY", CELL_TEXT },
    { "service", "SERVICE", CELL_TEXT }, { "waits_for", "WAITS FOR", CELL_TEXT },
    { "since", "SINCE", CELL_TEXT },     { "detail", "DETAIL", CELL_TEXT },
};

static enum err open_orders(struct ctx *ctx, struct pg **ret)
{
    return open_schema(ctx, schema_of("order"), SQL_RANGE(ORDERS_LIST, TASK_SHOW), ret);
}

enum err read_order_id(struct ctx *ctx, const char *text, struct pg_arguments *arguments)
{
    unsigned char *bytes = arena_alloc(ctx->arena, ORDER_ID_BYTES);

    if (strlen(text) < ORDER_ID_LENGTH || !order_id_parse(text, bytes)) {
        return err_set(ctx, ERR_INPUT, "\"%s\" is no order id: ord_ and 26 characters", text);
    }
    pg_argument_bytes(arguments, (struct bytes){ bytes, ORDER_ID_BYTES });
    return OK;
}

enum err run_orders_list(struct invocation *call)
{
    static const char *const filters[] = { "--status",  "--payment", "--fulfillment",
                                           "--channel", "--find",    "--since" };
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 8);
    struct section orders = { .fields = order_fields, .field_count = FIELD_COUNT(order_fields) };
    struct pg *pg = NULL;

    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        pg_argument_text(arguments, option_text(call, filters[i]));
    }
    pg_argument_bool(arguments, option_is_given(call, "--held"));
    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--limit"));
    enum err err = open_orders(call->ctx, &pg);
    if (!err) {
        err = ask(call->ctx, pg, SQL(ORDERS_LIST), arguments, &orders.listing);
    }
    if (err == ERR_RULE) {
        err = err_set(call->ctx, ERR_INPUT, "--since is no time span such as \"2 hours\": \"%s\"",
                      option_text(call, "--since"));
    }
    pg_close(pg);
    return err ? err : print_list(call, &orders, "no such order");
}

/* What one statement knows of the order in the first argument. */
static enum err ask_about(struct invocation *call, struct pg *pg,
                          const struct sql_statement *statement, struct section *section)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 1);
    enum err err = read_order_id(call->ctx, call->arguments[0], arguments);

    return err ? err : ask(call->ctx, pg, statement, arguments, &section->listing);
}

enum err run_order_show(struct invocation *call)
{
    struct section sections[] = {
        { .fields = shown_fields, .field_count = FIELD_COUNT(shown_fields) },
        { "lines", "lines", line_fields, FIELD_COUNT(line_fields), { NULL, 0 } },
        { "shares", "shares", share_fields, FIELD_COUNT(share_fields), { NULL, 0 } },
        { "tasks", "tasks", task_fields, FIELD_COUNT(task_fields), { NULL, 0 } },
    };
    struct pg *pg = NULL;
    enum err err = open_orders(call->ctx, &pg);

    if (!err) {
        err = ask_about(call, pg, SQL(ORDER_SHOW), &sections[0]);
    }
    if (!err && sections[0].listing.rows == 0) {
        err = err_set(call->ctx, ERR_NOTFOUND, "no order \"%s\"", call->arguments[0]);
    }
    if (!err) {
        err = ask_about(call, pg, SQL(ORDER_LINES), &sections[1]);
    }
    if (!err) {
        err = ask_about(call, pg, SQL(ORDER_SHARES), &sections[2]);
    }
    if (!err) {
        err = ask_about(call, pg, SQL(ORDER_TASKS), &sections[3]);
    }
    pg_close(pg);
    return err ? err : print_document(call, sections, FIELD_COUNT(sections));
}

enum err run_timeline(struct invocation *call)
{
    struct section entries = { .fields = entry_fields, .field_count = FIELD_COUNT(entry_fields) };
    struct pg *pg = NULL;
    enum err err = open_orders(call->ctx, &pg);

    if (!err) {
        err = ask_about(call, pg, SQL(ORDER_TIMELINE), &entries);
    }
    pg_close(pg);
    if (!err && entries.listing.rows == 0) {
        return err_set(call->ctx, ERR_NOTFOUND, "no order \"%s\"", call->arguments[0]);
    }
    return err ? err : print_list(call, &entries, "");
}

static void fill_stuck_parked(const struct invocation *call, struct pg_arguments *arguments)
{
    const char *id = call->arguments[0];

    pg_argument_text(
        arguments, id == NULL ? NULL : text_format(call->ctx->arena, "%.*s", ORDER_ID_LENGTH, id));
    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--limit"));
}

static int compare_since(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;

    return strcmp(a[4], b[4]); /* RFC 3339 sorts as text */
}

static enum err ask_stuck(struct invocation *call, struct pg *pg, struct listing *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 3);
    enum err err = OK;

    if (call->arguments[0] == NULL) {
        pg_argument_null(arguments);
    } else {
        err = read_order_id(call->ctx, call->arguments[0], arguments);
    }
    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--grace"));
    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--limit"));
    return err ? err : ask(call->ctx, pg, SQL(STUCK_ORDERS), arguments, ret);
}

enum err run_stuck(struct invocation *call)
{
    const struct question parked = { .statements = SQL_RANGE(PARKED_LIST, STUCK_PARKED),
                                     .statement = SQL(STUCK_PARKED),
                                     .fill = fill_stuck_parked,
                                     .field_count = FIELD_COUNT(stuck_fields) };
    struct section stuck = { .fields = stuck_fields, .field_count = FIELD_COUNT(stuck_fields) };
    struct listing more = { NULL, 0 };
    struct pg *pg = NULL;
    enum err err = open_orders(call->ctx, &pg);

    if (!err) {
        err = ask_stuck(call, pg, &stuck.listing);
    }
    pg_close(pg);
    if (!err) {
        err = ask_services(call, &parked, &more);
    }
    if (err) {
        return err;
    }
    listing_append(call->ctx, &stuck.listing, &more, stuck.field_count);
    qsort(stuck.listing.cells, stuck.listing.rows, stuck.field_count * sizeof(char *),
          compare_since);
    call->status = stuck.listing.rows > 0 ? EXIT_WRONG : EXIT_DONE;
    return print_list(call, &stuck, "no order is stuck");
}
