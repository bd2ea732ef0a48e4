/* export_journal.c - the journal as a table for accounting: an entry a line, so much from the account of credit to that of debit. */
#include "services/gateway/export.h"

#include "common/csv.h"
#include "common/instant.h"
#include "proto/payment_codec.h"
#include "proto/types_codec.h"
#include "services/gateway/call.h"
#include "services/gateway/export_table.h"

#include <string.h>

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

static const struct export_table journal_table = { "journal.csv", OWNER_PAYMENT, "/v1/journal",
                                                   "limit=200",   write_header,  write_item };

void answer_journal_export(void *gateway, const struct http_request *request,
                           struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };

    if (call_begin(&call, SCOPE_PAYMENTS_READ) && export_is_of_all(&call) &&
        call_sees_all_channels(&call)) {
        export_open(&call, &journal_table, NULL);
    }
}
