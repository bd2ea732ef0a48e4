/* intents.c - creates, captures and cancels payment intents. */
#include "tests/bench/outside/intents.h"

#include "tests/bench/outside/map.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AMOUNT_MAX = 99999999, AMOUNT_DIGITS_MAX = 18 };

static const char currencies[] = " bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf bhd "
                                 "jod kwd omr tnd aed afn all amd ang aoa ars aud"
                                 " awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf "
                                 "chf cny cop crc cve czk dkk dop dzd egp etb eur"
                                 " fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk "
                                 "jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad"
                                 " mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr "
                                 "nzd pab pen pgk php pkr pln qar ron rsd rub sar"
                                 " sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd "
                                 "tzs uah ugx usd uyu uzs wst xcd yer zar zmw ";
static const char create_fields[] = "amount currency capture_method confirm confirmation_method "
                                    "customer description expand metadata payment_method"
                                    " payment_method_data payment_method_types "
                                    "payment_method_options automatic_payment_methods receipt_email"
                                    " return_url off_session setup_future_usage shipping "
                                    "statement_descriptor statement_descriptor_suffix"
                                    " error_on_requires_action use_stripe_sdk transfer_group";
static const char capture_fields[] = "amount_to_capture final_capture metadata statement_descriptor"
                                     " statement_descriptor_suffix expand";
static const char cancel_fields[] = "cancellation_reason expand";
static const char cancel_reasons[] = " duplicate fraudulent requested_by_customer abandoned ";
static const struct decline declines[] = {
    { "generic_decline", "card_declined", "Your card was declined." },
    { "insufficient_funds", "card_declined", "Your card has insufficient funds." },
    { "expired_card", "expired_card", "Your card has expired." },
};
static const struct token {
    const char *name;
    const struct decline *decline;
} tokens[] = {
    { "tok_ok", NULL },
    { "pm_card_visa", NULL },
    { "pm_card_mastercard", NULL },
    { "tok_declined", &declines[0] },
    { "tok_insufficient_funds", &declines[1] },
    { "tok_expired_card", &declines[2] },
    { "pm_card_chargeDeclined", &declines[0] },
    { "pm_card_chargeDeclinedInsufficientFunds", &declines[1] },
};

static struct map by_id;
static struct intent *newest;
static unsigned refuse_percent;
static uint64_t asked_count;

void intents_refuse(unsigned percent)
{
    refuse_percent = percent;
}

uint64_t payment_next_number(void)
{
    static uint64_t number;

    return ++number;
}

struct intent *intents_newest(void)
{
    return newest;
}

struct intent *intent_find(const char *id, struct payment_error *error)
{
    struct intent *intent = map_find(&by_id, id, strlen(id));

    if (intent == NULL) {
        *error = invalid_error("resource_missing", "intent", "No such payment_intent: '%s'", id);
        error->status = 404;
    }
    return intent;
}

/* --- What is asked for ------------------------------------------------------------------------- */

static bool fail(struct payment_error *error, struct payment_error what)
{
    *error = what;
    return false;
}

static bool check_names(const struct form *form, const char *known, struct payment_error *error)
{
    const char *unknown = form_unknown(form, known);

    return unknown == NULL || fail(error, invalid_error("parameter_unknown", unknown,
                                                        "Received unknown parameter: %s", unknown));
}

static bool read_amount(const char *text, const char *name, int64_t *ret,
                        struct payment_error *error)
{
    char *end = NULL;

    if (text == NULL || *text == '\0') {
        return fail(error,
                    invalid_error("parameter_missing", name, "Missing required param: %s.", name));
    }
    *ret = strtoll(text, &end, 10);
    if (*end != '\0' || strlen(text) > AMOUNT_DIGITS_MAX) {
        return fail(error,
                    invalid_error("parameter_invalid_integer", name, "Invalid integer: %s", text));
    }
    return *ret >= 1 ||
           fail(error, invalid_error("parameter_invalid_integer", name,
                                     "This value must be greater than or equal to 1."));
}

static int64_t least_of(const char *currency)
{
    static const struct {
        const char *currency;
        int64_t minor;
    } least[] = { { "aed", 200 },   { "czk", 1500 }, { "dkk", 250 }, { "gbp", 30 },  { "hkd", 400 },
                  { "huf", 17500 }, { "mxn", 1000 }, { "myr", 200 }, { "nok", 300 }, { "pln", 200 },
                  { "ron", 200 },   { "sek", 300 },  { "thb", 1000 } };

    for (size_t i = 0; i < sizeof least / sizeof least[0]; i++) {
        if (strcmp(least[i].currency, currency) == 0) {
            return least[i].minor;
        }
    }
    return 50;
}

static bool read_currency(const char *text, char ret[4], struct payment_error *error)
{
    char wanted[6];

    if (text == NULL) {
        return fail(error, invalid_error("parameter_missing", "currency",
                                         "Missing required param: currency."));
    }
    (void)snprintf(wanted, sizeof wanted, " %.3s ", text);
    for (char *at = wanted; *at != '\0'; at++) {
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    }
    if (strlen(text) != 3 || strstr(currencies, wanted) == NULL) {
        return fail(error, invalid_error(NULL, "currency",
                                         "Invalid currency: %s. It is not supported.", text));
    }
    memcpy(ret, wanted + 1, 3);
    ret[3] = '\0';
    return true;
}

static bool read_money(const struct form *form, struct intent *intent, struct payment_error *error)
{
    int64_t *amount = &intent->amount_minor;

    if (!read_amount(form_find(form, "amount"), "amount", amount, error) ||
        !read_currency(form_find(form, "currency"), intent->currency, error)) {
        return false;
    }
    if (*amount > AMOUNT_MAX) {
        return fail(error,
                    invalid_error("amount_too_large", "amount", "Amount must be no more than %d %s",
                                  AMOUNT_MAX, intent->currency));
    }
    return *amount >= least_of(intent->currency) ||
           fail(error, invalid_error("amount_too_small", "amount",
                                     "Amount must be at least %" PRId64 " %s",
                                     least_of(intent->currency), intent->currency));
}

static bool read_token(const struct form *form, const struct token **ret,
                       struct payment_error *error)
{
    const char *name = form_find(form, "payment_method");

    *ret = NULL;
    name = name == NULL ? form_find(form, "payment_method_data[card][token]") : name;
    for (size_t i = 0; name != NULL && i < sizeof tokens / sizeof tokens[0]; i++) {
        if (strcmp(tokens[i].name, name) == 0) {
            *ret = &tokens[i];
        }
    }
    return name == NULL || *ret != NULL ||
           fail(error, invalid_error("resource_missing", "payment_method",
                                     "No such PaymentMethod: '%s'", name));
}

static bool read_method(const struct form *form, struct intent *intent, struct payment_error *error)
{
    const char *method = form_find(form, "capture_method");
    const char *multicapture =
        form_find(form, "payment_method_options[card][request_multicapture]");

    intent->manual = method != NULL && strcmp(method, "manual") == 0;
    intent->multicapture = multicapture != NULL && strcmp(multicapture, "if_available") == 0;
    return method == NULL || intent->manual || strncmp(method, "automatic", 9) == 0 ||
           fail(error, invalid_error(NULL, "capture_method",
                                     "Invalid capture_method: must be automatic or manual, not %s",
                                     method));
}

static const char *metadata_json(const struct form *form)
{
    static struct text json;
    static const char start[] = "metadata[";

    json.length = 0;
    text_add(&json, "{", 1);
    for (size_t i = 0; i < form->count; i++) {
        const char *name = form->fields[i].name;

        if (strncmp(name, start, sizeof start - 1) == 0) {
            text_format(&json, "%s\"%.*s\":", json.length > 1 ? "," : "",
                        (int)strcspn(name + sizeof start - 1, "]\"\\"), name + sizeof start - 1);
            text_add_json(&json, form->fields[i].value);
        }
    }
    text_add(&json, "}", 1);
    return keep_bytes(json.bytes, json.length);
}

/* --- What is done ------------------------------------------------------------------------------ */

/* Every so many cards meet a bank that says no, evenly spread. */
static bool bank_refuses(void)
{
    asked_count++;
    return asked_count * refuse_percent / 100 > (asked_count - 1) * refuse_percent / 100;
}

static void ask_bank(struct intent *intent, const struct token *token)
{
    struct intent_state *state = &intent->state;
    const struct decline *decline = bank_refuses() ? &declines[0] : token->decline;

    if (decline != NULL) {
        *state =
            (struct intent_state){ .status = INTENT_REQUIRES_PAYMENT_METHOD, .declined = decline };
        return;
    }
    state->authorized_minor = intent->amount_minor;
    state->status = intent->manual ? INTENT_REQUIRES_CAPTURE : INTENT_SUCCEEDED;
    state->captured_minor = intent->manual ? 0 : intent->amount_minor;
}

static struct intent *keep_intent(const struct intent *made, const struct form *form)
{
    struct intent *intent = keep(sizeof *intent);

    *intent = *made;
    (void)snprintf(intent->id, sizeof intent->id, "pi_3%s%010" PRIx64, start_mark(),
                   payment_next_number());
    intent->created_at = now_second();
    intent->metadata_json = metadata_json(form);
    intent->description = keep_given(form_find(form, "description"));
    intent->receipt_email = keep_given(form_find(form, "receipt_email"));
    intent->customer = keep_given(form_find(form, "customer"));
    intent->return_url = keep_given(form_find(form, "return_url"));
    intent->older = newest;
    newest = intent;
    map_put(&by_id, intent->id, strlen(intent->id), intent);
    intents_index(intent, form);
    return intent;
}

struct intent *intent_create(const struct form *form, struct payment_error *error)
{
    struct intent made = { .older = NULL };
    const struct token *token = NULL;
    const char *confirm = form_find(form, "confirm");

    if (!check_names(form, create_fields, error) || !read_money(form, &made, error) ||
        !read_method(form, &made, error) || !read_token(form, &token, error)) {
        return NULL;
    }
    bool confirmed = confirm != NULL && strcmp(confirm, "true") == 0;
    if (confirmed && token == NULL) {
        *error = invalid_error(
            "payment_intent_unexpected_state", "payment_method",
            "You cannot confirm this PaymentIntent because it's missing a payment method.");
        return NULL;
    }
    if (token != NULL) {
        made.state.token = token->name;
        made.state.status = INTENT_REQUIRES_CONFIRMATION;
    }
    struct intent *intent = keep_intent(&made, form);
    if (confirmed) {
        ask_bank(intent, token);
    }
    return intent;
}

static bool wrong_status(const char *verb, const struct intent *intent, const char *wanted,
                         struct payment_error *error)
{
    *error =
        invalid_error("payment_intent_unexpected_state", NULL,
                      "This PaymentIntent could not be %s because it has a status of %s. Only a "
                      "PaymentIntent with one of the following statuses may be %s: %s.",
                      verb, intent_status_names[intent->state.status], verb, wanted);
    error->stored = true;
    return false;
}

bool intent_capture(struct intent *intent, const struct form *form, struct payment_error *error)
{
    struct intent_state *state = &intent->state;
    const char *text = form_find(form, "amount_to_capture");
    const char *word = form_find(form, "final_capture");
    int64_t left = state->authorized_minor - state->captured_minor, amount = left;
    bool final = word == NULL || strcmp(word, "false") != 0;

    if (!check_names(form, capture_fields, error) ||
        (text != NULL && !read_amount(text, "amount_to_capture", &amount, error))) {
        return false;
    }
    if (!final && !intent->multicapture) {
        return fail(error, invalid_error(NULL, "final_capture",
                                         "Multicapture is not available for this PaymentIntent."));
    }
    if (state->status != INTENT_REQUIRES_CAPTURE) {
        return wrong_status("captured", intent, "requires_capture", error);
    }
    if (amount > left) {
        *error = invalid_error(
            "amount_too_large", "amount_to_capture",
            "The remaining amount available to capture for this PaymentIntent is %" PRId64
            " %s, but you tried to capture %" PRId64 ".",
            left, intent->currency, amount);
        error->stored = true;
        return false;
    }
    state->captured_minor += amount;
    if (final || state->captured_minor == state->authorized_minor) {
        state->status = INTENT_SUCCEEDED;
    }
    return true;
}

bool intent_cancel(struct intent *intent, const struct form *form, struct payment_error *error)
{
    const char *reason = form_find(form, "cancellation_reason");
    char wanted[64];

    if (!check_names(form, cancel_fields, error)) {
        return false;
    }
    (void)snprintf(wanted, sizeof wanted, " %s ", reason == NULL ? "" : reason);
    if (reason != NULL && strstr(cancel_reasons, wanted) == NULL) {
        return fail(error,
                    invalid_error(NULL, "cancellation_reason",
                                  "Invalid cancellation_reason: must be one of"
                                  " duplicate, fraudulent, requested_by_customer, abandoned"));
    }
    if (intent->state.status == INTENT_SUCCEEDED || intent->state.status == INTENT_CANCELED) {
        return wrong_status(
            "canceled", intent,
            "requires_payment_method, requires_confirmation, requires_action, requires_capture, "
            "processing",
            error);
    }
    intent->state.status = INTENT_CANCELED;
    intent->state.cancellation_reason = keep_given(reason);
    intent->state.canceled_at = now_second();
    return true;
}
