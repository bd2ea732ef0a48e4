/* commands.c - builds commands from the order's rows. */
#include "services/order/commands.h"

#include "common/arena.h"
#include "common/id.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/notification.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "services/order/cancel.h"
#include "services/order/shares.h"

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
    };

    TELL(saga, MESSAGE_NOTIFICATION_CONTACT, command);
}

void tell_reserve(struct saga *saga)
{
    const struct contact_row *contact = contact_of(saga);
    struct inventory_reserve command = {
        COMMAND_HEAD(saga),
        .valid_until = saga_valid_until(saga),
        .reservation_id = child(saga, 'H', RESERVATION_NO),
        .channel = saga->order->channel,
        .ship_country = contact->ship_country,
        .ship_region = contact->ship_region,
        .ship_postal_code = contact->ship_postal_code,
    };
    struct line_row **lines =
        (struct line_row **)rows_of(saga, &order_line_table, &command.lines_count);
    struct line_quantity *wanted =
        arena_alloc(saga->out->arena, command.lines_count * sizeof *wanted);

    for (size_t i = 0; i < command.lines_count; i++) {
        wanted[i] = (struct line_quantity){ lines[i]->line_no, lines[i]->sku, lines[i]->quantity };
    }
    command.lines = wanted;
    TELL(saga, MESSAGE_INVENTORY_RESERVE, command);
}

void tell_release(struct saga *saga)
{
    struct inventory_release command = {
        COMMAND_HEAD(saga),
        .reservation_id = child(saga, 'H', RESERVATION_NO),
        .reason = (enum cancel_reason)saga->order->cancel_reason,
    };

    TELL(saga, MESSAGE_INVENTORY_RELEASE, command);
}

/* How long a shopper has to confirm a payment, or to send it. */
static int64_t shopper_ms(const struct order_row *order)
{
    return order->payment_method == PAYMENT_METHOD_BANK_TRANSFER ? TRANSFER_MS : SHOPPER_MS;
}

void tell_authorize(struct saga *saga)
{
    struct order_row *order = saga->order;
    const struct contact_row *contact = contact_of(saga);
    struct payment_authorize command = {
        COMMAND_HEAD(saga),
        .valid_until = saga_valid_until(saga),
        .payment_id = child(saga, 'P', PAYMENT_NO),
        .method = (enum payment_method)order->payment_method,
        .token = contact->payment_token,
        .amount_minor = order->total_minor,
        .currency = order->currency,
        .channel = order->channel,
        .country = contact->ship_country,
        .expires_at = saga->out->now + shopper_ms(order),
        .has_expires_at = true,
    };

    if (order->total_minor == 0) { /* no provider takes nothing: it counts as secured */
        saga_take(saga, ON_AUTHORIZED);
        return;
    }
    order->payment_state = PAYMENT_STATE_AUTHORIZING;
    TELL(saga, MESSAGE_PAYMENT_AUTHORIZE, command);
}

void wait_for_shopper(struct saga *saga)
{
    const struct payment_requires_action *required = saga->message;
    int64_t now = saga->out->now;
    int64_t until = required->has_expires_at ? required->expires_at : now + shopper_ms(saga->order);

    saga->order->deadline_at = (until > now ? until : now) + SHOPPER_GRACE_MS;
}

static void tell_void(struct saga *saga)
{
    struct payment_void command = {
        COMMAND_HEAD(saga),
        .payment_id = child(saga, 'P', PAYMENT_NO),
        .reason = (enum cancel_reason)saga->order->cancel_reason,
    };

    saga->order->payment_state = PAYMENT_STATE_VOIDING;
    TELL(saga, MESSAGE_PAYMENT_VOID, command);
}

/* One refund for all that is not under way yet; told again under the same number until it has come back. */
static void tell_refund(struct saga *saga)
{
    struct order_row *order = saga->order;
    int64_t new_minor = order->captured_minor - order->refund_told_minor;
    struct payment_refund command = {
        COMMAND_HEAD(saga),
        .payment_id = child(saga, 'P', PAYMENT_NO),
        .amount_minor =
            new_minor > 0 ? new_minor : order->refund_told_minor - order->refunded_minor,
        .currency = order->currency,
        .reason = (enum cancel_reason)order->cancel_reason,
    };

    if (new_minor > 0) {
        order->refund_count++;
        order->refund_told_minor += new_minor;
    }
    command.refund_id = child(saga, 'B', order->refund_count);
    TELL(saga, MESSAGE_PAYMENT_REFUND, command);
}

void give_money_back(struct saga *saga)
{
    if (saga->order->payment_state != PAYMENT_STATE_VOIDED) {
        tell_void(saga);
    }
    if (saga->order->captured_minor > saga->order->refunded_minor) {
        tell_refund(saga);
    }
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

static const struct line_row *line_of(const struct saga *saga, int64_t line_no)
{
    struct line_row **line = (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                                           key_number(saga->order->order_no));

    while (*line != NULL && (*line)->line_no != line_no) {
        line++;
    }
    assert(*line != NULL); /* allocations were held against the lines */
    return *line;
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

    for (size_t i = 0; i < count; i++) {
        if (work[i]->fulfillment_no == saga->share->fulfillment_no) {
            const struct line_row *line = line_of(saga, work[i]->line_no);

            lines[command.lines_count++] =
                (struct work_line){ line->line_no, line->sku, work[i]->quantity,
                                    line->customization };
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

void tell_capture(struct saga *saga)
{
    struct order_row *order = saga->order;
    struct payment_capture command = {
        COMMAND_HEAD(saga),
        .valid_until = saga_valid_until(saga),
        .payment_id = child(saga, 'P', PAYMENT_NO),
        .capture_id = child(saga, 'C', saga->share->fulfillment_no),
        .amount_minor = share_price(saga, saga->share),
        .currency = order->currency,
        .final = share_is_last(saga, saga->share),
        .has_final = true,
    };

    if (command.amount_minor == 0) { /* nothing is to be taken: it counts as taken */
        share_take(saga, saga->share, ON_CAPTURED);
        return;
    }
    order->payment_state = PAYMENT_STATE_CAPTURING;
    TELL(saga, MESSAGE_PAYMENT_CAPTURE, command);
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
    const struct fulfillment_row *share = saga->share;
    struct contact whom = { contact->ship_name, contact->email, contact->phone };
    size_t count = 0;
    struct parcel_row **packed = (struct parcel_row **)rows_of(saga, &order_parcel_table, &count);
    struct parcel *parcels = arena_alloc(saga->out->arena, count * sizeof *parcels);
    struct shipment_ship command = {
        COMMAND_HEAD(saga),
        .valid_until = saga_valid_until(saga),
        .shipment_id = child(saga, 'S', share->fulfillment_no),
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
    TELL(saga, MESSAGE_SHIPMENT_SHIP, command);
}

void tell_consume(struct saga *saga)
{
    size_t count = 0;
    struct allocation_row **work =
        (struct allocation_row **)rows_of(saga, &order_allocation_table, &count);
    struct allocation *lines = arena_alloc(saga->out->arena, count * sizeof *lines);
    struct inventory_consume command = {
        COMMAND_HEAD(saga),
        .reservation_id = child(saga, 'H', RESERVATION_NO),
        .fulfillment_id = child(saga, 'F', saga->share->fulfillment_no),
        .lines = lines,
    };

    for (size_t i = 0; i < count; i++) {
        if (work[i]->fulfillment_no == saga->share->fulfillment_no) {
            lines[command.lines_count++] =
                (struct allocation){ work[i]->line_no, line_of(saga, work[i]->line_no)->sku,
                                     saga->share->location, work[i]->quantity };
        }
    }
    TELL(saga, MESSAGE_INVENTORY_CONSUME, command);
}
