/* shipment_json.c - shipments, rates, labels and trackers as the API shows them. */
#include "tests/bench/outside/shipments.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS_A_DAY = 86400 };

static const struct carrier_service domestic[] = {
    { "USPS", "GroundAdvantage", "ca_usps", 475, 12, 4 },
    { "USPS", "Priority", "ca_usps", 790, 18, 2 },
    { "USPS", "Express", "ca_usps", 2840, 45, 1 },
    { "UPS", "Ground", "ca_ups", 910, 14, 3 },
    { "UPS", "NextDayAir", "ca_ups", 4120, 60, 1 },
};
static const struct carrier_service international[] = {
    { "USPS", "FirstClassPackageInternationalService", "ca_usps", 1675, 40, 14 },
    { "USPS", "PriorityMailInternational", "ca_usps", 4290, 70, 8 },
    { "UPS", "Expedited", "ca_ups", 5150, 85, 4 },
};
static const struct step steps[] = {
    { "pre_transit", "label_created", "Shipping label created, waiting for the parcel" },
    { "in_transit", "departed_facility", "Departed sorting facility" },
    { "out_for_delivery", "out_for_delivery", "Out for delivery" },
    { "delivered", "arrived_at_destination", "Delivered, signed for at the door" },
    { "available_for_pickup", "available_for_pickup", "Waiting at the pickup point" },
    { "return_to_sender", "return", "Returning to the sender" },
    { "failure", "delivery_attempted", "Delivery failed" },
};

const struct step *step_of(const char *status, size_t length)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (strlen(steps[i].status) == length && strncmp(steps[i].status, status, length) == 0) {
            return &steps[i];
        }
    }
    return NULL;
}

const struct carrier_service *shipment_services(const struct shipment *shipment, size_t *ret_count)
{
    *ret_count = shipment->international ? sizeof international / sizeof international[0]
                                         : sizeof domestic / sizeof domestic[0];
    if (shipment->rateless) {
        *ret_count = 0;
    }
    return shipment->international ? international : domestic;
}

const char *shipment_status(const struct shipment *shipment)
{
    return shipment->history_count == 0
               ? "unknown"
               : shipment->history[shipment->history_count - 1].step->status;
}

static int64_t changed_at(const struct shipment *shipment)
{
    if (shipment->history_count > 0) {
        return shipment->history[shipment->history_count - 1].at;
    }
    return shipment->bought_at > 0 ? shipment->bought_at : shipment->created_at;
}

/* `"created_at":…,"updated_at":…`. */
static void add_instants(struct text *text, int64_t created_at, int64_t updated_at)
{
    text_add_text(text, "\"created_at\":");
    text_add_instant(text, created_at);
    text_add_text(text, ",\"updated_at\":");
    text_add_instant(text, updated_at);
}

static void add_rate(struct text *text, const struct shipment *shipment, int number,
                     const char *currency)
{
    size_t count = 0;
    const struct carrier_service *service = &shipment_services(shipment, &count)[number];
    double more = shipment->weight_ounces > 1 ? shipment->weight_ounces - 1 : 0;
    int cents = service->first_cents + (int)(service->more_cents * more);
    char price[24];

    (void)snprintf(price, sizeof price, "%d.%02d", cents / 100, cents % 100);
    text_format(text, "{\"id\":\"rate_%s%02d\",\"object\":\"Rate\",", shipment->key, number);
    add_instants(text, shipment->created_at, shipment->created_at);
    text_format(
        text,
        ",\"mode\":\"test\",\"service\":\"%s\",\"carrier\":\"%s\",\"rate\":\"%s\",\"currency\":\"%"
        "s\","
        "\"retail_rate\":\"%s\",\"retail_currency\":\"%s\",\"list_rate\":\"%s\",\"list_currency\":"
        "\"%s\","
        "\"billing_type\":\"easypost\",\"delivery_days\":%d,\"delivery_date\":null,"
        "\"delivery_date_guaranteed\":false,\"est_delivery_days\":%d,\"shipment_id\":\"%s\","
        "\"carrier_account_id\":\"%s\"}",
        service->name, service->carrier, price, currency, price, currency, price, currency,
        service->days, service->days, shipment->id, service->account);
}

static void add_label(struct text *text, const struct shipment *shipment, const char *public_url)
{
    const char *kind = shipment->label_format;
    bool png = strcmp(kind, "png") == 0;
    char url[512], quoted[520];

    (void)snprintf(url, sizeof url, "%s/labels/%s.%s", public_url, shipment->id, kind);
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", url);
    text_format(text, "{\"id\":\"pl_%s\",\"object\":\"PostageLabel\",", shipment->key);
    add_instants(text, shipment->bought_at, shipment->bought_at);
    text_add_text(text, ",\"date_advance\":0,\"integrated_form\":\"none\",\"label_date\":");
    text_add_instant(text, shipment->bought_at);
    text_format(
        text,
        ",\"label_resolution\":203,\"label_size\":\"4x6\",\"label_type\":\"default\","
        "\"label_file_type\":\"%s/%s\",\"label_url\":%s,\"label_pdf_url\":%s,\"label_zpl_url\":%s,"
        "\"label_epl2_url\":null,\"label_file\":null}",
        png ? "image" : "application", kind, quoted, strcmp(kind, "pdf") == 0 ? quoted : "null",
        strcmp(kind, "zpl") == 0 ? quoted : "null");
}

static void add_details(struct text *text, const struct shipment *shipment, const char *carrier)
{
    for (size_t i = 0; i < shipment->history_count; i++) {
        const struct reached *reached = &shipment->history[i];

        text_format(text,
                    "%s{\"object\":\"TrackingDetail\",\"message\":\"%s\",\"description\":\"\","
                    "\"status\":\"%s\","
                    "\"status_detail\":\"%s\",\"datetime\":",
                    i > 0 ? "," : "", reached->step->message, reached->step->status,
                    reached->step->detail);
        text_add_instant(text, reached->at);
        text_format(text,
                    ",\"source\":\"%s\",\"carrier_code\":\"\",\"tracking_location\":{\"object\":"
                    "\"TrackingLocation\",\"city\":",
                    carrier);
        text_add_json(text, shipment->city);
        text_format(text, ",\"state\":null,\"country\":\"%s\",\"zip\":null}}", shipment->country);
    }
}

void tracker_add_json(struct text *text, const struct shipment *shipment,
                      const struct shipment_rules *rules)
{
    size_t count = 0;
    const struct carrier_service *service = &shipment_services(shipment, &count)[shipment->service];
    const char *status = shipment_status(shipment);
    const struct step *step = step_of(status, strlen(status));

    text_format(
        text,
        "{\"id\":\"trk_%s\",\"object\":\"Tracker\",\"mode\":\"test\",\"tracking_code\":\"%s\","
        "\"status\":\"%s\",\"status_detail\":\"%s\",",
        shipment->key, shipment->tracking_code, status, step == NULL ? "unknown" : step->detail);
    add_instants(text, shipment->bought_at, changed_at(shipment));
    text_add_text(text, ",\"signed_by\":");
    text_add_json(text, strcmp(status, "delivered") == 0 ? shipment->signer : NULL);
    text_format(text, ",\"weight\":%.15g,\"est_delivery_date\":", shipment->weight_ounces);
    text_add_instant(text, shipment->bought_at + (int64_t)service->days * SECONDS_A_DAY);
    text_format(text, ",\"shipment_id\":\"%s\",\"carrier\":\"%s\",\"tracking_details\":[",
                shipment->id, service->carrier);
    add_details(text, shipment, service->carrier);
    text_format(text, "],\"carrier_detail\":null,\"fees\":[],\"public_url\":\"%s/track/trk_%s\"}",
                rules->public_url, shipment->key);
}

static void add_changing(struct text *text, const struct shipment *shipment,
                         const struct shipment_rules *rules)
{
    bool bought = shipment->service != NOT_BOUGHT;

    text_add_text(text, ",\"updated_at\":");
    text_add_instant(text, changed_at(shipment));
    text_format(text, ",\"status\":\"%s\",\"tracking_code\":", shipment_status(shipment));
    text_add_json(text, bought ? shipment->tracking_code : NULL);
    text_add_text(text, ",\"refund_status\":");
    text_add_json(text, shipment->refund_status);
    if (!bought) {
        text_add_text(text, ",\"selected_rate\":null,\"postage_label\":null,\"tracker\":null}");
        return;
    }
    text_add_text(text, ",\"selected_rate\":");
    add_rate(text, shipment, shipment->service, rules->currency);
    text_add_text(text, ",\"postage_label\":");
    add_label(text, shipment, rules->public_url);
    text_add_text(text, ",\"tracker\":");
    tracker_add_json(text, shipment, rules);
    text_add(text, "}", 1);
}

void shipment_add_json(struct text *text, const struct shipment *shipment,
                       const struct shipment_rules *rules)
{
    size_t count = 0;

    (void)shipment_services(shipment, &count);
    text_format(text, "{\"id\":\"%s\",", shipment->id);
    text_add_text(text, shipment->fixed_json);
    text_add_text(text, ",\"rates\":[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            text_add(text, ",", 1);
        }
        add_rate(text, shipment, (int)i, rules->currency);
    }
    text_add(text, "]", 1);
    add_changing(text, shipment, rules);
}

void carrier_error_add_json(struct text *text, const struct carrier_error *error)
{
    text_format(text, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\",\"errors\":[", error->code,
                error->message);
    if (error->field_code != NULL) {
        text_format(text, "{\"code\":\"%s\",\"suggestion\":null,", error->field_code);
    }
    if (error->field_message != NULL) {
        text_format(text, "%s\"field\":\"%s\",\"message\":\"%s\"}",
                    error->field_code == NULL ? "{" : "", error->field, error->field_message);
    }
    text_add_text(text, "]}}");
}
