/* judge_papers.c - a purchase order that was sent has its documents, those that were told, and its mails end, and are shown as they did. */
#include "tests/sim/judge.h"

#include "common/text.h"

enum {
    STEP_SEND = 2,
    PAPERS = 2,
    STATE_SENDING = 1,
    SHOWN_SENDING = 2,
    SHOWN_TOLD = 3,
    SHOWN_UNDELIVERABLE = 4,
    ORDER_SENT = 2,
    ORDER_PARTLY = 4,
    ALERT_CLOSED = 3
};

static struct view order, step, paper, mail, shown, alert;

static size_t sendings(struct sim *sim, const char *id)
{
    const struct memory_slice steps = view_find(sim, SIM_INVENTORY, &step, key_text(id));
    size_t sent = 0;

    for (size_t i = 0; i < steps.count; i++) {
        sent += view_int(&step, steps.rows[i], 1) == STEP_SEND;
    }
    return sent;
}

/* The order shows each mail, and how it ended, whatever was lost between the two services. */
static void judge_shown(struct sim *sim, const char *id, size_t mailed)
{
    const struct memory_slice rows = view_find(sim, SIM_INVENTORY, &shown, key_text(id));
    size_t ended = 0;

    for (size_t i = 0; i < rows.count; i++) {
        int64_t state = view_int(&shown, rows.rows[i], 1);

        ended += state == SHOWN_TOLD || state == SHOWN_UNDELIVERABLE;
        if (state == SHOWN_SENDING) {
            judge_find(sim, id, "is shown as being mailed for ever");
        }
    }
    if (ended != mailed) {
        judge_find(sim, id, "is shown with %zu mails that ended, of %zu", ended, mailed);
    }
}

static void judge_sent(struct sim *sim, const char *id)
{
    const struct memory_slice papers = view_find(sim, SIM_INVENTORY, &paper, key_text(id));
    const struct memory_slice mails = view_find(sim, SIM_NOTIFICATION, &mail, key_text(id));

    if (papers.count != PAPERS) {
        judge_find(sim, id, "was sent, and has %zu documents", papers.count);
    }
    if (mails.count > sendings(sim, id)) {
        judge_find(sim, id, "is mailed %zu times", mails.count);
    }
    for (size_t i = 0; i < mails.count; i++) {
        if (view_int(&mail, mails.rows[i], 1) == STATE_SENDING) {
            judge_find(sim, id, "is being mailed for ever");
        }
    }
    judge_shown(sim, id, mails.count);
}

static int64_t state_of(struct sim *sim, const char *id)
{
    const struct memory_slice rows = view_find(sim, SIM_INVENTORY, &order, key_text(id));

    return rows.count == 0 ? 0 : view_int(&order, rows.rows[0], 1);
}

/* Of an order that the supplier has not answered: whether its last mail did not arrive. */
static bool is_unheard(struct sim *sim, const void *row)
{
    const struct memory_slice rows =
        view_find(sim, SIM_INVENTORY, &shown, key_text(view_text(&order, row, 0)));

    return view_int(&order, row, 1) == ORDER_SENT && rows.count > 0 &&
           view_int(&shown, rows.rows[rows.count - 1], 1) == SHOWN_UNDELIVERABLE;
}

/* A person sees to each order whose supplier may know nothing of it, and to no other that is over. */
void judge_unheard(struct sim *sim)
{
    size_t count = 0;

    (void)view_once(&order, SIM_INVENTORY, "purchase_order", "purchase_order_id state");
    (void)view_once(&shown, SIM_INVENTORY, "purchase_mail", "purchase_order_id state");
    (void)view_once(&alert, SIM_INVENTORY, "purchase_alert", "purchase_order_id state");
    void **rows = view_rows(sim, SIM_INVENTORY, &order, &count);
    for (size_t i = 0; i < count; i++) {
        const char *id = view_text(&order, rows[i], 0);
        const struct memory_slice alerts = view_find(sim, SIM_INVENTORY, &alert, key_text(id));
        bool open = alerts.count > 0 && view_int(&alert, alerts.rows[0], 1) != ALERT_CLOSED;

        if (is_unheard(sim, rows[i]) && !open) {
            judge_find(sim, id, "was never delivered, and nobody sees to it");
        }
    }
    rows = view_rows(sim, SIM_INVENTORY, &alert, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t state = state_of(sim, view_text(&alert, rows[i], 0));

        if (view_int(&alert, rows[i], 1) != ALERT_CLOSED &&
            (state < ORDER_SENT || state > ORDER_PARTLY)) {
            judge_find(sim, view_text(&alert, rows[i], 0), "is over, and somebody is to see to it");
        }
    }
}

void judge_papers(struct sim *sim)
{
    size_t count = 0, sent = 0;

    (void)view_once(&step, SIM_INVENTORY, "purchase_order_step", "purchase_order_id kind");
    (void)view_once(&paper, SIM_INVENTORY, "purchase_document", "purchase_order_id name");
    (void)view_once(&mail, SIM_NOTIFICATION, "supplier_message", "purchase_order_id state");
    (void)view_once(&order, SIM_INVENTORY, "purchase_order", "purchase_order_id state");
    (void)view_once(&shown, SIM_INVENTORY, "purchase_mail", "purchase_order_id state");
    void **orders = view_rows(sim, SIM_INVENTORY, &order, &count);
    for (size_t i = 0; i < count; i++) {
        const char *id = view_text(&order, orders[i], 0);

        if (sendings(sim, id) > 0) {
            judge_sent(sim, id);
            sent++;
        }
    }
    (void)view_rows(sim, SIM_INVENTORY, &paper, &count);
    if (count != sent * PAPERS) {
        judge_find(sim, "documents", "there are %zu of %zu orders that were sent", count, sent);
    }
}
