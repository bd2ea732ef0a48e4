/* invoice_ubl.c - the elements of UBL 2.1 Invoice and CreditNote in the order in which their schemas want them. */
#include "services/payment/invoice_ubl.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/instant.h"
#include "common/issuer.h"
#include "common/money.h"
#include "common/text.h"
#include "common/ubl.h"
#include "common/xml.h"
#include "services/payment/invoice_words.h"

#include <string.h>

#define AGGREGATE_NAMESPACE                                                                        \
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
#define BASIC_NAMESPACE "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"

/* What differs between the two. */
static const struct form {
    const char *root, *namespace, *type_element, *type_code, *line, *quantity;
} forms[] = {
    [DOCUMENT_KIND_INVOICE] = { "Invoice", "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
                                "cbc:InvoiceTypeCode", "380", "cac:InvoiceLine",
                                "cbc:InvoicedQuantity" },
    [DOCUMENT_KIND_CREDIT_NOTE] = { "CreditNote",
                                    "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
                                    "cbc:CreditNoteTypeCode", "381", "cac:CreditNoteLine",
                                    "cbc:CreditedQuantity" },
};

struct writing {
    struct arena *arena;
    struct xml *xml;
    const struct payment_invoice *invoice;
    const struct form *form;
};

static void write_in(const struct writing *to, const char *outer, const char *inner,
                     const char *text)
{
    if (text != NULL) {
        xml_open(to->xml, outer);
        xml_text(to->xml, inner, text);
        xml_close(to->xml);
    }
}

static void write_amount(const struct writing *to, const char *element, int64_t amount_minor)
{
    ubl_amount_write(to->xml, to->arena, element, amount_minor, to->invoice->currency);
}

static const char *day_of(const struct writing *to, int64_t instant_ms)
{
    return text_format(to->arena, "%.10s", instant_format(instant_ms).text);
}

/* --- Head ------------------------------------------------------------------------------------------ */

static void write_head(const struct writing *to)
{
    const struct payment_invoice *invoice = to->invoice;
    struct instant_text issued = instant_format(invoice->issued_at);

    xml_text(to->xml, "cbc:UBLVersionID", "2.1");
    xml_text(to->xml, "cbc:ID", invoice->number);
    xml_text(to->xml, "cbc:IssueDate", day_of(to, invoice->issued_at));
    xml_text(to->xml, "cbc:IssueTime", text_format(to->arena, "%.8sZ", issued.text + 11));
    if (invoice->kind == DOCUMENT_KIND_INVOICE && invoice->has_due_at) {
        xml_text(to->xml, "cbc:DueDate", day_of(to, invoice->due_at));
    }
    xml_text(to->xml, to->form->type_element, to->form->type_code);
    xml_text(to->xml, "cbc:DocumentCurrencyCode", invoice->currency);
    xml_text(to->xml, "cbc:LineCountNumeric", text_format(to->arena, "%zu", invoice->lines_count));
}

static const char *first_of(const char *one, const char *two, const char *three)
{
    return one != NULL ? one : two != NULL ? two : three;
}

static void write_references(const struct writing *to)
{
    const struct payment_invoice *invoice = to->invoice;

    xml_open(to->xml, "cac:OrderReference");
    xml_text(
        to->xml, "cbc:ID",
        first_of(invoice->purchase_order_number, invoice->channel_order_ref, invoice->order_id));
    xml_text(to->xml, "cbc:SalesOrderID", first_of(invoice->order_number, NULL, invoice->order_id));
    xml_close(to->xml);
    for (size_t i = 0; i < invoice->corrects_count; i++) {
        xml_open(to->xml, "cac:BillingReference");
        write_in(to, "cac:InvoiceDocumentReference", "cbc:ID", invoice->corrects[i]);
        xml_close(to->xml);
    }
}

/* --- Parties --------------------------------------------------------------------------------------- */

static void write_party(const struct writing *to, const char *element,
                        const struct ubl_party *party)
{
    xml_open(to->xml, element);
    ubl_party_write(to->xml, party);
    xml_close(to->xml);
}

static void write_parties(const struct writing *to)
{
    const struct invoice_party *buyer = &to->invoice->buyer;
    const struct ubl_party seller = { .name = issuer.name,
                                      .tax_number = issuer.tax_number,
                                      .email = issuer.email,
                                      .address = { .street = issuer.street,
                                                   .city = issuer.city,
                                                   .postal_code = issuer.postal_code,
                                                   .country = issuer.country } };
    const struct ubl_party customer = { .name =
                                            buyer->company != NULL ? buyer->company : buyer->name,
                                        .tax_number = buyer->tax_number,
                                        .email = buyer->email,
                                        .language = to->invoice->language,
                                        .address = ubl_address_of(buyer->address) };

    write_party(to, "cac:AccountingSupplierParty", &seller);
    write_party(to, "cac:AccountingCustomerParty", &customer);
}

/* --- Tax ------------------------------------------------------------------------------------------- */

/* The codes of UNCL 5305, and of why nothing is charged where the European Union has one. */
static const struct {
    const char *code, *reason_code;
} categories[] = {
    [TAX_CATEGORY_STANDARD] = { "S", NULL },
    [TAX_CATEGORY_ZERO] = { "Z", NULL },
    [TAX_CATEGORY_EXEMPT] = { "E", NULL },
    [TAX_CATEGORY_REVERSE_CHARGE] = { "AE", "VATEX-EU-AE" },
};

/* `reason` NULL: it is not said here, or there is none. */
static void write_category(const struct writing *to, const char *element,
                           enum tax_category category, int64_t rate_ppm, const char *reason)
{
    xml_open(to->xml, element);
    xml_text(to->xml, "cbc:ID", categories[category].code);
    xml_text(to->xml, "cbc:Percent", invoice_percent(to->arena, rate_ppm));
    if (reason != NULL) {
        xml_text(to->xml, "cbc:TaxExemptionReasonCode", categories[category].reason_code);
        xml_text(to->xml, "cbc:TaxExemptionReason", reason);
    }
    write_in(to, "cac:TaxScheme", "cbc:ID", "VAT");
    xml_close(to->xml);
}

static void write_taxes(const struct writing *to)
{
    xml_open(to->xml, "cac:TaxTotal");
    write_amount(to, "cbc:TaxAmount", to->invoice->tax_minor);
    for (size_t i = 0; i < to->invoice->taxes_count; i++) {
        const struct invoice_tax *tax = &to->invoice->taxes[i];

        xml_open(to->xml, "cac:TaxSubtotal");
        write_amount(to, "cbc:TaxableAmount", tax->net_minor);
        write_amount(to, "cbc:TaxAmount", tax->tax_minor);
        write_category(to, "cac:TaxCategory", tax->category, tax->rate_ppm,
                       invoice_tax_note(to->arena, language_of(to->invoice->language),
                                        tax->category, to->invoice->tax_reason));
        xml_close(to->xml);
    }
    xml_close(to->xml);
}

/* What is not on account is paid already. */
static void write_total(const struct writing *to)
{
    const struct payment_invoice *invoice = to->invoice;
    bool paid = invoice->kind == DOCUMENT_KIND_INVOICE && !invoice->has_due_at;

    xml_open(to->xml, "cac:LegalMonetaryTotal");
    write_amount(to, "cbc:LineExtensionAmount", invoice->net_minor);
    write_amount(to, "cbc:TaxExclusiveAmount", invoice->net_minor);
    write_amount(to, "cbc:TaxInclusiveAmount", invoice->amount_minor);
    if (paid) {
        write_amount(to, "cbc:PrepaidAmount", invoice->amount_minor);
    }
    write_amount(to, "cbc:PayableAmount", paid ? 0 : invoice->amount_minor);
    xml_close(to->xml);
}

/* --- Lines ----------------------------------------------------------------------------------------- */

/* Of the discount, without tax. */
static int64_t net_discount(const struct writing *to, const struct invoice_line *line)
{
    const int64_t weights[2] = { line->net_minor, line->tax_minor };
    int64_t parts[2];

    if (!line->has_discount_minor) {
        return 0;
    }
    if (to->invoice->tax_mode == TAX_MODE_EXCLUSIVE || line->amount_minor <= 0) {
        return line->discount_minor;
    }
    money_split(line->discount_minor, weights, 2, parts);
    return parts[0];
}

static void write_discount(const struct writing *to, int64_t discount_minor)
{
    if (discount_minor > 0) {
        xml_open(to->xml, "cac:AllowanceCharge");
        xml_text(to->xml, "cbc:ChargeIndicator", "false");
        xml_text(to->xml, "cbc:AllowanceChargeReason", "Discount");
        write_amount(to, "cbc:Amount", discount_minor);
        xml_close(to->xml);
    }
}

static void write_item(const struct writing *to, const struct invoice_line *line)
{
    xml_open(to->xml, "cac:Item");
    xml_text(to->xml, "cbc:Name",
             line->sku != NULL ? line->sku : invoice_line_word(LANGUAGE_ENGLISH, line->kind));
    write_in(to, "cac:SellersItemIdentification", "cbc:ID", line->sku);
    write_category(to, "cac:ClassifiedTaxCategory", line->category, line->rate_ppm, NULL);
    xml_close(to->xml);
}

/* The price of all its pieces, so that nothing is rounded; what is taken off counts as minus one piece. */
static void write_line(const struct writing *to, size_t index)
{
    const struct invoice_line *line = &to->invoice->lines[index];
    int64_t quantity = line->has_quantity ? line->quantity : 1;
    bool off = line->net_minor < 0;
    const char *unit = line->has_quantity ? ubl_unit_code(NULL) : "C62";
    int64_t discount_minor = net_discount(to, line);

    xml_open(to->xml, to->form->line);
    xml_text(to->xml, "cbc:ID", text_format(to->arena, "%zu", index + 1));
    xml_text_of(to->xml, to->form->quantity, "unitCode", unit,
                text_format(to->arena, "%s%lld", off ? "-" : "", (long long)quantity));
    write_amount(to, "cbc:LineExtensionAmount", line->net_minor);
    write_discount(to, discount_minor);
    write_item(to, line);
    xml_open(to->xml, "cac:Price");
    write_amount(to, "cbc:PriceAmount",
                 (off ? -line->net_minor : line->net_minor) + discount_minor);
    xml_text_of(to->xml, "cbc:BaseQuantity", "unitCode", unit,
                text_format(to->arena, "%lld", (long long)quantity));
    xml_close(to->xml);
    xml_close(to->xml);
}

enum err invoice_ubl_write(struct ctx *ctx, const struct payment_invoice *invoice,
                           struct buffer *out)
{
    const struct writing to = { ctx->arena, xml_new(), invoice, &forms[invoice->kind] };

    xml_open(to.xml, to.form->root);
    xml_attribute(to.xml, "xmlns", to.form->namespace);
    xml_attribute(to.xml, "xmlns:cac", AGGREGATE_NAMESPACE);
    xml_attribute(to.xml, "xmlns:cbc", BASIC_NAMESPACE);
    write_head(&to);
    write_references(&to);
    write_parties(&to);
    write_taxes(&to);
    write_total(&to);
    for (size_t i = 0; i < invoice->lines_count; i++) {
        write_line(&to, i);
    }
    xml_close(to.xml);
    if (!xml_end(to.xml, out)) {
        return err_set(ctx, ERR_RETRY, "no memory for an XML document");
    }
    return out->overflowed
               ? err_set(ctx, ERR_FATAL, "the document is larger than %zu bytes", out->bytes_max)
               : OK;
}
