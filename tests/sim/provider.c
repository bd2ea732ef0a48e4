/* provider.c - what the provider does with a request, whom it tells, and what shoppers and banks do by themselves. */
#include "tests/sim/provider.h"

#include "common/arena.h"
#include "common/text.h"
#include "tests/sim/disputes.h"
#include "tests/sim/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const status_words[] = {
    [INTENT_NEEDS_METHOD] = "requires_payment_method",
    [INTENT_NEEDS_ACTION] = "requires_action",
    [INTENT_HELD] = "requires_capture",
    [INTENT_SUCCEEDED] = "succeeded",
    [INTENT_CANCELED] = "canceled",
};

struct provider *provider_new(struct arena *arena)
{
    return arena_alloc(arena, sizeof(struct provider));
}

void provider_free(struct provider *provider)
{
    free(provider->intents);
}

int64_t provider_held_minor(const struct intent *intent)
{
    return intent->status == INTENT_HELD ? intent->authorized_minor - intent->captured_minor : 0;
}

int64_t provider_left_minor(const struct intent *intent)
{
    return intent->captured_minor - intent->refunded_minor - intent->lost_minor;
}

/* --- What it shows --------------------------------------------------------------------------------- */

static const char *show_intent(struct sim *sim, const struct intent *intent)
{
    return text_format(
        sim->kept,
        "{\"id\":\"%s\",\"object\":\"payment_intent\",\"status\":\"%s\","
        "\"amount_capturable\":%lld,\"amount_received\":%lld,"
        "\"cancellation_reason\":%s%s%s,\"next_action\":{\"type\":"
        "\"redirect_to_url\",\"redirect_to_url\":{\"url\":\"https://bank.example/%s\"}}}",
        intent->id, status_words[intent->status], (long long)provider_held_minor(intent),
        (long long)intent->captured_minor, intent->cancellation == NULL ? "" : "\"",
        intent->cancellation == NULL ? "null" : intent->cancellation,
        intent->cancellation == NULL ? "" : "\"", intent->id);
}

static const char *show_refund(struct sim *sim, const struct refund *refund)
{
    return text_format(sim->kept, "{\"id\":\"%s\",\"status\":\"%s\",\"failure_reason\":%s}",
                       refund->id,
                       refund->failed    ? "failed"
                       : refund->pending ? "pending"
                                         : "succeeded",
                       refund->failed ? "\"expired_or_canceled_card\"" : "null");
}

static struct answer refuse(struct sim *sim, const struct intent *intent, int64_t status,
                            const char *type, const char *code)
{
    return (struct answer){
        status, text_format(sim->kept,
                            "{\"error\":{\"type\":\"%s\",\"code\":\"%s\",\"payment_intent\":%s}}",
                            type, code, show_intent(sim, intent))
    };
}

static struct answer refuse_state(struct sim *sim, const struct intent *intent)
{
    return refuse(sim, intent, 400, "invalid_request_error", "payment_intent_unexpected_state");
}

static void tell(struct sim *sim, const struct intent *intent, const char *type)
{
    const char *event_id =
        text_format(sim->kept, "evt_%lld", (long long)++sim->provider->event_count);

    gateway_webhook(
        sim, "stripe", event_id,
        text_format(sim->kept,
                    "{\"id\":\"%s\",\"type\":\"payment_intent.%s\",\"data\":{\"object\":{\"id\":"
                    "\"%s\",\"status\":\"%s\",\"cancellation_reason\":\"%s\",\"metadata\":"
                    "{\"order_id\":\"%s\",\"order_no\":\"%s\",\"payment_id\":\"%s\"}}}}",
                    event_id, type, intent->id, status_words[intent->status],
                    intent->cancellation == NULL ? "" : intent->cancellation, intent->order_id,
                    intent->order_no, intent->payment_id));
}

static void tell_refund(struct sim *sim, const struct refund *refund, const char *type)
{
    const struct intent *intent = refund->intent;
    const char *event_id =
        text_format(sim->kept, "evt_%lld", (long long)++sim->provider->event_count);

    gateway_webhook(
        sim, "stripe", event_id,
        text_format(sim->kept,
                    "{\"id\":\"%s\",\"type\":\"refund.%s\",\"data\":{\"object\":{\"id\":\"%s\","
                    "\"status\":\"%s\",\"metadata\":{\"order_id\":\"%s\",\"order_no\":\"%s\","
                    "\"payment_id\":\"%s\",\"refund_id\":\"%s\"}}}}",
                    event_id, type, refund->id,
                    refund->failed    ? "failed"
                    : refund->pending ? "pending"
                                      : "succeeded",
                    intent->order_id, intent->order_no, intent->payment_id, refund->refund_id));
}

/* --- Forms ----------------------------------------------------------------------------------------- */

/* A field by its encoded name; those that are asked for hold nothing that is encoded. */
static const char *field(struct sim *sim, const struct outside_call *call, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = call->request.body; at != NULL && *at != '\0';) {
        if (strncmp(at, name, length) == 0 && at[length] == '=') {
            return arena_copy_text(sim->kept, at + length + 1, strcspn(at + length + 1, "&"));
        }
        at = strchr(at, '&');
        at = at == NULL ? NULL : at + 1;
    }
    return NULL;
}

static int64_t amount(struct sim *sim, const struct outside_call *call, const char *name)
{
    const char *text = field(sim, call, name);

    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

/* --- What happens without a request ---------------------------------------------------------------- */

static void lapse(struct sim *sim, void *subject, int64_t number)
{
    struct intent *intent = subject;

    (void)number;
    if (intent->status == INTENT_HELD) {
        intent->status = INTENT_CANCELED;
        intent->cancellation = "automatic";
        tell(sim, intent, "canceled");
    }
}

static void hold(struct sim *sim, struct intent *intent)
{
    intent->status = INTENT_HELD;
    intent->authorized_minor = intent->amount_minor;
    tell(sim, intent, "amount_capturable_updated");
    if (!sim->healed && chance_of(&sim->chance, sim->temper.lapses)) {
        sim_plan(sim, chance_soon(&sim->chance, DAY_MS), lapse, intent, 0);
    }
}

/* He finds another card after all. */
static void shopper_returns(struct sim *sim, void *subject, int64_t number)
{
    struct intent *intent = subject;

    (void)number;
    if (intent->status == INTENT_NEEDS_METHOD) {
        hold(sim, intent);
    }
}

enum { GIVES_UP, CONFIRMS, IS_FORGOTTEN };

/* On the bank's page; where nobody comes the provider itself gives it up. */
static void shopper_acts(struct sim *sim, void *subject, int64_t way)
{
    struct intent *intent = subject;

    if (intent->status != INTENT_NEEDS_ACTION) {
        return;
    }
    if (way == CONFIRMS) {
        hold(sim, intent);
    } else if (way == IS_FORGOTTEN) {
        intent->status = INTENT_CANCELED;
        intent->cancellation = "abandoned";
        tell(sim, intent, "canceled");
    } else {
        intent->status = INTENT_NEEDS_METHOD;
        tell(sim, intent, "payment_failed");
        if (!sim->healed && chance_of(&sim->chance, 5 * sim->temper.lapses)) {
            sim_plan(sim, chance_soon(&sim->chance, HOUR_MS), shopper_returns, intent, 0);
        }
    }
}

static int64_t draw_way(struct sim *sim)
{
    int64_t drawn = chance_below(&sim->chance, 100);

    return drawn < 70 ? CONFIRMS : drawn < 95 ? GIVES_UP : IS_FORGOTTEN;
}

static void refund_fails(struct sim *sim, void *subject, int64_t number)
{
    struct refund *refund = subject;

    (void)number;
    if (!refund->failed) {
        refund->failed = true;
        refund->pending = false;
        refund->intent->refunded_minor -= refund->amount_minor;
        tell_refund(sim, refund, "failed");
    }
}

static void refund_arrives(struct sim *sim, void *subject, int64_t number)
{
    struct refund *refund = subject;

    (void)number;
    if (refund->pending) {
        refund->pending = false;
        tell_refund(sim, refund, "updated");
    }
}

void provider_lets_go(struct sim *sim, const char *order_id)
{
    struct provider *books = sim->provider;
    bool lapses = chance_of(&sim->chance, 50000);

    for (size_t i = 0; lapses && i < books->intent_count; i++) {
        if (text_equal(books->intents[i]->order_id, order_id) &&
            books->intents[i]->status == INTENT_HELD) {
            lapse(sim, books->intents[i], 0);
            return;
        }
    }
    for (struct refund *refund = books->refunds; refund != NULL; refund = refund->next) {
        if (text_equal(refund->intent->order_id, order_id) && !refund->failed) {
            refund_fails(sim, refund, 0);
            return;
        }
    }
}

/* --- Requests -------------------------------------------------------------------------------------- */

static void keep(struct sim *sim, struct intent *intent)
{
    struct provider *books = sim->provider;

    if (books->intent_count == books->intent_capacity) {
        books->intent_capacity = books->intent_capacity == 0 ? 256 : 2 * books->intent_capacity;
        books->intents = realloc(books->intents, books->intent_capacity * sizeof(struct intent *));
        if (books->intents == NULL) {
            abort();
        }
    }
    intent->number = (int64_t)books->intent_count;
    books->intents[books->intent_count++] = intent;
    names_put(sim->kept, &books->by_id, intent->id, intent);
    intent->same_payment = names_find(&books->by_payment, intent->payment_id);
    names_put(sim->kept, &books->by_payment, intent->payment_id, intent);
}

static struct intent *new_intent(struct sim *sim, const struct outside_call *call)
{
    struct intent *intent = arena_alloc(sim->kept, sizeof *intent);

    (void)snprintf(intent->id, sizeof intent->id, "pi_%zu", sim->provider->intent_count + 1);
    intent->amount_minor = amount(sim, call, "amount");
    intent->currency = field(sim, call, "currency");
    intent->order_id = field(sim, call, "metadata%5Border_id%5D");
    intent->order_no = field(sim, call, "metadata%5Border_no%5D");
    intent->payment_id = field(sim, call, "metadata%5Bpayment_id%5D");
    keep(sim, intent);
    return intent;
}

static struct answer create(struct sim *sim, const struct outside_call *call)
{
    struct intent *intent = new_intent(sim, call);
    const char *token = field(sim, call, "payment_method_data%5Bcard%5D%5Btoken%5D");

    if (text_equal(token, "tok_declined")) {
        tell(sim, intent, "payment_failed");
        return refuse(sim, intent, 402, "card_error", "card_declined");
    }
    if (text_equal(token, "tok_action")) {
        intent->status = INTENT_NEEDS_ACTION;
        tell(sim, intent, "requires_action");
        if (chance_of(&sim->chance, 80000)) { /* the others say nothing at all */
            sim_plan(sim, chance_below(&sim->chance, 50 * MINUTE_MS), shopper_acts, intent,
                     draw_way(sim));
        }
    } else {
        hold(sim, intent);
    }
    return (struct answer){ 200, show_intent(sim, intent) };
}

static struct answer capture(struct sim *sim, struct intent *intent,
                             const struct outside_call *call)
{
    int64_t amount_minor = amount(sim, call, "amount_to_capture");
    bool final = field(sim, call, "final_capture") == NULL;

    if (intent->status != INTENT_HELD || amount_minor > provider_held_minor(intent)) {
        return refuse_state(sim, intent);
    }
    if (!sim->healed && chance_of(&sim->chance, sim->temper.stinginess)) {
        return refuse(sim, intent, 400, "invalid_request_error", "processing_error");
    }
    intent->captured_minor += amount_minor;
    if (final || intent->captured_minor == intent->authorized_minor) {
        intent->status = INTENT_SUCCEEDED;
    }
    disputes_expect(sim, intent);
    tell(sim, intent,
         intent->status == INTENT_SUCCEEDED ? "succeeded" : "amount_capturable_updated");
    return (struct answer){ 200, show_intent(sim, intent) };
}

static struct answer cancel(struct sim *sim, struct intent *intent)
{
    if (intent->status == INTENT_SUCCEEDED || intent->status == INTENT_CANCELED) {
        return refuse_state(sim, intent);
    }
    if (!sim->healed && chance_of(&sim->chance, 3 * sim->temper.stinginess)) {
        intent->cancel_refused = true;
        return refuse(sim, intent, 400, "invalid_request_error", "processing_error");
    }
    intent->status = INTENT_CANCELED;
    intent->cancellation = "requested_by_customer";
    tell(sim, intent, "canceled");
    return (struct answer){ 200, show_intent(sim, intent) };
}

/* Some take their time there, and some come back from the shopper's bank. */
static void plan_refund(struct sim *sim, struct refund *refund)
{
    refund->pending = !sim->healed && chance_of(&sim->chance, 5 * sim->temper.lapses);
    if (refund->pending) {
        sim_plan(sim, chance_soon(&sim->chance, DAY_MS),
                 chance_of(&sim->chance, 20000) ? refund_fails : refund_arrives, refund, 0);
    } else if (!sim->healed && chance_of(&sim->chance, sim->temper.lapses)) {
        bool at_once = chance_of(&sim->chance, 30000);

        sim_plan(sim, at_once ? 0 : chance_soon(&sim->chance, DAY_MS), refund_fails, refund, 0);
    }
}

static struct answer give_back(struct sim *sim, const struct outside_call *call)
{
    struct provider *books = sim->provider;
    const char *intent_id = field(sim, call, "payment_intent");
    struct intent *intent = intent_id == NULL ? NULL : names_find(&books->by_id, intent_id);
    int64_t amount_minor = amount(sim, call, "amount");
    const char *refund_id = field(sim, call, "metadata%5Brefund_id%5D");

    if (intent != NULL && disputes_hold_back(sim, intent)) {
        return refuse(sim, intent, 400, "invalid_request_error", "charge_disputed");
    }
    if (intent == NULL || amount_minor > provider_left_minor(intent)) {
        return (struct answer){ 400, "{\"error\":{\"type\":\"invalid_request_error\",\"code\":"
                                     "\"charge_already_refunded\"}}" };
    }
    if (!sim->healed && chance_of(&sim->chance, sim->temper.stinginess)) {
        return refuse(sim, intent, 400, "invalid_request_error", "processing_error");
    }
    struct refund *refund = arena_alloc(sim->kept, sizeof *refund);
    (void)snprintf(refund->id, sizeof refund->id, "re_%lld", (long long)++books->refund_count);
    refund->intent = intent;
    refund->amount_minor = amount_minor;
    refund->refund_id = refund_id;
    refund->next = books->refunds;
    books->refunds = refund;
    intent->refunded_minor += amount_minor;
    names_put(sim->kept, &books->refunds_by_id, refund->id, refund);
    plan_refund(sim, refund);
    tell_refund(sim, refund, "created");
    return (struct answer){ 200, show_refund(sim, refund) };
}

/* The intent that a path is about: "/v1/payment_intents/pi_1/capture". */
static struct intent *intent_in(struct sim *sim, const char *path)
{
    const char *name = path + strlen("/v1/payment_intents/");

    return names_find(&sim->provider->by_id,
                      arena_copy_text(sim->ctx.arena, name, strcspn(name, "/")));
}

static struct answer act(struct sim *sim, const struct outside_call *call)
{
    static const struct answer missing = { 404, "{\"error\":{\"type\":\"invalid_request_error\","
                                                "\"code\":\"resource_missing\"}}" };
    const char *path = call->request.path;

    if (text_equal(path, "/v1/payment_intents")) {
        return create(sim, call);
    }
    if (text_equal(path, "/v1/refunds")) {
        return give_back(sim, call);
    }
    struct intent *intent = intent_in(sim, path);
    if (intent == NULL) {
        return missing;
    }
    return strstr(path, "/capture") != NULL ? capture(sim, intent, call) : cancel(sim, intent);
}

static struct answer show(struct sim *sim, const char *path)
{
    const struct refund *refund =
        text_starts_with(path, "/v1/refunds/")
            ? names_find(&sim->provider->refunds_by_id, path + strlen("/v1/refunds/"))
            : NULL;
    const struct intent *intent = refund == NULL ? intent_in(sim, path) : NULL;

    if (refund != NULL) {
        return (struct answer){ 200, show_refund(sim, refund) };
    }
    if (intent != NULL) {
        return (struct answer){ 200, show_intent(sim, intent) };
    }
    return (struct answer){ 404, "{\"error\":{\"type\":\"invalid_request_error\",\"code\":"
                                 "\"resource_missing\"}}" };
}

struct answer provider_answer(struct sim *sim, const struct outside_call *call)
{
    bool reads = text_equal(call->request.method, "GET");
    struct answer *known = reads ? NULL : names_find(&sim->provider->answers, call->key);

    if (known != NULL) {
        return *known;
    }
    const struct answer *of_dispute = disputes_answer(sim, call);
    if (reads) {
        return of_dispute != NULL ? *of_dispute : show(sim, call->request.path);
    }
    known = arena_alloc(sim->kept, sizeof *known);
    *known = of_dispute != NULL ? *of_dispute : act(sim, call);
    names_put(sim->kept, &sim->provider->answers, call->key, known);
    return *known;
}
