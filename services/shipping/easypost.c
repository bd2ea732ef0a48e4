/* easypost.c - what EasyPost is asked, and what its answers mean. */
#include "services/shipping/easypost.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/text.h"
#include "proto/shipping_codec.h"
#include "services/shipping/carrier.h"

#include <string.h>

enum { STEPS_MAX = 200, SIGNED_BY_MAX = 255 };

static const char json_headers[] = "Content-Type: application/json\nAccept: application/json\n";

/* --- Requests --------------------------------------------------------------------------------------- */

static void post(struct outside_request *ret, const char *path, const char *body)
{
    *ret = (struct outside_request){ .method = "POST",
                                     .path = path,
                                     .headers = json_headers,
                                     .body = body,
                                     .body_length = strlen(body) };
}

static void get(struct arena *arena, struct outside_request *ret, const char *name)
{
    *ret = (struct outside_request){ .method = "GET",
                                     .path = text_format(arena, "/v2/shipments/%s", name),
                                     .headers = "Accept: application/json\n" };
}

void easypost_create_request(struct arena *arena, const void *payload, const char *key,
                             struct outside_request *ret)
{
    (void)arena;
    (void)key;
    post(ret, "/v2/shipments", ((const struct carrier_call *)payload)->body);
}

/* By our reference: the newest shipment that has it. */
void easypost_create_ask(struct arena *arena, const void *payload, const char *key,
                         struct outside_request *ret)
{
    (void)key;
    get(arena, ret, ((const struct carrier_call *)payload)->reference);
}

void easypost_buy_request(struct arena *arena, const void *payload, const char *key,
                          struct outside_request *ret)
{
    const struct carrier_call *call = payload;

    (void)key;
    post(ret, text_format(arena, "/v2/shipments/%s/buy", call->carrier_ref),
         text_format(arena, "{\"rate\":{\"id\":\"%s\"}}", call->rate_id));
}

void easypost_void_request(struct arena *arena, const void *payload, const char *key,
                           struct outside_request *ret)
{
    (void)key;
    post(ret,
         text_format(arena, "/v2/shipments/%s/refund",
                     ((const struct carrier_call *)payload)->carrier_ref),
         "{}");
}

void easypost_show(struct arena *arena, const void *payload, const char *key,
                   struct outside_request *ret)
{
    (void)key;
    get(arena, ret, ((const struct carrier_call *)payload)->carrier_ref);
}

/* --- Where it is ------------------------------------------------------------------------------------ */

/* ABSENT for what says nothing of where a parcel is. */
static enum tracking_status status_of(enum easypost_status status, const char *detail)
{
    static const enum tracking_status statuses[EASYPOST_STATUS_UNKNOWN + 1] = {
        [EASYPOST_STATUS_PRE_TRANSIT] = TRACKING_STATUS_PRE_TRANSIT,
        [EASYPOST_STATUS_IN_TRANSIT] = TRACKING_STATUS_IN_TRANSIT,
        [EASYPOST_STATUS_OUT_FOR_DELIVERY] = TRACKING_STATUS_OUT_FOR_DELIVERY,
        [EASYPOST_STATUS_DELIVERED] = TRACKING_STATUS_DELIVERED,
        [EASYPOST_STATUS_AVAILABLE_FOR_PICKUP] = TRACKING_STATUS_AVAILABLE_FOR_PICKUP,
        [EASYPOST_STATUS_RETURN_TO_SENDER] = TRACKING_STATUS_RETURN_TO_SENDER,
        [EASYPOST_STATUS_FAILURE] = TRACKING_STATUS_FAILURE,
    };
    bool moving =
        status == EASYPOST_STATUS_IN_TRANSIT || status == EASYPOST_STATUS_OUT_FOR_DELIVERY;

    return moving && text_equal(detail, "delivery_attempted") ? TRACKING_STATUS_ATTEMPT_FAILED
                                                              : statuses[status];
}

static const char *country_of(const char *country)
{
    return country != NULL && strlen(country) == 2 && country[0] >= 'A' && country[0] <= 'Z' &&
                   country[1] >= 'A' && country[1] <= 'Z'
               ? country
               : NULL;
}

static const char *detail_code(struct arena *arena, const char *detail)
{
    return detail == NULL || detail[0] == '\0' ? NULL : rates_code(arena, detail);
}

/* Steps of a parcel, the newest STEPS_MAX. */
struct step_list {
    struct parcel_tracked_step *steps;
    size_t count;
};

static void add_step(struct step_list *list, const struct parcel_tracked_step *step)
{
    if (step->status == TRACKING_STATUS_ABSENT || step->occurred_at == 0) {
        return;
    }
    if (list->count == STEPS_MAX) {
        memmove(list->steps, list->steps + 1, (STEPS_MAX - 1) * sizeof *list->steps);
        list->count--;
    }
    list->steps[list->count++] = *step;
}

static void list_steps(struct arena *arena, const struct easypost_event_result *tracker,
                       struct parcel_tracked *news)
{
    struct step_list list = { .steps = arena_alloc(arena, STEPS_MAX * sizeof *list.steps) };

    for (size_t i = 0; i < tracker->tracking_details_count; i++) {
        const struct easypost_event_result_tracking_detail *detail = &tracker->tracking_details[i];
        const char *country =
            detail->tracking_location == NULL ? NULL : detail->tracking_location->country;

        add_step(&list, &(struct parcel_tracked_step){
                            .status = status_of(detail->status, detail->status_detail),
                            .code = detail_code(arena, detail->status_detail),
                            .country = country_of(country),
                            .occurred_at = detail->datetime });
    }
    /* The tracker's own word counts where the list of scans does not say it. */
    enum tracking_status status = status_of(tracker->status, tracker->status_detail);
    if (list.count == 0 || list.steps[list.count - 1].status != status) {
        add_step(&list,
                 &(struct parcel_tracked_step){ .status = status,
                                                .code = detail_code(arena, tracker->status_detail),
                                                .occurred_at = tracker->updated_at });
    }
    news->steps = list.steps;
    news->steps_count = list.count;
}

static const char *signature(const char *signed_by)
{
    return signed_by == NULL || signed_by[0] == '\0' || strlen(signed_by) > SIGNED_BY_MAX
               ? NULL
               : signed_by;
}

enum easypost_reading easypost_webhook_read(struct arena *arena, const char *base64,
                                            struct carrier_event *ret)
{
    struct violations violations;
    struct easypost_notice notice;
    struct easypost_event event;
    size_t length = 0;
    const char *body = (const char *)base64_decode(arena, base64, &length);

    if (body == NULL || easypost_notice_decode(arena, body, length, &notice, &violations) != OK) {
        return EASYPOST_GARBLED;
    }
    if (!text_equal(notice.description, "tracker.updated") &&
        !text_equal(notice.description, "tracker.created")) {
        return EASYPOST_OTHER;
    }
    if (easypost_event_decode(arena, body, length, &event, &violations) != OK) {
        return EASYPOST_GARBLED;
    }
    *ret = (struct carrier_event){
        .id = event.id,
        .tracking_number = event.result.tracking_code,
        .news = { .estimated_at = event.result.est_delivery_date,
                  .has_estimated_at = event.result.has_est_delivery_date,
                  .signed_by = signature(event.result.signed_by) },
    };
    list_steps(arena, &event.result, &ret->news);
    return EASYPOST_TRACKER;
}

/* --- Answers ---------------------------------------------------------------------------------------- */

static struct rate rate_of(const struct easypost_shipment_rate *rate)
{
    return (struct rate){ .id = rate->id,
                          .carrier = rate->carrier,
                          .service = rate->service,
                          .price = rate->rate,
                          .currency = rate->currency,
                          .delivery_days = rate->has_delivery_days ? rate->delivery_days : -1 };
}

static void read_bought(struct arena *arena, const struct easypost_shipment *shipment,
                        struct carrier_answer *answer)
{
    const struct easypost_shipment_selected_rate *selected = shipment->selected_rate;

    if (shipment->postage_label != NULL) {
        answer->label_url = shipment->postage_label->label_url;
    }
    if (selected != NULL) {
        const struct rate bought = { .id = selected->id,
                                     .carrier = selected->carrier,
                                     .service = selected->service,
                                     .price = selected->rate,
                                     .currency = selected->currency,
                                     .delivery_days = -1 };

        answer->bought = arena_copy(arena, &bought, sizeof bought);
    }
}

static void read_news(struct arena *arena, const struct easypost_shipment *shipment,
                      struct carrier_answer *answer)
{
    const struct easypost_shipment_tracker *tracker = shipment->tracker;
    struct parcel_tracked_step *step = arena_alloc(arena, sizeof *step);
    struct parcel_tracked news = { .steps = step, .steps_count = 1 };

    if (tracker == NULL) {
        return;
    }
    *step =
        (struct parcel_tracked_step){ .status = status_of(shipment->status, tracker->status_detail),
                                      .code = detail_code(arena, tracker->status_detail),
                                      .occurred_at = tracker->updated_at };
    news.estimated_at = tracker->est_delivery_date;
    news.has_estimated_at = tracker->has_est_delivery_date;
    news.signed_by = signature(tracker->signed_by);
    if (step->status != TRACKING_STATUS_ABSENT && step->occurred_at != 0) {
        answer->news = arena_copy(arena, &news, sizeof news);
    }
}

static struct carrier_answer *answer_of(struct arena *arena,
                                        const struct easypost_shipment *shipment)
{
    struct carrier_answer *answer = arena_alloc(arena, sizeof *answer);
    struct rate *rates = arena_alloc(arena, (shipment->rates_count + 1) * sizeof *rates);

    for (size_t i = 0; i < shipment->rates_count; i++) {
        rates[i] = rate_of(&shipment->rates[i]);
    }
    *answer = (struct carrier_answer){ .carrier_ref = shipment->id,
                                       .rates = rates,
                                       .rate_count = shipment->rates_count,
                                       .tracking_number = shipment->tracking_code };
    read_bought(arena, shipment, answer);
    read_news(arena, shipment, answer);
    return answer;
}

static const char *error_code(struct arena *arena, const struct http_end *end)
{
    struct violations violations;
    struct easypost_error error;

    if (easypost_error_decode(arena, end->body, end->body_length, &error, &violations) != OK) {
        return text_format(arena, "status_%lld", (long long)end->status);
    }
    const char *code = rates_code(arena, error.error.code);

    return strncmp(code, "address.", strlen("address.")) == 0 ? CARRIER_REFUSES_ADDRESS : code;
}

static enum effect_verdict refused(struct arena *arena, const char *code, const void **ret_result)
{
    struct carrier_answer *answer = arena_alloc(arena, sizeof *answer);

    answer->refusal = code;
    *ret_result = answer;
    return EFFECT_DONE;
}

static bool read_shipment(struct arena *arena, const struct http_end *end,
                          struct easypost_shipment *ret)
{
    struct violations violations;

    return end->status >= 200 && end->status < 300 &&
           easypost_shipment_decode(arena, end->body, end->body_length, ret, &violations) == OK;
}

/* What can be said of a call that did not do it, by its status alone.  Our key, our account or our pace are nothing that the
 * order could help: those are tried again until somebody mends them. */
static enum effect_verdict failed(struct arena *arena, const struct http_end *end,
                                  const void **ret_result)
{
    static const int64_t ours[] = { 401, 402, 403, 408, 409, 425, 429 };

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (end->status == ours[i]) {
            return EFFECT_AGAIN;
        }
    }
    return end->status >= 400 && end->status < 500
               ? refused(arena, error_code(arena, end), ret_result)
               : EFFECT_ASK;
}

enum effect_verdict easypost_create_read(struct arena *arena, const void *payload,
                                         const struct http_end *end, bool asked,
                                         const void **ret_result)
{
    struct easypost_shipment shipment;

    (void)payload;
    if (read_shipment(arena, end, &shipment)) {
        *ret_result = answer_of(arena, &shipment);
        return EFFECT_DONE;
    }
    if (asked) {
        return end->status == 404 ? EFFECT_AGAIN : EFFECT_ASK;
    }
    return failed(arena, end, ret_result);
}

enum effect_verdict easypost_buy_read(struct arena *arena, const void *payload,
                                      const struct http_end *end, bool asked,
                                      const void **ret_result)
{
    struct easypost_shipment shipment;

    (void)payload;
    if (read_shipment(arena, end, &shipment)) {
        if (shipment.tracking_code == NULL) {
            return asked ? EFFECT_AGAIN : EFFECT_ASK;
        }
        *ret_result = answer_of(arena, &shipment);
        return EFFECT_DONE;
    }
    if (asked || text_equal(error_code(arena, end), "shipment.postage.exists")) {
        return EFFECT_ASK;
    }
    return failed(arena, end, ret_result);
}

/* Its own answer says the same as the question's: given back, on its way, or neither yet. */
enum effect_verdict easypost_void_read(struct arena *arena, const void *payload,
                                       const struct http_end *end, bool asked,
                                       const void **ret_result)
{
    struct easypost_shipment shipment;

    (void)payload;
    if (read_shipment(arena, end, &shipment)) {
        enum tracking_status status = status_of(shipment.status, NULL);

        if (text_equal(shipment.refund_status, "rejected")) {
            return refused(arena, "rejected", ret_result);
        }
        if (shipment.refund_status != NULL || shipment.tracking_code == NULL) { /* or no label */
            *ret_result = answer_of(arena, &shipment);
            return EFFECT_DONE;
        }
        if (status != TRACKING_STATUS_ABSENT && status != TRACKING_STATUS_PRE_TRANSIT) {
            return refused(arena, "on_its_way", ret_result);
        }
        return asked ? EFFECT_AGAIN : EFFECT_ASK;
    }
    const void *unused = NULL;
    return !asked && failed(arena, end, &unused) == EFFECT_AGAIN ? EFFECT_AGAIN : EFFECT_ASK;
}

/* Nothing depends on it: what is not answered well is looked at another day. */
enum effect_verdict easypost_look_read(struct arena *arena, const void *payload,
                                       const struct http_end *end, bool asked,
                                       const void **ret_result)
{
    struct easypost_shipment shipment;

    (void)payload;
    (void)asked;
    *ret_result = read_shipment(arena, end, &shipment)
                      ? answer_of(arena, &shipment)
                      : arena_alloc(arena, sizeof(struct carrier_answer));
    return EFFECT_DONE;
}
