/* carrier.c - the carrier: requests, labels sold once, and the books. */
#include "tests/bench/outside/map.h"
#include "tests/bench/outside/parcels.h"
#include "tests/bench/outside/roles.h"
#include "tests/bench/outside/shipments.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 6, SEVERAL_TOLD_MAX = 1000 };

static const struct options *options;
static struct shipment_rules rules;
static struct map by_id, by_reference, by_code;
static struct {
    uint64_t create, buy, refund, refused_buys;
} counts;

static bool refuse(struct answer *answer, const struct carrier_error *error)
{
    answer->status = error->status;
    carrier_error_add_json(answer->body, error);
    return false;
}

static bool not_found(struct answer *answer)
{
    return refuse(
        answer, &(struct carrier_error){ .status = 404,
                                         .code = "NOT_FOUND",
                                         .message = "The requested resource could not be found." });
}

/* --- Requests ---------------------------------------------------------------------------------- */

static json_t *read_object(const struct request *request, struct answer *answer)
{
    json_error_t ignored;
    json_t *body =
        json_loadb(request->body, request->body_length, JSON_REJECT_DUPLICATES, &ignored);
    struct carrier_error error = { .status = 400, .code = "BAD_REQUEST" };

    if (json_is_object(body)) {
        return body;
    }
    error.message =
        body == NULL ? "The request body is not JSON." : "The request body is not a JSON object.";
    json_decref(body);
    (void)refuse(answer, &error);
    return NULL;
}

static void add(struct shipment *shipment)
{
    counts.create++;
    parcels_add(shipment);
    map_put(&by_id, shipment->id, strlen(shipment->id), shipment);
    if (shipment->reference != NULL) {
        size_t length = strlen(shipment->reference);

        shipment->older_of_reference = map_find(&by_reference, shipment->reference, length);
        map_put(&by_reference, shipment->reference, length, shipment);
    }
}

static bool create(const struct request *request, struct answer *answer)
{
    json_t *body = read_object(request, answer);
    struct shipment *shipment = keep(sizeof *shipment);
    struct carrier_error error;

    if (body == NULL) {
        return false;
    }
    (void)snprintf(shipment->id, sizeof shipment->id, "shp_%s%08" PRIx64, start_mark(),
                   carrier_next_number());
    shipment->key = shipment->id + sizeof "shp_" - 1;
    shipment->created_at = now_second();
    bool good = shipment_read(shipment, json_object_get(body, "shipment"), &rules, &error);
    json_decref(body);
    if (!good) {
        return refuse(answer, &error);
    }
    add(shipment);
    answer->status = 201;
    shipment_add_json(answer->body, shipment, &rules);
    return true;
}

/* 22 digits, the last of which checks the others. */
static void make_tracking_code(struct shipment *shipment)
{
    char *code = shipment->tracking_code;
    int sum = 0;
    int length = snprintf(code, sizeof shipment->tracking_code, "9400%09llu%08" PRIu64,
                          strtoull(start_mark(), NULL, 16) % 1000000000ULL, carrier_next_number());

    for (int i = length - 1; i >= 0; i--) {
        sum += (code[i] - '0') * ((length - 1 - i) % 2 == 0 ? 3 : 1);
    }
    code[length] = (char)('0' + (10 - sum % 10) % 10);
    code[length + 1] = '\0';
}

/* Which rate a body names; NOT_BOUGHT when it is none of this shipment's. */
static int rate_in(const json_t *body, const struct shipment *shipment)
{
    const char *id = json_string_value(json_object_get(json_object_get(body, "rate"), "id"));
    size_t count = 0;

    (void)shipment_services(shipment, &count);
    for (size_t i = 0; id != NULL && i < count; i++) {
        char wanted[64];

        (void)snprintf(wanted, sizeof wanted, "rate_%s%02zu", shipment->key, i);
        if (strcmp(id, wanted) == 0) {
            return (int)i;
        }
    }
    return NOT_BOUGHT;
}

static bool buy(struct shipment *shipment, const struct request *request, struct answer *answer)
{
    json_t *body = read_object(request, answer);

    if (body == NULL) {
        return false;
    }
    int service = rate_in(body, shipment);
    json_decref(body);
    if (shipment->service != NOT_BOUGHT) {
        counts.refused_buys++;
        return refuse(answer, &(struct carrier_error){
                                  .status = 422,
                                  .code = "SHIPMENT.POSTAGE.EXISTS",
                                  .message = "Postage already exists for this shipment." });
    }
    if (service == NOT_BOUGHT) {
        return refuse(
            answer,
            &(struct carrier_error){
                .status = 422,
                .code = "SHIPMENT.POSTAGE.FAILURE",
                .message = "Unable to buy postage: the rate does not belong to this shipment.",
                .field = "rate",
                .field_message = "invalid" });
    }
    if (shipment->international && !shipment->customs) {
        return refuse(
            answer,
            &(struct carrier_error){
                .status = 422,
                .code = "SHIPMENT.CUSTOMS_INFO.REQUIRED",
                .message = "Customs information is required for international shipments." });
    }
    make_tracking_code(shipment);
    shipment->service = service;
    shipment->bought_at = now_second();
    counts.buy++;
    map_put(&by_code, shipment->tracking_code, strlen(shipment->tracking_code), shipment);
    parcel_sets_out(shipment);
    shipment_add_json(answer->body, shipment, &rules);
    return true;
}

static bool refund(struct shipment *shipment, struct answer *answer)
{
    struct carrier_error error = { .status = 422, .code = "SHIPMENT.REFUND.UNAVAILABLE" };

    if (shipment->service == NOT_BOUGHT) {
        error.message = "Unable to request refund. The shipment has no postage.";
    } else if (shipment->refund_status != NULL) {
        error.message = "Unable to request refund. A refund has already been requested.";
    } else if (shipment->history_count > 1) {
        error.message = "Unable to request refund. The parcel has been shipped.";
    }
    if (error.message != NULL) {
        return refuse(answer, &error);
    }
    shipment->refund_status = "submitted";
    counts.refund++;
    parcel_refund_later(shipment, options->refund_ms);
    shipment_add_json(answer->body, shipment, &rules);
    return true;
}

static bool show_tracker(const char *name, struct answer *answer)
{
    const struct shipment *shipment = map_find(&by_code, name, strlen(name));
    char id[64];

    if (shipment == NULL && strncmp(name, "trk_", 4) == 0) {
        (void)snprintf(id, sizeof id, "shp_%s", name + 4);
        shipment = map_find(&by_id, id, strlen(id));
    }
    if (shipment == NULL || shipment->service == NOT_BOUGHT) {
        return not_found(answer);
    }
    tracker_add_json(answer->body, shipment, &rules);
    return true;
}

static bool route_shipment(const struct request *request, char **parts, size_t count,
                           struct answer *answer)
{
    bool post = strcmp(request->method, "POST") == 0;
    struct shipment *shipment = map_find(&by_id, parts[2], strlen(parts[2]));

    shipment = shipment == NULL ? map_find(&by_reference, parts[2], strlen(parts[2])) : shipment;
    if (shipment == NULL) {
        return not_found(answer);
    }
    if (count == 3 && !post) {
        shipment_add_json(answer->body, shipment, &rules);
        return true;
    }
    if (count == 4 && post && strcmp(parts[3], "buy") == 0) {
        return buy(shipment, request, answer);
    }
    return count == 4 && strcmp(parts[3], "refund") == 0 ? refund(shipment, answer)
                                                         : not_found(answer);
}

static bool route(const struct request *request, struct answer *answer)
{
    char *parts[PARTS_MAX], path[512];

    (void)snprintf(path, sizeof path, "%s", request->path);
    size_t count = http_split(path, parts, PARTS_MAX);
    if (count < 2 || strcmp(parts[0], "v2") != 0) {
        return not_found(answer);
    }
    if (count == 2 && strcmp(parts[1], "shipments") == 0 && strcmp(request->method, "POST") == 0) {
        return create(request, answer);
    }
    if (count == 3 && strcmp(parts[1], "trackers") == 0) {
        return show_tracker(parts[2], answer);
    }
    return count >= 3 && strcmp(parts[1], "shipments") == 0
               ? route_shipment(request, parts, count, answer)
               : not_found(answer);
}

/* --- Books ------------------------------------------------------------------------------------- */

/* References for which more than one label was sold and not given back. */
static void add_several(struct text *body)
{
    size_t told = 0;

    text_add_text(body, "\"references_with_several_labels\":[");
    for (size_t i = 0; i < by_reference.capacity && told < SEVERAL_TOLD_MAX; i++) {
        int labels = 0;

        for (const struct shipment *shipment = by_reference.entries[i].value; shipment != NULL;
             shipment = shipment->older_of_reference) {
            labels += shipment->service != NOT_BOUGHT && shipment->refund_status == NULL;
        }
        if (labels > 1) {
            text_add_text(body, told++ > 0 ? "," : "");
            text_add_json(body, by_reference.entries[i].name);
        }
    }
    text_add(body, "]", 1);
}

static void show_books(struct text *body)
{
    text_format(body,
                "{\"standin\":\"carrier\",\"totals\":{\"shipments\":%" PRIu64
                ",\"effects\":{\"create\":%" PRIu64 ",\"buy\":%" PRIu64 ",\"refund\":%" PRIu64
                "},\"refused_buys\":%" PRIu64 ",",
                counts.create, counts.create, counts.buy, counts.refund, counts.refused_buys);
    parcels_add_states(body);
    text_add(body, ",", 1);
    add_several(body);
    text_add(body, ",", 1);
    webhooks_describe(body);
    text_add_text(body, "}}\n");
}

static void serve(const struct request *request, struct answer *answer)
{
    if (strcmp(request->path, "/_books") == 0) {
        show_books(answer->body);
    } else if (own_pages(request, answer, "carrier")) {
        return;
    } else if (!http_lets_in(request, options->api_key)) {
        (void)refuse(
            answer,
            &(struct carrier_error){
                .status = 401,
                .code = "APIKEY.INACTIVE",
                .message = "This api key is no longer active. Please use a different api key." });
    } else {
        (void)route(request, answer);
    }
}

bool carrier_start(struct options *given)
{
    static char url[128];

    options = given;
    given->webhooks.signature = SIGNED_AS_EASYPOST;
    given->webhooks.user_agent = "EasyPost/v2 WebhookClient";
    if (!parcels_start(given->transit_ms, &rules)) {
        (void)fprintf(stderr, "outside: --transit-ms wants STATUS=MILLISECONDS,…\n");
        return false;
    }
    int port = http_listen(given->host, (int)given->port, serve);
    (void)snprintf(url, sizeof url, "http://%s:%d", given->host, port);
    rules = (struct shipment_rules){ given->currency,
                                     given->public_url == NULL ? url : given->public_url,
                                     given->refuse_zip };
    return port > 0 && webhooks_start(&given->webhooks) && printf("listening %s\n", url) > 0;
}
