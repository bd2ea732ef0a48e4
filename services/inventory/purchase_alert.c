/* purchase_alert.c - raised by a mail that did not arrive, closed by one that does, and by whatever says that the supplier knows. */
#include "services/inventory/purchase_alert.h"

#include "common/mutant.h"
#include "common/reply.h"
#include "proto/inventory.h"
#include "proto/message_type.h"

_Static_assert(ALERT_STATE_OPEN == 1 && ALERT_STATE_CLOSED == 3,
               "purchase_alert.state keeps these numbers");

void purchase_alert_want(struct rows *rows, const char *purchase_order_id)
{
    rows_want(rows, &purchase_alert_table, key_text(purchase_order_id));
}

static struct purchase_alert_row *alert_of(const struct rows *rows, const char *purchase_order_id)
{
    return rows_find(rows, &purchase_alert_table, key_text(purchase_order_id));
}

static void changed(struct decision *out, const struct purchase_order_row *order,
                    struct purchase_alert_row *row)
{
    const struct inventory_purchase_alert_changed fact = {
        .purchase_order_id = order->purchase_order_id,
        .clock = order->version,
        .supplier = order->supplier,
        .state = (enum alert_state)row->state,
        .mail_no = row->mail_no,
        .reason = (enum undeliverable_reason)row->reason,
    };

    row->version++;
    rows_update(out->rows, &purchase_alert_table, row);
    out->clock = order->version - 1; /* the order's own time */
    decide_emit(out, (struct subject){ .id = order->purchase_order_id },
                MESSAGE_INVENTORY_PURCHASE_ALERT_CHANGED, &fact, sizeof fact);
}

static bool is_last(const struct decision *out, const struct purchase_mail_row *mail)
{
    void **at = rows_list(out->rows, &purchase_mail_table, key_text(mail->purchase_order_id));

    while (*at != NULL && ((const struct purchase_mail_row *)*at)->mail_no <= mail->mail_no) {
        at++;
    }
    return *at == NULL;
}

static bool still_counts(const struct purchase_order_row *order)
{
    return order->state == PURCHASE_ORDER_STATE_SENT ||
           order->state == PURCHASE_ORDER_STATE_CONFIRMED ||
           order->state == PURCHASE_ORDER_STATE_PARTIALLY_RECEIVED;
}

/* Also where one is open: what somebody acknowledged was another mail. */
static void raise(struct decision *out, const struct purchase_order_row *order,
                  const struct purchase_mail_row *mail)
{
    const struct purchase_alert_row fresh = { .purchase_order_id = order->purchase_order_id,
                                              .supplier = order->supplier };
    struct purchase_alert_row *row = alert_of(out->rows, order->purchase_order_id);

    row = row != NULL ? row : rows_insert(out->rows, &purchase_alert_table, &fresh);
    row->state = ALERT_STATE_OPEN;
    row->times++;
    row->email = mail->email;
    row->mail_no = mail->mail_no;
    row->reason = mail->reason;
    row->opened_at = out->now;
    row->closed_at = row->acknowledged_at = 0;
    row->acknowledged_by = row->note = NULL;
    changed(out, order, row);
}

void purchase_alert_mailed(struct decision *out, const struct purchase_order_row *order,
                           const struct purchase_mail_row *mail)
{
    const struct purchase_alert_row *row = alert_of(out->rows, order->purchase_order_id);

    if (mail->state == PURCHASE_MAIL_STATE_UNDELIVERABLE) {
        if (is_last(out, mail) && still_counts(order)) {
            raise(out, order, mail);
        }
    } else if (row != NULL && mail->mail_no > row->mail_no) {
        purchase_alert_close(out, order);
    }
}

void purchase_alert_close(struct decision *out, const struct purchase_order_row *order)
{
    struct purchase_alert_row *row = alert_of(out->rows, order->purchase_order_id);

    if (row != NULL && row->state != ALERT_STATE_CLOSED && !mutant("keep_mail_alert")) {
        row->state = ALERT_STATE_CLOSED;
        row->closed_at = out->now;
        changed(out, order, row);
    }
}

/* --- Somebody sees to it -------------------------------------------------------------------------- */

static const struct purchase_alert_acknowledge *request_of(const struct incoming_message *in)
{
    return in->message;
}

const char *purchase_alert_acknowledge_lane_key(struct arena *arena,
                                                const struct incoming_message *in)
{
    (void)arena;
    return request_of(in)->purchase_order_id;
}

void purchase_alert_acknowledge_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &purchase_order_table, key_text(request_of(in)->purchase_order_id));
    purchase_alert_want(rows, request_of(in)->purchase_order_id);
}

void on_purchase_alert_acknowledge(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "no alert of such an order was ever raised" };
    static const struct refusal over = { .status = 409,
                                         .type = "conflict",
                                         .title = "The present state does not allow it",
                                         .detail = "the alert is closed: it holds no more" };
    const struct purchase_alert_acknowledge *request = request_of(in);
    const struct purchase_order_row *order =
        rows_find(out->rows, &purchase_order_table, key_text(request->purchase_order_id));
    struct purchase_alert_row *row = alert_of(out->rows, request->purchase_order_id);
    bool done = row != NULL && row->acknowledged_at > 0;

    if (row == NULL || order == NULL) {
        reply_refused(out, in, &unknown);
    } else if (reply_stale_put(out, in, row->version, done)) {
        return;
    } else if (row->state == ALERT_STATE_CLOSED && !done) {
        reply_refused(out, in, &over);
    } else {
        if (!done) {
            row->state = ALERT_STATE_ACKNOWLEDGED;
            row->acknowledged_at = out->now;
            row->acknowledged_by = in->actor;
            row->note = request->body.note;
            changed(out, order, row);
        }
        reply_done(out, in, 200, order->purchase_order_id);
    }
}
