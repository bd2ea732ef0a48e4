/* api.c - what the payment service shows: payments with all that was done to them; its SQL makes the JSON. */
#include "services/payment/api.h"

#include "common/calendar.h"
#include "common/text.h"
#include "sql/payment_sql.h"

#include <string.h>

static bool is_line_state(const char *text)
{
    static const char *const states[] = { "open", "asked", "matched", "set_aside", "noted" };

    return text_is_among(text, states, sizeof states / sizeof states[0]);
}

/* As PostgreSQL has one, too. */
static bool is_date(const char *text)
{
    int64_t day = 0;

    return calendar_day_parse(text, &day) && strncmp(text, "0000", 4) != 0;
}

static bool is_dispute_state(const char *text)
{
    static const char *const states[] = {
        "inquiry", "needs_response", "under_review", "won",
        "lost",    "accepted",       "expired",      "withdrawn"
    };

    return text_is_among(text, states, sizeof states / sizeof states[0]);
}

static const struct read_route routes[] = {
    {
        .pattern = "/v1/payments/:id",
        .statement = PAYMENT_SQL_READ_PAYMENT,
        .versioned = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/orders/:id/payments",
        .statement = PAYMENT_SQL_READ_PAYMENTS,
        .list = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/orders/:id/disputes",
        .statement = PAYMENT_SQL_READ_ORDER_DISPUTES,
        .list = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/disputes",
        .statement = PAYMENT_SQL_READ_DISPUTES,
        .list = true,
        .closed = true,
        .parameters = { { .name = "status",
                          .kind = READ_QUERY_TEXT,
                          .fits = is_dispute_state,
                          .must = "must be inquiry, needs_response, under_review, won, lost, "
                                  "accepted, expired or withdrawn" },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/disputes/:id",
        .statement = PAYMENT_SQL_READ_DISPUTE,
        .versioned = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/orders/:id/invoices",
        .statement = PAYMENT_SQL_READ_INVOICES,
        .list = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/invoices/:id",
        .statement = PAYMENT_SQL_READ_INVOICE,
        .versioned = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/invoices/:id/documents/:document",
        .statement = PAYMENT_SQL_READ_INVOICE_FILE,
        .content = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT },
                        { .name = "document", .kind = READ_PATH_TEXT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/companies/:company/credit",
        .statement = PAYMENT_SQL_READ_CREDIT,
        .versioned = true,
        .parameters = { { .name = "company", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/companies/:company/receivables",
        .statement = PAYMENT_SQL_READ_RECEIVABLES,
        .list = true,
        .parameters = { { .name = "company", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/payments/:id/transfer",
        .statement = PAYMENT_SQL_READ_TRANSFER,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/journal",
        .statement = PAYMENT_SQL_READ_JOURNAL,
        .list = true,
        .closed = true,
        .parameters = { { .name = "from", .kind = READ_QUERY_INSTANT },
                        { .name = "to", .kind = READ_QUERY_INSTANT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/closes/:date",
        .statement = PAYMENT_SQL_READ_CLOSE,
        .parameters = { { .name = "date",
                          .kind = READ_PATH_TEXT,
                          .fits = is_date,
                          .must = "must be a date, such as 2026-12-25" } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/accounts",
        .statement = PAYMENT_SQL_READ_ACCOUNTS,
        .list = true,
        .parameters = { { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/accounts/:account",
        .statement = PAYMENT_SQL_READ_ACCOUNT,
        .versioned = true,
        .parameters = { { .name = "account", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/bank-accounts",
        .statement = PAYMENT_SQL_READ_BANK_ACCOUNTS,
        .list = true,
        .parameters = { { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/bank-accounts/:account",
        .statement = PAYMENT_SQL_READ_BANK_ACCOUNT,
        .versioned = true,
        .parameters = { { .name = "account", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/bank-accounts/:account/lines",
        .statement = PAYMENT_SQL_READ_BANK_LINES,
        .list = true,
        .closed = true,
        .parameters = { { .name = "account", .kind = READ_PATH_TEXT },
                        { .name = "state",
                          .kind = READ_QUERY_TEXT,
                          .fits = is_line_state,
                          .must = "must be open, asked, matched, set_aside or noted" },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern = "/v1/bank-statement-lines/:line_id",
        .statement = PAYMENT_SQL_READ_BANK_LINE,
        .parameters = { { .name = "line_id", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/orders/:id/personal",
        .statement = PAYMENT_SQL_READ_PERSONAL,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/orders/:id/personal/left",
        .statement = PAYMENT_SQL_READ_LEFT,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/audit/held/documents",
        .statement = PAYMENT_SQL_AUDIT_HELD_DOCUMENTS,
        .parameters = { { .name = "from", .kind = READ_QUERY_INT },
                        { .name = "upto", .kind = READ_QUERY_INT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/audit/held/money",
        .statement = PAYMENT_SQL_AUDIT_HELD_MONEY,
        .parameters = { { .name = "from", .kind = READ_QUERY_INT },
                        { .name = "upto", .kind = READ_QUERY_INT } },
        .parameter_count = 2,
    },
};

const struct read_routes payment_reads = { routes, sizeof routes / sizeof routes[0] };
