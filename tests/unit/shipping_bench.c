/* shipping_bench.c - what comes in for shipping. */
#include "tests/unit/shipping_bench.h"

#include "common/text.h"
#include "proto/inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct rules_bench *shipping_bench_new(void)
{
    struct rules_bench *bench = rules_bench_new(&shipping_service);

    rules_run(bench, shipping_place(bench, "WH-1", 1));
    return bench;
}

struct rules_step shipping_place(struct rules_bench *bench, const char *code, int64_t clock)
{
    const struct location_changed fact = { .code = code,
                                           .clock = clock,
                                           .location = { .name = code,
                                                         .address = { .name = "Kervan",
                                                                      .line1 = "Lane 7",
                                                                      .city = "Hamburg",
                                                                      .postal_code = "20095",
                                                                      .country = "DE" } } };

    return (struct rules_step){ .message_type = MESSAGE_LOCATION_CHANGED,
                                .message = rules_keep(bench, &fact, sizeof fact),
                                .subject = { .id = code } };
}

struct rules_step shipping_ship(struct rules_bench *bench, size_t parcels)
{
    static const struct parcel_line lines[] = { { 1, 2 } };
    struct parcel *list = arena_alloc(bench->kept, (parcels + 1) * sizeof *list);

    for (size_t i = 0; i < parcels; i++) {
        list[i] = (struct parcel){
            .parcel_no = (int64_t)i + 1, .weight_grams = 750, .lines = lines, .lines_count = 1
        };
    }
    const struct shipment_ship command = {
        .order_id = rules_order_id(bench, 1),
        .order_no = 1,
        .clock = 5,
        .valid_until = bench->now + 60000,
        .shipment_id = rules_child_id(bench, 1, "S1"),
        .fulfillment_id = rules_child_id(bench, 1, "F1"),
        .location = "WH-1",
        .ship_to = { .name = "Ada Lovelace",
                     .line1 = "Street 1",
                     .city = "Berlin",
                     .postal_code = "10115",
                     .country = "DE" },
        .service = "standard",
        .parcels = list,
        .parcels_count = parcels,
        .value_minor = 3998,
        .currency = "EUR",
    };

    return rules_message(bench, MESSAGE_SHIPMENT_SHIP, &command, sizeof command);
}

struct rules_step shipping_void(struct rules_bench *bench)
{
    const struct shipment_void command = { .order_id = rules_order_id(bench, 1),
                                           .order_no = 1,
                                           .clock = 9,
                                           .shipment_id = rules_child_id(bench, 1, "S1"),
                                           .reason = CANCEL_REASON_SHOPPER_REQUEST };

    return rules_message(bench, MESSAGE_SHIPMENT_VOID, &command, sizeof command);
}

struct rules_step shipping_recall(struct rules_bench *bench)
{
    const struct shipment_void_now request = { .shipment_id = rules_child_id(bench, 1, "S1") };

    return rules_message(bench, MESSAGE_SHIPMENT_VOID_NOW, &request, sizeof request);
}

static struct rules_step answer_step(struct rules_bench *bench, const char *kind, int64_t parcel_no,
                                     const struct carrier_answer *answer)
{
    const struct carrier_call call = { .order_id = rules_order_id(bench, 1),
                                       .order_no = 1,
                                       .shipment_id = rules_child_id(bench, 1, "S1"),
                                       .parcel_no = parcel_no };

    return (struct rules_step){ .effect = kind,
                                .effect_key = kind,
                                .payload = rules_keep(bench, &call, sizeof call),
                                .result = rules_keep(bench, answer, sizeof *answer),
                                .subject = { 1, call.order_id } };
}

struct rules_step shipping_given_up(struct rules_bench *bench, const char *kind, int64_t parcel_no,
                                    bool may_have_happened)
{
    static const struct carrier_answer nothing = { 0 };
    struct rules_step step = answer_step(bench, kind, parcel_no, &nothing);

    step.result = NULL;
    step.given_up = true;
    step.may_have_happened = may_have_happened;
    return step;
}

static const struct rate rates[] = {
    { "rate_slow", "USPS", "GroundAdvantage", "4.75", "EUR", 4 },
    { "rate_fast", "USPS", "Express", "28.40", "EUR", 1 },
};

static const char *reference(struct rules_bench *bench, int64_t parcel_no)
{
    return text_format(bench->kept, "shp_%lld", (long long)parcel_no);
}

struct rules_step shipping_created(struct rules_bench *bench, int64_t parcel_no,
                                   const char *refusal)
{
    const struct carrier_answer answer = { .refusal = refusal,
                                           .carrier_ref = reference(bench, parcel_no),
                                           .rates = rates,
                                           .rate_count = 2 };

    return answer_step(bench, EFFECT_CREATE, parcel_no, &answer);
}

const char *shipping_number(struct rules_bench *bench, int64_t parcel_no)
{
    return text_format(bench->kept, "9400%018lld", (long long)parcel_no);
}

struct rules_step shipping_bought(struct rules_bench *bench, int64_t parcel_no, const char *refusal)
{
    const struct carrier_answer answer = { .refusal = refusal,
                                           .carrier_ref = reference(bench, parcel_no),
                                           .tracking_number = shipping_number(bench, parcel_no),
                                           .label_url = "https://labels.example/1.pdf",
                                           .bought = &rates[0] };

    return answer_step(bench, EFFECT_BUY, parcel_no, &answer);
}

struct rules_step shipping_returned(struct rules_bench *bench, int64_t parcel_no,
                                    const char *refusal)
{
    const struct carrier_answer answer = { .refusal = refusal };

    return answer_step(bench, EFFECT_VOID, parcel_no, &answer);
}

struct rules_step shipping_scan(struct rules_bench *bench, int64_t parcel_no,
                                enum tracking_status status, int64_t at_s)
{
    const struct parcel_tracked_step step = { .status = status,
                                              .occurred_at = bench->now - 1000000 + at_s * 1000 };
    const struct parcel_tracked news = {
        .order_id = rules_order_id(bench, 1),
        .order_no = 1,
        .shipment_id = rules_child_id(bench, 1, "S1"),
        .parcel_no = parcel_no,
        .steps = rules_keep(bench, &step, sizeof step),
        .steps_count = 1,
        .signed_by = status == TRACKING_STATUS_DELIVERED ? "Ada" : NULL,
    };

    return rules_message(bench, MESSAGE_PARCEL_TRACKED, &news, sizeof news);
}

void shipping_label_all(struct rules_bench *bench, size_t parcels)
{
    rules_run(bench, shipping_ship(bench, parcels));
    for (size_t i = 1; i <= parcels; i++) {
        rules_run(bench, shipping_created(bench, (int64_t)i, NULL));
        rules_run(bench, shipping_bought(bench, (int64_t)i, NULL));
    }
}

const struct shipment_row *shipping_stored(struct rules_bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &shipment_table, &count);

    assert_true(count <= 1);
    return count == 0 ? NULL : rows[0];
}

const struct parcel_row *shipping_stored_parcel(struct rules_bench *bench, int64_t parcel_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &shipment_parcel_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct parcel_row *parcel = rows[i];

        if (parcel->parcel_no == parcel_no) {
            return parcel;
        }
    }
    return NULL;
}
