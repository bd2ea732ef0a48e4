/* intents.h - payment intents: what they are, and what may be done to them. */
#ifndef KERVAN_BENCH_OUTSIDE_INTENTS_H
#define KERVAN_BENCH_OUTSIDE_INTENTS_H

#include "tests/bench/outside/form.h"
#include "tests/bench/outside/text.h"

#include <stdbool.h>
#include <stdint.h>

enum intent_status {
    INTENT_REQUIRES_PAYMENT_METHOD,
    INTENT_REQUIRES_CONFIRMATION,
    INTENT_REQUIRES_CAPTURE,
    INTENT_SUCCEEDED,
    INTENT_CANCELED,
    INTENT_STATUSES
};

extern const char *const intent_status_names[INTENT_STATUSES];

/* Why a bank says no. */
struct decline {
    const char *why, *code, *message;
};

/* What changes about an intent: an answer can be given again from it. */
struct intent_state {
    enum intent_status status;
    int64_t authorized_minor, captured_minor, canceled_at;
    const char *token, *cancellation_reason;
    const struct decline *declined; /* last_payment_error */
};

struct intent {
    char id[40];
    char currency[4];
    bool manual, multicapture;
    int64_t amount_minor, created_at;
    const char *metadata_json;
    const char *description, *receipt_email, *customer, *return_url;
    struct intent_state state;
    struct intent *older;
};

/* A no in the API's words. */
struct payment_error {
    int status; /* 0: there is none */
    const char *type, *code, *param, *decline_code;
    char message[384];
    bool stored; /* belongs to the idempotency key that met it */
};

/* A bank that declines every so many cards, whatever their token says. */
void intents_refuse(unsigned percent);

/* NULL and an error, or the intent; its state says whether the card was declined. */
struct intent *intent_create(const struct form *form, struct payment_error *error);
/* False and an error, or done. */
bool intent_capture(struct intent *intent, const struct form *form, struct payment_error *error);
bool intent_cancel(struct intent *intent, const struct form *form, struct payment_error *error);

struct intent *intent_find(const char *id, struct payment_error *error);
struct intent *intents_newest(void);

/* `{"id":…}` of an intent as it was in a state; with its charge as an object instead of an id when `whole_charge`. */
void intent_add_json(struct text *text, const struct intent *intent,
                     const struct intent_state *state, bool whole_charge);
/* `{"error":…}`, with the intent that it is about, or NULL. */
void payment_error_add_json(struct text *text, const struct payment_error *error,
                            const struct intent *intent, const struct intent_state *state);

/* The error of a declined card. */
struct payment_error declined_error(const struct decline *decline);
struct payment_error invalid_error(const char *code, const char *param, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Lists: the pages of GET /v1/payment_intents and …/search. */
bool intents_list(const struct form *form, struct text *body, struct payment_error *error);
bool intents_search(const struct form *form, struct text *body, struct payment_error *error);

/* A number that is given once. */
uint64_t payment_next_number(void);

/* Keeps an intent so that its metadata find it; `form` is what it was created with. */
void intents_index(struct intent *intent, const struct form *form);

#endif
