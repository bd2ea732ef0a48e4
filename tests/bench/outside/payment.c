/* payment.c - the payment provider: requests, what was answered under which key, events, and the books. */
#include "tests/bench/outside/intents.h"
#include "tests/bench/outside/map.h"
#include "tests/bench/outside/roles.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define API_VERSION "2026-08-26.dahlia"

enum { PARTS_MAX = 6, KEY_LENGTH_MAX = 255, CURRENCIES_MAX = 200 };

/* What a key was answered with: a state to be shown again, or the very text of a refusal. */
struct stored {
    uint64_t digest, request_no;
    const struct intent *intent;
    struct intent_state state;
    const char *body;
    size_t body_length;
    int status;
};

static struct map answers;
static const struct options *options;
static struct {
    uint64_t create, capture, cancel, refused, replays;
} counts;

static uint64_t path_digest(const struct request *request)
{
    return hash_of(request->path, strlen(request->path));
}

static void add_headers(struct answer *answer, uint64_t request_no, const char *key)
{
    text_format(answer->headers,
                "Stripe-Version: " API_VERSION "\r\nRequest-Id: req_%s%010" PRIx64 "\r\n",
                start_mark(), request_no);
    if (*key != '\0') {
        text_format(answer->headers, "Idempotency-Key: %s\r\n", key);
    }
}

static void refuse(struct answer *answer, const struct payment_error *error,
                   const struct intent *intent)
{
    answer->status = error->status;
    payment_error_add_json(answer->body, error, intent, intent == NULL ? NULL : &intent->state);
}

/* --- Events and answers ------------------------------------------------------------------------ */

static void emit(const char *kind, const struct intent *intent, uint64_t request_no,
                 const char *key)
{
    static struct text body;

    if (!webhooks_wanted()) {
        return;
    }
    body.length = 0;
    text_format(&body,
                "{\"id\":\"evt_3%s%010" PRIx64
                "\",\"object\":\"event\",\"api_version\":\"" API_VERSION "\",\"created\":%" PRId64
                ",\"data\":{\"object\":",
                start_mark(), payment_next_number(), now_second());
    intent_add_json(&body, intent, &intent->state, false);
    text_format(
        &body,
        "},\"livemode\":false,\"pending_webhooks\":1,\"request\":{\"id\":\"req_%s%010" PRIx64
        "\",\"idempotency_key\":",
        start_mark(), request_no);
    text_add_json(&body, *key == '\0' ? NULL : key);
    text_format(&body, "},\"type\":\"%s\"}", kind);
    webhooks_emit(&body);
}

static void show(struct answer *answer, const struct intent *intent,
                 const struct intent_state *state)
{
    if (answer->status != 402) {
        intent_add_json(answer->body, intent, state, false);
        return;
    }
    const struct payment_error error = declined_error(state->declined);
    payment_error_add_json(answer->body, &error, intent, state);
}

static void store(const struct request *request, const struct form *form, const struct stored *made)
{
    size_t length = strlen(request->idempotency_key);

    if (length > 0) {
        struct stored *stored = keep(sizeof *stored);

        *stored = *made;
        stored->digest = path_digest(request) + form_digest(form);
        map_put(&answers, keep_bytes(request->idempotency_key, length), length, stored);
    }
}

/* True when the key was used before, and the answer is given. */
static bool answer_again(const struct request *request, const struct form *form,
                         struct answer *answer)
{
    const char *key = request->idempotency_key;
    const struct stored *stored = map_find(&answers, key, strlen(key));
    struct payment_error error;

    if (stored == NULL) {
        return false;
    }
    if (stored->digest != path_digest(request) + form_digest(form)) {
        error = invalid_error(
            NULL, NULL,
            "Keys for idempotent requests can only be used with the same parameters "
            "they were first used with. Try using a key other than '%s' if you meant to execute a "
            "different request.",
            key);
        error.type = "idempotency_error";
        refuse(answer, &error, NULL);
        add_headers(answer, payment_next_number(), "");
        return true;
    }
    counts.replays++;
    answer->status = stored->status;
    if (stored->body != NULL) {
        text_add(answer->body, stored->body, stored->body_length);
    } else {
        show(answer, stored->intent, &stored->state);
    }
    add_headers(answer, payment_next_number(), key);
    text_format(answer->headers,
                "Idempotent-Replayed: true\r\nOriginal-Request: req_%s%010" PRIx64 "\r\n",
                start_mark(), stored->request_no);
    return true;
}

/* --- Acts -------------------------------------------------------------------------------------- */

/* What a POST comes to; `kind` is the event of it. */
struct effect {
    struct intent *intent;
    const char *kind;
    bool done;
};

static struct effect create(const struct form *form, struct payment_error *error)
{
    struct effect effect = { .intent = intent_create(form, error) };

    if (effect.intent == NULL) {
        return effect;
    }
    const struct intent_state *state = &effect.intent->state;
    effect.done = true;
    counts.create++;
    if (state->declined != NULL) {
        effect.kind = "payment_intent.payment_failed";
    } else if (state->status == INTENT_REQUIRES_CAPTURE) {
        effect.kind = "payment_intent.amount_capturable_updated";
    } else if (state->status == INTENT_SUCCEEDED) {
        effect.kind = "payment_intent.succeeded";
    }
    return effect;
}

static struct effect act_on(const char *id, const char *action, const struct form *form,
                            struct payment_error *error)
{
    struct effect effect = { .intent = intent_find(id, error) };

    if (effect.intent == NULL) {
        return effect;
    }
    if (strcmp(action, "capture") == 0) {
        effect.done = intent_capture(effect.intent, form, error);
        effect.kind = effect.intent->state.status == INTENT_SUCCEEDED
                          ? "payment_intent.succeeded"
                          : "payment_intent.amount_capturable_updated";
        counts.capture += effect.done;
    } else if (strcmp(action, "cancel") == 0) {
        effect.done = intent_cancel(effect.intent, form, error);
        effect.kind = "payment_intent.canceled";
        counts.cancel += effect.done;
    } else {
        *error = invalid_error(NULL, NULL, "Unrecognized request URL (POST: %s).", action);
        error->status = 404;
    }
    return effect;
}

static void finish(const struct request *request, const struct form *form,
                   const struct effect *effect, struct answer *answer)
{
    struct stored stored = { .request_no = payment_next_number(),
                             .intent = effect->intent,
                             .state = effect->intent->state };
    bool declined =
        strcmp(effect->kind == NULL ? "" : effect->kind, "payment_intent.payment_failed") == 0;

    answer->status = stored.status = declined ? 402 : 200;
    show(answer, effect->intent, &stored.state);
    store(request, form, &stored);
    add_headers(answer, stored.request_no, request->idempotency_key);
    if (effect->kind != NULL) {
        emit(effect->kind, effect->intent, stored.request_no, request->idempotency_key);
    }
}

/* A refusal that belongs to its key is given again under it. */
static void finish_refused(const struct request *request, const struct form *form,
                           const struct effect *effect, const struct payment_error *error,
                           struct answer *answer)
{
    struct stored stored = { .request_no = payment_next_number(), .status = error->status };

    refuse(answer, error, error->stored ? effect->intent : NULL);
    add_headers(answer, stored.request_no, error->stored ? request->idempotency_key : "");
    if (error->stored) {
        counts.refused++;
        stored.body = keep_bytes(answer->body->bytes, answer->body->length);
        stored.body_length = answer->body->length;
        store(request, form, &stored);
    }
}

static void serve_post(const struct request *request, char **parts, size_t count,
                       struct answer *answer)
{
    static struct form form;
    struct payment_error error = { .status = 0 };
    struct effect effect = { .done = false };

    if (!form_read(request->body, request->body_length, &form)) {
        error = invalid_error(NULL, NULL, "Too many parameters");
    } else if (strlen(request->idempotency_key) > KEY_LENGTH_MAX) {
        error = invalid_error(NULL, NULL, "Idempotency-Key must be at most %d characters",
                              KEY_LENGTH_MAX);
    } else if (answer_again(request, &form, answer)) {
        return;
    } else if (count == 2) {
        effect = create(&form, &error);
    } else if (count == 4) {
        effect = act_on(parts[2], parts[3], &form, &error);
    } else {
        error = invalid_error(NULL, NULL, "Unrecognized request URL (POST: %s).", request->path);
        error.status = 404;
    }
    if (effect.done) {
        finish(request, &form, &effect, answer);
    } else {
        finish_refused(request, &form, &effect, &error, answer);
    }
}

static void serve_get(const struct request *request, char **parts, size_t count,
                      struct answer *answer)
{
    static struct form form;
    struct payment_error error = { .status = 0 };
    bool done = false;

    if (!form_read(request->query, strlen(request->query), &form)) {
        error = invalid_error(NULL, NULL, "Too many parameters");
    } else if (count == 2) {
        done = intents_list(&form, answer->body, &error);
    } else if (count == 3 && strcmp(parts[2], "search") == 0) {
        done = intents_search(&form, answer->body, &error);
    } else {
        const struct intent *intent = intent_find(count == 3 ? parts[2] : "", &error);

        done = intent != NULL;
        if (done) {
            intent_add_json(answer->body, intent, &intent->state, false);
        }
    }
    if (!done) {
        refuse(answer, &error, NULL);
    }
    add_headers(answer, payment_next_number(), "");
}

/* --- Books ------------------------------------------------------------------------------------- */

struct sums {
    const char *currency;
    int64_t authorized_minor, captured_minor;
};

static size_t sum_up(struct sums *sums, uint64_t statuses[INTENT_STATUSES])
{
    size_t count = 0;

    for (const struct intent *intent = intents_newest(); intent != NULL; intent = intent->older) {
        size_t at = 0;

        while (at < count && strcmp(sums[at].currency, intent->currency) != 0) {
            at++;
        }
        if (at == count && count < CURRENCIES_MAX) {
            sums[count++] = (struct sums){ .currency = intent->currency };
        }
        sums[at].authorized_minor += intent->state.authorized_minor;
        sums[at].captured_minor += intent->state.captured_minor;
        statuses[intent->state.status]++;
    }
    return count;
}

static void show_books(struct text *body)
{
    struct sums sums[CURRENCIES_MAX + 1];
    uint64_t statuses[INTENT_STATUSES] = { 0 }, total = 0;
    size_t count = sum_up(sums, statuses);
    const char *comma = "";

    text_add_text(body, "{\"standin\":\"payment\",\"totals\":{\"statuses\":{");
    for (size_t i = 0; i < INTENT_STATUSES; i++) {
        total += statuses[i];
        if (statuses[i] > 0) {
            text_format(body, "%s\"%s\":%" PRIu64, comma, intent_status_names[i], statuses[i]);
            comma = ",";
        }
    }
    text_format(body, "},\"payment_intents\":%" PRIu64 ",\"money\":{", total);
    for (size_t i = 0; i < count; i++) {
        text_format(body,
                    "%s\"%s\":{\"authorized_minor\":%" PRId64 ",\"captured_minor\":%" PRId64
                    ",\"refunded_minor\":0}",
                    i > 0 ? "," : "", sums[i].currency, sums[i].authorized_minor,
                    sums[i].captured_minor);
    }
    text_format(body,
                "},\"effects\":{\"create\":%" PRIu64 ",\"capture\":%" PRIu64 ",\"cancel\":%" PRIu64
                ",\"refused\":%" PRIu64 "},\"replays\":%" PRIu64 ",",
                counts.create, counts.capture, counts.cancel, counts.refused, counts.replays);
    webhooks_describe(body);
    text_add_text(body, "}}\n");
}

static void serve(const struct request *request, struct answer *answer)
{
    char *parts[PARTS_MAX], path[256];
    struct payment_error error;

    if (strcmp(request->path, "/_books") == 0) {
        show_books(answer->body);
        return;
    }
    if (own_pages(request, answer, "payment")) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s", request->path);
    size_t count = http_split(path, parts, PARTS_MAX);
    bool known =
        count >= 2 && strcmp(parts[0], "v1") == 0 && strcmp(parts[1], "payment_intents") == 0;
    if (!http_lets_in(request, options->api_key) || !known) {
        error = known ? invalid_error(NULL, NULL, "Invalid API Key provided")
                      : invalid_error(NULL, NULL, "Unrecognized request URL (%s: %s).",
                                      request->method, request->path);
        error.status = known ? 401 : 404;
        refuse(answer, &error, NULL);
        add_headers(answer, payment_next_number(), "");
    } else if (strcmp(request->method, "POST") == 0) {
        serve_post(request, parts, count, answer);
    } else {
        serve_get(request, parts, count, answer);
    }
}

bool payment_start(struct options *given)
{
    options = given;
    given->webhooks.signature = SIGNED_AS_STRIPE;
    given->webhooks.user_agent = "Stripe/1.0 (+https://stripe.com/docs/webhooks)";
    intents_refuse((unsigned)given->refuse_percent);
    int port = http_listen(given->host, (int)given->port, serve);

    return port > 0 && webhooks_start(&given->webhooks) &&
           printf("listening http://%s:%d\n", given->host, port) > 0;
}
