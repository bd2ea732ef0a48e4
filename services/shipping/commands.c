/* commands.c - ship and void, by command and at people's wish. */
#include "services/shipping/commands.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/shipping/body.h"
#include "services/shipping/labels.h"
#include "services/shipping/reply.h"

enum { PARCEL_NO_MAX = 100 };

/* --- What is needed ----------------------------------------------------------------------------- */

void ship_need(const struct incoming_message *in, struct rows *rows)
{
    sending_want(rows, ((const struct shipment_ship *)in->message)->shipment_id);
}

void ship_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct shipment_ship *command = in->message;

    if (sending_find(rows, command->shipment_id) == NULL) {
        rows_want(rows, &place_table, key_text(command->location));
    } else {
        rows_want(rows, &shipment_parcel_table, key_number(command->order_no));
    }
}

void void_need(const struct incoming_message *in, struct rows *rows)
{
    sending_want(rows, ((const struct shipment_void *)in->message)->shipment_id);
}

void void_need_shared(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &shipment_parcel_table,
              key_number(((const struct shipment_void *)in->message)->order_no));
}

void place_due_need(const struct incoming_timer *in, struct rows *rows)
{
    sending_want(rows, in->subject.id);
    rows_want(rows, &shipment_parcel_table, key_number(in->subject.number));
}

static struct shipment_row *find_of_timer(const struct rows *rows, const struct incoming_timer *in)
{
    struct child_id_text id = child_id_format(in->subject.id, 'S', in->step);

    return sending_find(rows, id.text);
}

void place_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    const struct shipment_row *row = find_of_timer(rows, in);

    if (row != NULL) {
        rows_want(rows, &place_table, key_text(row->location));
    }
}

/* --- ship --------------------------------------------------------------------------------------- */

static int64_t count_pieces(const struct parcel *parcel)
{
    int64_t pieces = 0;

    for (size_t i = 0; i < parcel->lines_count; i++) {
        pieces += parcel->lines[i].quantity;
    }
    return pieces;
}

static bool repeats_a_parcel(const struct shipment_ship *command)
{
    bool seen[PARCEL_NO_MAX + 1] = { false };

    for (size_t i = 0; i < command->parcels_count; i++) {
        size_t parcel_no = (size_t)command->parcels[i].parcel_no;

        if (parcel_no > PARCEL_NO_MAX || seen[parcel_no]) {
            return true;
        }
        seen[parcel_no] = true;
    }
    return false;
}

static void keep_parcels(const struct sending *sending, const struct shipment_ship *command)
{
    for (size_t i = 0; i < command->parcels_count; i++) {
        const struct parcel *parcel = &command->parcels[i];

        rows_insert(sending->out->rows, &shipment_parcel_table,
                    &(struct parcel_row){ .order_no = sending->row->order_no,
                                          .shipment_no = sending->row->shipment_no,
                                          .parcel_no = parcel->parcel_no,
                                          .state = PARCEL_WAITING,
                                          .pieces = count_pieces(parcel),
                                          .weight_grams = parcel->weight_grams,
                                          .length_mm = parcel->length_mm,
                                          .width_mm = parcel->width_mm,
                                          .height_mm = parcel->height_mm,
                                          .cost_minor = NOT_GIVEN });
    }
}

static struct shipment_row new_row(struct decision *out, const struct shipment_ship *command,
                                   const unsigned char *order_id)
{
    return (struct shipment_row){
        .order_id = { order_id, ORDER_ID_BYTES },
        .shipment_no = child_id_counter(command->shipment_id, 'S'),
        .order_no = command->order_no,
        .state = SENDING_WAITING,
        .clock = out->clock,
        .fulfillment_no = child_id_counter(command->fulfillment_id, 'F'),
        .location = command->location,
        .service = command->service,
        .currency = command->currency,
        .value_minor = command->value_minor,
        .cash_on_delivery_minor =
            command->has_cash_on_delivery_minor ? command->cash_on_delivery_minor : NOT_GIVEN,
        .to_country = command->ship_to.country,
        .changed_at = out->now,
    };
}

static void wait_for_place(const struct sending *sending)
{
    decide_timer(sending->out, sending->subject, TIMER_PLACE, sending->out->now + PLACE_PAUSE_MS,
                 sending->row->shipment_no);
}

static const unsigned char *order_bytes(struct arena *arena, const char *order_id)
{
    unsigned char *bytes = arena_alloc(arena, ORDER_ID_BYTES);

    return order_id_parse(order_id, bytes) ? bytes : NULL;
}

static void begin_sending(struct decision *out, const struct shipment_ship *command)
{
    const unsigned char *order_id = order_bytes(out->arena, command->order_id);

    if (order_id == NULL || repeats_a_parcel(command)) {
        decide_impossible(out, order_id == NULL ? "the order id is none" : "a parcel comes twice");
        return;
    }
    const struct place_row *place = rows_find(out->rows, &place_table, key_text(command->location));
    const char *consignee = body_consignee(out->arena, &command->ship_to, command->contact);
    const struct shipment_row row = new_row(out, command, order_id);
    struct sending sending = sending_of(out, rows_insert(out->rows, &shipment_table, &row));

    keep_parcels(&sending, command);
    if (place == NULL) {
        sending.row->consignee = consignee;
        sending.row->give_up_at = command->valid_until;
        wait_for_place(&sending);
    } else {
        sending_move(&sending, SENDING_LABELING);
        labels_ask(&sending, place, consignee);
    }
}

static void refuse_ship(struct decision *out, const struct incoming_message *in,
                        enum refused_reason reason)
{
    const struct shipment_ship *command = in->message;
    const struct shipment_refused fact = { .order_id = command->order_id,
                                           .order_no = command->order_no,
                                           .clock = out->clock + 1,
                                           .command = "kervan.shipment.ship.v1",
                                           .subject_id = command->shipment_id,
                                           .reason = reason };

    decide_emit(out, in->subject, MESSAGE_SHIPMENT_REFUSED, &fact, sizeof fact);
}

/* What was said last, again: the other side has lost it, or asks too early. */
static void tell_again(const struct sending *sending, enum sending_action action)
{
    switch ((int)action) {
    case SENDING_SAYS_LABELED:
        say_labeled(sending);
        break;
    case SENDING_SAYS_SHIPPED:
        say_shipped(sending);
        break;
    case SENDING_SAYS_DELIVERED:
        say_delivered(sending);
        break;
    case SENDING_SAYS_FAILED:
        say_failed(sending);
        break;
    case SENDING_SAYS_VOIDED:
        say_voided(sending);
        break;
    default:
        break;
    }
}

static void begin_if_possible(struct decision *out, const struct incoming_message *in)
{
    const struct shipment_ship *command = in->message;
    int64_t fulfillment_no = child_id_counter(command->fulfillment_id, 'F');

    if (out->now > command->valid_until) {
        refuse_ship(out, in, REFUSED_REASON_EXPIRED);
    } else if (sending_has_rival(out->rows, command->shipment_id, fulfillment_no)) {
        refuse_ship(out, in, REFUSED_REASON_RULE);
    } else {
        begin_sending(out, command);
    }
}

void on_ship(struct decision *out, const struct incoming_message *in)
{
    const struct shipment_ship *command = in->message;
    struct shipment_row *row = sending_find(out->rows, command->shipment_id);
    struct sending_rule rule = sending_rule(sending_state_of(row), SENDING_IN_SHIP);

    if (rule.action == SENDING_BEGINS) {
        begin_if_possible(out, in);
    } else if (rule.action == SENDING_REFUSES_UNDONE) {
        refuse_ship(out, in, REFUSED_REASON_UNDONE);
    } else if (rule.action != SENDING_DOES_NOTHING) {
        struct sending sending = sending_of(out, row);

        tell_again(&sending, rule.action);
    }
}

/* --- void --------------------------------------------------------------------------------------- */

static void bury(struct decision *out, const struct shipment_void *command)
{
    const unsigned char *order_id = order_bytes(out->arena, command->order_id);

    if (order_id == NULL) {
        decide_impossible(out, "the order id is none");
        return;
    }
    const struct shipment_row row = {
        .order_id = { order_id, ORDER_ID_BYTES },
        .shipment_no = child_id_counter(command->shipment_id, 'S'),
        .order_no = command->order_no,
        .state = SENDING_TOMBSTONE,
        .reason = command->reason,
        .location = "",
        .service = "",
        .currency = "",
        .cash_on_delivery_minor = NOT_GIVEN,
        .to_country = "",
        .changed_at = out->now,
    };
    struct sending sending = sending_of(out, rows_insert(out->rows, &shipment_table, &row));

    say_voided(&sending);
}

static void drop_parcels(const struct sending *sending)
{
    for (struct parcel_row **parcel = sending_parcels(sending); *parcel != NULL; parcel++) {
        parcel_take(sending->out->rows, *parcel, PARCEL_IN_DROPPED);
    }
    sending->row->consignee = NULL;
}

/* What a rule says of labels that are not wanted any more. */
static void take_back(const struct sending *sending, struct sending_rule rule,
                      enum cancel_reason reason)
{
    if (rule.next != (enum sending_state)sending->row->state) {
        sending->row->reason = reason;
        sending_move(sending, rule.next);
    }
    if (rule.action == SENDING_STOPS) {
        labels_give_back(sending);
        labels_settle(sending);
        return;
    }
    if (rule.action == SENDING_DROPS) {
        drop_parcels(sending);
    }
    say_voided(sending);
}

void on_void(struct decision *out, const struct incoming_message *in)
{
    const struct shipment_void *command = in->message;
    struct shipment_row *row = sending_find(out->rows, command->shipment_id);
    struct sending_rule rule = sending_rule(sending_state_of(row), SENDING_IN_VOID);

    if (rule.action == SENDING_BURIES) {
        bury(out, command);
        return;
    }
    struct sending sending = sending_of(out, row);

    if (rule.action == SENDING_REFUSES_VOID) {
        say_void_refused(&sending);
        return;
    }
    if (rule.action == SENDING_DOES_NOTHING) {
        return;
    }
    take_back(&sending, rule, command->reason);
}

/* --- void_now ----------------------------------------------------------------------------------- */

static const char *recalled(const struct incoming_message *in)
{
    return ((const struct shipment_void_now *)in->message)->shipment_id;
}

const char *void_now_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return sending_order_of(arena, recalled(in));
}

void void_now_need(const struct incoming_message *in, struct rows *rows)
{
    sending_want(rows, recalled(in));
}

void void_now_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct shipment_row *row = sending_find(rows, recalled(in));

    if (row != NULL) {
        rows_want(rows, &shipment_parcel_table, key_number(row->order_no));
    }
}

void on_void_now(struct decision *out, const struct incoming_message *in)
{
    struct shipment_row *row = sending_find(out->rows, recalled(in));
    struct sending_rule rule = sending_rule(sending_state_of(row), SENDING_IN_RECALL);

    if (row == NULL || rule.action == SENDING_ANSWERS_UNKNOWN) {
        reply_unknown(out, in);
    } else if (rule.action == SENDING_ANSWERS_LATE) {
        reply_conflict(out, in,
                       "the carrier has the parcels: a label that is used cannot be given back");
    } else if (rule.action == SENDING_ANSWERS_FAILED) {
        reply_conflict(out, in, "the shipment failed: it has no labels");
    } else if (rule.action == SENDING_ANSWERS_DONE) {
        reply_done(out, in, 200, recalled(in));
    } else if (!reply_stale(out, in, row->clock)) {
        struct sending sending = sending_of(out, row);

        take_back(&sending, rule, CANCEL_REASON_MERCHANT_REQUEST);
        reply_done(out, in, 200, recalled(in));
    }
}

/* --- A place that is not known yet -------------------------------------------------------------- */

static void give_up(const struct sending *sending, enum sending_state next)
{
    drop_parcels(sending);
    sending->row->failure_stage = SHIPMENT_FAILED_STAGE_RATE;
    sending->row->failure_code = "place_unknown";
    sending->row->failed_at = sending->out->now;
    sending_move(sending, next);
    say_failed(sending);
}

void on_place_due(struct decision *out, const struct incoming_timer *in)
{
    struct shipment_row *row = find_of_timer(out->rows, in);

    if (row == NULL || row->state != SENDING_WAITING) {
        return;
    }
    struct sending sending = sending_of(out, row);
    const struct place_row *place = rows_find(out->rows, &place_table, key_text(row->location));

    if (place != NULL) {
        const char *consignee = row->consignee;

        row->consignee = NULL;
        sending_move(&sending, sending_rule(SENDING_WAITING, SENDING_IN_PLACE).next);
        labels_ask(&sending, place, consignee);
    } else if (out->now > row->give_up_at) {
        give_up(&sending, sending_rule(SENDING_WAITING, SENDING_IN_GIVE_UP).next);
    } else {
        wait_for_place(&sending);
    }
}
