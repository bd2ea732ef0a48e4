/* billing.c - the series of an order's documents, and what they are to say. */
#include "services/order/billing.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/money.h"
#include "common/mutant.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/order/detour.h"
#include "services/order/shares.h"
#include "services/order/tax.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_DEFAULT = 6, YEARLY = 'y', PARTS_MAX = 1000 };

#define ANYWHERE "*"
#define MAILED   " mailed"

/* --- Series -------------------------------------------------------------------------------------- */

static const char *country_of(const struct invoice_series *series)
{
    return series->country == NULL ? ANYWHERE : series->country;
}

static const char *one_series(struct arena *arena, const struct number_series *series)
{
    int64_t digits = series->has_digits ? series->digits : DIGITS_DEFAULT;

    return text_format(arena, "%s %c%lld", series->prefix, series->yearly ? YEARLY : '-',
                       (long long)digits);
}

const char *billing_series_text(struct arena *arena, const struct invoice_series *series,
                                size_t count)
{
    const char *text = NULL;

    for (size_t i = 0; i < count; i++) {
        text =
            text_format(arena, "%s%s%s %s %s%s", text == NULL ? "" : text, text == NULL ? "" : ";",
                        country_of(&series[i]), one_series(arena, &series[i].invoices),
                        one_series(arena, &series[i].credit_notes), series[i].mailed ? MAILED : "");
    }
    return text;
}

/* Whether one before it in the list is of its country. */
static bool is_second(const struct invoice_series *series, size_t index)
{
    size_t first = 0;

    while (strcmp(country_of(&series[first]), country_of(&series[index])) != 0) {
        first++;
    }
    return first < index;
}

bool billing_series_make_sense(struct arena *arena, const struct invoice_series *series,
                               size_t count, struct field_error *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (is_second(series, i)) {
            *ret = (struct field_error){ text_format(arena, "/invoice_series/%zu/country", i),
                                         "has a series already, earlier in the list", NULL };
            return false;
        }
    }
    return true;
}

/* What stands behind the country; NULL: nothing does. */
static const char *entry_of(struct arena *arena, const char *text, const char *country)
{
    size_t length = strlen(country);

    while (*text != '\0') {
        size_t size = strcspn(text, ";");

        if (memcmp(text, country, length) == 0 && text[length] == ' ') {
            return arena_copy_text(arena, text + length + 1, size - length - 1);
        }
        text += size + (text[size] == ';' ? 1 : 0);
    }
    return NULL;
}

static const struct contact_row *contact_of(const struct saga *saga)
{
    return rows_find(saga->out->rows, &order_contact_table, key_number(saga->order->order_no));
}

void billing_apply(struct saga *saga, const struct channel_row *channel)
{
    if (channel == NULL || channel->invoice_series == NULL) {
        return;
    }
    struct arena *arena = saga->out->arena;
    const char *entry = entry_of(arena, channel->invoice_series, contact_of(saga)->ship_country);

    entry = entry == NULL ? entry_of(arena, channel->invoice_series, ANYWHERE) : entry;
    if (entry != NULL) {
        detour_change(saga)->document_series = entry;
    }
}

/* "INV y6 CN y6": the first two words are of invoices, the others of credit notes. */
static struct number_series series_of(struct arena *arena, const char *text,
                                      enum document_kind kind)
{
    size_t length = strcspn(text, " ");

    if (kind == DOCUMENT_KIND_CREDIT_NOTE) {
        text += length + 1;
        text += strcspn(text, " ") + 1;
        length = strcspn(text, " ");
    }
    const char *rest = text + length + 1;

    return (struct number_series){ .prefix = arena_copy_text(arena, text, length),
                                   .yearly = *rest == YEARLY,
                                   .has_yearly = true,
                                   .digits = strtol(rest + 1, NULL, 10),
                                   .has_digits = true };
}

/* --- Who buys ------------------------------------------------------------------------------------ */

/* What was forgotten of a customer stands as a dash. */
static const char *or_dash(const char *text)
{
    return text == NULL || text[0] == '\0' ? "-" : text;
}

static const char *or_none(const char *text)
{
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static const struct postal_address *ship_to(struct arena *arena, const struct contact_row *contact)
{
    const struct postal_address address = { .name = or_dash(contact->ship_name),
                                            .company = or_none(contact->ship_company),
                                            .line1 = or_dash(contact->ship_line1),
                                            .line2 = or_none(contact->ship_line2),
                                            .city = or_dash(contact->ship_city),
                                            .region = or_none(contact->ship_region),
                                            .postal_code = or_none(contact->ship_postal_code),
                                            .country = contact->ship_country };

    return arena_copy(arena, &address, sizeof address);
}

static const struct postal_address *bill_to(struct arena *arena, const struct contact_row *contact)
{
    const struct postal_address address = { .name = or_dash(contact->bill_name),
                                            .company = or_none(contact->bill_company),
                                            .line1 = or_dash(contact->bill_line1),
                                            .line2 = or_none(contact->bill_line2),
                                            .city = or_dash(contact->bill_city),
                                            .region = or_none(contact->bill_region),
                                            .postal_code = or_none(contact->bill_postal_code),
                                            .country = contact->bill_country };

    return contact->bill_country == NULL ? ship_to(arena, contact)
                                         : arena_copy(arena, &address, sizeof address);
}

static struct invoice_party buyer_of(const struct saga *saga)
{
    const struct contact_row *contact = contact_of(saga);

    return (struct invoice_party){ .name = or_dash(contact->name),
                                   .company = or_none(contact->company),
                                   .tax_number = detour_find(saga)->buyer_tax_number,
                                   .email = or_none(contact->email),
                                   .address = bill_to(saga->out->arena, contact) };
}

/* --- What was taken for what --------------------------------------------------------------------- */

static struct line_row **lines_of(const struct saga *saga)
{
    return (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                         key_number(saga->order->order_no));
}

/* The tax in what is left of a line: in proportion, where pieces of it were canceled. */
static int64_t line_tax(const struct order_row *order, const struct line_row *line)
{
    int64_t parts[2], value = line_value(order, line);
    const int64_t weights[2] = { value, line->canceled_minor };

    if (line->canceled_minor == 0 || value + line->canceled_minor == 0) {
        return line->tax_minor;
    }
    money_split(line->tax_minor, weights, 2, parts);
    return parts[0];
}

/* The tax in what a share has of a line: all shares together have the line's. */
static int64_t tax_of_work(const struct saga *saga, const struct allocation_row *work)
{
    const struct line_row *line = line_numbered(saga, work->line_no);
    int64_t weights[PARTS_MAX], parts[PARTS_MAX];
    size_t all_count = 0, count = 0, own = 0;
    struct allocation_row **all = allocations_of(saga, &all_count);

    for (size_t i = 0; i < all_count && count < PARTS_MAX - 1; i++) {
        bool replaced = share_numbered(saga, all[i]->fulfillment_no)->replaced;

        if (all[i]->line_no == work->line_no && (!replaced || all[i] == work)) {
            own = all[i] == work ? count : own;
            weights[count++] = all[i]->value_minor;
        }
    }
    int64_t rest_minor = line_rest(saga, line).value_minor;

    weights[count++] = rest_minor > 0 ? rest_minor : 0;
    if (work->value_minor == 0) {
        return 0;
    }
    money_split(line_tax(saga->order, line), weights, count, parts);
    return parts[own];
}

static bool is_of(const struct allocation_row *work, const struct fulfillment_row *share)
{
    return work->fulfillment_no == share->fulfillment_no && work->quantity > 0;
}

static struct billed_line with_rule(struct billed_line line, struct tax_rule rule)
{
    line.category = (enum tax_category)rule.category;
    line.rate_ppm = rule.rate_ppm;
    line.has_rate_ppm = true;
    return line;
}

static struct billed_line goods_line(const struct saga *saga, const struct allocation_row *work)
{
    const struct line_row *line = line_numbered(saga, work->line_no);
    const struct billed_line billed = { .kind = INVOICE_LINE_KIND_GOODS,
                                        .line_no = work->line_no,
                                        .has_line_no = true,
                                        .sku = line->sku,
                                        .quantity = work->quantity,
                                        .has_quantity = true,
                                        .unit_price_minor = line->unit_price_minor,
                                        .has_unit_price_minor = true,
                                        .amount_minor = work->value_minor,
                                        .tax_minor = tax_of_work(saga, work) };
    struct tax_rule rule;

    return tax_rule_of_line(saga, work->line_no, &rule) ? with_rule(billed, rule) : billed;
}

static struct billed_line shipping_line(const struct saga *saga)
{
    struct taxed taxed;
    bool known = tax_of_shipping(saga, &taxed);
    const struct billed_line billed = { .kind = INVOICE_LINE_KIND_SHIPPING,
                                        .amount_minor = taxed.amount_minor,
                                        .tax_minor = taxed.tax_minor };

    return known ? with_rule(billed, taxed.rule) : billed;
}

/* Goods of the share; then shipping, where more was taken than these and the order has some. */
static void list_lines(struct saga *saga, const struct payment_captured *fact,
                       struct payment_document *command)
{
    const struct fulfillment_row *share =
        share_of_capture(saga, child_id_counter(fact->capture_id, 'C'));
    int64_t more_minor = fact->amount_minor, shipping_minor = saga->order->shipping_price_minor;
    size_t count = 0;
    struct allocation_row **work = allocations_of(saga, &count);
    struct billed_line *lines = arena_alloc(saga->out->arena, (count + 1) * sizeof *lines);

    for (size_t i = 0; share != NULL && i < count; i++) {
        if (is_of(work[i], share)) {
            lines[command->lines_count++] = goods_line(saga, work[i]);
            more_minor -= work[i]->value_minor;
        }
    }
    if (share != NULL && more_minor >= shipping_minor && shipping_minor > 0) {
        lines[command->lines_count++] = shipping_line(saga);
    }
    command->lines = lines;
}

/* --- Telling ------------------------------------------------------------------------------------- */

static int64_t tax_of_order(const struct saga *saga)
{
    int64_t tax_minor = shipping_line(saga).tax_minor;

    for (struct line_row **line = lines_of(saga); *line != NULL; line++) {
        tax_minor += line_tax(saga->order, *line);
    }
    return tax_minor;
}

static struct payment_document command_of(const struct saga *saga, enum document_kind kind)
{
    const struct order_row *order = saga->order;
    struct arena *arena = saga->out->arena;
    const struct contact_row *contact = contact_of(saga);

    return (struct payment_document){
        .order_id = saga->subject.id,
        .order_no = order->order_no,
        .clock = saga->out->clock + 1,
        .kind = kind,
        .mailed = strstr(detour_find(saga)->document_series, MAILED) != NULL,
        .has_mailed = true,
        .series = series_of(arena, detour_find(saga)->document_series, kind),
        .order_number = order->number,
        .channel_order_ref = order->channel_order_ref,
        .purchase_order_number = detour_find(saga)->purchase_order_number,
        .tax_mode = (enum tax_mode)order->tax_mode,
        .language = or_none(contact->locale),
        .tax_reason = detour_find(saga)->tax_reason,
        .buyer = buyer_of(saga),
        .delivery = ship_to(arena, contact),
        .tax_of_order_minor = tax_of_order(saga),
        .has_tax_of_order_minor = true,
        .total_of_order_minor = order->total_minor,
        .has_total_of_order_minor = true,
    };
}

static bool has_documents(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return detour != NULL && detour->document_series != NULL;
}

static void tell(struct saga *saga, const struct payment_document *command)
{
    decide_emit(saga->out, saga->subject, MESSAGE_PAYMENT_DOCUMENT, command, sizeof *command);
}

void bill_captured(struct saga *saga, const struct payment_captured *fact)
{
    if (has_documents(saga) && !mutant("forget_invoice")) {
        struct payment_document command = command_of(saga, DOCUMENT_KIND_INVOICE);

        command.payment_id = fact->payment_id;
        command.capture_id = fact->capture_id;
        list_lines(saga, fact, &command);
        tell(saga, &command);
    }
}

void bill_refunded(struct saga *saga, const struct payment_refunded *fact)
{
    if (has_documents(saga)) {
        struct payment_document command = command_of(saga, DOCUMENT_KIND_CREDIT_NOTE);

        command.payment_id = fact->payment_id;
        command.refund_id = fact->refund_id;
        tell(saga, &command);
    }
}
