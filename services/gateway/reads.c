/* reads.c - the table of reads, and how one is passed on. */
#include "services/gateway/reads.h"

#include "common/arena.h"
#include "common/http_target.h"
#include "common/text.h"
#include "services/gateway/call.h"
#include "services/gateway/export.h"
#include "services/gateway/saved_view.h"

#include <string.h>

enum { PATH_BYTES_MAX = 16384, STATUS_OK = 200, STATUS_NOT_FOUND = 404 };

const struct read reads[] = {
    { "/v1/orders", OWNER_ORDER, SCOPE_ORDERS_READ, SIGHT_LIST },
    { "/v1/orders/:id", OWNER_ORDER, SCOPE_ORDERS_READ, SIGHT_ORDER },
    { "/v1/orders/:id/timeline", OWNER_ORDER, SCOPE_ORDERS_READ, SIGHT_OF_ORDER },
    { "/v1/orders/:id/edits", OWNER_ORDER, SCOPE_ORDERS_READ, SIGHT_OF_ORDER },
    { "/v1/edits/:id", OWNER_ORDER, SCOPE_ORDERS_READ, SIGHT_OF_ORDER },
    { "/v1/orders/:id/payments", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/orders/:id/invoices", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/orders/:id/disputes", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/orders/:id/shipments", OWNER_SHIPPING, SCOPE_SHIPMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/orders/:id/fulfillments", OWNER_FULFILLMENT, SCOPE_FULFILLMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/orders/:id/messages", OWNER_NOTIFICATION, SCOPE_ORDERS_READ, SIGHT_OF_ORDER },
    { "/v1/items", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/items/:sku", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/locations", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/locations/:code", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/sourcing/rules", OWNER_INVENTORY, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/sourcing/rules/:scope", OWNER_INVENTORY, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/sourcing/what-if/:name", OWNER_INVENTORY, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/orders/:id/sourcing", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_OF_ORDER },
    { "/v1/postal-areas/:country", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/suppliers", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/suppliers/:code", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/suppliers/:code/items", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/suppliers/:code/items/:sku", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/reorder-suggestions", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/purchase-orders", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/purchase-orders/:purchase_order_id", OWNER_INVENTORY, SCOPE_INVENTORY_READ,
      SIGHT_NOTHING },
    { "/v1/purchase-alerts", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/purchase-orders/:purchase_order_id/documents", OWNER_INVENTORY, SCOPE_INVENTORY_READ,
      SIGHT_NOTHING },
    { "/v1/purchase-orders/:purchase_order_id/documents/:document", OWNER_INVENTORY,
      SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/purchase-orders/:purchase_order_id/messages", OWNER_NOTIFICATION, SCOPE_INVENTORY_READ,
      SIGHT_NOTHING },
    { "/v1/locations/:code/bins", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/locations/:code/bins/:bin", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/locations/:code/bins/:bin/stock", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/locations/:code/count-policy", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/locations/:code/count-classes", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/locations/:code/count-suggestions", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/locations/:code/bin-suggestions", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/:sku/:location/bins", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/:sku/:location/bins/ledger", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/transfers", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/transfers/:transfer_id", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/count-sheets", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/stock/count-sheets/:sheet_id", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/stock/count-sheets/:sheet_id/lines", OWNER_INVENTORY, SCOPE_INVENTORY_READ,
      SIGHT_NOTHING },
    { "/v1/stock/alerts", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/stock/:sku/:location/alert-levels", OWNER_INVENTORY, SCOPE_INVENTORY_READ,
      SIGHT_NOTHING },
    { "/v1/stock/:sku", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/:sku/availability", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/adjustments/:request_id", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/:sku/:location/ledger", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/:sku/:location/lots", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/:sku/lots/:lot/where", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_ALL },
    { "/v1/stock/:sku/lots/:lot/orders", OWNER_INVENTORY, SCOPE_INVENTORY_READ, SIGHT_NOTHING },
    { "/v1/payments/:id", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/invoices/:id", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/invoices/:id/documents/:document", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/payments/:id/transfer", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/journal", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/closes/:date", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/accounts", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/accounts/:account", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/disputes", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/disputes/:id", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/bank-accounts", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/bank-accounts/:account", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/bank-accounts/:account/lines", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/bank-statement-lines/:line_id", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/companies", OWNER_ORDER, SCOPE_CUSTOMERS_READ, SIGHT_NOTHING },
    { "/v1/companies/:code", OWNER_ORDER, SCOPE_CUSTOMERS_READ, SIGHT_NOTHING },
    { "/v1/tax-rates", OWNER_ORDER, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/tax-rates/:area", OWNER_ORDER, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/tax-rates/:area/history", OWNER_ORDER, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/tax-classes", OWNER_ORDER, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/tax-classes/:sku", OWNER_ORDER, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/companies/:company/credit", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/companies/:company/receivables", OWNER_PAYMENT, SCOPE_PAYMENTS_READ, SIGHT_NOTHING },
    { "/v1/locations/:code/pick-list", OWNER_FULFILLMENT, SCOPE_FULFILLMENTS_READ, SIGHT_NOTHING },
    { "/v1/locations/:code/fulfillments", OWNER_FULFILLMENT, SCOPE_FULFILLMENTS_READ,
      SIGHT_NOTHING },
    { "/v1/locations/:code/verification", OWNER_FULFILLMENT, SCOPE_FULFILLMENTS_READ,
      SIGHT_NOTHING },
    { "/v1/pick-lists", OWNER_FULFILLMENT, SCOPE_FULFILLMENTS_READ, SIGHT_NOTHING },
    { "/v1/pick-lists/:list_id", OWNER_FULFILLMENT, SCOPE_FULFILLMENTS_READ, SIGHT_NOTHING },
    { "/v1/fulfillments", OWNER_FULFILLMENT, SCOPE_FULFILLMENTS_READ, SIGHT_NOTHING },
    { "/v1/fulfillments/:id", OWNER_FULFILLMENT, SCOPE_FULFILLMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/shipments/:id", OWNER_SHIPPING, SCOPE_SHIPMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/shipments/:id/label", OWNER_SHIPPING, SCOPE_SHIPMENTS_READ, SIGHT_OF_ORDER },
    { "/v1/customers", OWNER_ORDER, SCOPE_CUSTOMERS_READ, SIGHT_CUSTOMERS },
    { "/v1/customers/:customer_id", OWNER_ORDER, SCOPE_CUSTOMERS_READ, SIGHT_CUSTOMER },
    { "/v1/customers/:customer_id/orders", OWNER_ORDER, SCOPE_CUSTOMERS_READ, SIGHT_CUSTOMER },
    { "/v1/customers/:customer_id/merged-into", OWNER_ORDER, SCOPE_CUSTOMERS_READ, SIGHT_NOTHING },
    { "/v1/drafts", OWNER_ORDER, SCOPE_ORDERS_READ, SIGHT_CHANNEL },
    { "/v1/drafts/:draft_id", OWNER_ORDER, SCOPE_ORDERS_READ, SIGHT_CHANNEL },
    { "/v1/tasks", OWNER_ORDER, SCOPE_TASKS_READ, SIGHT_NOTHING },
    { "/v1/tasks/:id", OWNER_ORDER, SCOPE_TASKS_READ, SIGHT_OF_ORDER },
    { "/v1/block-list", OWNER_ORDER, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/block-list/:entry", OWNER_ORDER, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/channels/:code/policy", OWNER_ORDER, SCOPE_ADMIN, SIGHT_NOTHING },
    { "/v1/reports/promised-deliveries", OWNER_ORDER, SCOPE_ORDERS_READ, SIGHT_NOTHING },
};

const size_t read_count = sizeof reads / sizeof reads[0];

/* "/v1/suppliers/" is answered for by "/v1/suppliers/:code", "/v1/x?sku=" by "/v1/x", and a pattern by itself. */
static bool is_read_of(const struct read *read, const char *address)
{
    size_t length = strcspn(address, "?");

    if (strncmp(read->pattern, address, length) != 0) {
        return false;
    }
    const char *rest = read->pattern + length;
    if (address[length] == '\0' && rest[0] == '\0') {
        return true;
    }
    return address[length] == '?' ? rest[0] == '\0' : rest[0] == ':' && strchr(rest, '/') == NULL;
}

bool read_is_of_all_channels(const char *address)
{
    size_t at = 0;

    while (at < read_count && !is_read_of(&reads[at], address)) {
        at++;
    }
    return at < read_count && reads[at].sight == SIGHT_NOTHING;
}

/* --- The owner's address ---------------------------------------------------------------------- */

/* Everything but letters, digits and -._~ as %XX. */
static void append_encoded(struct buffer *path, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        char code[3] = { '%', digits[byte >> 4], digits[byte & 15] };

        if (strchr(plain, *text) != NULL) {
            buffer_append(path, text, 1);
        } else {
            buffer_append(path, code, sizeof code);
        }
    }
}

static void append_parameter(struct buffer *path, const char *name, const char *value, char before)
{
    buffer_append(path, &before, 1);
    append_encoded(path, name);
    buffer_append_text(path, "=");
    append_encoded(path, value);
}

/* Whether a parameter of the request goes on to the owner as it is. */
static bool is_passed_on(const struct call *call, const char *name, const char *left_out,
                         bool forced)
{
    bool is_left_out = left_out != NULL && strcmp(name, left_out) == 0;

    return !is_left_out && !(forced && text_equal(name, "channel")) &&
           !(call->view != NULL && text_equal(name, "view"));
}

/* What the request says itself goes before what its view says. */
static char append_view(struct buffer *path, const struct call *call, bool forced, char before)
{
    for (size_t i = 0; i < call->view_count; i++) {
        const struct http_pair *pair = &call->view[i];

        if (http_query(call->request, pair->name) == NULL &&
            !(forced && text_equal(pair->name, "channel"))) {
            append_parameter(path, pair->name, pair->value, before);
            before = '&';
        }
    }
    return before;
}

/* The query anew, less the parameter `left_out`, with the filters of a view that it does not name itself, and with the channel
 * that a bound key's list is limited to. */
static void append_query(struct buffer *path, const struct call *call, const char *left_out,
                         bool forced)
{
    const struct http_target *target = call->request->target;
    char before = '?';

    for (size_t i = 0; i < target->query_count; i++) {
        const struct http_pair *pair = &target->query[i];

        if (is_passed_on(call, pair->name, left_out, forced)) {
            append_parameter(path, pair->name, pair->value, before);
            before = '&';
        }
    }
    before = append_view(path, call, forced, before);
    if (forced) {
        append_parameter(path, "channel", call->caller.channel, before);
    }
}

static const char *path_of(const struct call *call, struct buffer *path)
{
    const char *text = path->overflowed
                           ? NULL
                           : arena_copy_text(call->request->ctx->arena, path->bytes, path->length);

    buffer_release(path);
    return text;
}

static bool is_by_channel(const struct read *read)
{
    return read->sight == SIGHT_LIST || read->sight == SIGHT_CUSTOMERS ||
           read->sight == SIGHT_CUSTOMER || read->sight == SIGHT_CHANNEL;
}

const char *read_owner_path(const struct call *call, const struct read *read)
{
    const struct http_target *target = call->request->target;
    struct buffer path;

    buffer_init(&path, PATH_BYTES_MAX);
    for (size_t i = 0; i < target->segment_count; i++) {
        buffer_append_text(&path, "/");
        append_encoded(&path, target->segments[i]);
    }
    append_query(&path, call, NULL, is_by_channel(read) && call_is_bound(call));
    return path_of(call, &path);
}

const char *read_list_path(const struct call *call, const char *path, const char *left_out)
{
    struct buffer whole;

    buffer_init(&whole, PATH_BYTES_MAX);
    buffer_append_text(&whole, path);
    append_query(&whole, call, left_out, call_is_bound(call));
    return path_of(call, &whole);
}

const char *read_filters_path(const struct call *call, const char *path, const char *more)
{
    struct buffer whole;

    buffer_init(&whole, PATH_BYTES_MAX);
    buffer_append_text(&whole, path);
    buffer_append_text(&whole, "?");
    buffer_append_text(&whole, more);
    for (size_t i = 0; i < call->view_count; i++) {
        append_parameter(&whole, call->view[i].name, call->view[i].value, '&');
    }
    return path_of(call, &whole);
}

/* --- Passing on ------------------------------------------------------------------------------- */

static void pass_on(const struct call *call, const struct read *read)
{
    const char *path = read_owner_path(call, read);
    struct http_fetched document;

    if (path == NULL) {
        call_refuse(call, PROBLEM_INVALID_PARAMETER, "the query is too long");
        return;
    }
    enum err err = call_read(call, read->owner, path, &document);
    if (err) {
        http_problem_err(call->request, call->answer, err);
    } else {
        call_answer(call, (int)document.status, &document);
    }
}

static void pass_order_on(const struct call *call)
{
    struct http_fetched document;
    struct order_glance glance;
    enum err err = call_glance(call, http_path(call->request, "id"), &glance, &document);

    if (err == ERR_NOTFOUND) {
        call_refuse(call, PROBLEM_NOT_FOUND, "nothing is known under this address");
    } else if (err) {
        http_problem_err(call->request, call->answer, err);
    } else {
        call_answer(call, STATUS_OK, &document);
    }
}

/* An order as it was: the same document, made by the owner under an address of its own. */
static void pass_past_on(const struct call *call)
{
    struct arena *arena = call->request->ctx->arena;
    struct http_fetched document = { .status = 0 };
    struct buffer at;

    buffer_init(&at, PATH_BYTES_MAX);
    append_parameter(&at, "at", http_query(call->request, "at"), '?');
    const char *path = text_format(arena, "/v1/orders/%s/past%.*s", http_path(call->request, "id"),
                                   (int)at.length, at.bytes);
    buffer_release(&at);
    enum err err = call_read(call, OWNER_ORDER, path, &document);
    if (err) {
        http_problem_err(call->request, call->answer, err);
    } else if (document.status == STATUS_NOT_FOUND) {
        call_refuse(call, PROBLEM_NOT_FOUND, "the order was not there yet at that instant");
    } else {
        call_answer(call, (int)document.status, &document);
    }
}

/* Who may not see it, and what is no id, hears what it hears of the order itself. */
static void answer_past(const struct call *call)
{
    struct order_glance glance;
    enum err err = call_glance(call, http_path(call->request, "id"), &glance, NULL);

    if (err == ERR_NOTFOUND) {
        call_refuse(call, PROBLEM_NOT_FOUND, "nothing is known under this address");
    } else if (err) {
        http_problem_err(call->request, call->answer, err);
    } else {
        pass_past_on(call);
    }
}

bool read_asks_for_another_channel(const struct call *call)
{
    const char *channel = http_query(call->request, "channel");

    return call_is_bound(call) && channel != NULL && !text_equal(channel, call->caller.channel);
}

static bool asks_for_somebody(const struct http_request *request)
{
    return http_query(request, "email") != NULL || http_query(request, "phone") != NULL ||
           http_query(request, "channel_customer_ref") != NULL;
}

/* False, and answered, when the caller may not ask this, or not so. */
static bool is_well_asked(struct call *call, const struct read *read)
{
    if (read->sight == SIGHT_NOTHING && !call_sees_all_channels(call)) {
        return false;
    }
    if (is_by_channel(read) && read_asks_for_another_channel(call)) {
        call_refuse(call, PROBLEM_CHANNEL, "the API key sees its own channel only");
        return false;
    }
    if (read->sight == SIGHT_CUSTOMERS && !asks_for_somebody(call->request)) {
        call_refuse_parameter(call, "email", "or phone or channel_customer_ref is needed");
        return false;
    }
    return read->sight != SIGHT_LIST || saved_view_apply(call);
}

/* Who writes it as a table; NULL: nobody does. */
static export_answer *table_of(const struct read *read)
{
    static const struct {
        const char *pattern;
        export_answer *answer;
    } tables[] = { { "/v1/orders", answer_order_export },
                   { "/v1/journal", answer_journal_export } };

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (text_equal(tables[i].pattern, read->pattern)) {
            return tables[i].answer;
        }
    }
    return NULL;
}

void answer_read(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    const struct read *read = request->route->data;

    export_answer *as_table = export_is_asked(request) ? table_of(read) : NULL;

    if (as_table != NULL) {
        as_table(gateway, request, answer);
        return;
    }
    if (!call_begin(&call, read->scope) || !is_well_asked(&call, read)) {
        return;
    }
    if (read->sight == SIGHT_ORDER && http_query(request, "at") != NULL) {
        answer_past(&call);
    } else if (read->sight == SIGHT_ORDER && call_is_bound(&call)) {
        pass_order_on(&call);
    } else if (read->sight != SIGHT_OF_ORDER || call_may_see(&call, http_path(request, "id"))) {
        pass_on(&call, read);
    }
}
