/* disputes.c - disputes begin, are answered, and end, told of by webhooks that may get lost. */
#include "tests/sim/disputes.h"

#include "common/arena.h"
#include "common/text.h"
#include "tests/sim/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEE_MINOR = 1500 };

static const char *const words[DISPUTE_STATUS_COUNT] = {
    [DISPUTE_WARNING] = "warning_needs_response",
    [DISPUTE_NEEDS_RESPONSE] = "needs_response",
    [DISPUTE_UNDER_REVIEW] = "under_review",
    [DISPUTE_WON] = "won",
    [DISPUTE_LOST] = "lost",
    [DISPUTE_WARNING_CLOSED] = "warning_closed",
};

static bool is_open(const struct dispute *dispute)
{
    return dispute->status <= DISPUTE_UNDER_REVIEW;
}

static const char *movements(struct sim *sim, const struct dispute *dispute)
{
    const char *out =
        dispute->withdrawn
            ? text_format(sim->kept, "{\"amount\":-%lld,\"fee\":%d,\"currency\":\"eur\"}",
                          (long long)dispute->amount_minor, FEE_MINOR)
            : "";
    const char *back =
        dispute->reinstated
            ? text_format(sim->kept, ",{\"amount\":%lld,\"fee\":0,\"currency\":\"eur\"}",
                          (long long)dispute->amount_minor)
            : "";

    return text_format(sim->kept, "%s%s", out, back);
}

static const char *show(struct sim *sim, const struct dispute *dispute)
{
    const struct intent *intent = dispute->intent;

    return text_format(
        sim->kept,
        "{\"id\":\"%s\",\"amount\":%lld,\"currency\":\"eur\",\"status\":\"%s\",\"reason\":"
        "\"product_not_received\",\"payment_intent\":{\"id\":\"%s\",\"metadata\":{\"order_id\":"
        "\"%s\",\"order_no\":\"%s\",\"payment_id\":\"%s\"}},\"evidence_details\":{\"due_by\":%lld,"
        "\"submission_count\":%lld},\"balance_transactions\":[%s]}",
        dispute->id, (long long)dispute->amount_minor, words[dispute->status], intent->id,
        intent->order_id, intent->order_no, intent->payment_id,
        (long long)(dispute->due_at / SECOND_MS), (long long)dispute->submissions,
        movements(sim, dispute));
}

static void tell(struct sim *sim, const struct dispute *dispute, const char *type)
{
    const char *event_id =
        text_format(sim->kept, "evt_%lld", (long long)++sim->provider->event_count);

    gateway_webhook(sim, "stripe", event_id,
                    text_format(sim->kept,
                                "{\"id\":\"%s\",\"type\":\"charge.dispute.%s\",\"data\":"
                                "{\"object\":{\"id\":\"%s\",\"status\":\"%s\"}}}",
                                event_id, type, dispute->id, words[dispute->status]));
}

/* --- Its life ------------------------------------------------------------------------------------ */

static void funds_come_back(struct sim *sim, void *subject, int64_t number)
{
    struct dispute *dispute = subject;

    (void)number;
    dispute->reinstated = true;
    tell(sim, dispute, "funds_reinstated");
}

static void end(struct sim *sim, struct dispute *dispute, enum dispute_status status)
{
    dispute->status = status;
    if (status == DISPUTE_LOST) {
        dispute->intent->lost_minor += dispute->amount_minor;
    } else if (dispute->withdrawn) {
        sim_plan(sim, chance_below(&sim->chance, DAY_MS), funds_come_back, dispute, 0);
    }
    tell(sim, dispute, "closed");
}

/* The bank looks at what the shop says, if it says anything. */
static void bank_decides(struct sim *sim, void *subject, int64_t number)
{
    struct dispute *dispute = subject;

    (void)number;
    if (dispute->status == DISPUTE_UNDER_REVIEW) {
        end(sim, dispute, chance_of(&sim->chance, 50000) ? DISPUTE_WON : DISPUTE_LOST);
    }
}

static void time_is_over(struct sim *sim, void *subject, int64_t number)
{
    struct dispute *dispute = subject;

    (void)number;
    if (dispute->status == DISPUTE_NEEDS_RESPONSE) {
        end(sim, dispute, DISPUTE_LOST);
    } else if (dispute->status == DISPUTE_WARNING) {
        end(sim, dispute, DISPUTE_WARNING_CLOSED);
    }
}

static void withdraw(struct sim *sim, struct dispute *dispute)
{
    dispute->withdrawn = true;
    tell(sim, dispute, "funds_withdrawn");
}

/* What was asked first is disputed after all, as far as it was not given back meanwhile. */
static void gets_serious(struct sim *sim, void *subject, int64_t number)
{
    struct dispute *dispute = subject;

    (void)number;
    if (dispute->status != DISPUTE_WARNING ||
        provider_left_minor(dispute->intent) < dispute->amount_minor) {
        return;
    }
    dispute->status = DISPUTE_NEEDS_RESPONSE;
    dispute->due_at = sim->now + 7 * DAY_MS;
    sim_plan(sim, 7 * DAY_MS, time_is_over, dispute, 0);
    withdraw(sim, dispute);
}

static bool has_open(const struct sim *sim, const struct intent *intent, bool serious)
{
    for (const struct dispute *at = sim->provider->disputes; at != NULL; at = at->earlier) {
        if (at->intent == intent && is_open(at) && !(serious && at->status == DISPUTE_WARNING)) {
            return true;
        }
    }
    return false;
}

int64_t disputes_moved_minor(const struct sim *sim, const struct intent *intent)
{
    int64_t moved_minor = 0;

    for (const struct dispute *at = sim->provider->disputes; at != NULL; at = at->earlier) {
        if (at->intent == intent && at->withdrawn) {
            moved_minor += FEE_MINOR + (at->reinstated ? 0 : at->amount_minor);
        }
    }
    return moved_minor;
}

bool disputes_hold_back(const struct sim *sim, const struct intent *intent)
{
    return has_open(sim, intent, true);
}

static void begin(struct sim *sim, void *subject, int64_t number)
{
    struct provider *books = sim->provider;
    struct intent *intent = subject;
    int64_t left_minor = provider_left_minor(intent);
    bool warns = chance_of(&sim->chance, 20000);

    (void)number;
    if (sim->healed || left_minor <= 0 || has_open(sim, intent, false)) {
        return;
    }
    struct dispute *dispute = arena_alloc(sim->kept, sizeof *dispute);

    (void)snprintf(dispute->id, sizeof dispute->id, "du_%lld", (long long)++books->dispute_count);
    dispute->intent = intent;
    dispute->status = warns ? DISPUTE_WARNING : DISPUTE_NEEDS_RESPONSE;
    dispute->amount_minor = left_minor;
    dispute->created_at = sim->now;
    dispute->due_at = sim->now + 7 * DAY_MS;
    dispute->earlier = books->disputes;
    books->disputes = dispute;
    names_put(sim->kept, &books->disputes_by_id, dispute->id, dispute);
    tell(sim, dispute, "created");
    sim_plan(sim, 7 * DAY_MS, time_is_over, dispute, 0);
    if (warns) {
        sim_plan(sim, chance_below(&sim->chance, 10 * DAY_MS), gets_serious, dispute, 0);
    } else {
        withdraw(sim, dispute);
    }
}

void disputes_expect(struct sim *sim, struct intent *intent)
{
    if (!sim->healed && chance_of(&sim->chance, 2 * sim->temper.lapses)) {
        sim_plan(sim, chance_soon(&sim->chance, DAY_MS), begin, intent, 0);
    }
}

/* --- Requests ------------------------------------------------------------------------------------ */

static struct dispute *dispute_in(struct sim *sim, const char *path)
{
    const char *name = path + strlen("/v1/disputes/");

    return names_find(&sim->provider->disputes_by_id,
                      arena_copy_text(sim->ctx.arena, name, strcspn(name, "/?")));
}

static const struct answer *answer_of(struct sim *sim, int64_t status, const char *body)
{
    struct answer *answer = arena_alloc(sim->kept, sizeof *answer);

    *answer = (struct answer){ status, body };
    return answer;
}

static const struct answer *list(struct sim *sim, const char *path)
{
    const char *since = strstr(path, "created[gte]=");
    int64_t since_ms =
        since == NULL ? 0 : strtoll(since + strlen("created[gte]="), NULL, 10) * 1000;
    const char *items = "";

    for (const struct dispute *at = sim->provider->disputes; at != NULL; at = at->earlier) {
        if (at->created_at >= since_ms) {
            items = text_format(sim->kept, "%s%s{\"id\":\"%s\"}", items, *items ? "," : "", at->id);
        }
    }
    return answer_of(sim, 200, text_format(sim->kept, "{\"has_more\":false,\"data\":[%s]}", items));
}

static const struct answer *change(struct sim *sim, struct dispute *dispute, const char *path)
{
    bool closes = strstr(path, "/close") != NULL;
    bool may = dispute->status == DISPUTE_NEEDS_RESPONSE || dispute->status == DISPUTE_WARNING;

    if (!may || (!closes && dispute->submissions > 0)) {
        return answer_of(sim, 400,
                         "{\"error\":{\"type\":\"invalid_request_error\",\"code\":"
                         "\"dispute_already_answered\"}}");
    }
    if (closes) {
        end(sim, dispute,
            dispute->status == DISPUTE_WARNING ? DISPUTE_WARNING_CLOSED : DISPUTE_LOST);
    } else {
        dispute->submissions++;
        if (dispute->status == DISPUTE_NEEDS_RESPONSE) {
            dispute->status = DISPUTE_UNDER_REVIEW;
            sim_plan(sim, chance_below(&sim->chance, 10 * DAY_MS), bank_decides, dispute, 0);
        }
        tell(sim, dispute, "updated");
    }
    return answer_of(sim, 200, show(sim, dispute));
}

const struct answer *disputes_answer(struct sim *sim, const struct outside_call *call)
{
    static const struct answer missing = { 404, "{\"error\":{\"type\":\"invalid_request_error\","
                                                "\"code\":\"resource_missing\"}}" };
    const char *path = call->request.path;
    struct dispute *dispute = NULL;

    if (!text_starts_with(path, "/v1/disputes")) {
        return NULL;
    }
    if (text_starts_with(path, "/v1/disputes?")) {
        return list(sim, path);
    }
    dispute = dispute_in(sim, path);
    if (dispute == NULL) {
        return &missing;
    }
    return text_equal(call->request.method, "GET") ? answer_of(sim, 200, show(sim, dispute))
                                                   : change(sim, dispute, path);
}
