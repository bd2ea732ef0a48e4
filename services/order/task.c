/* task.c - opens and closes tasks, and words what the person finds. */
#include "services/order/task.h"

#include "proto/types.h"

struct subject_words {
    enum task_kind kind;
    const char *reason;
};

static const struct subject_words life_words[STEP_COUNT] = {
    [STEP_FULFILLING] = { TASK_KIND_STOCK, "the stock held for the order was taken back" },
    [STEP_CANCELING] = { TASK_KIND_CANCELLATION, "no answer whether it can be canceled" },
    [STEP_UNDOING] = { TASK_KIND_PAYMENT, "neither stock nor money came back" },
    [STEP_UNDOING_STOCK] = { TASK_KIND_STOCK, "the stock did not come back" },
    [STEP_UNDOING_MONEY] = { TASK_KIND_PAYMENT, "the money did not come back" },
};
static const struct subject_words share_words[SHARE_STEP_COUNT] = {
    [SHARE_TOLD] = { TASK_KIND_FULFILLMENT, "the place did not take the work" },
    [SHARE_OPEN] = { TASK_KIND_FULFILLMENT, "not packed in time" },
    [SHARE_GIVEN_UP] = { TASK_KIND_FULFILLMENT, "the place will not make it ready" },
    [SHARE_CAPTURING] = { TASK_KIND_PAYMENT, "packed, but the money could not be taken" },
    [SHARE_LABELING] = { TASK_KIND_SHIPPING, "paid for, but no label could be bought" },
    [SHARE_LABELED] = { TASK_KIND_SHIPPING, "labeled, but not with the carrier" },
    [SHARE_SHIPPED] = { TASK_KIND_SHIPPING, "shipped, but not delivered" },
};

void task_need(const struct order_row *order, struct rows *rows)
{
    if (order->open_tasks > 0) {
        rows_want(rows, &order_task_table, key_number(order->order_no));
    }
}

/* The open task of what moves, or NULL. */
static struct task_row *open_task(const struct saga *saga)
{
    int64_t fulfillment_no = saga->share == NULL ? 0 : saga->share->fulfillment_no;

    if (saga->order->open_tasks == 0) {
        return NULL;
    }
    for (struct task_row **task = (struct task_row **)rows_list(saga->out->rows, &order_task_table,
                                                                key_number(saga->order->order_no));
         *task != NULL; task++) {
        if ((*task)->state == TASK_STATE_OPEN && (*task)->fulfillment_no == fulfillment_no) {
            return *task;
        }
    }
    return NULL;
}

void ask_person(struct saga *saga)
{
    struct order_row *order = saga->order;
    const struct subject_words *words =
        saga->share == NULL ? &life_words[order->step] : &share_words[saga->share->step];

    if (open_task(saga) != NULL) {
        return;
    }
    struct task_row task = {
        .order_no = order->order_no,
        .task_no = ++order->task_count,
        .kind = words->kind,
        .state = TASK_STATE_OPEN,
        .fulfillment_no = saga->share == NULL ? 0 : saga->share->fulfillment_no,
        .reason = words->reason,
        .opened_at = saga->out->now,
    };
    order->open_tasks++;
    rows_insert(saga->out->rows, &order_task_table, &task);
}

static void close_task(struct saga *saga, struct task_row *task)
{
    task->state = TASK_STATE_CLOSED;
    task->closed_at = saga->out->now;
    saga->order->open_tasks--;
    rows_update(saga->out->rows, &order_task_table, task);
}

void close_tasks(struct saga *saga)
{
    struct task_row *task = open_task(saga);

    if (task != NULL) {
        close_task(saga, task);
    }
}

void close_all_tasks(struct saga *saga)
{
    if (saga->order->open_tasks == 0) {
        return;
    }
    for (struct task_row **task = (struct task_row **)rows_list(saga->out->rows, &order_task_table,
                                                                key_number(saga->order->order_no));
         *task != NULL; task++) {
        if ((*task)->state == TASK_STATE_OPEN) {
            close_task(saga, *task);
        }
    }
}
