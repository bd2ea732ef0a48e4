/* calls.c - what becomes of a call is drawn when it is sent; whether it acted shows in the books of the other side. */
#include "tests/sim/calls.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/table.h"
#include "tests/sim/carrier.h"
#include "tests/sim/mailbox.h"
#include "tests/sim/printer.h"
#include "tests/sim/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_MS = 40, SLOW_MS = 20000 };

struct call_end {
    struct call_end *next; /* earliest first */
    int64_t at;
    struct http_end *end;
    struct order_id_text order_id; /* that the call is about */
    int64_t pauses;                /* of anybody, until it was sent */
};

struct calls {
    struct outside outside;
    struct sim *sim;
    enum service_index service;
    struct call_end *ends;
};

enum fate { FATE_ANSWERED, FATE_NOT_SENT, FATE_LOST, FATE_LOST_AFTER_ACTING, FATE_BUSY };

static struct answer act(struct sim *sim, enum service_index service,
                         const struct outside_call *call)
{
    switch (service) {
    case SIM_PAYMENT:
        return strcmp(call->request.method, "MAKE") == 0 ? printer_answer(sim, call)
                                                         : provider_answer(sim, call);
    case SIM_SHIPPING:
        return carrier_answer(sim, call);
    case SIM_NOTIFICATION:
        return mailbox_answer(sim, call);
    case SIM_INVENTORY:
        return printer_answer(sim, call);
    case SIM_ORDER:
    case SIM_FULFILLMENT:
    case SIM_SERVICES:
        break;
    }
    abort(); /* the others call nobody */
}

static enum fate draw_fate(struct sim *sim, enum service_index service)
{
    const struct faults *faults = &sim->faults;
    int64_t drawn = sim->healed ? 100000 : chance_below(&sim->chance, 100000);

    if (!sim->healed && sim->away_until[service] > sim->now) {
        return drawn < 50000 ? FATE_NOT_SENT : FATE_BUSY;
    }
    const int64_t limits[] = { faults->not_sent, faults->lost, faults->lost_after_acting,
                               faults->busy };

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (drawn < limits[i]) {
            return (enum fate)(FATE_NOT_SENT + i);
        }
        drawn -= limits[i];
    }
    return FATE_ANSWERED;
}

/* Keys begin with the id of what they make; those of purchase orders all begin alike, and there is one call about each. */
static struct order_id_text order_of(const struct outside_call *call)
{
    struct order_id_text order_id;

    if (strncmp(call->key, "req_", 4) == 0) {
        (void)snprintf(order_id.text, sizeof order_id.text, "%016llx",
                       (unsigned long long)key_hash(key_text(call->key)));
    } else {
        (void)snprintf(order_id.text, sizeof order_id.text, "%s", call->key);
    }
    return order_id;
}

/* A process waits for the end of a call before it begins the next one about the same order.  Where one stood still, others
 * took its lanes and ended what it had begun: it goes on with what comes next, whatever became of its own call. */
static void note_overlap(const struct calls *calls, const struct order_id_text *order_id)
{
    for (const struct call_end *other = calls->ends; other != NULL; other = other->next) {
        if (other->at > calls->sim->now && other->pauses == calls->sim->happened.pauses &&
            strcmp(other->order_id.text, order_id->text) == 0) {
            calls->sim->overlapping = *order_id;
        }
    }
}

static void add_end(struct calls *calls, int64_t at, struct http_end *end,
                    const struct order_id_text *order_id)
{
    struct call_end *added = calloc(1, sizeof *added);
    struct call_end **place = &calls->ends;

    if (added == NULL) {
        abort();
    }
    while (*place != NULL && (*place)->at <= at) {
        place = &(*place)->next;
    }
    *added = (struct call_end){ *place, at, end, *order_id, calls->sim->happened.pauses };
    *place = added;
}

static struct http_end *new_end(int64_t id, enum http_fate fate, struct answer answer)
{
    struct http_end *end = calloc(1, sizeof *end);

    if (end == NULL) {
        abort();
    }
    end->id = id;
    end->fate = fate;
    end->status = answer.status;
    end->body_length = answer.body == NULL ? 0 : strlen(answer.body);
    end->body = malloc(end->body_length + 1);
    if (end->body == NULL) {
        abort();
    }
    memcpy(end->body, answer.body == NULL ? "" : answer.body, end->body_length + 1);
    return end;
}

static void send_call(struct outside *outside, const struct outside_call *call)
{
    struct calls *calls = (struct calls *)outside;
    struct sim *sim = calls->sim;
    enum fate fate = draw_fate(sim, calls->service);
    int64_t wait_ms = 1 + chance_below(&sim->chance, CALL_MS);
    struct answer answer = { 503, "{}" };
    enum http_fate told = HTTP_ANSWERED;
    struct order_id_text order_id = order_of(call);

    note_overlap(calls, &order_id);
    sim->happened.calls++;
    sim->happened.calls_gone_wrong += fate != FATE_ANSWERED;
    if (fate == FATE_ANSWERED || fate == FATE_LOST_AFTER_ACTING) {
        answer = act(sim, calls->service, call);
    }
    if (fate == FATE_LOST || fate == FATE_LOST_AFTER_ACTING) {
        told = HTTP_UNKNOWN;
        answer = (struct answer){ 0, NULL };
        wait_ms = 1 + chance_below(&sim->chance, call->timeout_ms);
    } else if (fate == FATE_NOT_SENT) {
        told = HTTP_NOT_SENT;
        answer = (struct answer){ 0, NULL };
    }
    if (!sim->healed && chance_of(&sim->chance, sim->faults.slow)) {
        wait_ms = chance_below(&sim->chance, SLOW_MS);
    }
    add_end(calls, sim->now + wait_ms, new_end(call->id, told, answer), &order_id);
}

static struct http_end *take_end(struct outside *outside)
{
    struct calls *calls = (struct calls *)outside;
    struct call_end *first = calls->ends;

    if (first == NULL || first->at > calls->sim->now) {
        return NULL;
    }
    struct http_end *end = first->end;
    calls->ends = first->next;
    free(first);
    return end;
}

static int no_descriptor(struct outside *outside)
{
    (void)outside;
    return -1;
}

static void close_calls(struct outside *outside)
{
    struct calls *calls = (struct calls *)outside;

    while (calls->ends != NULL) {
        struct call_end *first = calls->ends;

        calls->ends = first->next;
        http_end_free(first->end);
        free(first);
    }
    free(calls);
}

int64_t calls_next_at(const struct outside *outside)
{
    const struct calls *calls = (const struct calls *)outside;

    return calls->ends == NULL ? INT64_MAX : calls->ends->at;
}

struct outside *calls_open(struct sim *sim, enum service_index service)
{
    static const struct outside_operations operations = { send_call, take_end, no_descriptor,
                                                          close_calls };
    struct calls *calls = calloc(1, sizeof *calls);

    if (calls == NULL) {
        abort();
    }
    *calls = (struct calls){ { &operations }, sim, service, NULL };
    return &calls->outside;
}
