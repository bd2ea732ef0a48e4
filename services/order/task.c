/* task.c - opens and closes tasks, words what the person finds, and says what can be decided. */
#include "services/order/task.h"

#include "common/text.h"
#include "proto/types.h"
#include "services/order/cut.h"
#include "services/order/detour.h"
#include "services/order/source.h"

#define CAN(choice) (1 << TASK_CHOICE_##choice)

struct matter_words {
    const char *reason;
    enum task_kind kind;
    int choices;
};

static const struct matter_words life_words[STEP_COUNT] = {
    [STEP_FULFILLING] = { "the stock held for the order was taken back", TASK_KIND_STOCK,
                          CAN(CANCEL) | CAN(KEEP) },
    [STEP_CANCELING] = { "no answer whether it can be canceled", TASK_KIND_CANCELLATION,
                         CAN(AGAIN) | CAN(WAIT) },
    [STEP_REDUCING] = { "no answer whether pieces can be left out", TASK_KIND_CANCELLATION,
                        CAN(AGAIN) | CAN(WAIT) },
    [STEP_UNDOING] = { "neither stock nor money came back", TASK_KIND_PAYMENT,
                       CAN(AGAIN) | CAN(WAIT) | CAN(DONE_BY_HAND) },
    [STEP_UNDOING_STOCK] = { "the stock did not come back", TASK_KIND_STOCK,
                             CAN(AGAIN) | CAN(WAIT) },
    [STEP_UNDOING_MONEY] = { "the money did not come back", TASK_KIND_PAYMENT,
                             CAN(AGAIN) | CAN(WAIT) | CAN(DONE_BY_HAND) },
};
static const struct matter_words share_words[SHARE_STEP_COUNT] = {
    [SHARE_TOLD] = { "the place did not take the work", TASK_KIND_FULFILLMENT,
                     CAN(AGAIN) | CAN(CANCEL) | CAN(WAIT) },
    [SHARE_OPEN] = { "not packed in time", TASK_KIND_FULFILLMENT, CAN(CANCEL) | CAN(WAIT) },
    [SHARE_GIVEN_UP] = { "the place will not make it ready", TASK_KIND_FULFILLMENT,
                         CAN(AGAIN) | CAN(REROUTE) | CAN(CANCEL) },
    [SHARE_SOURCING] = { "no answer whether another place has it", TASK_KIND_STOCK,
                         CAN(AGAIN) | CAN(WAIT) },
    [SHARE_SEEKING] = { "no answer whether another place has what was not found", TASK_KIND_STOCK,
                        CAN(AGAIN) | CAN(WAIT) },
    [SHARE_RESENDING] = { "no answer whether there is stock to send it again", TASK_KIND_STOCK,
                          CAN(AGAIN) | CAN(WAIT) },
    [SHARE_CAPTURING] = { "packed, but the money could not be taken", TASK_KIND_PAYMENT,
                          CAN(AGAIN) | CAN(CANCEL) },
    [SHARE_UNPAID] = { "packed, but the money was refused", TASK_KIND_PAYMENT,
                       CAN(AGAIN) | CAN(CANCEL) },
    [SHARE_LABELING] = { "paid for, but no label was bought", TASK_KIND_SHIPPING,
                         CAN(AGAIN) | CAN(WAIT) },
    [SHARE_UNLABELED] = { "paid for, but it has no label", TASK_KIND_SHIPPING,
                          CAN(AGAIN) | CAN(CANCEL) },
    [SHARE_LABELED] = { "labeled, but not with the carrier", TASK_KIND_SHIPPING, CAN(WAIT) },
    [SHARE_SHIPPED] = { "shipped, but not delivered", TASK_KIND_SHIPPING, CAN(WAIT) | CAN(REFUND) },
    [SHARE_LOST] = { "shipped, but it will not arrive", TASK_KIND_SHIPPING,
                     CAN(WAIT) | CAN(REFUND) | CAN(RESEND) },
    [SHARE_COLLECTING] = { "delivered, but the money did not come", TASK_KIND_PAYMENT,
                           CAN(AGAIN) | CAN(CANCEL) },
};
static const struct matter_words matter_words[] = {
    [MATTER_STOCK] = { "stock held for the order is gone", TASK_KIND_STOCK,
                       CAN(REDUCE) | CAN(CANCEL) | CAN(KEEP) },
    [MATTER_WAITING] = { "the stock it waits for is late", TASK_KIND_STOCK,
                         CAN(WAIT) | CAN(CANCEL) },
    [MATTER_PAYMENT] = { "the money for the rest could not be secured anew", TASK_KIND_PAYMENT,
                         CAN(AGAIN) | CAN(CANCEL) },
    [MATTER_REFUND] = { "the provider will not give the money back", TASK_KIND_PAYMENT,
                        CAN(AGAIN) | CAN(DONE_BY_HAND) },
    [MATTER_EXCESS] = { "money came that nobody waits for", TASK_KIND_PAYMENT, CAN(DONE_BY_HAND) },
    [MATTER_STAFF_REFUND] = { "money that was given back by request did not arrive",
                              TASK_KIND_PAYMENT, CAN(DONE_BY_HAND) | CAN(KEEP) },
    [MATTER_PAST_PAYMENT] = { "the provider will not let go of an earlier payment",
                              TASK_KIND_PAYMENT, CAN(AGAIN) | CAN(DONE_BY_HAND) },
    [MATTER_DISPUTE] = { "the shopper, or the bank, disputes the payment", TASK_KIND_PAYMENT,
                         CAN(CONTEST) | CAN(ACCEPT) },
};

static struct task_row **tasks_of(const struct saga *saga)
{
    static struct task_row *none[1];

    return saga->order->open_tasks == 0
               ? none
               : (struct task_row **)rows_list(saga->out->rows, &order_task_table,
                                               key_number(saga->order->order_no));
}

static int64_t moving(const struct saga *saga)
{
    return saga->share == NULL ? 0 : saga->share->fulfillment_no;
}

static struct task_row *open_task(const struct saga *saga, int64_t matter)
{
    for (struct task_row **task = tasks_of(saga); *task != NULL; task++) {
        if ((*task)->state == TASK_STATE_OPEN && (*task)->fulfillment_no == moving(saga) &&
            (*task)->matter == matter) {
            return *task;
        }
    }
    return NULL;
}

static struct task_row *open_one(struct saga *saga, enum matter matter,
                                 const struct matter_words *words, int64_t change_no)
{
    struct order_row *order = saga->order;
    int64_t due_at = saga->share == NULL ? order->deadline_at : saga->share->deadline_at;
    struct task_row task = {
        .order_no = order->order_no,
        .task_no = order->task_count + 1,
        .kind = words->kind,
        .state = TASK_STATE_OPEN,
        .fulfillment_no = moving(saga),
        .matter = matter,
        .choices = words->choices,
        .change_no = change_no,
        .reason = words->reason,
        .code = saga->code,
        .opened_at = saga->out->now,
        .due_at = due_at > saga->out->now ? due_at : 0,
    };

    order->task_count++;
    order->open_tasks++;
    return rows_insert(saga->out->rows, &order_task_table, &task);
}

/* A parcel that comes back, or came to harm, is not waited for; and it matters that no stock was found. */
static struct matter_words words_of_share(const struct saga *saga)
{
    struct matter_words words = share_words[saga->share->step];
    bool lost = saga->share->step == SHARE_LOST;
    bool no_stock = text_equal(saga->code, CODE_NO_STOCK);

    if (lost && saga->code != NULL &&
        (text_starts_with(saga->code, "return") || text_starts_with(saga->code, "damage"))) {
        words.choices &= ~CAN(WAIT);
    }
    if (no_stock) {
        words.reason = lost ? "it will not arrive, and there is no stock to send it again"
                            : "the place will not make it ready, and no other place has it";
    }
    return words;
}

void ask_person(struct saga *saga)
{
    if (open_task(saga, MATTER_STEP) == NULL) {
        const struct matter_words words =
            saga->share == NULL ? life_words[saga->order->step] : words_of_share(saga);

        (void)open_one(saga, MATTER_STEP, &words, 0);
    }
}

static void ask_about(struct saga *saga, enum matter matter)
{
    if (open_task(saga, matter) == NULL) {
        (void)open_one(saga, matter, &matter_words[matter], 0);
    }
}

/* Each loss has a task of its own: they are about other pieces. */
void ask_about_stock(struct saga *saga)
{
    struct cut_row cuts[64];
    size_t count = 0;

    while (saga->cuts[count] != NULL && count < sizeof cuts / sizeof cuts[0]) {
        cuts[count] = *saga->cuts[count];
        count++;
    }
    (void)open_one(saga, MATTER_STOCK, &matter_words[MATTER_STOCK], cut_keep(saga, cuts, count));
}

/* NULL: it stems from no task. */
static const struct task_row *task_of_change(const struct saga *saga, int64_t change_no)
{
    struct task_row **task = (struct task_row **)rows_list(saga->out->rows, &order_task_table,
                                                           key_number(saga->order->order_no));

    while (*task != NULL &&
           ((*task)->change_no != change_no || (*task)->matter == MATTER_DISPUTE)) {
        task++;
    }
    return *task;
}

void ask_again(struct saga *saga, int64_t change_no)
{
    static const struct matter_words packed = {
        "stock held for the order is gone, and its place does not leave the pieces out",
        TASK_KIND_STOCK, CAN(CANCEL) | CAN(KEEP)
    };
    const struct task_row *task = task_of_change(saga, change_no);

    if (task == NULL) {
        return;
    }
    if (task->matter == MATTER_STOCK) {
        (void)open_one(saga, MATTER_STOCK, &packed, change_no);
    } else if (task->matter == MATTER_STEP) {
        ask_person(saga);
    } else if (task->matter == MATTER_PAYMENT) {
        ask_about_payment(saga);
    } /* what waits is asked about by itself */
}

void ask_about_waiting(struct saga *saga)
{
    ask_about(saga, MATTER_WAITING);
}

void ask_about_payment(struct saga *saga)
{
    ask_about(saga, MATTER_PAYMENT);
}

void ask_about_refund(struct saga *saga)
{
    ask_about(saga, MATTER_REFUND);
}

void ask_about_excess(struct saga *saga)
{
    saga->share = NULL;
    ask_about(saga, MATTER_EXCESS);
}

void ask_about_staff_refund(struct saga *saga)
{
    saga->share = NULL;
    ask_about(saga, MATTER_STAFF_REFUND);
}

void ask_about_past_payment(struct saga *saga)
{
    saga->share = NULL;
    ask_about(saga, MATTER_PAST_PAYMENT);
}

static struct task_row *dispute_task(const struct saga *saga, int64_t dispute_no)
{
    struct task_row **task = tasks_of(saga);

    while (*task != NULL &&
           !((*task)->state == TASK_STATE_OPEN && (*task)->matter == MATTER_DISPUTE &&
             (*task)->change_no == dispute_no)) {
        task++;
    }
    return *task;
}

void ask_about_dispute(struct saga *saga, int64_t dispute_no, int64_t due_at)
{
    struct task_row *task = dispute_task(saga, dispute_no);

    saga->share = NULL;
    if (task == NULL) {
        task = open_one(saga, MATTER_DISPUTE, &matter_words[MATTER_DISPUTE], dispute_no);
    }
    task->due_at = due_at;
    rows_update(saga->out->rows, &order_task_table, task);
}

static void close_task(struct saga *saga, struct task_row *task)
{
    task->state = TASK_STATE_CLOSED;
    task->closed_at = saga->out->now;
    saga->order->open_tasks--;
    rows_update(saga->out->rows, &order_task_table, task);
}

void task_close_decided(struct saga *saga, struct task_row *task, int64_t choice)
{
    task->choice = choice;
    task->request_id = saga->request_id;
    close_task(saga, task);
}

void close_tasks(struct saga *saga)
{
    for (int64_t matter = MATTER_STEP; matter <= MATTER_PAYMENT; matter++) {
        struct task_row *task =
            matter == MATTER_STOCK || matter == MATTER_WAITING ? NULL : open_task(saga, matter);

        if (task != NULL) {
            close_task(saga, task);
        }
    }
}

static void close_matter(struct saga *saga, enum matter matter)
{
    struct fulfillment_row *share = saga->share;

    saga->share = NULL; /* these are tasks of the order */
    struct task_row *task = open_task(saga, matter);
    if (task != NULL) {
        close_task(saga, task);
    }
    saga->share = share;
}

void close_refund_task(struct saga *saga)
{
    close_matter(saga, MATTER_REFUND);
}

void close_waiting_task(struct saga *saga)
{
    close_matter(saga, MATTER_WAITING);
}

void close_dispute_task(struct saga *saga, int64_t dispute_no)
{
    struct task_row *task = dispute_task(saga, dispute_no);

    if (task != NULL) {
        close_task(saga, task);
    }
}

void close_all_tasks(struct saga *saga)
{
    for (struct task_row **task = tasks_of(saga); *task != NULL; task++) {
        if ((*task)->state == TASK_STATE_OPEN && (*task)->matter < MATTER_REFUND) {
            close_task(saga, *task);
        }
    }
}
