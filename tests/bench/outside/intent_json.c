/* intent_json.c - payment intents and errors as the API shows them. */
#include "tests/bench/outside/intents.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const intent_status_names[INTENT_STATUSES] = {
    [INTENT_REQUIRES_PAYMENT_METHOD] = "requires_payment_method",
    [INTENT_REQUIRES_CONFIRMATION] = "requires_confirmation",
    [INTENT_REQUIRES_CAPTURE] = "requires_capture",
    [INTENT_SUCCEEDED] = "succeeded",
    [INTENT_CANCELED] = "canceled",
};

/* The members of an error, without braces. */
static void add_error_members(struct text *text, const struct payment_error *error)
{
    text_format(text, "\"type\":\"%s\",\"message\":", error->type);
    text_add_json(text, error->message);
    if (error->code != NULL) {
        text_format(text, ",\"code\":\"%s\"", error->code);
    }
    if (error->param != NULL) {
        text_add_text(text, ",\"param\":");
        text_add_json(text, error->param);
    }
    if (error->decline_code != NULL) {
        text_format(text, ",\"decline_code\":\"%s\"", error->decline_code);
    }
    if (error->code != NULL) {
        text_add_text(text, ",\"doc_url\":\"https://stripe.com/docs/error-codes/");
        for (const char *at = error->code; *at != '\0'; at++) {
            text_add(text, *at == '_' ? "-" : at, 1);
        }
        text_add(text, "\"", 1);
    }
}

static void add_last_error(struct text *text, const struct decline *declined)
{
    if (declined == NULL) {
        text_add_text(text, "null");
        return;
    }
    const struct payment_error error = declined_error(declined);
    text_add(text, "{", 1);
    add_error_members(text, &error);
    text_add(text, "}", 1);
}

static void add_charge(struct text *text, const struct intent *intent,
                       const struct intent_state *state, bool whole)
{
    const char *number = intent->id + sizeof "pi_" - 1;

    if (state->authorized_minor == 0) {
        text_add_text(text, "null");
    } else if (!whole) {
        text_format(text, "\"ch_%s\"", number);
    } else {
        text_format(
            text,
            "{\"id\":\"ch_%s\",\"object\":\"charge\",\"amount\":%" PRId64
            ",\"amount_captured\":%" PRId64 ",\"amount_refunded\":0,\"captured\":%s,"
            "\"created\":%" PRId64 ",\"currency\":\"%s\",\"livemode\":false,\"metadata\":%s,"
            "\"paid\":true,\"payment_intent\":\"%s\",\"refunded\":%s,\"status\":\"succeeded\"}",
            number, intent->amount_minor, state->captured_minor,
            state->captured_minor > 0 ? "true" : "false", intent->created_at, intent->currency,
            intent->metadata_json, intent->id, state->captured_minor > 0 ? "false" : "true");
    }
}

static void add_head(struct text *text, const struct intent *intent,
                     const struct intent_state *state)
{
    bool capturable = state->status == INTENT_REQUIRES_CAPTURE;

    text_format(text,
                "{\"id\":\"%s\",\"object\":\"payment_intent\",\"amount\":%" PRId64
                ",\"amount_capturable\":%" PRId64 ",\"amount_received\":%" PRId64
                ",\"application\":null,\"application_fee_amount\":null,"
                "\"automatic_payment_methods\":null,\"canceled_at\":",
                intent->id, intent->amount_minor,
                capturable ? state->authorized_minor - state->captured_minor : 0,
                state->captured_minor);
    if (state->canceled_at == 0) {
        text_add_text(text, "null");
    } else {
        text_format(text, "%" PRId64, state->canceled_at);
    }
    text_add_text(text, ",\"cancellation_reason\":");
    text_add_json(text, state->cancellation_reason);
    text_format(
        text,
        ",\"capture_method\":\"%s\",\"client_secret\":\"%s_secret_s\","
        "\"confirmation_method\":\"automatic\",\"created\":%" PRId64 ",\"currency\":\"%s\",",
        intent->manual ? "manual" : "automatic", intent->id, intent->created_at, intent->currency);
}

void intent_add_json(struct text *text, const struct intent *intent,
                     const struct intent_state *state, bool whole_charge)
{
    add_head(text, intent, state);
    text_add_text(text, "\"customer\":");
    text_add_json(text, intent->customer);
    text_add_text(text, ",\"description\":");
    text_add_json(text, intent->description);
    text_add_text(text, ",\"last_payment_error\":");
    add_last_error(text, state->declined);
    text_add_text(text, ",\"latest_charge\":");
    add_charge(text, intent, state, whole_charge);
    text_format(text,
                ",\"livemode\":false,\"metadata\":%s,\"next_action\":null,\"on_behalf_of\":null,"
                "\"payment_method\":",
                intent->metadata_json);
    text_add_json(text, state->token);
    text_format(text,
                ",\"payment_method_options\":%s,\"payment_method_types\":[\"card\"],"
                "\"processing\":null,\"receipt_email\":",
                intent->multicapture ? "{\"card\":{\"request_multicapture\":\"if_available\"}}"
                                     : "{}");
    text_add_json(text, intent->receipt_email);
    text_format(text,
                ",\"review\":null,\"setup_future_usage\":null,\"shipping\":null,\"source\":null,"
                "\"statement_descriptor\":null,\"statement_descriptor_suffix\":null,"
                "\"status\":\"%s\",\"transfer_data\":null,\"transfer_group\":null}",
                intent_status_names[state->status]);
}

void payment_error_add_json(struct text *text, const struct payment_error *error,
                            const struct intent *intent, const struct intent_state *state)
{
    text_add_text(text, "{\"error\":{");
    add_error_members(text, error);
    if (intent != NULL) {
        text_add_text(text, ",\"payment_intent\":");
        intent_add_json(text, intent, state, false);
    }
    text_add_text(text, "}}");
}

struct payment_error declined_error(const struct decline *decline)
{
    bool of_card = strcmp(decline->code, "card_declined") == 0;
    struct payment_error error = { .status = 402,
                                   .type = "card_error",
                                   .code = decline->code,
                                   .decline_code = of_card ? decline->why : NULL,
                                   .stored = true };

    (void)snprintf(error.message, sizeof error.message, "%s", decline->message);
    return error;
}

struct payment_error invalid_error(const char *code, const char *param, const char *format, ...)
{
    struct payment_error error = {
        .status = 400, .type = "invalid_request_error", .code = code, .param = param
    };
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error.message, sizeof error.message, format, arguments);
    va_end(arguments);
    return error;
}
