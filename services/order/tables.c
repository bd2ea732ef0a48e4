/* tables.c - the order service's tables as data: columns in the order of the statements beside. */
#include "services/order/tables.h"

#include "proto/types.h"
#include "sql/order_sql.h"

_Static_assert(
    ORDER_STATUS_UNKNOWN == 8 && PAYMENT_STATUS_UNKNOWN == 11 && FULFILLMENT_STATUS_UNKNOWN == 8 &&
        RETURN_STATUS_UNKNOWN == 6 && SHOPPER_STATUS_UNKNOWN == 11 && PAYMENT_STATE_UNKNOWN == 12 &&
        PAYMENT_METHOD_UNKNOWN == 7 && TAX_MODE_EXCLUSIVE == 2 && CANCEL_REASON_UNKNOWN == 11 &&
        FULFILLMENT_STATE_UNKNOWN == 11 && TRACKING_STATUS_UNKNOWN == 9 &&
        CANCELED_BY_SYSTEM == 3 && TASK_KIND_UNKNOWN == 6 && TASK_STATE_UNKNOWN == 3 &&
        HOLD_REASON_UNKNOWN == 11 && STOCK_POLICY_UNKNOWN == 5 && TASK_CHOICE_UNKNOWN == 12 &&
        CUSTOMER_MESSAGE_UNKNOWN == 18 && REDUCE_REASON_UNKNOWN == 9,
    "rows keep these numbers: a word may only be added behind the others, with a migration");

static const struct column order_columns[] = {
    COLUMN(struct order_row, order_no, COLUMN_INT8),
    COLUMN(struct order_row, clock, COLUMN_INT8),
    COLUMN(struct order_row, entry_count, COLUMN_INT4),
    COLUMN(struct order_row, step, COLUMN_INT2),
    COLUMN(struct order_row, tries, COLUMN_INT2),
    COLUMN(struct order_row, deadline_at, COLUMN_INSTANT),
    COLUMN(struct order_row, watch_at, COLUMN_INSTANT),
    COLUMN(struct order_row, status, COLUMN_INT2),
    COLUMN(struct order_row, payment_status, COLUMN_INT2),
    COLUMN(struct order_row, fulfillment_status, COLUMN_INT2),
    COLUMN(struct order_row, return_status, COLUMN_INT2),
    COLUMN(struct order_row, shopper_status, COLUMN_INT2),
    COLUMN(struct order_row, payment_state, COLUMN_INT2),
    COLUMN(struct order_row, payment_method, COLUMN_INT2),
    COLUMN(struct order_row, tax_mode, COLUMN_INT2),
    COLUMN(struct order_row, cancel_reason, COLUMN_INT2),
    COLUMN(struct order_row, fulfillment_count, COLUMN_INT2),
    COLUMN(struct order_row, refund_count, COLUMN_INT2),
    COLUMN(struct order_row, task_count, COLUMN_INT2),
    COLUMN(struct order_row, open_tasks, COLUMN_INT2),
    COLUMN(struct order_row, open_cancels, COLUMN_INT2),
    COLUMN(struct order_row, open_holds, COLUMN_INT2),
    COLUMN(struct order_row, detour, COLUMN_BOOL),
    COLUMN(struct order_row, total_minor, COLUMN_INT8),
    COLUMN(struct order_row, shipping_price_minor, COLUMN_INT8),
    COLUMN(struct order_row, authorized_minor, COLUMN_INT8),
    COLUMN(struct order_row, captured_minor, COLUMN_INT8),
    COLUMN(struct order_row, refunded_minor, COLUMN_INT8),
    COLUMN(struct order_row, refund_told_minor, COLUMN_INT8),
    COLUMN(struct order_row, order_id, COLUMN_BYTES),
    COLUMN(struct order_row, channel, COLUMN_TEXT),
    COLUMN(struct order_row, channel_order_ref, COLUMN_TEXT),
    COLUMN(struct order_row, currency, COLUMN_TEXT),
    COLUMN(struct order_row, shipping_service, COLUMN_TEXT),
    COLUMN(struct order_row, payment_action_url, COLUMN_TEXT),
    COLUMN(struct order_row, payment_code, COLUMN_TEXT),
    COLUMN(struct order_row, reply_request_id, COLUMN_TEXT),
    COLUMN(struct order_row, reply_partition, COLUMN_INT4),
    COLUMN(struct order_row, placed_at, COLUMN_INSTANT),
    COLUMN(struct order_row, confirmed_at, COLUMN_INSTANT),
    COLUMN(struct order_row, ended_at, COLUMN_INSTANT),
    COLUMN(struct order_row, ship_not_before, COLUMN_INSTANT),
    COLUMN(struct order_row, number, COLUMN_TEXT),
    COLUMN(struct order_row, delivery_terms, COLUMN_TEXT),
    COLUMN(struct order_row, promised_earliest, COLUMN_INT4),
    COLUMN(struct order_row, promised_latest, COLUMN_INT4),
    COLUMN(struct order_row, promised_first, COLUMN_INT4),
    COLUMN(struct order_row, promise_outcome, COLUMN_INT2),
};
const struct table order_table = {
    .name = "orders",
    .columns = order_columns,
    .column_count = COLUMN_COUNT(order_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct order_row),
    .load = ORDER_SQL_ORDER_LOAD,
    .insert = ORDER_SQL_ORDER_INSERT,
    .update = ORDER_SQL_ORDER_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column line_columns[] = {
    COLUMN(struct line_row, order_no, COLUMN_INT8),
    COLUMN(struct line_row, line_no, COLUMN_INT2),
    COLUMN(struct line_row, sku, COLUMN_TEXT),
    COLUMN(struct line_row, quantity, COLUMN_INT4),
    COLUMN(struct line_row, unit_price_minor, COLUMN_INT8),
    COLUMN(struct line_row, discount_minor, COLUMN_INT8),
    COLUMN(struct line_row, tax_minor, COLUMN_INT8),
    COLUMN(struct line_row, canceled_quantity, COLUMN_INT4),
    COLUMN(struct line_row, canceled_minor, COLUMN_INT8),
    COLUMN(struct line_row, customization, COLUMN_TEXT),
};
const struct table order_line_table = {
    .name = "order_line",
    .columns = line_columns,
    .column_count = COLUMN_COUNT(line_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct line_row),
    .load = ORDER_SQL_LINE_LOAD,
    .insert = ORDER_SQL_LINE_INSERT,
    .update = ORDER_SQL_LINE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column contact_columns[] = {
    COLUMN(struct contact_row, order_no, COLUMN_INT8),
    COLUMN(struct contact_row, name, COLUMN_TEXT),
    COLUMN(struct contact_row, email, COLUMN_TEXT),
    COLUMN(struct contact_row, phone, COLUMN_TEXT),
    COLUMN(struct contact_row, locale, COLUMN_TEXT),
    COLUMN(struct contact_row, company, COLUMN_TEXT),
    COLUMN(struct contact_row, ship_name, COLUMN_TEXT),
    COLUMN(struct contact_row, ship_company, COLUMN_TEXT),
    COLUMN(struct contact_row, ship_line1, COLUMN_TEXT),
    COLUMN(struct contact_row, ship_line2, COLUMN_TEXT),
    COLUMN(struct contact_row, ship_city, COLUMN_TEXT),
    COLUMN(struct contact_row, ship_region, COLUMN_TEXT),
    COLUMN(struct contact_row, ship_postal_code, COLUMN_TEXT),
    COLUMN(struct contact_row, ship_country, COLUMN_TEXT),
    COLUMN(struct contact_row, bill_name, COLUMN_TEXT),
    COLUMN(struct contact_row, bill_company, COLUMN_TEXT),
    COLUMN(struct contact_row, bill_line1, COLUMN_TEXT),
    COLUMN(struct contact_row, bill_line2, COLUMN_TEXT),
    COLUMN(struct contact_row, bill_city, COLUMN_TEXT),
    COLUMN(struct contact_row, bill_region, COLUMN_TEXT),
    COLUMN(struct contact_row, bill_postal_code, COLUMN_TEXT),
    COLUMN(struct contact_row, bill_country, COLUMN_TEXT),
    COLUMN(struct contact_row, payment_token, COLUMN_TEXT),
    COLUMN(struct contact_row, return_url, COLUMN_TEXT),
    COLUMN(struct contact_row, note, COLUMN_TEXT),
    COLUMN(struct contact_row, channel_customer_ref, COLUMN_TEXT),
};
const struct table order_contact_table = {
    .name = "order_contact",
    .columns = contact_columns,
    .column_count = COLUMN_COUNT(contact_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct contact_row),
    .load = ORDER_SQL_CONTACT_LOAD,
    .insert = ORDER_SQL_CONTACT_INSERT,
    .update = ORDER_SQL_CONTACT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column refusal_columns[] = {
    COLUMN(struct refusal_row, order_no, COLUMN_INT8),
    COLUMN(struct refusal_row, error_no, COLUMN_INT2),
    COLUMN(struct refusal_row, pointer, COLUMN_TEXT),
    COLUMN(struct refusal_row, detail, COLUMN_TEXT),
};
const struct table order_refusal_table = {
    .name = "order_refusal",
    .columns = refusal_columns,
    .column_count = COLUMN_COUNT(refusal_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct refusal_row),
    .load = ORDER_SQL_REFUSAL_LOAD,
    .insert = ORDER_SQL_REFUSAL_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column fulfillment_columns[] = {
    COLUMN(struct fulfillment_row, order_no, COLUMN_INT8),
    COLUMN(struct fulfillment_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct fulfillment_row, step, COLUMN_INT2),
    COLUMN(struct fulfillment_row, tries, COLUMN_INT2),
    COLUMN(struct fulfillment_row, deadline_at, COLUMN_INSTANT),
    COLUMN(struct fulfillment_row, state, COLUMN_INT2),
    COLUMN(struct fulfillment_row, replaced, COLUMN_BOOL),
    COLUMN(struct fulfillment_row, location, COLUMN_TEXT),
    COLUMN(struct fulfillment_row, value_minor, COLUMN_INT8),
    COLUMN(struct fulfillment_row, capture_minor, COLUMN_INT8),
    COLUMN(struct fulfillment_row, capture_no, COLUMN_INT2),
    COLUMN(struct fulfillment_row, shipment_no, COLUMN_INT2),
    COLUMN(struct fulfillment_row, carrier, COLUMN_TEXT),
    COLUMN(struct fulfillment_row, tracking_number, COLUMN_TEXT),
    COLUMN(struct fulfillment_row, tracking_status, COLUMN_INT2),
    COLUMN(struct fulfillment_row, shipped_at, COLUMN_INSTANT),
    COLUMN(struct fulfillment_row, delivered_at, COLUMN_INSTANT),
    COLUMN(struct fulfillment_row, captured, COLUMN_BOOL),
    COLUMN(struct fulfillment_row, reservation_no, COLUMN_INT2),
    COLUMN(struct fulfillment_row, sourcing_no, COLUMN_INT2),
    COLUMN(struct fulfillment_row, payment_no, COLUMN_INT2),
    COLUMN(struct fulfillment_row, begins_on, COLUMN_INT4),
    COLUMN(struct fulfillment_row, hand_over_on, COLUMN_INT4),
    COLUMN(struct fulfillment_row, promised_earliest, COLUMN_INT4),
    COLUMN(struct fulfillment_row, promised_latest, COLUMN_INT4),
    COLUMN(struct fulfillment_row, zone_minutes, COLUMN_INT2),
    COLUMN(struct fulfillment_row, slips, COLUMN_INT2),
    COLUMN(struct fulfillment_row, late_at, COLUMN_INSTANT),
};
const struct table order_fulfillment_table = {
    .name = "order_fulfillment",
    .columns = fulfillment_columns,
    .column_count = COLUMN_COUNT(fulfillment_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct fulfillment_row),
    .load = ORDER_SQL_FULFILLMENT_LOAD,
    .insert = ORDER_SQL_FULFILLMENT_INSERT,
    .update = ORDER_SQL_FULFILLMENT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column allocation_columns[] = {
    COLUMN(struct allocation_row, order_no, COLUMN_INT8),
    COLUMN(struct allocation_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct allocation_row, line_no, COLUMN_INT2),
    COLUMN(struct allocation_row, quantity, COLUMN_INT4),
    COLUMN(struct allocation_row, value_minor, COLUMN_INT8),
    COLUMN(struct allocation_row, components, COLUMN_TEXT),
};
const struct table order_allocation_table = {
    .name = "order_allocation",
    .columns = allocation_columns,
    .column_count = COLUMN_COUNT(allocation_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct allocation_row),
    .load = ORDER_SQL_ALLOCATION_LOAD,
    .insert = ORDER_SQL_ALLOCATION_INSERT,
    .update = ORDER_SQL_ALLOCATION_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column parcel_columns[] = {
    COLUMN(struct parcel_row, order_no, COLUMN_INT8),
    COLUMN(struct parcel_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct parcel_row, parcel_no, COLUMN_INT2),
    COLUMN(struct parcel_row, weight_grams, COLUMN_INT4),
    COLUMN(struct parcel_row, length_mm, COLUMN_INT4),
    COLUMN(struct parcel_row, width_mm, COLUMN_INT4),
    COLUMN(struct parcel_row, height_mm, COLUMN_INT4),
    COLUMN(struct parcel_row, contents, COLUMN_TEXT),
};
const struct table order_parcel_table = {
    .name = "order_parcel",
    .columns = parcel_columns,
    .column_count = COLUMN_COUNT(parcel_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct parcel_row),
    .load = ORDER_SQL_PARCEL_LOAD,
    .insert = ORDER_SQL_PARCEL_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column submission_columns[] = {
    COLUMN(struct submission_row, order_id, COLUMN_BYTES),
    COLUMN(struct submission_row, order_no, COLUMN_INT8),
    COLUMN(struct submission_row, digest, COLUMN_BYTES),
};
const struct table order_submission_table = {
    .name = "submission",
    .columns = submission_columns,
    .column_count = COLUMN_COUNT(submission_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct submission_row),
    .load = ORDER_SQL_SUBMISSION_LOAD,
    .insert = ORDER_SQL_SUBMISSION_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column request_columns[] = {
    COLUMN(struct request_row, key, COLUMN_TEXT),
    COLUMN(struct request_row, order_no, COLUMN_INT8),
    COLUMN(struct request_row, digest, COLUMN_BYTES),
};
const struct table order_request_table = {
    .name = "request",
    .columns = request_columns,
    .column_count = COLUMN_COUNT(request_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct request_row),
    .shared = true,
    .load = ORDER_SQL_REQUEST_LOAD,
    .insert = ORDER_SQL_REQUEST_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column counter_columns[] = {
    COLUMN(struct counter_row, lane, COLUMN_INT2),
    COLUMN(struct counter_row, last, COLUMN_INT8),
};
const struct table order_counter_table = {
    .name = "order_counter",
    .columns = counter_columns,
    .column_count = COLUMN_COUNT(counter_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct counter_row),
    .load = ORDER_SQL_COUNTER_LOAD,
    .insert = ORDER_SQL_COUNTER_INSERT,
    .update = ORDER_SQL_COUNTER_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column cancellation_columns[] = {
    COLUMN(struct cancellation_row, order_no, COLUMN_INT8),
    COLUMN(struct cancellation_row, request_id, COLUMN_TEXT),
    COLUMN(struct cancellation_row, state, COLUMN_INT2),
    COLUMN(struct cancellation_row, reason, COLUMN_INT2),
    COLUMN(struct cancellation_row, asked_by, COLUMN_INT2),
    COLUMN(struct cancellation_row, reply_request_id, COLUMN_TEXT),
    COLUMN(struct cancellation_row, reply_partition, COLUMN_INT4),
    COLUMN(struct cancellation_row, asked_at, COLUMN_INSTANT),
    COLUMN(struct cancellation_row, change_no, COLUMN_INT2),
    COLUMN(struct cancellation_row, lines, COLUMN_TEXT),
    COLUMN(struct cancellation_row, edit_no, COLUMN_INT2),
};
const struct table order_cancellation_table = {
    .name = "cancellation",
    .columns = cancellation_columns,
    .column_count = COLUMN_COUNT(cancellation_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct cancellation_row),
    .load = ORDER_SQL_CANCELLATION_LOAD,
    .insert = ORDER_SQL_CANCELLATION_INSERT,
    .update = ORDER_SQL_CANCELLATION_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column edit_columns[] = {
    COLUMN(struct edit_row, order_no, COLUMN_INT8),
    COLUMN(struct edit_row, edit_no, COLUMN_INT2),
    COLUMN(struct edit_row, state, COLUMN_INT2),
    COLUMN(struct edit_row, reason, COLUMN_INT2),
    COLUMN(struct edit_row, request_id, COLUMN_TEXT),
    COLUMN(struct edit_row, order_clock, COLUMN_INT8),
    COLUMN(struct edit_row, lines, COLUMN_TEXT),
    COLUMN(struct edit_row, shipping_service, COLUMN_TEXT),
    COLUMN(struct edit_row, shipping_price_minor, COLUMN_INT8),
    COLUMN(struct edit_row, note, COLUMN_TEXT),
    COLUMN(struct edit_row, pieces, COLUMN_TEXT),
    COLUMN(struct edit_row, late_pieces, COLUMN_TEXT),
    COLUMN(struct edit_row, refusals, COLUMN_INT2),
    COLUMN(struct edit_row, total_before_minor, COLUMN_INT8),
    COLUMN(struct edit_row, total_minor, COLUMN_INT8),
    COLUMN(struct edit_row, release_minor, COLUMN_INT8),
    COLUMN(struct edit_row, refund_minor, COLUMN_INT8),
    COLUMN(struct edit_row, edited_minor, COLUMN_INT8),
    COLUMN(struct edit_row, proposed_at, COLUMN_INSTANT),
    COLUMN(struct edit_row, expires_at, COLUMN_INSTANT),
    COLUMN(struct edit_row, ended_at, COLUMN_INSTANT),
    COLUMN(struct edit_row, restarted, COLUMN_TEXT),
    COLUMN(struct edit_row, authorize_minor, COLUMN_INT8),
    COLUMN(struct edit_row, reservation_no, COLUMN_INT2),
    COLUMN(struct edit_row, payment_no, COLUMN_INT2),
    COLUMN(struct edit_row, held, COLUMN_TEXT),
    COLUMN(struct edit_row, reply_request_id, COLUMN_TEXT),
    COLUMN(struct edit_row, reply_partition, COLUMN_INT4),
};
const struct table order_edit_table = {
    .name = "order_edit",
    .columns = edit_columns,
    .column_count = COLUMN_COUNT(edit_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct edit_row),
    .load = ORDER_SQL_EDIT_LOAD,
    .insert = ORDER_SQL_EDIT_INSERT,
    .update = ORDER_SQL_EDIT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column edit_line_columns[] = {
    COLUMN(struct edit_line_row, order_no, COLUMN_INT8),
    COLUMN(struct edit_line_row, edit_no, COLUMN_INT2),
    COLUMN(struct edit_line_row, line_no, COLUMN_INT2),
    COLUMN(struct edit_line_row, sku, COLUMN_TEXT),
    COLUMN(struct edit_line_row, quantity, COLUMN_INT4),
    COLUMN(struct edit_line_row, unit_price_minor, COLUMN_INT8),
    COLUMN(struct edit_line_row, discount_minor, COLUMN_INT8),
    COLUMN(struct edit_line_row, tax_minor, COLUMN_INT8),
    COLUMN(struct edit_line_row, customization, COLUMN_TEXT),
    COLUMN(struct edit_line_row, tax_category, COLUMN_INT2),
    COLUMN(struct edit_line_row, tax_rate_ppm, COLUMN_INT4),
};
const struct table order_edit_line_table = {
    .name = "order_edit_line",
    .columns = edit_line_columns,
    .column_count = COLUMN_COUNT(edit_line_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct edit_line_row),
    .load = ORDER_SQL_EDIT_LINE_LOAD,
    .insert = ORDER_SQL_EDIT_LINE_INSERT,
    .update = ORDER_SQL_EDIT_LINE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column timeline_columns[] = {
    COLUMN(struct timeline_row, order_no, COLUMN_INT8),
    COLUMN(struct timeline_row, entry_no, COLUMN_INT4),
    COLUMN(struct timeline_row, axes, COLUMN_INT4),
    COLUMN(struct timeline_row, clock, COLUMN_INT8),
    COLUMN(struct timeline_row, at, COLUMN_INSTANT),
    COLUMN(struct timeline_row, kind, COLUMN_INT2),
    COLUMN(struct timeline_row, cause_no, COLUMN_INT4),
    COLUMN(struct timeline_row, channel, COLUMN_TEXT),
    COLUMN(struct timeline_row, subject, COLUMN_TEXT),
    COLUMN(struct timeline_row, detail, COLUMN_TEXT),
    COLUMN(struct timeline_row, request_id, COLUMN_TEXT),
    COLUMN(struct timeline_row, amounts, COLUMN_TEXT),
    COLUMN(struct timeline_row, pieces, COLUMN_TEXT),
};
const struct table order_timeline_table = {
    .name = "timeline",
    .columns = timeline_columns,
    .column_count = COLUMN_COUNT(timeline_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct timeline_row),
    .load = STATEMENT_NONE,
    .insert = ORDER_SQL_TIMELINE_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column task_columns[] = {
    COLUMN(struct task_row, order_no, COLUMN_INT8),
    COLUMN(struct task_row, task_no, COLUMN_INT2),
    COLUMN(struct task_row, kind, COLUMN_INT2),
    COLUMN(struct task_row, state, COLUMN_INT2),
    COLUMN(struct task_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct task_row, matter, COLUMN_INT2),
    COLUMN(struct task_row, choices, COLUMN_INT2),
    COLUMN(struct task_row, choice, COLUMN_INT2),
    COLUMN(struct task_row, change_no, COLUMN_INT2),
    COLUMN(struct task_row, reason, COLUMN_TEXT),
    COLUMN(struct task_row, code, COLUMN_TEXT),
    COLUMN(struct task_row, request_id, COLUMN_TEXT),
    COLUMN(struct task_row, opened_at, COLUMN_INSTANT),
    COLUMN(struct task_row, due_at, COLUMN_INSTANT),
    COLUMN(struct task_row, closed_at, COLUMN_INSTANT),
};
const struct table order_task_table = {
    .name = "task",
    .columns = task_columns,
    .column_count = COLUMN_COUNT(task_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct task_row),
    .load = ORDER_SQL_TASK_LOAD,
    .insert = ORDER_SQL_TASK_INSERT,
    .update = ORDER_SQL_TASK_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column detour_columns[] = {
    COLUMN(struct detour_row, order_no, COLUMN_INT8),
    COLUMN(struct detour_row, hold_count, COLUMN_INT2),
    COLUMN(struct detour_row, hold_until, COLUMN_INSTANT),
    COLUMN(struct detour_row, note_count, COLUMN_INT2),
    COLUMN(struct detour_row, reservation_no, COLUMN_INT2),
    COLUMN(struct detour_row, release_no, COLUMN_INT2),
    COLUMN(struct detour_row, waiting_quantity, COLUMN_INT4),
    COLUMN(struct detour_row, stock_due_at, COLUMN_INSTANT),
    COLUMN(struct detour_row, stock_policy, COLUMN_INT2),
    COLUMN(struct detour_row, ask_ms, COLUMN_INT8),
    COLUMN(struct detour_row, choice, COLUMN_INT2),
    COLUMN(struct detour_row, payment_no, COLUMN_INT2),
    COLUMN(struct detour_row, earlier_captured_minor, COLUMN_INT8),
    COLUMN(struct detour_row, earlier_refunded_minor, COLUMN_INT8),
    COLUMN(struct detour_row, change_count, COLUMN_INT2),
    COLUMN(struct detour_row, open_change, COLUMN_INT2),
    COLUMN(struct detour_row, number_anew, COLUMN_INT2),
    COLUMN(struct detour_row, payment_reference, COLUMN_TEXT),
    COLUMN(struct detour_row, asked, COLUMN_TEXT),
    COLUMN(struct detour_row, offered, COLUMN_INT2),
    COLUMN(struct detour_row, payment_ms, COLUMN_INT8),
    COLUMN(struct detour_row, addition_count, COLUMN_INT2),
    COLUMN(struct detour_row, stock_expected_at, COLUMN_INSTANT),
    COLUMN(struct detour_row, company, COLUMN_TEXT),
    COLUMN(struct detour_row, purchase_order_number, COLUMN_TEXT),
    COLUMN(struct detour_row, awaits_credit, COLUMN_BOOL),
    COLUMN(struct detour_row, alone_minor, COLUMN_INT8),
    COLUMN(struct detour_row, document_series, COLUMN_TEXT),
    COLUMN(struct detour_row, buyer_tax_number, COLUMN_TEXT),
    COLUMN(struct detour_row, taxes, COLUMN_TEXT),
    COLUMN(struct detour_row, tax_reason, COLUMN_TEXT),
    COLUMN(struct detour_row, priority, COLUMN_INT2),
    COLUMN(struct detour_row, other_digest, COLUMN_BYTES),
    COLUMN(struct detour_row, dispute_count, COLUMN_INT2),
};
const struct table order_detour_table = {
    .name = "detour",
    .columns = detour_columns,
    .column_count = COLUMN_COUNT(detour_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct detour_row),
    .load = ORDER_SQL_DETOUR_LOAD,
    .insert = ORDER_SQL_DETOUR_INSERT,
    .update = ORDER_SQL_DETOUR_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column hold_columns[] = {
    COLUMN(struct hold_row, order_no, COLUMN_INT8),
    COLUMN(struct hold_row, hold_no, COLUMN_INT2),
    COLUMN(struct hold_row, reason, COLUMN_INT2),
    COLUMN(struct hold_row, request_id, COLUMN_TEXT),
    COLUMN(struct hold_row, placed_by, COLUMN_TEXT),
    COLUMN(struct hold_row, note, COLUMN_TEXT),
    COLUMN(struct hold_row, until, COLUMN_INSTANT),
    COLUMN(struct hold_row, held_at, COLUMN_INSTANT),
    COLUMN(struct hold_row, released_at, COLUMN_INSTANT),
    COLUMN(struct hold_row, by_channel, COLUMN_BOOL),
    COLUMN(struct hold_row, released_by, COLUMN_TEXT),
    COLUMN(struct hold_row, release_note, COLUMN_TEXT),
};
const struct table order_hold_table = {
    .name = "hold",
    .columns = hold_columns,
    .column_count = COLUMN_COUNT(hold_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct hold_row),
    .load = ORDER_SQL_HOLD_LOAD,
    .insert = ORDER_SQL_HOLD_INSERT,
    .update = ORDER_SQL_HOLD_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column note_columns[] = {
    COLUMN(struct note_row, order_no, COLUMN_INT8),
    COLUMN(struct note_row, note_no, COLUMN_INT2),
    COLUMN(struct note_row, request_id, COLUMN_TEXT),
    COLUMN(struct note_row, written_by, COLUMN_TEXT),
    COLUMN(struct note_row, note, COLUMN_TEXT),
    COLUMN(struct note_row, written_at, COLUMN_INSTANT),
};
const struct table order_note_table = {
    .name = "note",
    .columns = note_columns,
    .column_count = COLUMN_COUNT(note_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct note_row),
    .load = ORDER_SQL_NOTE_LOAD,
    .insert = ORDER_SQL_NOTE_INSERT,
    .update = ORDER_SQL_NOTE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column cut_columns[] = {
    COLUMN(struct cut_row, order_no, COLUMN_INT8),
    COLUMN(struct cut_row, change_no, COLUMN_INT2),
    COLUMN(struct cut_row, fulfillment_no, COLUMN_INT2),
    COLUMN(struct cut_row, line_no, COLUMN_INT2),
    COLUMN(struct cut_row, quantity, COLUMN_INT4),
    COLUMN(struct cut_row, state, COLUMN_INT2),
    COLUMN(struct cut_row, held_at, COLUMN_TEXT),
};
const struct table order_cut_table = {
    .name = "cut",
    .columns = cut_columns,
    .column_count = COLUMN_COUNT(cut_columns),
    .key_columns = 4,
    .row_bytes = sizeof(struct cut_row),
    .load = ORDER_SQL_CUT_LOAD,
    .insert = ORDER_SQL_CUT_INSERT,
    .update = ORDER_SQL_CUT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column refund_columns[] = {
    COLUMN(struct refund_row, order_no, COLUMN_INT8),
    COLUMN(struct refund_row, refund_no, COLUMN_INT2),
    COLUMN(struct refund_row, payment_no, COLUMN_INT2),
    COLUMN(struct refund_row, amount_minor, COLUMN_INT8),
    COLUMN(struct refund_row, state, COLUMN_INT2),
};
const struct table order_refund_table = {
    .name = "refund",
    .columns = refund_columns,
    .column_count = COLUMN_COUNT(refund_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct refund_row),
    .load = ORDER_SQL_REFUND_LOAD,
    .insert = ORDER_SQL_REFUND_INSERT,
    .update = ORDER_SQL_REFUND_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column past_payment_columns[] = {
    COLUMN(struct past_payment_row, order_no, COLUMN_INT8),
    COLUMN(struct past_payment_row, payment_no, COLUMN_INT2),
    COLUMN(struct past_payment_row, authorized_minor, COLUMN_INT8),
    COLUMN(struct past_payment_row, captured_minor, COLUMN_INT8),
    COLUMN(struct past_payment_row, refunded_minor, COLUMN_INT8),
    COLUMN(struct past_payment_row, refund_told_minor, COLUMN_INT8),
    COLUMN(struct past_payment_row, edit_no, COLUMN_INT2),
    COLUMN(struct past_payment_row, state, COLUMN_INT2),
};
const struct table order_past_payment_table = {
    .name = "past_payment",
    .columns = past_payment_columns,
    .column_count = COLUMN_COUNT(past_payment_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct past_payment_row),
    .load = ORDER_SQL_PAST_PAYMENT_LOAD,
    .insert = ORDER_SQL_PAST_PAYMENT_INSERT,
    .update = ORDER_SQL_PAST_PAYMENT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column dispute_columns[] = {
    COLUMN(struct dispute_row, order_no, COLUMN_INT8),
    COLUMN(struct dispute_row, dispute_no, COLUMN_INT2),
    COLUMN(struct dispute_row, payment_no, COLUMN_INT2),
    COLUMN(struct dispute_row, state, COLUMN_INT2),
    COLUMN(struct dispute_row, amount_minor, COLUMN_INT8),
    COLUMN(struct dispute_row, lost_minor, COLUMN_INT8),
};
const struct table order_dispute_table = {
    .name = "order_dispute",
    .columns = dispute_columns,
    .column_count = COLUMN_COUNT(dispute_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct dispute_row),
    .load = ORDER_SQL_DISPUTE_LOAD,
    .insert = ORDER_SQL_DISPUTE_INSERT,
    .update = ORDER_SQL_DISPUTE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column channel_columns[] = {
    COLUMN(struct channel_row, code, COLUMN_TEXT),
    COLUMN(struct channel_row, version, COLUMN_INT8),
    COLUMN(struct channel_row, name, COLUMN_TEXT),
    COLUMN(struct channel_row, stock_policy, COLUMN_INT2),
    COLUMN(struct channel_row, ask_ms, COLUMN_INT8),
    COLUMN(struct channel_row, silenced, COLUMN_INT8),
    COLUMN(struct channel_row, by_person, COLUMN_BOOL),
    COLUMN(struct channel_row, address_check, COLUMN_INT2),
    COLUMN(struct channel_row, hold_at, COLUMN_INT2),
    COLUMN(struct channel_row, reject_at, COLUMN_INT2),
    COLUMN(struct channel_row, counted, COLUMN_INT2),
    COLUMN(struct channel_row, number_prefix, COLUMN_TEXT),
    COLUMN(struct channel_row, number_yearly, COLUMN_BOOL),
    COLUMN(struct channel_row, number_digits, COLUMN_INT2),
    COLUMN(struct channel_row, payment_deadline_ms, COLUMN_INT8),
    COLUMN(struct channel_row, payment_methods, COLUMN_INT2),
    COLUMN(struct channel_row, languages, COLUMN_TEXT),
    COLUMN(struct channel_row, delivery_options, COLUMN_TEXT),
    COLUMN(struct channel_row, draft_ttl_ms, COLUMN_INT8),
    COLUMN(struct channel_row, edit_window_ms, COLUMN_INT8),
    COLUMN(struct channel_row, invoice_series, COLUMN_TEXT),
    COLUMN(struct channel_row, tax_policy, COLUMN_TEXT),
};
const struct table order_channel_table = {
    .name = "channel",
    .columns = channel_columns,
    .column_count = COLUMN_COUNT(channel_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct channel_row),
    .load = ORDER_SQL_CHANNEL_LOAD,
    .insert = ORDER_SQL_CHANNEL_INSERT,
    .update = ORDER_SQL_CHANNEL_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column series_columns[] = {
    COLUMN(struct series_row, code, COLUMN_TEXT),
    COLUMN(struct series_row, year, COLUMN_INT2),
    COLUMN(struct series_row, last, COLUMN_INT8),
};
const struct table order_series_table = {
    .name = "number_series",
    .columns = series_columns,
    .column_count = COLUMN_COUNT(series_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct series_row),
    .shared = true,
    .load = ORDER_SQL_SERIES_LOAD,
    .insert = ORDER_SQL_SERIES_INSERT,
    .update = ORDER_SQL_SERIES_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column fraud_rule_columns[] = {
    COLUMN(struct fraud_rule_row, code, COLUMN_TEXT),
    COLUMN(struct fraud_rule_row, rule_no, COLUMN_INT4),
    COLUMN(struct fraud_rule_row, kind, COLUMN_INT2),
    COLUMN(struct fraud_rule_row, points, COLUMN_INT2),
    COLUMN(struct fraud_rule_row, at_least_minor, COLUMN_INT8),
    COLUMN(struct fraud_rule_row, currency, COLUMN_TEXT),
    COLUMN(struct fraud_rule_row, subject, COLUMN_INT2),
    COLUMN(struct fraud_rule_row, orders, COLUMN_INT2),
    COLUMN(struct fraud_rule_row, within_ms, COLUMN_INT8),
};
const struct table order_fraud_rule_table = {
    .name = "fraud_rule",
    .columns = fraud_rule_columns,
    .column_count = COLUMN_COUNT(fraud_rule_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct fraud_rule_row),
    .load = ORDER_SQL_FRAUD_RULE_LOAD,
    .insert = ORDER_SQL_FRAUD_RULE_INSERT,
    .update = STATEMENT_NONE,
    .remove = ORDER_SQL_FRAUD_RULE_REMOVE,
};

static const struct column velocity_columns[] = {
    COLUMN(struct velocity_row, key, COLUMN_TEXT),
    COLUMN(struct velocity_row, recent, COLUMN_BYTES),
    COLUMN(struct velocity_row, last_at, COLUMN_INSTANT),
};
const struct table order_velocity_table = {
    .name = "velocity",
    .columns = velocity_columns,
    .column_count = COLUMN_COUNT(velocity_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct velocity_row),
    .shared = true,
    .load = ORDER_SQL_VELOCITY_LOAD,
    .insert = ORDER_SQL_VELOCITY_INSERT,
    .update = ORDER_SQL_VELOCITY_UPDATE,
    .remove = ORDER_SQL_VELOCITY_REMOVE,
};

static const struct column block_columns[] = {
    COLUMN(struct block_row, entry, COLUMN_TEXT),
    COLUMN(struct block_row, note, COLUMN_TEXT),
    COLUMN(struct block_row, placed_by, COLUMN_TEXT),
    COLUMN(struct block_row, placed_at, COLUMN_INSTANT),
};
const struct table order_block_table = {
    .name = "block_list",
    .columns = block_columns,
    .column_count = COLUMN_COUNT(block_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct block_row),
    .load = ORDER_SQL_BLOCK_LOAD,
    .insert = ORDER_SQL_BLOCK_INSERT,
    .update = ORDER_SQL_BLOCK_UPDATE,
    .remove = ORDER_SQL_BLOCK_REMOVE,
};

static const struct column customer_merge_columns[] = {
    COLUMN(struct customer_merge_row, customer_id, COLUMN_TEXT),
    COLUMN(struct customer_merge_row, version, COLUMN_INT8),
    COLUMN(struct customer_merge_row, into_id, COLUMN_TEXT),
    COLUMN(struct customer_merge_row, into_order_no, COLUMN_INT8),
    COLUMN(struct customer_merge_row, order_no, COLUMN_INT8),
    COLUMN(struct customer_merge_row, changed_by, COLUMN_TEXT),
    COLUMN(struct customer_merge_row, changed_at, COLUMN_INSTANT),
};
const struct table order_customer_merge_table = {
    .name = "customer_merge",
    .columns = customer_merge_columns,
    .column_count = COLUMN_COUNT(customer_merge_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct customer_merge_row),
    .load = ORDER_SQL_CUSTOMER_MERGE_LOAD,
    .insert = ORDER_SQL_CUSTOMER_MERGE_INSERT,
    .update = ORDER_SQL_CUSTOMER_MERGE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column customer_order_columns[] = {
    COLUMN(struct customer_order_row, customer_id, COLUMN_TEXT),
    COLUMN(struct customer_order_row, order_no, COLUMN_INT8),
    COLUMN(struct customer_order_row, order_id, COLUMN_BYTES),
    COLUMN(struct customer_order_row, over, COLUMN_BOOL),
};
const struct table order_customer_order_table = {
    .name = "customer_order",
    .columns = customer_order_columns,
    .column_count = COLUMN_COUNT(customer_order_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct customer_order_row),
    .load = ORDER_SQL_CUSTOMER_ORDER_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column customer_draft_columns[] = {
    COLUMN(struct customer_draft_row, customer_id, COLUMN_TEXT),
    COLUMN(struct customer_draft_row, order_id, COLUMN_BYTES),
};
const struct table order_customer_draft_table = {
    .name = "customer_draft",
    .columns = customer_draft_columns,
    .column_count = COLUMN_COUNT(customer_draft_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct customer_draft_row),
    .load = ORDER_SQL_CUSTOMER_DRAFT_LOAD,
    .insert = STATEMENT_NONE,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column customer_erasure_columns[] = {
    COLUMN(struct customer_erasure_row, customer_id, COLUMN_TEXT),
    COLUMN(struct customer_erasure_row, request_id, COLUMN_TEXT),
    COLUMN(struct customer_erasure_row, asked_by, COLUMN_TEXT),
    COLUMN(struct customer_erasure_row, asked_at, COLUMN_INSTANT),
};
const struct table order_customer_erasure_table = {
    .name = "customer_erasure",
    .columns = customer_erasure_columns,
    .column_count = COLUMN_COUNT(customer_erasure_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct customer_erasure_row),
    .load = ORDER_SQL_CUSTOMER_ERASURE_LOAD,
    .insert = ORDER_SQL_CUSTOMER_ERASURE_INSERT,
    .update = ORDER_SQL_CUSTOMER_ERASURE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column customer_erasure_order_columns[] = {
    COLUMN(struct customer_erasure_order_row, customer_id, COLUMN_TEXT),
    COLUMN(struct customer_erasure_order_row, order_no, COLUMN_INT8),
};
const struct table order_customer_erasure_order_table = {
    .name = "customer_erasure_order",
    .columns = customer_erasure_order_columns,
    .column_count = COLUMN_COUNT(customer_erasure_order_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct customer_erasure_order_row),
    .load = STATEMENT_NONE,
    .insert = ORDER_SQL_CUSTOMER_ERASURE_ORDER_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
    .insert_again = true,
};

static const struct column erasure_columns[] = {
    COLUMN(struct erasure_row, order_no, COLUMN_INT8),
    COLUMN(struct erasure_row, erased_at, COLUMN_INSTANT),
};
const struct table order_erasure_table = {
    .name = "order_erasure",
    .columns = erasure_columns,
    .column_count = COLUMN_COUNT(erasure_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct erasure_row),
    .load = ORDER_SQL_ORDER_ERASURE_LOAD,
    .insert = ORDER_SQL_ORDER_ERASURE_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column screening_columns[] = {
    COLUMN(struct screening_row, order_no, COLUMN_INT8),
    COLUMN(struct screening_row, reason_no, COLUMN_INT2),
    COLUMN(struct screening_row, kind, COLUMN_INT2),
    COLUMN(struct screening_row, points, COLUMN_INT2),
    COLUMN(struct screening_row, detail, COLUMN_TEXT),
};
const struct table order_screening_table = {
    .name = "screening",
    .columns = screening_columns,
    .column_count = COLUMN_COUNT(screening_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct screening_row),
    .load = ORDER_SQL_SCREENING_LOAD,
    .insert = ORDER_SQL_SCREENING_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column draft_columns[] = {
    COLUMN(struct draft_row, order_id, COLUMN_BYTES),
    COLUMN(struct draft_row, version, COLUMN_INT8),
    COLUMN(struct draft_row, state, COLUMN_INT2),
    COLUMN(struct draft_row, channel, COLUMN_TEXT),
    COLUMN(struct draft_row, content, COLUMN_TEXT),
    COLUMN(struct draft_row, email, COLUMN_TEXT),
    COLUMN(struct draft_row, phone, COLUMN_TEXT),
    COLUMN(struct draft_row, line_count, COLUMN_INT4),
    COLUMN(struct draft_row, request_id, COLUMN_TEXT),
    COLUMN(struct draft_row, saved_by, COLUMN_TEXT),
    COLUMN(struct draft_row, made_at, COLUMN_INSTANT),
    COLUMN(struct draft_row, saved_at, COLUMN_INSTANT),
    COLUMN(struct draft_row, expires_at, COLUMN_INSTANT),
    COLUMN(struct draft_row, ended_at, COLUMN_INSTANT),
    COLUMN(struct draft_row, offered_at, COLUMN_INSTANT),
};
const struct table order_draft_table = {
    .name = "draft",
    .columns = draft_columns,
    .column_count = COLUMN_COUNT(draft_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct draft_row),
    .load = ORDER_SQL_DRAFT_LOAD,
    .insert = ORDER_SQL_DRAFT_INSERT,
    .update = ORDER_SQL_DRAFT_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column company_columns[] = {
    COLUMN(struct company_row, code, COLUMN_TEXT),
    COLUMN(struct company_row, version, COLUMN_INT8),
    COLUMN(struct company_row, name, COLUMN_TEXT),
    COLUMN(struct company_row, tax_number, COLUMN_TEXT),
    COLUMN(struct company_row, currency, COLUMN_TEXT),
    COLUMN(struct company_row, active, COLUMN_BOOL),
    COLUMN(struct company_row, hold_over_credit, COLUMN_BOOL),
    COLUMN(struct company_row, tax_exemptions, COLUMN_TEXT),
};
const struct table order_company_table = {
    .name = "company",
    .columns = company_columns,
    .column_count = COLUMN_COUNT(company_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct company_row),
    .load = ORDER_SQL_COMPANY_LOAD,
    .insert = ORDER_SQL_COMPANY_INSERT,
    .update = ORDER_SQL_COMPANY_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct column company_buyer_columns[] = {
    COLUMN(struct company_buyer_row, company, COLUMN_TEXT),
    COLUMN(struct company_buyer_row, ref, COLUMN_TEXT),
    COLUMN(struct company_buyer_row, approval_limit_minor, COLUMN_INT8),
    COLUMN(struct company_buyer_row, may_approve, COLUMN_BOOL),
};
const struct table order_company_buyer_table = {
    .name = "company_buyer",
    .columns = company_buyer_columns,
    .column_count = COLUMN_COUNT(company_buyer_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct company_buyer_row),
    .load = ORDER_SQL_COMPANY_BUYER_LOAD,
    .insert = ORDER_SQL_COMPANY_BUYER_INSERT,
    .update = ORDER_SQL_COMPANY_BUYER_UPDATE,
    .remove = ORDER_SQL_COMPANY_BUYER_REMOVE,
};

static const struct column tax_area_columns[] = {
    COLUMN(struct tax_area_row, code, COLUMN_TEXT),
    COLUMN(struct tax_area_row, version, COLUMN_INT8),
    COLUMN(struct tax_area_row, name, COLUMN_TEXT),
    COLUMN(struct tax_area_row, shipping_class, COLUMN_INT2),
    COLUMN(struct tax_area_row, rates, COLUMN_TEXT),
    COLUMN(struct tax_area_row, changed_at, COLUMN_INSTANT),
};
const struct table order_tax_area_table = {
    .name = "tax_area",
    .columns = tax_area_columns,
    .column_count = COLUMN_COUNT(tax_area_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct tax_area_row),
    .load = ORDER_SQL_TAX_AREA_LOAD,
    .insert = ORDER_SQL_TAX_AREA_INSERT,
    .update = ORDER_SQL_TAX_AREA_UPDATE,
    .remove = STATEMENT_NONE,
};

const struct table order_tax_area_version_table = {
    .name = "tax_area_version",
    .columns = tax_area_columns,
    .column_count = COLUMN_COUNT(tax_area_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct tax_area_row),
    .load = ORDER_SQL_TAX_AREA_VERSION_LOAD,
    .insert = ORDER_SQL_TAX_AREA_VERSION_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
};

static const struct column tax_item_columns[] = {
    COLUMN(struct tax_item_row, sku, COLUMN_TEXT),
    COLUMN(struct tax_item_row, version, COLUMN_INT8),
    COLUMN(struct tax_item_row, tax_class, COLUMN_INT2),
};
const struct table order_tax_item_table = {
    .name = "tax_item",
    .columns = tax_item_columns,
    .column_count = COLUMN_COUNT(tax_item_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct tax_item_row),
    .load = ORDER_SQL_TAX_ITEM_LOAD,
    .insert = ORDER_SQL_TAX_ITEM_INSERT,
    .update = ORDER_SQL_TAX_ITEM_UPDATE,
    .remove = STATEMENT_NONE,
};

const struct table *const order_tables[] = {
    &order_submission_table,
    &order_table,
    &order_line_table,
    &order_contact_table,
    &order_refusal_table,
    &order_fulfillment_table,
    &order_allocation_table,
    &order_parcel_table,
    &order_counter_table,
    &order_cancellation_table,
    &order_timeline_table,
    &order_task_table,
    &order_detour_table,
    &order_hold_table,
    &order_note_table,
    &order_cut_table,
    &order_refund_table,
    &order_past_payment_table,
    &order_dispute_table,
    &order_channel_table,
    &order_request_table,
    &order_fraud_rule_table,
    &order_series_table,
    &order_velocity_table,
    &order_block_table,
    &order_screening_table,
    &order_edit_table,
    &order_edit_line_table,
    &order_customer_merge_table,
    &order_customer_order_table,
    &order_customer_draft_table,
    &order_customer_erasure_table,
    &order_customer_erasure_order_table,
    &order_erasure_table,
    &order_place_table,
    &order_draft_table,
    &order_company_table,
    &order_company_buyer_table,
    &order_tax_area_table,
    &order_tax_area_version_table,
    &order_tax_item_table,
    NULL,
};
