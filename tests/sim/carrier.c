/* carrier.c - what the carrier does with a request, and how its parcels travel. */
#include "tests/sim/carrier.h"

#include "common/arena.h"
#include "common/instant.h"
#include "common/text.h"
#include "tests/sim/gateway.h"

#include <stdio.h>
#include <string.h>

struct carrier *carrier_new(struct arena *arena)
{
    return arena_alloc(arena, sizeof(struct carrier));
}

/* --- What it shows --------------------------------------------------------------------------------- */

static const char *status_of(const struct sent_parcel *parcel)
{
    return parcel->step_count == 0 ? "unknown" : parcel->steps[parcel->step_count - 1].status;
}

static const char *rates_of(struct sim *sim, const struct sent_parcel *parcel)
{
    if (parcel->rateless) {
        return "";
    }
    return text_format(sim->kept,
                       "{\"id\":\"rate_%s00\",\"carrier\":\"USPS\",\"service\":\"GroundAdvantage\","
                       "\"rate\":\"4.75\",\"currency\":\"EUR\",\"delivery_days\":4},"
                       "{\"id\":\"rate_%s01\",\"carrier\":\"USPS\",\"service\":\"Express\","
                       "\"rate\":\"28.40\",\"currency\":\"EUR\",\"delivery_days\":1}",
                       parcel->id, parcel->id);
}

static const char *tracker_of(struct sim *sim, const struct sent_parcel *parcel)
{
    if (parcel->step_count == 0) {
        return "null";
    }
    const struct parcel_step *last = &parcel->steps[parcel->step_count - 1];
    struct instant_text at = instant_format(last->at);

    return text_format(sim->kept,
                       "{\"status_detail\":\"%s\",\"updated_at\":\"%s\",\"est_delivery_date\":null,"
                       "\"signed_by\":null}",
                       last->detail, at.text);
}

static struct answer show(struct sim *sim, const struct sent_parcel *parcel, int64_t status)
{
    const char *code =
        parcel->bought ? text_format(sim->kept, "\"%s\"", parcel->tracking_code) : "null";
    const char *refund = parcel->refund_status == NULL
                             ? "null"
                             : text_format(sim->kept, "\"%s\"", parcel->refund_status);
    const char *label =
        parcel->bought
            ? text_format(sim->kept, "{\"label_url\":\"https://carrier.example/%s\"}", parcel->id)
            : "null";

    return (struct answer){
        status,
        text_format(sim->kept,
                    "{\"id\":\"%s\",\"status\":\"%s\",\"tracking_code\":%s,\"refund_status\":%s,"
                    "\"rates\":[%s],\"selected_rate\":null,\"postage_label\":%s,\"tracker\":%s}",
                    parcel->id, status_of(parcel), code, refund, rates_of(sim, parcel), label,
                    tracker_of(sim, parcel))
    };
}

static struct answer refuse(const char *body)
{
    return (struct answer){ 422, body };
}

static const char *details_of(struct sim *sim, const struct sent_parcel *parcel)
{
    const char *list = "";

    for (size_t i = 0; i < parcel->step_count; i++) {
        const struct parcel_step *step = &parcel->steps[i];
        struct instant_text at = instant_format(step->at);

        list = text_format(sim->kept,
                           "%s%s{\"status\":\"%s\",\"status_detail\":\"%s\",\"datetime\":\"%s\","
                           "\"tracking_location\":{\"country\":\"DE\"}}",
                           list, i == 0 ? "" : ",", step->status, step->detail, at.text);
    }
    return list;
}

static void tell(struct sim *sim, const struct sent_parcel *parcel)
{
    const char *event_id =
        text_format(sim->kept, "evt_c%lld", (long long)++sim->carrier->event_count);
    const struct parcel_step *last = &parcel->steps[parcel->step_count - 1];
    struct instant_text at = instant_format(last->at);

    gateway_webhook(
        sim, "easypost", event_id,
        text_format(sim->kept,
                    "{\"id\":\"%s\",\"description\":\"tracker.updated\",\"result\":{"
                    "\"tracking_code\":\"%s\",\"status\":\"%s\",\"status_detail\":\"%s\","
                    "\"updated_at\":\"%s\",\"est_delivery_date\":null,\"signed_by\":null,"
                    "\"tracking_details\":[%s]}}",
                    event_id, parcel->tracking_code, last->status, last->detail, at.text,
                    details_of(sim, parcel)));
}

/* --- Trips ----------------------------------------------------------------------------------------- */

static void move(struct sim *sim, struct sent_parcel *parcel, const char *status,
                 const char *detail)
{
    if (parcel->step_count < PARCEL_STEPS_MAX) {
        parcel->steps[parcel->step_count++] = (struct parcel_step){ status, detail, sim->now };
        tell(sim, parcel);
    }
}

/* Rounds and shifts: what happens within one happens at once. */
static int64_t round_ms(struct sim *sim, int64_t longest_ms)
{
    int64_t shift_ms = 6 * HOUR_MS;
    int64_t at = sim->now + (1 + chance_below(&sim->chance, longest_ms / shift_ms + 1)) * shift_ms;

    return at - at % shift_ms - sim->now;
}

static void arrive(struct sim *sim, struct sent_parcel *parcel)
{
    switch (parcel->trip) {
    case TRIP_LOST:
        move(sim, parcel, "failure", "lost");
        break;
    case TRIP_RETURNED:
        move(sim, parcel, "return_to_sender", "return");
        break;
    case TRIP_FAILED:
        move(sim, parcel, "failure", "delivery_attempted");
        break;
    case TRIP_NORMAL:
    case TRIP_HELD:
    case TRIP_SILENT:
        move(sim, parcel, "delivered", "arrived_at_destination");
        break;
    }
}

/* 0: the carrier has it, 1: the last mile, 2: its end. */
static void travel(struct sim *sim, void *subject, int64_t leg)
{
    struct sent_parcel *parcel = subject;

    if (parcel->refund_status != NULL && !text_equal(parcel->refund_status, "rejected")) {
        return; /* its label was taken back */
    }
    if (parcel->trip == TRIP_SILENT && leg > 0 && chance_of(&sim->chance, 50000)) {
        return; /* nobody hears of it again */
    }
    if (leg == 0) {
        move(sim, parcel, "in_transit", "departed_facility");
        leg = chance_of(&sim->chance, 70000) ? 1 : 0;
    } else if (leg == 1) {
        move(sim, parcel, "out_for_delivery", "out_for_delivery");
    } else {
        arrive(sim, parcel);
        return;
    }
    sim_plan(sim, round_ms(sim, 2 * DAY_MS), travel, parcel, leg + 1);
}

/* The first of a hundred parcels; all others travel as they should. */
static enum trip draw_trip(struct sim *sim)
{
    static const enum trip rare[] = { TRIP_LOST, TRIP_LOST, TRIP_RETURNED, TRIP_FAILED,
                                      TRIP_HELD, TRIP_HELD, TRIP_SILENT,   TRIP_SILENT };
    size_t drawn = sim->healed ? 100 : (size_t)chance_below(&sim->chance, 100);
    enum trip trip = drawn < sizeof rare / sizeof rare[0] ? rare[drawn] : TRIP_NORMAL;

    return trip == TRIP_SILENT && !sim->temper.silent ? TRIP_NORMAL : trip;
}

static void begin_trip(struct sim *sim, struct sent_parcel *parcel)
{
    parcel->trip = draw_trip(sim);
    if (chance_of(&sim->chance, 30000)) {
        move(sim, parcel, "pre_transit", "label_created");
    }
    sim_plan(sim, round_ms(sim, parcel->trip == TRIP_HELD ? 12 * DAY_MS : DAY_MS), travel, parcel,
             0);
}

void carrier_hurries(struct sim *sim, const char *order_id)
{
    for (struct sent_parcel *parcel = sim->carrier->parcels; parcel != NULL;
         parcel = parcel->next) {
        bool back = parcel->refund_status != NULL && !text_equal(parcel->refund_status, "rejected");

        if (parcel->bought && !back && text_starts_with(parcel->reference, order_id)) {
            move(sim, parcel, "in_transit", "departed_facility");
        }
    }
}

/* --- Requests -------------------------------------------------------------------------------------- */

/* The text of a member of a JSON object that holds nothing escaped; NULL when it has none. */
static const char *member(struct sim *sim, const char *body, const char *name)
{
    const char *at = strstr(body, text_format(sim->ctx.arena, "\"%s\":\"", name));

    if (at == NULL) {
        return NULL;
    }
    at += strlen(name) + strlen("\"\":\"");
    return arena_copy_text(sim->kept, at, strcspn(at, "\""));
}

static struct answer create(struct sim *sim, const char *body)
{
    struct carrier *carrier = sim->carrier;
    const char *zip = member(sim, body, "zip");

    if (text_equal(zip, "00000")) {
        return refuse("{\"error\":{\"code\":\"ADDRESS.VERIFY.FAILURE\"}}");
    }
    struct sent_parcel *parcel = arena_alloc(sim->kept, sizeof *parcel);
    (void)snprintf(parcel->id, sizeof parcel->id, "shp_%lld", (long long)++carrier->parcel_count);
    parcel->reference = member(sim, body, "reference");
    parcel->rateless = text_equal(zip, "99999");
    parcel->next = carrier->parcels;
    carrier->parcels = parcel;
    names_put(sim->kept, &carrier->by_name, parcel->id, parcel);
    names_put(sim->kept, &carrier->by_name, parcel->reference, parcel);
    return show(sim, parcel, 201);
}

static struct answer buy(struct sim *sim, struct sent_parcel *parcel)
{
    if (parcel->bought) {
        parcel->refused_buys++;
        return refuse("{\"error\":{\"code\":\"SHIPMENT.POSTAGE.EXISTS\"}}");
    }
    if (!sim->healed && chance_of(&sim->chance, sim->temper.stinginess)) {
        return refuse("{\"error\":{\"code\":\"SHIPMENT.POSTAGE.FAILURE\"}}");
    }
    parcel->bought = true;
    parcel->labels++;
    (void)snprintf(parcel->tracking_code, sizeof parcel->tracking_code, "9400%018lld",
                   (long long)++sim->carrier->label_count);
    begin_trip(sim, parcel);
    return show(sim, parcel, 200);
}

static struct answer give_back(struct sim *sim, struct sent_parcel *parcel)
{
    bool moves = parcel->step_count > 0 && !text_equal(status_of(parcel), "pre_transit");

    if (!parcel->bought || parcel->refund_status != NULL || moves) {
        return refuse("{\"error\":{\"code\":\"SHIPMENT.REFUND.UNAVAILABLE\"}}");
    }
    parcel->refund_status = !sim->healed && chance_of(&sim->chance, 10 * sim->temper.stinginess)
                                ? "rejected"
                                : "submitted";
    return show(sim, parcel, 200);
}

struct answer carrier_answer(struct sim *sim, const struct outside_call *call)
{
    const char *path = call->request.path;

    if (text_equal(path, "/v2/shipments")) {
        return create(sim, call->request.body);
    }
    const char *name = path + strlen("/v2/shipments/");
    size_t length = strcspn(name, "/");
    struct sent_parcel *parcel =
        names_find(&sim->carrier->by_name, arena_copy_text(sim->ctx.arena, name, length));

    if (parcel == NULL) {
        return (struct answer){ 404, "{\"error\":{\"code\":\"NOT_FOUND\"}}" };
    }
    if (text_equal(name + length, "/buy")) {
        return buy(sim, parcel);
    }
    return text_equal(name + length, "/refund") ? give_back(sim, parcel) : show(sim, parcel, 200);
}
