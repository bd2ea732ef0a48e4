/* body.c - a parcel in the carrier's words. */
#include "services/shipping/body.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/money.h"
#include "common/text.h"

#include <assert.h>

/* By the contract's limits an address has at most some 2 kB, three times that when escaped. */
enum { BODY_BYTES_MAX = 32768 };

#define MICROGRAMS_AN_OUNCE INT64_C(28349523)

static void add_separator(struct buffer *buffer)
{
    if (buffer->length > 0 && buffer->bytes[buffer->length - 1] != '{') {
        buffer_append_text(buffer, ",");
    }
}

static void add_text(struct buffer *buffer, const char *name, const char *value)
{
    if (value == NULL) {
        return;
    }
    add_separator(buffer);
    buffer_append_json_string(buffer, name);
    buffer_append_text(buffer, ":");
    buffer_append_json_string(buffer, value);
}

/* A value that is JSON already. */
static void add_json(struct buffer *buffer, const char *name, const char *json)
{
    add_separator(buffer);
    buffer_append_json_string(buffer, name);
    buffer_append_text(buffer, ":");
    buffer_append_text(buffer, json);
}

static const char *finish(struct arena *arena, struct buffer *buffer)
{
    assert(!buffer->overflowed); /* what goes in is bounded by the contract */
    const char *text = arena_copy_text(arena, buffer->bytes, buffer->length);

    buffer_release(buffer);
    return text;
}

static struct buffer begin(void)
{
    struct buffer buffer;

    buffer_init(&buffer, BODY_BYTES_MAX);
    buffer_append_text(&buffer, "{");
    return buffer;
}

static const char *end(struct arena *arena, struct buffer *buffer)
{
    buffer_append_text(buffer, "}");
    return finish(arena, buffer);
}

const char *body_consignee(struct arena *arena, const struct postal_address *address,
                           const struct contact *contact)
{
    struct buffer buffer = begin();

    add_text(&buffer, "name", address->name);
    add_text(&buffer, "company", address->company);
    add_text(&buffer, "street1", address->line1);
    add_text(&buffer, "street2", address->line2);
    add_text(&buffer, "city", address->city);
    add_text(&buffer, "state", address->region);
    add_text(&buffer, "zip", address->postal_code);
    add_text(&buffer, "country", address->country);
    if (contact != NULL) {
        add_text(&buffer, "phone", contact->phone);
        add_text(&buffer, "email", contact->email);
    }
    return end(arena, &buffer);
}

static const char *sender(struct arena *arena, const struct place_row *place)
{
    const struct postal_address address = { .name = place->name,
                                            .company = place->company,
                                            .line1 = place->line1,
                                            .line2 = place->line2,
                                            .city = place->city,
                                            .region = place->region,
                                            .postal_code = place->postal_code,
                                            .country = place->country };

    return body_consignee(arena, &address, NULL);
}

static const char *tenths(struct arena *arena, int64_t count)
{
    return text_format(arena, "%lld.%lld", (long long)(count / 10), (long long)(count % 10));
}

static const char *ounces(struct arena *arena, int64_t grams)
{
    return tenths(arena, (grams * 10 * 1000000 + MICROGRAMS_AN_OUNCE - 1) / MICROGRAMS_AN_OUNCE);
}

static const char *inches(struct arena *arena, int64_t mm)
{
    return tenths(arena, (mm * 100 + 253) / 254);
}

static const char *decimal(struct arena *arena, int64_t minor, const char *currency)
{
    int digits = currency_digits(currency);
    int64_t one = 1;

    for (int i = 0; i < digits; i++) {
        one *= 10;
    }
    return digits <= 0 ? text_format(arena, "%lld", (long long)minor)
                       : text_format(arena, "%lld.%0*lld", (long long)(minor / one), digits,
                                     (long long)(minor % one));
}

static const char *box(struct arena *arena, const struct parcel_row *parcel)
{
    struct buffer buffer = begin();

    add_json(&buffer, "weight", ounces(arena, parcel->weight_grams));
    /* The carrier wants all three, or none. */
    if (parcel->length_mm > 0 && parcel->width_mm > 0 && parcel->height_mm > 0) {
        add_json(&buffer, "length", inches(arena, parcel->length_mm));
        add_json(&buffer, "width", inches(arena, parcel->width_mm));
        add_json(&buffer, "height", inches(arena, parcel->height_mm));
    }
    return end(arena, &buffer);
}

/* One item for all that is in it: the contract does not say what items are made of. */
static const char *customs(struct arena *arena, const struct body_parts *parts)
{
    struct buffer item = begin(), buffer = begin();

    add_text(&item, "description", "Merchandise");
    add_json(&item, "quantity", text_format(arena, "%lld", (long long)parts->parcel->pieces));
    add_text(&item, "value", decimal(arena, parts->value_minor, parts->shipment->currency));
    add_text(&item, "currency", parts->shipment->currency);
    add_json(&item, "weight", ounces(arena, parts->parcel->weight_grams));
    add_text(&item, "origin_country", parts->place->country);
    add_text(&buffer, "contents_type", "merchandise");
    add_text(&buffer, "restriction_type", "none");
    add_text(&buffer, "non_delivery_option", "return");
    add_json(&buffer, "customs_certify", "true");
    add_text(&buffer, "customs_signer", parts->place->name);
    add_json(&buffer, "customs_items", text_format(arena, "[%s]", end(arena, &item)));
    return end(arena, &buffer);
}

static const char *options(struct arena *arena, const struct body_parts *parts)
{
    struct buffer buffer = begin();

    add_text(&buffer, "label_format", "PDF");
    if (parts->cash_minor != NOT_GIVEN) {
        add_text(&buffer, "cod_amount",
                 decimal(arena, parts->cash_minor, parts->shipment->currency));
        add_text(&buffer, "cod_method", "CASH");
    }
    return end(arena, &buffer);
}

const char *body_parcel(struct arena *arena, const struct body_parts *parts)
{
    struct buffer buffer = begin(), whole = begin();

    add_text(&buffer, "reference", parts->reference);
    add_json(&buffer, "to_address", parts->consignee);
    add_json(&buffer, "from_address", sender(arena, parts->place));
    add_json(&buffer, "parcel", box(arena, parts->parcel));
    if (!text_equal(parts->shipment->to_country, parts->place->country)) {
        add_json(&buffer, "customs_info", customs(arena, parts));
    }
    add_json(&buffer, "options", options(arena, parts));
    add_json(&whole, "shipment", end(arena, &buffer));
    return end(arena, &whole);
}
