/* judge_papers.c - a purchase order that was sent has its documents, those that were told, and one mail at most. */
#include "tests/sim/judge.h"

#include "common/text.h"

enum { STEP_SEND = 2, PAPERS = 2, STATE_SENDING = 1 };

static struct view step, paper, mail;

static void judge_sent(struct sim *sim, const char *id)
{
    const struct memory_slice papers = view_find(sim, SIM_INVENTORY, &paper, key_text(id));
    const struct memory_slice mails = view_find(sim, SIM_NOTIFICATION, &mail, key_text(id));

    if (papers.count != PAPERS) {
        judge_find(sim, id, "was sent, and has %zu documents", papers.count);
    }
    if (mails.count > 1) {
        judge_find(sim, id, "is mailed %zu times", mails.count);
    }
    if (mails.count == 1 && view_int(&mail, mails.rows[0], 1) == STATE_SENDING) {
        judge_find(sim, id, "is being mailed for ever");
    }
}

void judge_papers(struct sim *sim)
{
    size_t count = 0, sent = 0;

    (void)view_once(&step, SIM_INVENTORY, "purchase_order_step", "purchase_order_id kind");
    (void)view_once(&paper, SIM_INVENTORY, "purchase_document", "purchase_order_id name");
    (void)view_once(&mail, SIM_NOTIFICATION, "supplier_message", "purchase_order_id state");
    void **steps = view_rows(sim, SIM_INVENTORY, &step, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&step, steps[i], 1) == STEP_SEND) {
            judge_sent(sim, view_text(&step, steps[i], 0));
            sent++;
        }
    }
    (void)view_rows(sim, SIM_INVENTORY, &paper, &count);
    if (count != sent * PAPERS) {
        judge_find(sim, "documents", "there are %zu of %zu orders that were sent", count, sent);
    }
}
