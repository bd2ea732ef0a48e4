/* shipments.c - checks what the carrier is asked to carry. */
#include "tests/bench/outside/shipments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 255, TEXT_BYTES_MAX = 4 * TEXT_MAX, WEIGHT_MAX_OUNCES = 1120, DIGITS = 15 };

#define NO_RATES_ZIP "99999"

static const char *const address_fields[] = { "name",    "company",        "street1",
                                              "street2", "city",           "state",
                                              "zip",     "country",        "phone",
                                              "email",   "federal_tax_id", "state_tax_id" };

static bool wrong(struct carrier_error *error, const char *of, const char *field,
                  const char *message)
{
    *error = (struct carrier_error){
        .status = 422,
        .code = "SHIPMENT.INVALID_PARAMS",
        .message = "Unable to create shipment, one or more parameters were invalid.",
        .field_message = message,
    };
    (void)snprintf(error->field, sizeof error->field, "%s%s%s", of, *field == '\0' ? "" : ".",
                   field);
    return false;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value == NULL ? "" : value;
}

static bool check_address(const json_t *address, const char *of, struct carrier_error *error)
{
    static const char *const wanted[] = { "street1", "city", "country" };

    if (!json_is_object(address)) {
        return wrong(error, of, "", "is required");
    }
    for (size_t i = 0; i < sizeof address_fields / sizeof address_fields[0]; i++) {
        const json_t *value = json_object_get(address, address_fields[i]);

        if (value != NULL && !json_is_null(value) &&
            (!json_is_string(value) || json_string_length(value) > TEXT_BYTES_MAX)) {
            return wrong(error, of, address_fields[i], "must be text of at most 255 characters");
        }
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (*text_of(address, wanted[i]) == '\0') {
            return wrong(error, of, wanted[i], "is required");
        }
    }
    if (*text_of(address, "name") == '\0' && *text_of(address, "company") == '\0') {
        return wrong(error, of, "name", "name or company is required");
    }
    return strlen(text_of(address, "country")) == 2 ||
           wrong(error, of, "country", "must be a two letter code");
}

static bool check_parcel(const json_t *parcel, struct carrier_error *error)
{
    static const char *const sizes[] = { "weight", "length", "width", "height" };

    if (!json_is_object(parcel)) {
        return wrong(error, "parcel", "", "is required");
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const json_t *value = json_object_get(parcel, sizes[i]);
        double number = json_number_value(value);

        if ((value != NULL || i == 0) && !(json_is_number(value) && number > 0 && number < 1e6)) {
            return wrong(error, "parcel", sizes[i],
                         "must be a number greater than 0 and below a million");
        }
    }
    return true;
}

static bool check_zip(const json_t *address, const char *refused, struct carrier_error *error)
{
    const char *zip = text_of(address, "zip");
    size_t length = strlen(zip);

    for (const char *at = refused; length > 0 && (at = strstr(at, zip)) != NULL; at += length) {
        bool whole = (at == refused || at[-1] == ',') && (at[length] == ',' || at[length] == '\0');

        if (whole) {
            *error = (struct carrier_error){ .status = 422,
                                             .code = "ADDRESS.VERIFY.FAILURE",
                                             .message = "Unable to verify address.",
                                             .field = "address",
                                             .field_message = "Address not found",
                                             .field_code = "E.ADDRESS.NOT_FOUND" };
            return false;
        }
    }
    return true;
}

static bool read_label_format(struct shipment *shipment, const json_t *options,
                              struct carrier_error *error)
{
    static const char *const formats[] = { "png", "pdf", "zpl" }, *const upper[] = { "PNG", "PDF",
                                                                                     "ZPL" };
    const char *asked = text_of(options, "label_format");

    shipment->label_format = *asked == '\0' ? "png" : NULL;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(asked, formats[i]) == 0 || strcmp(asked, upper[i]) == 0) {
            shipment->label_format = formats[i];
        }
    }
    if (shipment->label_format == NULL) {
        *error = (struct carrier_error){ .status = 422,
                                         .code = "SHIPMENT.POSTAGE.INVALID_FORMAT",
                                         .message = "label_format must be one of png, pdf, zpl." };
    }
    return shipment->label_format != NULL;
}

/* --- The lasting part -------------------------------------------------------------------------- */

static void add_address(struct text *text, const struct shipment *shipment, const json_t *address,
                        int number)
{
    text_format(text,
                "{\"id\":\"adr_%s%02d\",\"object\":\"Address\",\"mode\":\"test\",\"created_at\":",
                shipment->key, number);
    text_add_instant(text, shipment->created_at);
    text_add_text(text, ",\"updated_at\":");
    text_add_instant(text, shipment->created_at);
    for (size_t i = 0; i < sizeof address_fields / sizeof address_fields[0]; i++) {
        text_format(text, ",\"%s\":", address_fields[i]);
        text_add_json(text, json_string_value(json_object_get(address, address_fields[i])));
    }
    text_add_text(text, ",\"verifications\":{}}");
}

/* JSON as it came, or `absent`. */
static void add_given(struct text *text, const json_t *given, const char *absent)
{
    char *said =
        given == NULL
            ? NULL
            : json_dumps(given, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(DIGITS));

    text_add_text(text, said == NULL ? absent : said);
    free(said);
}

static void add_parcel(struct text *text, const struct shipment *shipment, const json_t *parcel)
{
    add_given(text, parcel, "{}");
    text->length--; /* its closing brace */
    text_format(text, ",\"id\":\"prcl_%s\",\"object\":\"Parcel\"}", shipment->key);
}

static const char *fixed_json(const struct shipment *shipment, const json_t *asked)
{
    static struct text text;

    text.length = 0;
    text_add_text(&text, "\"object\":\"Shipment\",\"mode\":\"test\",\"created_at\":");
    text_add_instant(&text, shipment->created_at);
    text_add_text(&text, ",\"is_return\":false,\"reference\":");
    text_add_json(&text, shipment->reference);
    text_add_text(&text, ",\"to_address\":");
    add_address(&text, shipment, json_object_get(asked, "to_address"), 1);
    text_add_text(&text, ",\"from_address\":");
    add_address(&text, shipment, json_object_get(asked, "from_address"), 2);
    text_add_text(&text, ",\"parcel\":");
    add_parcel(&text, shipment, json_object_get(asked, "parcel"));
    text_add_text(&text, ",\"customs_info\":");
    add_given(&text, json_object_get(asked, "customs_info"), "null");
    text_add_text(&text, ",\"options\":");
    add_given(&text, json_object_get(asked, "options"), "{}");
    text_add_text(&text, ",\"insurance\":null,\"forms\":[],\"fees\":[],\"messages\":");
    text_add_text(
        &text,
        shipment->rateless
            ? "[{\"carrier\":\"USPS\",\"type\":\"rate_error\",\"carrier_account_id\":\"ca_usps\","
              "\"message\":\"The parcel cannot be carried to this address.\"}]"
            : "[]");
    return keep_bytes(text.bytes, text.length);
}

bool shipment_read(struct shipment *shipment, const json_t *asked,
                   const struct shipment_rules *rules, struct carrier_error *error)
{
    const json_t *to = json_object_get(asked, "to_address"),
                 *from = json_object_get(asked, "from_address"),
                 *parcel = json_object_get(asked, "parcel"),
                 *customs = json_object_get(asked, "customs_info"),
                 *reference = json_object_get(asked, "reference");

    if (reference != NULL &&
        (!json_is_string(reference) || json_string_length(reference) > TEXT_BYTES_MAX)) {
        return wrong(error, "reference", "", "must be text of at most 255 characters");
    }
    if (!check_address(to, "to_address", error) || !check_address(from, "from_address", error) ||
        !check_zip(to, rules->refused_zip, error) || !check_parcel(parcel, error) ||
        !read_label_format(shipment, json_object_get(asked, "options"), error)) {
        return false;
    }
    shipment->reference = keep_given(json_string_value(reference));
    shipment->weight_ounces = json_number_value(json_object_get(parcel, "weight"));
    shipment->international = strcmp(text_of(to, "country"), text_of(from, "country")) != 0;
    shipment->customs = customs != NULL && !json_is_null(customs);
    shipment->rateless = shipment->weight_ounces > WEIGHT_MAX_OUNCES ||
                         strcmp(text_of(to, "zip"), NO_RATES_ZIP) == 0;
    shipment->city = keep_given(text_of(to, "city"));
    shipment->country = keep_given(text_of(to, "country"));
    shipment->signer =
        keep_given(*text_of(to, "name") == '\0' ? text_of(to, "company") : text_of(to, "name"));
    shipment->service = NOT_BOUGHT;
    shipment->fixed_json = fixed_json(shipment, asked);
    return true;
}
