/* shipments.h - shipments, their labels and trackers, and how the API shows them. */
#ifndef KERVAN_BENCH_OUTSIDE_SHIPMENTS_H
#define KERVAN_BENCH_OUTSIDE_SHIPMENTS_H

#include "tests/bench/outside/text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { SERVICES_MAX = 5, HISTORY_MAX = 8, NOT_BOUGHT = -1 };

struct carrier_service {
    const char *carrier, *name, *account;
    int first_cents, more_cents, days;
};

/* A status of a parcel's way. */
struct step {
    const char *status, *detail, *message;
};

struct reached {
    const struct step *step;
    int64_t at;
};

struct shipment {
    char id[32];
    const char *key; /* the part of the id that its children's share */
    int64_t created_at, bought_at;
    const char *reference;
    const char *fixed_json; /* members that never change, without the rates */
    const char *city, *country, *signer;
    const char *label_format;
    double weight_ounces;
    bool international, customs, rateless;
    int service; /* NOT_BOUGHT, or which of shipment_services */
    char tracking_code[24];
    const char *refund_status;
    struct reached history[HISTORY_MAX];
    size_t history_count;
    struct shipment *older, *older_of_reference;
};

/* What a request is refused with. */
struct carrier_error {
    int status;
    const char *code, *message;
    char field[64];
    const char *field_message;
    const char *field_code; /* NULL: none is told */
};

struct shipment_rules {
    const char *currency, *public_url, *refused_zip;
};

/* A step by its status, or NULL. */
const struct step *step_of(const char *status, size_t length);

const struct carrier_service *shipment_services(const struct shipment *shipment, size_t *ret_count);
const char *shipment_status(const struct shipment *shipment);

/* Fills a new shipment, whose id and instant are known, from what was asked; false and an error. */
bool shipment_read(struct shipment *shipment, const json_t *asked,
                   const struct shipment_rules *rules, struct carrier_error *error);

void shipment_add_json(struct text *text, const struct shipment *shipment,
                       const struct shipment_rules *rules);
void tracker_add_json(struct text *text, const struct shipment *shipment,
                      const struct shipment_rules *rules);
void carrier_error_add_json(struct text *text, const struct carrier_error *error);

#endif
