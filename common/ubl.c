/* ubl.c - the elements of UBL 2.1 in the order in which its schema wants them. */
#include "common/ubl.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/instant.h"
#include "common/money.h"
#include "common/text.h"
#include "common/xml.h"
#include "proto/types.h"

#include <string.h>

enum { CURRENCY_DIGITS_DEFAULT = 2, UNIT_BASE = 10 };

#define ORDER_NAMESPACE "urn:oasis:names:specification:ubl:schema:xsd:Order-2"
#define AGGREGATE_NAMESPACE                                                                        \
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
#define BASIC_NAMESPACE "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"

static const struct {
    const char *unit, *code;
} units[] = {
    { "piece", "H87" },  { "pieces", "H87" }, { "pc", "H87" },     { "pcs", "H87" },
    { "each", "EA" },    { "pair", "PR" },    { "set", "SET" },    { "dozen", "DZN" },
    { "kg", "KGM" },     { "g", "GRM" },      { "t", "TNE" },      { "l", "LTR" },
    { "ml", "MLT" },     { "m", "MTR" },      { "cm", "CMT" },     { "mm", "MMT" },
    { "m2", "MTK" },     { "m3", "MTQ" },     { "box", "XBX" },    { "case", "XCS" },
    { "carton", "XCT" }, { "pack", "XPK" },   { "packet", "XPA" }, { "bag", "XBG" },
    { "bottle", "XBO" }, { "can", "XCA" },    { "roll", "XRO" },   { "pallet", "XPX" },
    { "hour", "HUR" },   { "day", "DAY" },
};

const char *ubl_unit_code(const char *unit)
{
    if (unit == NULL) {
        return "H87";
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(units[i].unit, unit) == 0) {
            return units[i].code;
        }
    }
    return "C62";
}

const char *ubl_amount(struct arena *arena, int64_t amount_minor, const char *currency)
{
    int digits = currency_digits(currency);
    const char *sign = amount_minor < 0 ? "-" : "";
    int64_t unit = 1, amount = amount_minor < 0 ? -amount_minor : amount_minor;

    digits = digits < 0 ? CURRENCY_DIGITS_DEFAULT : digits;
    for (int i = 0; i < digits; i++) {
        unit *= UNIT_BASE;
    }
    return digits == 0 ? text_format(arena, "%s%lld", sign, (long long)amount)
                       : text_format(arena, "%s%lld.%0*lld", sign, (long long)(amount / unit),
                                     digits, (long long)(amount % unit));
}

void ubl_amount_write(struct xml *xml, struct arena *arena, const char *element,
                      int64_t amount_minor, const char *currency)
{
    xml_text_of(xml, element, "currencyID", currency, ubl_amount(arena, amount_minor, currency));
}

/* --- Parties ------------------------------------------------------------------------------------ */

/* An element with one element in it; none without a text. */
static void write_in(struct xml *xml, const char *outer, const char *inner, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        xml_open(xml, outer);
        xml_text(xml, inner, text);
        xml_close(xml);
    }
}

static const char *given(const char *text)
{
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static void write_address(struct xml *xml, const char *element, const struct ubl_address *address)
{
    if (given(address->country) == NULL) {
        return;
    }
    xml_open(xml, element);
    xml_text(xml, "cbc:StreetName", given(address->street));
    xml_text(xml, "cbc:AdditionalStreetName", given(address->additional));
    xml_text(xml, "cbc:MarkAttention", given(address->name));
    xml_text(xml, "cbc:CityName", given(address->city));
    xml_text(xml, "cbc:PostalZone", given(address->postal_code));
    xml_text(xml, "cbc:CountrySubentity", given(address->region));
    write_in(xml, "cac:Country", "cbc:IdentificationCode", address->country);
    xml_close(xml);
}

static void write_tax_scheme(struct xml *xml, const char *tax_number)
{
    if (given(tax_number) != NULL) {
        xml_open(xml, "cac:PartyTaxScheme");
        xml_text(xml, "cbc:CompanyID", tax_number);
        write_in(xml, "cac:TaxScheme", "cbc:ID", "VAT");
        xml_close(xml);
    }
}

static void write_language(struct xml *xml, const char *language)
{
    if (given(language) != NULL) {
        char code[3] = { language[0], language[1], '\0' };

        write_in(xml, "cac:Language", "cbc:LocaleCode", code);
    }
}

struct ubl_address ubl_address_of(const struct postal_address *address)
{
    if (address == NULL) {
        return (struct ubl_address){ .name = NULL };
    }
    return (struct ubl_address){ .name = address->name,
                                 .street = address->line1,
                                 .additional = address->line2,
                                 .city = address->city,
                                 .postal_code = address->postal_code,
                                 .region = address->region,
                                 .country = address->country };
}

void ubl_party_write(struct xml *xml, const struct ubl_party *party)
{
    xml_open(xml, "cac:Party");
    write_in(xml, "cac:PartyIdentification", "cbc:ID", party->code);
    write_in(xml, "cac:PartyName", "cbc:Name", party->name);
    write_language(xml, party->language);
    write_address(xml, "cac:PostalAddress", &party->address);
    write_tax_scheme(xml, party->tax_number);
    write_in(xml, "cac:PartyLegalEntity", "cbc:RegistrationName", party->name);
    write_in(xml, "cac:Contact", "cbc:ElectronicMail", party->email);
    xml_close(xml);
}

/* --- An order ----------------------------------------------------------------------------------- */

struct ordering {
    const struct ubl_order *order;
    struct arena *arena;
    struct xml *xml;
};

static void write_head(const struct ordering *to)
{
    const struct ubl_order *order = to->order;
    struct instant_text issued = instant_format(order->issued_at);

    xml_text(to->xml, "cbc:UBLVersionID", "2.1");
    xml_text(to->xml, "cbc:ID", order->id);
    xml_text(to->xml, "cbc:IssueDate", text_format(to->arena, "%.10s", issued.text));
    xml_text(to->xml, "cbc:IssueTime", text_format(to->arena, "%.8sZ", issued.text + 11));
    xml_text(to->xml, "cbc:Note", given(order->note));
    xml_text(to->xml, "cbc:DocumentCurrencyCode", order->currency);
    xml_text(to->xml, "cbc:LineCountNumeric", text_format(to->arena, "%zu", order->line_count));
}

static void write_delivery(const struct ordering *to)
{
    xml_open(to->xml, "cac:Delivery");
    write_address(to->xml, "cac:DeliveryAddress", &to->order->delivery);
    write_in(to->xml, "cac:RequestedDeliveryPeriod", "cbc:EndDate", to->order->deliver_on);
    xml_close(to->xml);
}

static int64_t line_amount(const struct ubl_order_line *line)
{
    return line->quantity * line->price_minor;
}

static void write_total(const struct ordering *to)
{
    const char *currency = to->order->currency;
    int64_t total_minor = 0;

    for (size_t i = 0; i < to->order->line_count; i++) {
        total_minor += line_amount(&to->order->lines[i]);
    }
    xml_open(to->xml, "cac:AnticipatedMonetaryTotal");
    ubl_amount_write(to->xml, to->arena, "cbc:LineExtensionAmount", total_minor, currency);
    ubl_amount_write(to->xml, to->arena, "cbc:PayableAmount", total_minor, currency);
    xml_close(to->xml);
}

static void write_item(const struct ordering *to, const struct ubl_order_line *line)
{
    xml_open(to->xml, "cac:Item");
    xml_text(to->xml, "cbc:Name", given(line->name) != NULL ? line->name : line->sku);
    write_in(to->xml, "cac:BuyersItemIdentification", "cbc:ID", line->sku);
    write_in(to->xml, "cac:SellersItemIdentification", "cbc:ID", line->seller_sku);
    xml_close(to->xml);
}

static void write_line(const struct ordering *to, size_t index)
{
    const struct ubl_order_line *line = &to->order->lines[index];
    const char *currency = to->order->currency, *code = ubl_unit_code(line->unit);

    xml_open(to->xml, "cac:OrderLine");
    xml_open(to->xml, "cac:LineItem");
    xml_text(to->xml, "cbc:ID", text_format(to->arena, "%zu", index + 1));
    xml_text_of(to->xml, "cbc:Quantity", "unitCode", code,
                text_format(to->arena, "%lld", (long long)line->quantity));
    ubl_amount_write(to->xml, to->arena, "cbc:LineExtensionAmount", line_amount(line), currency);
    xml_open(to->xml, "cac:Price");
    ubl_amount_write(to->xml, to->arena, "cbc:PriceAmount", line->price_minor, currency);
    xml_text_of(to->xml, "cbc:BaseQuantity", "unitCode", code, "1");
    xml_close(to->xml);
    write_item(to, line);
    xml_close(to->xml);
    xml_close(to->xml);
}

static void write_party(const struct ordering *to, const char *element,
                        const struct ubl_party *party)
{
    xml_open(to->xml, element);
    ubl_party_write(to->xml, party);
    xml_close(to->xml);
}

static enum err end_of(struct ctx *ctx, struct xml *xml, struct buffer *out)
{
    if (!xml_end(xml, out)) {
        return err_set(ctx, ERR_RETRY, "no memory for an XML document");
    }
    return out->overflowed
               ? err_set(ctx, ERR_FATAL, "the document is larger than %zu bytes", out->bytes_max)
               : OK;
}

enum err ubl_order_write(struct ctx *ctx, const struct ubl_order *order, struct buffer *out)
{
    const struct ordering to = { order, ctx->arena, xml_new() };

    xml_open(to.xml, "Order");
    xml_attribute(to.xml, "xmlns", ORDER_NAMESPACE);
    xml_attribute(to.xml, "xmlns:cac", AGGREGATE_NAMESPACE);
    xml_attribute(to.xml, "xmlns:cbc", BASIC_NAMESPACE);
    write_head(&to);
    write_party(&to, "cac:BuyerCustomerParty", &order->buyer);
    write_party(&to, "cac:SellerSupplierParty", &order->seller);
    write_delivery(&to);
    write_total(&to);
    for (size_t i = 0; i < order->line_count; i++) {
        write_line(&to, i);
    }
    xml_close(to.xml);
    return end_of(ctx, to.xml, out);
}
