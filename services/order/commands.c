/* commands.c - builds commands from the order's rows. */
#include "services/order/commands.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/mutant.h"
#include "common/recipe.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/notification.h"
#include "proto/order.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "services/order/cancel.h"
#include "services/order/channel.h"
#include "services/order/cut.h"
#include "services/order/delivery.h"
#include "services/order/detour.h"
#include "services/order/hold.h"
#include "services/order/money_back.h"
#include "services/order/shares.h"
#include "services/order/task.h"

#include <assert.h>
#include <stdlib.h>

/* What every command begins with. */
#define COMMAND_HEAD(saga)                                                                         \
    .order_id = (saga)->subject.id, .order_no = (saga)->order->order_no,                           \
    .clock = (saga)->out->clock + 1
#define TELL(saga, type, command)                                                                  \
    decide_emit((saga)->out, (saga)->subject, (type), &(command), sizeof(command))

static const char *child(const struct saga *saga, char letter, int64_t counter)
{
    struct child_id_text *id = arena_alloc(saga->out->arena, sizeof *id);

    *id = child_id_format(saga->subject.id, letter, counter);
    return id->text;
}

static const struct contact_row *contact_of(const struct saga *saga)
{
    const struct contact_row *contact =
        rows_find(saga->out->rows, &order_contact_table, key_number(saga->order->order_no));

    assert(contact != NULL); /* it is written with the order, and erased only after its end */
    return contact;
}

/* The order's rows of a table. */
static void **rows_of(const struct saga *saga, const struct table *table, size_t *ret_count)
{
    void **rows = rows_list(saga->out->rows, table, key_number(saga->order->order_no));

    for (*ret_count = 0; rows[*ret_count] != NULL;) {
        ++*ret_count;
    }
    return rows;
}

void tell_contact(struct saga *saga)
{
    const struct contact_row *contact = contact_of(saga);
    struct notification_contact command = {
        COMMAND_HEAD(saga),
        .channel = saga->order->channel,
        .name = contact->name,
        .email = contact->email,
        .phone = contact->phone,
        .locale = contact->locale,
        .channel_order_ref = saga->order->channel_order_ref,
        .payment_method = (enum payment_method)saga->order->payment_method,
    };

    command.silenced = channel_silenced(saga, &command.silenced_count);
    TELL(saga, MESSAGE_NOTIFICATION_CONTACT, command);
}

/* Without a word, all of it or nothing. */
static void say_what_suffices(const struct saga *saga, struct inventory_reserve *command)
{
    const struct detour_row *detour = detour_find(saga);
    int64_t policy = detour_policy(saga);
    int64_t choice = detour == NULL ? ORDER_CHOOSE_BODY_CHOICE_ABSENT : detour->choice;

    command->backorder_allowed =
        policy == STOCK_POLICY_BACKORDER || choice == ORDER_CHOOSE_BODY_CHOICE_WAIT;
    command->has_backorder_allowed = command->backorder_allowed;
    command->partial_allowed =
        policy == STOCK_POLICY_PARTIAL || choice == ORDER_CHOOSE_BODY_CHOICE_ACCEPT_PARTIAL;
    command->has_partial_allowed = command->partial_allowed;
}

/* What every reservation of the order is told, under its number. */
static struct inventory_reserve reserve_command(const struct saga *saga, int64_t reservation_no)
{
    const struct contact_row *contact = contact_of(saga);

    return (struct inventory_reserve){
        COMMAND_HEAD(saga),
        .valid_until = saga_valid_until(saga),
        .reservation_id = child(saga, 'H', reservation_no),
        .channel = saga->order->channel,
        .ship_country = contact->ship_country,
        .ship_region = contact->ship_region,
        .ship_postal_code = contact->ship_postal_code,
    };
}

void tell_reserve(struct saga *saga)
{
    struct inventory_reserve command = reserve_command(saga, detour_reservation_no(saga));
    size_t count = 0;
    struct line_row **lines = (struct line_row **)rows_of(saga, &order_line_table, &count);
    struct line_quantity *wanted = arena_alloc(saga->out->arena, count * sizeof *wanted);

    say_what_suffices(saga, &command);
    for (size_t i = 0; i < count; i++) {
        int64_t quantity = lines[i]->quantity - lines[i]->canceled_quantity;

        if (quantity > 0) {
            wanted[command.lines_count++] =
                (struct line_quantity){ lines[i]->line_no, lines[i]->sku, quantity };
        }
    }
    command.lines = wanted;
    TELL(saga, MESSAGE_INVENTORY_RESERVE, command);
}

void tell_reserve_lines(struct saga *saga, int64_t reservation_no,
                        const struct line_quantity *lines, size_t count)
{
    struct inventory_reserve command = reserve_command(saga, reservation_no);

    command.lines = lines;
    command.lines_count = count;
    TELL(saga, MESSAGE_INVENTORY_RESERVE, command);
}

void tell_reserve_share(struct saga *saga, const struct fulfillment_row *share,
                        const char *const *avoid, size_t avoid_count)
{
    struct inventory_reserve command = reserve_command(saga, share->sourcing_no);
    size_t count = 0;
    struct allocation_row **work = allocations_of(saga, &count);
    struct line_quantity *wanted = arena_alloc(saga->out->arena, count * sizeof *wanted);

    for (size_t i = 0; i < count; i++) {
        if (work[i]->fulfillment_no == share->fulfillment_no && work[i]->quantity > 0) {
            wanted[command.lines_count++] = (struct line_quantity){
                work[i]->line_no, line_numbered(saga, work[i]->line_no)->sku, work[i]->quantity
            };
        }
    }
    command.lines = wanted;
    command.avoid = avoid;
    command.avoid_count = avoid_count;
    TELL(saga, MESSAGE_INVENTORY_RESERVE, command);
}

void reserve_anew(struct saga *saga)
{
    struct detour_row *detour = detour_change(saga);

    drop_shares(saga);
    leave_stopped_shares(saga);
    tell_release(saga);
    detour->reservation_no++;
    detour->waiting_quantity = 0;
    detour->stock_due_at = 0;
    tell_reserve(saga);
}

void tell_release_of(struct saga *saga, int64_t reservation_no)
{
    if (mutant("drop_release")) {
        return;
    }
    struct inventory_release command = {
        COMMAND_HEAD(saga),
        .reservation_id = child(saga, 'H', reservation_no),
        .reason = saga->order->cancel_reason == CANCEL_REASON_ABSENT
                      ? CANCEL_REASON_OTHER
                      : (enum cancel_reason)saga->order->cancel_reason,
    };

    TELL(saga, MESSAGE_INVENTORY_RELEASE, command);
}

/* That of the order, and those of shares that were sourced apart. */
void tell_release(struct saga *saga)
{
    int64_t present = detour_reservation_no(saga);

    tell_release_of(saga, present);
    for (int64_t no = present + 1; no <= shares_last_reservation(saga); no++) {
        tell_release_of(saga, no);
    }
}

void tell_release_pieces(struct saga *saga, const struct released_pieces *pieces)
{
    struct inventory_release command = {
        COMMAND_HEAD(saga),
        .reservation_id = child(saga, 'H', pieces->reservation_no),
        .reason = CANCEL_REASON_OTHER,
        .lines = pieces->held,
        .lines_count = pieces->held_count,
        .backorders = pieces->waiting,
        .backorders_count = pieces->waiting_count,
        .release_no = ++detour_change(saga)->release_no,
        .has_release_no = true,
        .lost = pieces->lost,
        .has_lost = pieces->lost,
        .lost_components = pieces->lost_components,
        .lost_components_count = pieces->lost_components_count,
    };

    TELL(saga, MESSAGE_INVENTORY_RELEASE, command);
}

/* How long a shopper has to confirm a payment, or to send it. */
static int64_t shopper_ms(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    if (detour != NULL && detour->payment_ms > 0) {
        return detour->payment_ms;
    }
    return saga->order->payment_method == PAYMENT_METHOD_BANK_TRANSFER ? TRANSFER_MS : SHOPPER_MS;
}

/* On whose account it is bought; NULL: it is paid otherwise. */
static const char *account_of(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);
    bool on_account = saga->order->payment_method == PAYMENT_METHOD_INVOICE;

    return on_account && detour != NULL ? detour->company : NULL;
}

/* Only before its confirmation: later a person is asked what now. */
static bool may_wait_for_credit(const struct saga *saga)
{
    int64_t step = saga->order->step;
    const struct detour_row *detour = detour_find(saga);

    return (step == STEP_AUTHORIZING || step == STEP_AWAITING_SHOPPER) &&
           account_of(saga) != NULL && detour->awaits_credit;
}

/* One that waits for credit has no deadline; what it is told meanwhile is for now. */
static int64_t authorize_until(const struct saga *saga)
{
    int64_t until = saga_valid_until(saga);

    return until != 0 ? until : saga->out->now + AUTHORIZE_MS;
}

static struct payment_authorize authorize_command(const struct saga *saga, int64_t payment_no,
                                                  int64_t amount_minor)
{
    const struct order_row *order = saga->order;
    const struct contact_row *contact = contact_of(saga);
    bool may_wait = may_wait_for_credit(saga);

    return (struct payment_authorize){
        COMMAND_HEAD(saga),
        .valid_until = authorize_until(saga),
        .payment_id = child(saga, 'P', payment_no),
        .method = (enum payment_method)order->payment_method,
        .token = contact->payment_token,
        .amount_minor = amount_minor,
        .currency = order->currency,
        .channel = order->channel,
        .country = contact->ship_country,
        .expires_at = saga->out->now + shopper_ms(saga),
        .has_expires_at = true,
        .return_url = contact->return_url,
        .company = account_of(saga),
        .may_wait = may_wait,
        .has_may_wait = may_wait,
    };
}

void tell_authorize_of(struct saga *saga, int64_t payment_no, int64_t amount_minor)
{
    struct payment_authorize command = authorize_command(saga, payment_no, amount_minor);

    TELL(saga, MESSAGE_PAYMENT_AUTHORIZE, command);
}

void tell_authorize(struct saga *saga)
{
    struct order_row *order = saga->order;
    struct payment_authorize command =
        authorize_command(saga, detour_payment_no(saga), money_due(saga) - money_taken(saga));

    if (command.amount_minor <= 0) { /* no provider takes nothing: it counts as secured */
        order->deadline_at = order->step == STEP_FULFILLING ? 0 : order->deadline_at;
        saga_take(saga, order->open_holds > 0 ? ON_AUTHORIZED_HELD : ON_AUTHORIZED);
        return;
    }
    order->payment_state = PAYMENT_STATE_AUTHORIZING;
    TELL(saga, MESSAGE_PAYMENT_AUTHORIZE, command);
}

static bool is_awaited(const struct order_row *order)
{
    return order->payment_state == PAYMENT_STATE_AUTHORIZING ||
           order->payment_state == PAYMENT_STATE_REQUIRES_ACTION;
}

void lower_awaited(struct saga *saga)
{
    const struct order_row *order = saga->order;

    bool lowers =
        order->payment_method == PAYMENT_METHOD_BANK_TRANSFER || may_wait_for_credit(saga);

    if (!is_awaited(order) || !lowers || order->total_minor >= saga->before.total_minor) {
        return;
    }
    int64_t due_minor = money_due(saga) - money_taken(saga);

    if (due_minor > 0) {
        tell_authorize_of(saga, detour_payment_no(saga), due_minor);
    }
}

void wait_for_shopper(struct saga *saga)
{
    const struct payment_requires_action *required = saga->message;
    int64_t now = saga->out->now;
    int64_t until = required->has_expires_at ? required->expires_at : now + shopper_ms(saga);

    saga->order->deadline_at = (until > now ? until : now) + SHOPPER_GRACE_MS;
}

/* The present payment joins those that were. What of it must be seen to go back by hand is not forgotten. */
static void put_payment_aside(struct saga *saga)
{
    struct order_row *order = saga->order;
    struct detour_row *detour = detour_change(saga);
    int64_t past_no = detour->payment_no;

    detour->payment_no = payments_last(saga) + 1;
    rows_insert(saga->out->rows, &order_past_payment_table,
                &(struct past_payment_row){ .order_no = order->order_no,
                                            .payment_no = past_no,
                                            .state = order->payment_state == PAYMENT_STATE_VOIDING
                                                         ? PAYMENT_STATE_VOIDING
                                                         : 0,
                                            .authorized_minor = order->authorized_minor,
                                            .captured_minor = order->captured_minor,
                                            .refunded_minor = order->refunded_minor,
                                            .refund_told_minor = order->refund_told_minor });
    detour->earlier_captured_minor += order->captured_minor;
    detour->earlier_refunded_minor += order->refunded_minor;
    order->authorized_minor = 0;
    order->captured_minor = 0;
    order->refunded_minor = 0;
    order->refund_told_minor = 0;
}

void await_payment(struct saga *saga)
{
    const struct order_row *order = saga->order;
    bool by_shopper = order->payment_state == PAYMENT_STATE_REQUIRES_ACTION;

    if (is_awaited(order)) {
        saga->order->deadline_at =
            saga->out->now + (by_shopper ? shopper_ms(saga) + SHOPPER_GRACE_MS : AUTHORIZE_MS);
    }
}

/* One that was never heard of may still be authorized: nothing of it may stay held. */
void renew_payment(struct saga *saga)
{
    if (is_awaited(saga->order)) {
        tell_void(saga, false);
    }
    leave_captures(saga);
    if (money_due(saga) >
        money_taken(saga)) { /* else there is nothing that another one would be for */
        put_payment_aside(saga);
        saga->order->deadline_at = saga->out->now + AUTHORIZE_MS;
    }
    tell_authorize(saga);
}

void ask_for_money(struct saga *saga)
{
    if (saga->order->payment_state == PAYMENT_STATE_EXPIRED) {
        renew_payment(saga);
    } else {
        tell_authorize(saga);
    }
}

void tell_void_of(struct saga *saga, int64_t payment_no, bool by_hand)
{
    const struct order_row *order = saga->order;
    struct payment_void command = {
        COMMAND_HEAD(saga),
        .payment_id = child(saga, 'P', payment_no),
        .reason = order->cancel_reason == CANCEL_REASON_ABSENT
                      ? CANCEL_REASON_OTHER
                      : (enum cancel_reason)order->cancel_reason,
        .company = account_of(saga),
        .by_hand = by_hand,
        .has_by_hand = by_hand,
    };

    TELL(saga, MESSAGE_PAYMENT_VOID, command);
}

void tell_void(struct saga *saga, bool by_hand)
{
    saga->order->payment_state = PAYMENT_STATE_VOIDING;
    tell_void_of(saga, detour_payment_no(saga), by_hand);
}

void tell_refund(struct saga *saga, const struct refund_row *refund, enum refund_word word)
{
    int64_t reason = saga->order->cancel_reason;
    struct payment_refund command = {
        COMMAND_HEAD(saga),
        .payment_id = child(saga, 'P', refund->payment_no),
        .refund_id = child(saga, 'B', refund->refund_no),
        .amount_minor = refund->amount_minor,
        .currency = saga->order->currency,
        .reason = reason == CANCEL_REASON_ABSENT ? CANCEL_REASON_OTHER : (enum cancel_reason)reason,
        .by_hand = word == REFUND_GIVEN_BY_HAND,
        .has_by_hand = word == REFUND_GIVEN_BY_HAND,
        .withdrawn = word == REFUND_WITHDRAWN,
        .has_withdrawn = word == REFUND_WITHDRAWN,
    };

    TELL(saga, MESSAGE_PAYMENT_REFUND, command);
}

static struct postal_address ship_to(const struct contact_row *contact)
{
    return (struct postal_address){ .name = contact->ship_name,
                                    .company = contact->ship_company,
                                    .line1 = contact->ship_line1,
                                    .line2 = contact->ship_line2,
                                    .city = contact->ship_city,
                                    .region = contact->ship_region,
                                    .postal_code = contact->ship_postal_code,
                                    .country = contact->ship_country };
}

static struct work_line work_line_of(const struct saga *saga, const struct line_row *line,
                                     const struct allocation_row *work)
{
    struct work_line told = { .line_no = line->line_no,
                              .sku = line->sku,
                              .quantity = work->quantity,
                              .customization = line->customization };

    if (work->components != NULL) {
        struct recipe recipe = recipe_of(saga->out->arena, line->sku, work->components);

        told.components = recipe.components;
        told.components_count = recipe.count;
    }
    return told;
}

void tell_fulfill(struct saga *saga)
{
    const struct order_row *order = saga->order;
    const struct contact_row *contact = contact_of(saga);
    size_t count = 0;
    struct allocation_row **work =
        (struct allocation_row **)rows_of(saga, &order_allocation_table, &count);
    struct work_line *lines = arena_alloc(saga->out->arena, count * sizeof *lines);
    struct fulfillment_fulfill command = {
        COMMAND_HEAD(saga),
        .valid_until = saga_valid_until(saga),
        .fulfillment_id = child(saga, 'F', saga->share->fulfillment_no),
        .location = saga->share->location,
        .lines = lines,
        .ship_to = ship_to(contact),
        .shipping_service = order->shipping_service,
        .ship_not_before = order->ship_not_before,
        .has_ship_not_before = order->ship_not_before != 0,
        .note = contact->note,
    };
    const struct fulfillment_row *share = saga->share;

    command.priority = detour_priority(saga);
    command.has_priority = command.priority != 0;
    if (share->promised_latest != 0) {
        command.has_hand_over_by = command.has_promised_by = true;
        command.hand_over_by = delivery_day_ends_ms(share->hand_over_on, share->zone_minutes);
        command.promised_by = delivery_day_ends_ms(share->promised_latest, share->zone_minutes);
    }

    for (size_t i = 0; i < count; i++) {
        if (work[i]->fulfillment_no == saga->share->fulfillment_no && work[i]->quantity > 0) {
            const struct line_row *line = line_numbered(saga, work[i]->line_no);

            lines[command.lines_count++] = work_line_of(saga, line, work[i]);
        }
    }
    TELL(saga, MESSAGE_FULFILLMENT_FULFILL, command);
}

void tell_stop(struct saga *saga)
{
    struct fulfillment_cancel command = {
        COMMAND_HEAD(saga),
        .fulfillment_id = child(saga, 'F', saga->share->fulfillment_no),
        .reason = cancel_reason_asked(saga),
    };

    TELL(saga, MESSAGE_FULFILLMENT_CANCEL, command);
}

void tell_address(struct saga *saga)
{
    const struct postal_address to = ship_to(contact_of(saga));
    const struct fulfillment_amend command = {
        COMMAND_HEAD(saga),
        .fulfillment_id = child(saga, 'F', saga->share->fulfillment_no),
        .ship_to = arena_copy(saga->out->arena, &to, sizeof to),
    };

    TELL(saga, MESSAGE_FULFILLMENT_AMEND, command);
}

void tell_priority(struct saga *saga)
{
    const struct fulfillment_amend command = {
        COMMAND_HEAD(saga),
        .fulfillment_id = child(saga, 'F', saga->share->fulfillment_no),
        .priority = detour_priority(saga),
        .has_priority = true,
    };

    TELL(saga, MESSAGE_FULFILLMENT_AMEND, command);
}

void tell_suspend(struct saga *saga)
{
    struct fulfillment_suspend command = {
        COMMAND_HEAD(saga),
        .fulfillment_id = child(saga, 'F', saga->share->fulfillment_no),
        .reason = hold_reason_open(saga),
    };

    TELL(saga, MESSAGE_FULFILLMENT_SUSPEND, command);
}

void tell_resume(struct saga *saga)
{
    struct fulfillment_resume command = {
        COMMAND_HEAD(saga),
        .fulfillment_id = child(saga, 'F', saga->share->fulfillment_no),
    };

    TELL(saga, MESSAGE_FULFILLMENT_RESUME, command);
}

/* The pieces of the change that is being asked about. */
void tell_reduce(struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);
    struct fulfillment_reduce command = {
        COMMAND_HEAD(saga),
        .valid_until = saga->order->deadline_at,
        .fulfillment_id = child(saga, 'F', saga->share->fulfillment_no),
        .change_no = detour->open_change,
    };

    command.lines = cut_lines(saga, saga->share->fulfillment_no, &command.lines_count);
    TELL(saga, MESSAGE_FULFILLMENT_REDUCE, command);
}

static bool is_lost(int64_t payment_state)
{
    return payment_state == PAYMENT_STATE_VOIDED || payment_state == PAYMENT_STATE_EXPIRED ||
           payment_state == PAYMENT_STATE_FAILED;
}

void tell_capture(struct saga *saga)
{
    struct order_row *order = saga->order;

    if (saga->share->captured) { /* with the share that it takes the place of */
        share_take(saga, saga->share, ON_CAPTURED);
        return;
    }
    if (saga->share->step == SHARE_COLLECTING) {
        (void)share_lower_price(saga, saga->share);
    }
    bool at_door = order->payment_method == PAYMENT_METHOD_CASH_ON_DELIVERY &&
                   saga->share->step == SHARE_CAPTURING;
    struct payment_capture command = {
        COMMAND_HEAD(saga),
        .valid_until = saga_valid_until(saga),
        .payment_id =
            child(saga, 'P',
                  saga->share->payment_no != 0 ? saga->share->payment_no : detour_payment_no(saga)),
        .amount_minor = share_price(saga, saga->share),
        .currency = order->currency,
        .final = share_takes_rest(saga, saga->share),
        .has_final = true,
    };

    if (command.amount_minor == 0 || at_door) { /* nothing is to be taken now: it counts as taken */
        saga->share->captured = !at_door;
        share_take(saga, saga->share, ON_CAPTURED);
        return;
    }
    if (saga->share->capture_no == 0) {
        saga->share->capture_no = detour_number_first(saga, saga->share->fulfillment_no);
    }
    command.capture_id = child(saga, 'C', saga->share->capture_no);
    if (saga->share->payment_no == 0 && !is_lost(order->payment_state) &&
        order->payment_state != PAYMENT_STATE_VOIDING) { /* what must be let go of stays known */
        order->payment_state = PAYMENT_STATE_CAPTURING;
    }
    TELL(saga, MESSAGE_PAYMENT_CAPTURE, command);
}

void forget_capture(struct saga *saga)
{
    share_forget_capture(saga, saga->share);
}

void collect_rest(struct saga *saga)
{
    if (share_lower_price(saga, saga->share)) {
        tell_capture(saga);
    } else {
        ask_person(saga);
    }
}

void tell_capture_anew(struct saga *saga)
{
    forget_capture(saga);
    tell_capture(saga);
}

void tell_capture_again(struct saga *saga)
{
    if (saga->code != NULL) {
        forget_capture(saga);
    }
    if (is_lost(saga->order->payment_state)) { /* it is told when another payment is secured */
        renew_payment(saga);
    } else {
        tell_capture(saga);
    }
}

/* The way back from "1*2,3*1". */
static const struct parcel_line *parcel_lines(struct arena *arena, const char *contents,
                                              size_t *ret_count)
{
    size_t count = 1;

    for (const char *at = contents; *at != '\0'; at++) {
        count += *at == ',' ? 1 : 0;
    }
    struct parcel_line *lines = arena_alloc(arena, count * sizeof *lines);
    for (size_t i = 0; i < count; i++) {
        char *end = NULL;

        lines[i].line_no = strtoll(contents, &end, 10);
        lines[i].quantity = strtoll(end + 1, &end, 10);
        contents = end + 1;
    }
    *ret_count = count;
    return lines;
}

static struct parcel parcel_of(struct arena *arena, const struct parcel_row *row)
{
    struct parcel parcel = {
        .parcel_no = row->parcel_no,
        .weight_grams = row->weight_grams,
        .length_mm = row->length_mm,
        .width_mm = row->width_mm,
        .height_mm = row->height_mm,
        .has_length_mm = row->length_mm != 0,
        .has_width_mm = row->width_mm != 0,
        .has_height_mm = row->height_mm != 0,
    };

    parcel.lines = parcel_lines(arena, row->contents, &parcel.lines_count);
    return parcel;
}

void tell_ship(struct saga *saga)
{
    const struct contact_row *contact = contact_of(saga);
    struct fulfillment_row *share = saga->share;
    struct contact whom = { contact->ship_name, contact->email, contact->phone };
    size_t count = 0;
    struct parcel_row **packed = (struct parcel_row **)rows_of(saga, &order_parcel_table, &count);
    struct parcel *parcels = arena_alloc(saga->out->arena, count * sizeof *parcels);
    struct shipment_ship command = {
        COMMAND_HEAD(saga),
        .valid_until = saga_valid_until(saga),
        .fulfillment_id = child(saga, 'F', share->fulfillment_no),
        .location = share->location,
        .ship_to = ship_to(contact),
        .contact = arena_copy(saga->out->arena, &whom, sizeof whom),
        .service = saga->order->shipping_service,
        .parcels = parcels,
        .value_minor = share->value_minor,
        .currency = saga->order->currency,
        .cash_on_delivery_minor = share->capture_minor,
        .has_cash_on_delivery_minor =
            saga->order->payment_method == PAYMENT_METHOD_CASH_ON_DELIVERY,
    };

    for (size_t i = 0; i < count; i++) {
        if (packed[i]->fulfillment_no == share->fulfillment_no) {
            parcels[command.parcels_count++] = parcel_of(saga->out->arena, packed[i]);
        }
    }
    if (share->shipment_no == 0) {
        share->shipment_no = detour_number_first(saga, share->fulfillment_no);
    }
    command.shipment_id = child(saga, 'S', share->shipment_no);
    TELL(saga, MESSAGE_SHIPMENT_SHIP, command);
}

void tell_void_label(struct saga *saga)
{
    struct shipment_void command = {
        COMMAND_HEAD(saga),
        .shipment_id = child(saga, 'S', saga->share->shipment_no),
        .reason = cancel_reason_asked(saga),
    };

    TELL(saga, MESSAGE_SHIPMENT_VOID, command);
}

void tell_ship_anew(struct saga *saga)
{
    saga->share->shipment_no = detour_number_anew(saga);
    saga->share->tracking_number = NULL;
    tell_ship(saga);
}

void tell_consume(struct saga *saga)
{
    if (mutant("drop_consume")) {
        return;
    }
    size_t count = 0;
    struct allocation_row **work =
        (struct allocation_row **)rows_of(saga, &order_allocation_table, &count);
    struct allocation *lines = arena_alloc(saga->out->arena, count * sizeof *lines);
    struct inventory_consume command = {
        COMMAND_HEAD(saga),
        .reservation_id = child(saga, 'H', saga->share->reservation_no),
        .fulfillment_id = child(saga, 'F', saga->share->fulfillment_no),
        .lines = lines,
    };

    for (size_t i = 0; i < count; i++) {
        if (work[i]->fulfillment_no == saga->share->fulfillment_no && work[i]->quantity > 0) {
            lines[command.lines_count++] =
                (struct allocation){ .line_no = work[i]->line_no,
                                     .sku = line_numbered(saga, work[i]->line_no)->sku,
                                     .location = saga->share->location,
                                     .quantity = work[i]->quantity };
        }
    }
    TELL(saga, MESSAGE_INVENTORY_CONSUME, command);
}

void tell_picked(struct saga *saga)
{
    const struct fulfillment_picked *fact = saga->message;
    const struct inventory_pick command = { COMMAND_HEAD(saga),
                                            .fulfillment_id = fact->fulfillment_id,
                                            .location = fact->location, .bins = fact->bins,
                                            .bins_count = fact->bins_count };

    if (fact->bins_count > 0) {
        TELL(saga, MESSAGE_INVENTORY_PICK, command);
    }
}

void tell_erase(struct saga *saga)
{
    const struct payment_erase payment = { COMMAND_HEAD(saga) };
    const struct fulfillment_erase fulfillment = { COMMAND_HEAD(saga) };
    const struct shipment_erase shipment = { COMMAND_HEAD(saga) };
    const struct notification_erase notification = { COMMAND_HEAD(saga) };

    TELL(saga, MESSAGE_PAYMENT_ERASE, payment);
    TELL(saga, MESSAGE_FULFILLMENT_ERASE, fulfillment);
    TELL(saga, MESSAGE_SHIPMENT_ERASE, shipment);
    TELL(saga, MESSAGE_NOTIFICATION_ERASE, notification);
}
