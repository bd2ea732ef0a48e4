/* export_journal.c - the journal as a table for accounting: an entry a line, so much from the account of credit to that of debit. */
#include "services/gateway/export.h"

#include "common/csv.h"
#include "common/instant.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "proto/types_codec.h"
#include "services/gateway/call.h"
#include "services/gateway/export_table.h"
#include "services/gateway/reads.h"

#include <string.h>

enum { PAGE = 200 };

static const char *const names[] = {
    "id",           "at",         "debit",  "debit_code", "credit",       "credit_code",
    "amount_minor", "currency",   "what",   "document",   "order_id",     "order_no",
    "payment_id",   "subject_id", "method", "provider",   "tax_rate_ppm",
};

static void write_header(struct buffer *to)
{
    struct csv_row row = { .to = to };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        csv_text(&row, names[i]);
    }
    csv_end(&row);
}

/* In the order of `names`. */
static void write_entry(struct csv_row *row, const struct journal_entry *entry)
{
    csv_text(row, entry->id);
    csv_text(row, instant_format(entry->at).text);
    csv_text(row, entry->debit);
    csv_text(row, entry->debit_code);
    csv_text(row, entry->credit);
    csv_text(row, entry->credit_code);
    csv_int(row, entry->amount_minor);
    csv_text(row, entry->currency);
    csv_text(row, entry->what);
    csv_text(row, entry->document);
    csv_text(row, entry->order_id);
    csv_int(row, entry->order_no);
    csv_text(row, entry->payment_id);
    csv_text(row, entry->subject_id);
    csv_text(row, payment_method_name(entry->method));
    csv_text(row, entry->provider);
    if (entry->has_tax_rate_ppm) {
        csv_int(row, entry->tax_rate_ppm);
    } else {
        csv_text(row, NULL);
    }
    csv_end(row);
}

static bool write_item(struct arena *arena, const char *item, struct buffer *to)
{
    struct violations violations = { .count = 0 };
    struct journal_entry entry;
    struct csv_row row = { .to = to };

    if (journal_entry_decode(arena, item, strlen(item), &entry, &violations) != OK) {
        return false;
    }
    write_entry(&row, &entry);
    return true;
}

static const struct export_table journal_table = { "journal.csv", OWNER_PAYMENT, write_header,
                                                   write_item };

/* False, and answered, when a parameter has no place here; the owner knows the others. */
static bool is_well_asked(const struct call *call)
{
    static const char *const strange[] = { "cursor", "limit" };

    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        if (http_query(call->request, strange[i]) != NULL) {
            call_refuse_parameter(call, strange[i], "is not known here");
            return false;
        }
    }
    if (call_is_bound(call)) {
        call_refuse(call, PROBLEM_FORBIDDEN,
                    "this is not divided by channels; use a key that is not bound to one");
        return false;
    }
    return true;
}

void answer_journal_export(void *gateway, const struct http_request *request,
                           struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };

    if (!call_begin(&call, SCOPE_PAYMENTS_READ) || !is_well_asked(&call)) {
        return;
    }
    const char *query = read_list_path(&call, "/v1/journal", NULL);
    if (query == NULL) {
        call_refuse(&call, PROBLEM_INVALID_PARAMETER, "the query is too long");
        return;
    }
    export_open(&call, &journal_table,
                text_format(request->ctx->arena, "%s%climit=%d", query,
                            strchr(query, '?') == NULL ? '?' : '&', PAGE));
}
