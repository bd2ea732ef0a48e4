/* parcels.c - parcels on their way: timers, and the events of trackers and refunds. */
#include "tests/bench/outside/parcels.h"

#include "tests/bench/outside/loop.h"
#include "tests/bench/outside/webhooks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { US_A_MS = 1000 };

static const struct shipment_rules *rules;
static struct shipment *newest;

/* The way of each parcel: what it reaches, and how long after what was before. */
static struct {
    const struct step *step;
    int64_t delay_us;
} way[HISTORY_MAX];
static size_t way_length;

uint64_t carrier_next_number(void)
{
    static uint64_t number;

    return ++number;
}

void parcels_add(struct shipment *shipment)
{
    shipment->older = newest;
    newest = shipment;
}

static void begin_event(struct text *body, const char *kind, const char *previous)
{
    int64_t now = now_second();

    body->length = 0;
    text_format(body,
                "{\"id\":\"evt_%s%08" PRIx64
                "\",\"object\":\"Event\",\"mode\":\"test\",\"description\":\"%s\","
                "\"previous_attributes\":",
                start_mark(), carrier_next_number(), kind);
    if (previous == NULL) {
        text_add_text(body, "{}");
    } else {
        text_format(body, "{\"status\":\"%s\"}", previous);
    }
    text_add_text(body, ",\"pending_urls\":[],\"completed_urls\":[],\"created_at\":");
    text_add_instant(body, now);
    text_add_text(body, ",\"updated_at\":");
    text_add_instant(body, now);
    text_add_text(body, ",\"user_id\":\"user_standin\",\"status\":\"pending\",\"result\":");
}

/* The tracker shows a new status, and says so; a label that was given back goes nowhere. */
static void move(void *about)
{
    static struct text body;
    struct shipment *shipment = about;
    const char *before = shipment_status(shipment);

    if (shipment->refund_status != NULL) {
        return;
    }
    shipment->history[shipment->history_count] =
        (struct reached){ way[shipment->history_count].step, now_second() };
    shipment->history_count++;
    if (webhooks_wanted()) {
        begin_event(&body, "tracker.updated", before);
        tracker_add_json(&body, shipment, rules);
        text_add(&body, "}", 1);
        webhooks_emit(&body);
    }
    parcel_sets_out(shipment);
}

void parcel_sets_out(struct shipment *shipment)
{
    if (shipment->history_count < way_length) {
        loop_after(way[shipment->history_count].delay_us, move, shipment);
    }
}

bool parcels_start(const char *transit_ms, const struct shipment_rules *given)
{
    rules = given;
    for (const char *at = transit_ms; *at != '\0' && way_length < HISTORY_MAX;) {
        const char *mark = strchr(at, '=');
        char *end = NULL;

        if (mark == NULL) {
            return false;
        }
        way[way_length].step = step_of(at, (size_t)(mark - at));
        way[way_length].delay_us = (int64_t)(strtod(mark + 1, &end) * US_A_MS);
        if (way[way_length++].step == NULL || (*end != ',' && *end != '\0')) {
            return false;
        }
        at = *end == ',' ? end + 1 : end;
    }
    return true;
}

static void finish_refund(void *about)
{
    static struct text body;
    struct shipment *shipment = about;
    int64_t now = now_second();
    size_t count = 0;

    shipment->refund_status = "refunded";
    if (!webhooks_wanted()) {
        return;
    }
    begin_event(&body, "refund.successful", NULL);
    text_format(&body, "{\"id\":\"rfnd_%s\",\"object\":\"Refund\",\"created_at\":", shipment->key);
    text_add_instant(&body, now);
    text_add_text(&body, ",\"updated_at\":");
    text_add_instant(&body, now);
    text_format(&body,
                ",\"tracking_code\":\"%s\",\"confirmation_number\":null,\"status\":\"refunded\","
                "\"carrier\":\"%s\","
                "\"shipment_id\":\"%s\"}}",
                shipment->tracking_code,
                shipment_services(shipment, &count)[shipment->service].carrier, shipment->id);
    webhooks_emit(&body);
}

void parcel_refund_later(struct shipment *shipment, int64_t delay_ms)
{
    loop_after(delay_ms * US_A_MS, finish_refund, shipment);
}

void parcels_add_states(struct text *body)
{
    const struct step *known[HISTORY_MAX + 1] = { NULL };
    uint64_t states[HISTORY_MAX + 1] = { 0 };

    for (size_t i = 0; i < way_length; i++) {
        known[i + 1] = way[i].step;
    }
    for (const struct shipment *shipment = newest; shipment != NULL; shipment = shipment->older) {
        states[shipment->history_count]++;
    }
    text_add_text(body, "\"states\":{");
    for (size_t i = 0, told = 0; i <= way_length; i++) {
        if (states[i] > 0) {
            text_format(body, "%s\"%s\":%" PRIu64, told++ > 0 ? "," : "",
                        known[i] == NULL ? "unknown" : known[i]->status, states[i]);
        }
    }
    text_add(body, "}", 1);
}
