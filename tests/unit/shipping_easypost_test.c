/* shipping_easypost_test.c - what is asked of EasyPost, and what each of its answers means.
 *
 * links: shipping
 */
#include "common/arena.h"
#include "common/crypto.h"
#include "common/text.h"
#include "services/shipping/carrier.h"
#include "services/shipping/easypost.h"
#include "services/shipping/shipping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = arena_new(1 << 22);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

/* --- Requests ----------------------------------------------------------------------------------------- */

static void asks_by_reference_and_by_name(void **state)
{
    const struct carrier_call call = { .reference = "ord_x-S1.2",
                                       .carrier_ref = "shp_1",
                                       .rate_id = "rate_1",
                                       .body = "{\"shipment\":{}}" };
    struct outside_request request;

    easypost_create_request(*state, &call, "k", &request);
    assert_string_equal(request.method, "POST");
    assert_string_equal(request.path, "/v2/shipments");
    assert_string_equal(request.body, call.body);
    assert_int_equal(request.body_length, strlen(call.body));
    easypost_create_ask(*state, &call, "k", &request);
    assert_string_equal(request.method, "GET");
    assert_string_equal(request.path, "/v2/shipments/ord_x-S1.2");
    assert_int_equal(request.body_length, 0);
    easypost_buy_request(*state, &call, "k", &request);
    assert_string_equal(request.path, "/v2/shipments/shp_1/buy");
    assert_string_equal(request.body, "{\"rate\":{\"id\":\"rate_1\"}}");
    easypost_void_request(*state, &call, "k", &request);
    assert_string_equal(request.path, "/v2/shipments/shp_1/refund");
    easypost_show(*state, &call, "k", &request);
    assert_string_equal(request.method, "GET");
    assert_string_equal(request.path, "/v2/shipments/shp_1");
}

/* --- Answers ------------------------------------------------------------------------------------------ */

#define RATE(id)                                                                                   \
    "{\"id\":\"" id "\",\"carrier\":\"USPS\",\"service\":\"Priority\",\"rate\":\"7.90\","          \
    "\"currency\":\"USD\",\"delivery_days\":2,\"carrier_account_id\":null}"
#define SHIPMENT(status, number, refund, rest)                                                     \
    "{\"id\":\"shp_1\",\"status\":\"" status "\",\"tracking_code\":" number                        \
    ",\"refund_status\":" refund                                                                   \
    ",\"parcel\":{\"weight\":26.5},\"rates\":[" RATE("rate_1") "]" rest "}"
#define BOUGHT                                                                                     \
    ",\"selected_rate\":" RATE(                                                                    \
        "rate_1") ",\"postage_label\":{\"label_url\":\"https://l.example/1\"}"                     \
                  ",\"tracker\":{\"updated_at\":\"2026-03-01T09:30:00Z\","                         \
                  "\"est_delivery_date\":null,\"signed_by\":\"Ada\"}"
#define ERROR(code) "{\"error\":{\"code\":\"" code "\",\"message\":\"x\",\"errors\":[]}}"

static const char created[] =
    SHIPMENT("unknown", "null", "null", ",\"selected_rate\":null,\"postage_label\":null");
static const char bought[] = SHIPMENT("unknown", "\"9400\"", "null", BOUGHT);
static const char moving[] = SHIPMENT("in_transit", "\"9400\"", "null", BOUGHT);
static const char refunded[] = SHIPMENT("unknown", "\"9400\"", "\"submitted\"", BOUGHT);
static const char not_refunded[] = SHIPMENT("unknown", "\"9400\"", "\"rejected\"", BOUGHT);

static const struct effect_handler *handler_of(const char *kind)
{
    for (size_t i = 0; i < shipping_service.effect_count; i++) {
        if (strcmp(shipping_service.effects[i].kind, kind) == 0) {
            return &shipping_service.effects[i];
        }
    }
    fail_msg("no effect %s", kind);
    return NULL;
}

/* "done", "again", "ask", or the code of a refusal. */
static const char *read_answer(struct arena *arena, const char *kind, int64_t status,
                               const char *body, bool asked)
{
    const struct carrier_call call = { .carrier_ref = "shp_1" };
    const struct http_end end = { .fate = HTTP_ANSWERED,
                                  .status = status,
                                  .body = arena_copy_text(arena, body, strlen(body)),
                                  .body_length = strlen(body) };
    const void *result = NULL;

    switch (handler_of(kind)->read(arena, &call, &end, asked, &result)) {
    case EFFECT_DONE:
        assert_non_null(result);
        break;
    case EFFECT_AGAIN:
        return "again";
    case EFFECT_ASK:
        return "ask";
    }
    const struct carrier_answer *answer = result;

    return answer->refusal == NULL ? "done" : answer->refusal;
}

struct answer_case {
    const char *kind;
    int64_t status;
    const char *body;
    const char *direct, *asked; /* what it means as an answer to the call, and to the question */
};

static const struct answer_case cases[] = {
    { EFFECT_CREATE, 201, created, "done", "done" },
    { EFFECT_CREATE, 200, "{\"id\":\"\"}", "ask", "ask" },
    { EFFECT_CREATE, 200, "not JSON", "ask", "ask" },
    { EFFECT_CREATE, 404, ERROR("NOT_FOUND"), "not_found", "again" },
    { EFFECT_CREATE, 422, ERROR("ADDRESS.VERIFY.FAILURE"), "address_refused", "ask" },
    { EFFECT_CREATE, 422, "{}", "status_422", "ask" },
    { EFFECT_CREATE, 401, ERROR("APIKEY.INACTIVE"), "again", "ask" },
    { EFFECT_CREATE, 402, ERROR("FUNDS"), "again", "ask" },
    { EFFECT_CREATE, 429, ERROR("RATE_LIMITED"), "again", "ask" },
    { EFFECT_CREATE, 500, ERROR("INTERNAL"), "ask", "ask" },
    { EFFECT_CREATE, 503, "", "ask", "ask" },
    { EFFECT_CREATE, 302, "", "ask", "ask" },

    { EFFECT_BUY, 200, bought, "done", "done" },
    { EFFECT_BUY, 200, moving, "done", "done" },
    { EFFECT_BUY, 200, created, "ask", "again" },
    { EFFECT_BUY, 422, ERROR("SHIPMENT.POSTAGE.EXISTS"), "ask", "ask" },
    { EFFECT_BUY, 422, ERROR("SHIPMENT.POSTAGE.FAILURE"), "shipment.postage.failure", "ask" },
    { EFFECT_BUY, 404, ERROR("NOT_FOUND"), "not_found", "ask" },
    { EFFECT_BUY, 429, ERROR("RATE_LIMITED"), "again", "ask" },
    { EFFECT_BUY, 500, "", "ask", "ask" },

    { EFFECT_VOID, 200, refunded, "done", "done" },
    { EFFECT_VOID, 200, not_refunded, "rejected", "rejected" },
    { EFFECT_VOID, 200, moving, "on_its_way", "on_its_way" },
    { EFFECT_VOID, 200, bought, "ask", "again" },
    { EFFECT_VOID, 422, ERROR("SHIPMENT.REFUND.UNAVAILABLE"), "ask", "ask" },
    { EFFECT_VOID, 429, ERROR("RATE_LIMITED"), "again", "ask" },
    { EFFECT_VOID, 500, "", "ask", "ask" },

    { EFFECT_LOOK, 200, moving, "done", "done" },
    { EFFECT_LOOK, 500, "", "done", "done" },
};

static void understands_answers(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct answer_case *at = &cases[i];

        assert_string_equal(read_answer(*state, at->kind, at->status, at->body, false), at->direct);
        assert_string_equal(read_answer(*state, at->kind, at->status, at->body, true), at->asked);
    }
}

static const struct carrier_answer *answer_to(struct arena *arena, const char *kind,
                                              const char *body)
{
    const struct http_end end = { .fate = HTTP_ANSWERED,
                                  .status = 200,
                                  .body = arena_copy_text(arena, body, strlen(body)),
                                  .body_length = strlen(body) };
    const void *result = NULL;

    assert_int_equal(handler_of(kind)->read(arena, NULL, &end, false, &result), EFFECT_DONE);
    return result;
}

static void reads_offers_and_labels(void **state)
{
    const struct carrier_answer *answer = answer_to(*state, EFFECT_CREATE, created);

    assert_string_equal(answer->carrier_ref, "shp_1");
    assert_int_equal(answer->rate_count, 1);
    assert_string_equal(answer->rates[0].price, "7.90");
    assert_int_equal(answer->rates[0].delivery_days, 2);
    assert_null(answer->tracking_number);
    assert_null(answer->bought);

    answer = answer_to(*state, EFFECT_BUY, bought);
    assert_string_equal(answer->tracking_number, "9400");
    assert_string_equal(answer->label_url, "https://l.example/1");
    assert_string_equal(answer->bought->service, "Priority");
    assert_null(answer->news); /* nothing has happened to it */

    answer = answer_to(*state, EFFECT_LOOK, moving);
    assert_int_equal(answer->news->steps_count, 1);
    assert_int_equal(answer->news->steps[0].status, TRACKING_STATUS_IN_TRANSIT);
    assert_int_equal(answer->news->steps[0].occurred_at, 1772357400000);
    assert_string_equal(answer->news->signed_by, "Ada");
}

/* --- Webhooks ----------------------------------------------------------------------------------------- */

#define EVENT(result)                                                                              \
    "{\"id\":\"evt_1\",\"object\":\"Event\",\"description\":\"tracker.updated\","                  \
    "\"previous_attributes\":{\"status\":\"unknown\"},\"result\":" result "}"
#define SCAN(status, detail, second)                                                               \
    "{\"status\":\"" status "\",\"status_detail\":" detail                                         \
    ",\"datetime\":\"2026-03-01T09:30:" second "Z\",\"tracking_location\":null}"

static enum easypost_reading read_event(struct arena *arena, const char *body,
                                        struct carrier_event *ret)
{
    return easypost_webhook_read(arena, base64_encode(arena, body, strlen(body)), ret);
}

static void reads_every_scan(void **state)
{
    struct carrier_event event;

    assert_int_equal(
        read_event(
            *state,
            EVENT("{\"tracking_code\":\"9400\",\"status\":\"delivered\",\"weight\":17.6,"
                  "\"updated_at\":\"2026-03-01T09:30:09Z\",\"signed_by\":\"Ada\","
                  "\"est_delivery_date\":\"2026-03-04T00:00:00Z\",\"tracking_details\":[" SCAN(
                      "pre_transit", "\"label_created\"",
                      "01") "," SCAN("unknown", "null",
                                     "02") "," SCAN("in_transit", "\"delivery_attempted\"",
                                                    "03") "," SCAN("cancelled", "null", "04") "]}"),
            &event),
        EASYPOST_TRACKER);
    assert_string_equal(event.id, "evt_1");
    assert_string_equal(event.tracking_number, "9400");
    assert_string_equal(event.news.signed_by, "Ada");
    assert_true(event.news.has_estimated_at);
    assert_int_equal(event.news.steps_count, 3);
    assert_int_equal(event.news.steps[0].status, TRACKING_STATUS_PRE_TRANSIT);
    assert_string_equal(event.news.steps[0].code, "label_created");
    assert_int_equal(event.news.steps[1].status, TRACKING_STATUS_ATTEMPT_FAILED);
    /* The tracker says more than its scans. */
    assert_int_equal(event.news.steps[2].status, TRACKING_STATUS_DELIVERED);
    assert_int_equal(event.news.steps[2].occurred_at, 1772357409000);
}

static void reads_a_bare_tracker(void **state)
{
    struct carrier_event event;

    assert_int_equal(
        read_event(*state,
                   EVENT("{\"tracking_code\":\"9400\",\"status\":\"unknown\","
                         "\"updated_at\":\"2026-03-01T09:30:09Z\",\"signed_by\":\"\"}"),
                   &event),
        EASYPOST_TRACKER);
    assert_int_equal(event.news.steps_count, 0);
    assert_null(event.news.signed_by);
}

static void keeps_the_newest_scans_of_many(void **state)
{
    struct arena *arena = *state;
    struct carrier_event event;
    const char *scans = SCAN("in_transit", "null", "00");

    for (int i = 1; i < 250; i++) {
        scans = text_format(arena, "%s," SCAN("%s", "null", "%02d"), scans,
                            i % 2 == 0 ? "in_transit" : "out_for_delivery", i % 60);
    }
    assert_int_equal(
        read_event(arena,
                   text_format(arena,
                               EVENT("{\"tracking_code\":\"9400\",\"status\":"
                                     "\"out_for_delivery\",\"tracking_details\":[%s]}"),
                               scans),
                   &event),
        EASYPOST_TRACKER);
    assert_int_equal(event.news.steps_count, 200);
    assert_int_equal(event.news.steps[199].status, TRACKING_STATUS_OUT_FOR_DELIVERY);
}

static void tells_other_events_from_garbage(void **state)
{
    struct carrier_event event;

    assert_int_equal(read_event(*state,
                                "{\"id\":\"evt_1\",\"description\":\"batch.updated\",\"result\":7}",
                                &event),
                     EASYPOST_OTHER);
    assert_int_equal(read_event(*state, "{}", &event), EASYPOST_GARBLED);
    assert_int_equal(read_event(*state, EVENT("{\"status\":\"delivered\"}"), &event),
                     EASYPOST_GARBLED);
    assert_int_equal(easypost_webhook_read(*state, "%%%", &event), EASYPOST_GARBLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asks_by_reference_and_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(understands_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_offers_and_labels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_every_scan, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_a_bare_tracker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_the_newest_scans_of_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_other_events_from_garbage, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
