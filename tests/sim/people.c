/* people.c - who is interested in which fact. */
#include "tests/sim/people.h"

#include "common/arena.h"
#include "common/envelope.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/gateway.h"
#include "proto/order.h"
#include "proto/payment.h"
#include "proto/registry.h"
#include "tests/sim/gateway.h"
#include "tests/sim/shop.h"

#include <string.h>

enum { STATUS_PROBLEM = 400 };

static void on_opened(struct sim *sim, const void *message)
{
    pickers_take(sim, message);
}

/* --- Transfers ------------------------------------------------------------------------------------- */

struct transfer {
    const char *payment_id;
    int64_t amount_minor;
};

static void transfer_arrives(struct sim *sim, void *subject, int64_t number)
{
    const struct transfer *transfer = subject;
    const struct payment_received received = {
        .payment_id = transfer->payment_id,
        .body = { .amount_minor = transfer->amount_minor,
                  .currency = "EUR",
                  .received_at = sim->now,
                  .bank_reference = text_format(sim->ctx.arena, "%s-%lld", transfer->payment_id,
                                                (long long)number) },
    };
    struct order_id_text order_id;

    (void)child_id_order(transfer->payment_id, &order_id);
    gateway_send(sim, &(struct request){ .type = MESSAGE_PAYMENT_RECEIVED,
                                         .key = order_id.text,
                                         .message = &received });
}

static void plan_transfer(struct sim *sim, const char *payment_id, int64_t amount_minor,
                          int64_t number)
{
    struct transfer *transfer = arena_alloc(sim->kept, sizeof *transfer);
    bool late = !sim->healed && chance_of(&sim->chance, 3000);

    transfer->payment_id = arena_copy_text(sim->kept, payment_id, strlen(payment_id));
    transfer->amount_minor = amount_minor;
    sim_plan(sim, chance_below(&sim->chance, late ? 18 * DAY_MS : 2 * DAY_MS) / HOUR_MS * HOUR_MS,
             transfer_arrives, transfer, number);
}

/* In one piece, in two, too much, or never. */
static void on_requires_action(struct sim *sim, const void *message)
{
    const struct payment_requires_action *fact = message;
    int64_t half_minor = fact->amount_minor / 2, drawn = chance_below(&sim->chance, 100);

    bool forgetful = sim->temper.life_ms > FORTNIGHT_MS; /* then it is seen what comes of it */

    if (fact->action != PAYMENT_REQUIRES_ACTION_ACTION_TRANSFER || drawn < 8 ||
        (forgetful && chance_of(&sim->chance, 30000))) {
        return;
    }
    if (drawn < 20 && half_minor > 0) {
        plan_transfer(sim, fact->payment_id, half_minor, 1);
        plan_transfer(sim, fact->payment_id, fact->amount_minor - half_minor, 2);
    } else {
        plan_transfer(sim, fact->payment_id, fact->amount_minor + (drawn < 23 ? 100 : 0), 1);
    }
}

/* --- Questions to the shopper ---------------------------------------------------------------------- */

static void shopper_chooses(struct sim *sim, void *subject, int64_t choice)
{
    const struct order_plan *plan = subject;
    const struct order_choose choose = { .order_id = plan->id.text,
                                         .body = { (enum order_choose_body_choice)choice } };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_ORDER_CHOOSE, .key = plan->id.text, .message = &choose });
}

static void on_asked(struct sim *sim, const void *message)
{
    const struct order_asked *fact = message;
    struct order_plan *plan = names_find(&sim->orders_by_id, fact->order_id);

    if (plan != NULL && chance_of(&sim->chance, 85000)) {
        sim_plan(sim, chance_below(&sim->chance, 50) * HOUR_MS, shopper_chooses, plan,
                 chance_between(&sim->chance, 1, 3));
    }
}

static void on_confirmed(struct sim *sim, const void *message)
{
    const struct order_confirmed *fact = message;
    struct order_plan *plan = names_find(&sim->orders_by_id, fact->order_id);

    if (plan != NULL) {
        editor_sees_confirmed(sim, plan);
    }
}

static void sees_end(struct sim *sim, const char *order_id)
{
    struct order_plan *plan = names_find(&sim->orders_by_id, order_id);

    if (plan != NULL) {
        forgetter_sees_end(sim, plan);
    }
}

static void on_completed(struct sim *sim, const void *message)
{
    sees_end(sim, ((const struct order_completed *)message)->order_id);
}

static void on_canceled(struct sim *sim, const void *message)
{
    sees_end(sim, ((const struct order_canceled *)message)->order_id);
}

static void on_expired(struct sim *sim, const void *message)
{
    sees_end(sim, ((const struct order_expired *)message)->order_id);
}

/* --- Answers --------------------------------------------------------------------------------------- */

static void on_reply(struct sim *sim, const void *message)
{
    const struct gateway_reply *reply = message;
    struct order_plan *plan =
        reply->order_id == NULL ? NULL : names_find(&sim->orders_by_id, reply->order_id);

    if (plan != NULL && reply->status < STATUS_PROBLEM &&
        text_starts_with(reply->request_id, "req_s")) {
        plan->answered = true;
    }
    if (reply->status < STATUS_PROBLEM && text_starts_with(reply->request_id, "req_e")) {
        sim->ended_picked++;
    }
    editor_hears(sim, reply);
}

/* --- The log --------------------------------------------------------------------------------------- */

static const struct interest {
    enum message_type type;
    void (*take)(struct sim *sim, const void *message);
} interests[] = {
    { MESSAGE_FULFILLMENT_OPENED, on_opened },
    { MESSAGE_PAYMENT_REQUIRES_ACTION, on_requires_action },
    { MESSAGE_ORDER_ASKED, on_asked },
    { MESSAGE_ORDER_CONFIRMED, on_confirmed },
    { MESSAGE_ORDER_COMPLETED, on_completed },
    { MESSAGE_ORDER_CANCELED, on_canceled },
    { MESSAGE_ORDER_EXPIRED, on_expired },
    { MESSAGE_GATEWAY_REPLY, on_reply },
};

static void take(struct sim *sim, const struct interest *interest, const struct record *record)
{
    const struct message_info *info = &message_infos[interest->type];
    void *message = arena_alloc(sim->ctx.arena, info->size);
    struct violations violations = { .count = 0 };

    if (info->decode(sim->ctx.arena, record->value, record->value_length, message, &violations) ==
        OK) {
        interest->take(sim, message);
    }
}

void people_hear(struct sim *sim, const struct record *record)
{
    const char *type = record_header(record, HEADER_TYPE);
    struct order_plan *plan =
        record->key == NULL ? NULL : names_find(&sim->orders_by_id, record->key);

    sim->happened.facts++;
    for (size_t i = 0; type != NULL && i < sizeof interests / sizeof interests[0]; i++) {
        if (strcmp(type, message_infos[interests[i].type].type) == 0) {
            take(sim, &interests[i], record);
        }
    }
    if (plan != NULL && ++plan->facts_seen == plan->acts_at_fact && !sim->healed) {
        shopper_changes_mind(sim, plan);
    }
}
