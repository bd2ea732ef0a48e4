/* decide.c - takes what a person decided about a task, and puts it to the saga's tables. */
#include "services/order/task.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "services/order/announce.h"
#include "services/order/cancel.h"
#include "services/order/cut.h"
#include "services/order/detour.h"
#include "services/order/dispute.h"
#include "services/order/money_back.h"
#include "services/order/readdress.h"
#include "services/order/reply.h"
#include "services/order/rows_of_order.h"
#include "services/order/shares.h"

/* Which input a choice is; -1: none, it only ends the task. */
static const struct {
    int life, share;
} inputs[TASK_CHOICE_UNKNOWN] = {
    [TASK_CHOICE_AGAIN] = { ON_DECIDED_AGAIN, ON_SHARE_AGAIN },
    [TASK_CHOICE_CANCEL] = { ON_DECIDED_CANCEL, ON_SHARE_CANCEL },
    [TASK_CHOICE_REDUCE] = { ON_DECIDED_REDUCE, -1 },
    [TASK_CHOICE_WAIT] = { ON_DECIDED_WAIT, ON_SHARE_WAIT },
    [TASK_CHOICE_DONE_BY_HAND] = { ON_DECIDED_BY_HAND, -1 },
    [TASK_CHOICE_RESEND] = { -1, ON_SHARE_RESEND },
    [TASK_CHOICE_REFUND] = { -1, ON_SHARE_REFUND },
    [TASK_CHOICE_KEEP] = { -1, -1 },
    [TASK_CHOICE_REROUTE] = { -1, ON_SHARE_REROUTE },
    [TASK_CHOICE_CONTEST] = { -1, -1 },
    [TASK_CHOICE_ACCEPT] = { -1, -1 },
};

static const char *order_id_of(const struct incoming_message *in, struct order_id_text *text)
{
    const struct order_task_decide *request = in->message;

    return child_id_order(request->task_id, text) ? text->text : "";
}

void task_decide_need(const struct incoming_message *in, struct rows *rows)
{
    struct order_id_text text;

    submission_need(order_id_of(in, &text), rows);
}

void task_decide_need_shared(const struct incoming_message *in, struct rows *rows)
{
    struct order_id_text text;
    const struct submission_row *submission = submission_find(order_id_of(in, &text), rows);

    if (submission != NULL) {
        order_need_all(submission->order_no, rows);
    }
}

static struct task_row *find_task(const struct saga *saga, int64_t task_no)
{
    struct task_row **task = (struct task_row **)rows_list(saga->out->rows, &order_task_table,
                                                           key_number(saga->order->order_no));

    while (*task != NULL && (*task)->task_no != task_no) {
        task++;
    }
    return *task;
}

/* What is paid for is sent: who cancels an order then means the rest of it. */
static bool means_rest(const struct saga *saga, const struct task_row *task,
                       enum task_choice choice)
{
    return choice == TASK_CHOICE_CANCEL && task->fulfillment_no == 0 &&
           shares_sum_up(saga).priced > 0;
}

/* It moves neither the order nor a share. */
static bool is_beside_tables(int64_t matter)
{
    return matter == MATTER_EXCESS || matter == MATTER_STAFF_REFUND ||
           matter == MATTER_PAST_PAYMENT || matter == MATTER_DISPUTE;
}

static int input_of(const struct saga *saga, const struct task_row *task, enum task_choice choice)
{
    bool refund_again = task->matter == MATTER_REFUND && choice == TASK_CHOICE_AGAIN;

    return is_beside_tables(task->matter)   ? -1
           : refund_again                   ? ON_DECIDED_REFUND
           : means_rest(saga, task, choice) ? ON_DECIDED_REDUCE
           : task->fulfillment_no == 0      ? inputs[choice].life
                                            : inputs[choice].share;
}

/* Whether the order, or its share, is where the choice leads on from. */
static bool leads_on(const struct saga *saga, const struct task_row *task, int input)
{
    if (input < 0) {
        return true;
    }
    if (task->fulfillment_no == 0) {
        return saga_cell((enum saga_step)saga->order->step, (enum saga_input)input)->next != 0;
    }
    const struct fulfillment_row *share = share_numbered(saga, task->fulfillment_no);
    bool adding = saga->order->step == STEP_ADDING_STOCK || saga->order->step == STEP_ADDING_MONEY;
    if (adding && input == ON_SHARE_CANCEL) { /* its place would have to be asked */
        return false;
    }
    return share_cell((enum share_step)share->step, (enum share_input)input)->next != 0;
}

static void carry_out(struct saga *saga, const struct task_row *task, enum task_choice choice)
{
    int input = input_of(saga, task, choice);

    saga->code = task->code;
    if (task->matter == MATTER_STAFF_REFUND) {
        saga_action *end =
            choice == TASK_CHOICE_DONE_BY_HAND ? tell_staff_refunds_given : leave_staff_refunds;

        end(saga);
    } else if (task->matter == MATTER_DISPUTE) {
        tell_dispute_answer(saga, task->change_no, choice == TASK_CHOICE_ACCEPT);
    } else if (task->matter == MATTER_PAST_PAYMENT) {
        tell_past_voids(saga, choice == TASK_CHOICE_DONE_BY_HAND);
    } else if (input == ON_DECIDED_REFUND) {
        tell_past_voids(saga,
                        false); /* it may be of a payment that another one took the place of */
    }
    if (input < 0) {
        return;
    }
    if (task->fulfillment_no != 0) {
        share_take(saga, share_numbered(saga, task->fulfillment_no), (enum share_input)input);
    } else if (input == ON_DECIDED_CANCEL) {
        cancel_by_decision(saga, saga->request_id);
    } else {
        if (input == ON_DECIDED_REDUCE) {
            cut_open(saga, task->change_no);
        }
        saga_take(saga, (enum saga_input)input);
    }
}

static void decide(struct saga *saga, const struct incoming_message *in, struct task_row *task)
{
    const struct order_task_decide *request = in->message;
    const struct task_row decided = *task;

    announce_task_decided(saga, request->task_id, request->body.choice);
    task_close_decided(saga, task, request->body.choice);
    if (request->body.ship_to != NULL) {
        readdress(saga, request->body.ship_to);
    }
    carry_out(saga, &decided, request->body.choice);
    saga_end(saga);
    order_reply_done(saga, &in->reply, 200, request->task_id);
}

/* Pieces that are to be left out are looked for anew: false where they cannot be. */
static bool finds_pieces(struct saga *saga, struct task_row *task, enum task_choice choice)
{
    bool rest = means_rest(saga, task, choice);

    if (rest || choice == TASK_CHOICE_REDUCE) {
        int64_t change_no =
            rest ? cut_keep_rest(saga, REST_UNPAID) : cut_renew(saga, task->change_no);

        task->change_no = change_no != 0 ? change_no : task->change_no;
        return change_no != 0;
    }
    return true;
}

static void answer(struct saga *saga, const struct incoming_message *in, struct task_row *task)
{
    const struct order_task_decide *request = in->message;
    enum task_choice choice = request->body.choice;

    if (task->state != TASK_STATE_OPEN) {
        if (text_equal(task->request_id, in->id) || task->choice == (int64_t)choice) {
            order_reply_done(saga, &in->reply, 200, request->task_id);
        } else {
            order_reply_conflict(saga, &in->reply, "the task is closed already");
        }
    } else if (reply_stale(saga->out, in, saga->order->clock)) {
        return;
    } else if (choice >= TASK_CHOICE_UNKNOWN || (task->choices >> choice & 1) == 0) {
        order_reply_invalid(saga, &in->reply, "/choice", "is not what this task offers");
    } else if (!leads_on(saga, task, input_of(saga, task, choice))) {
        order_reply_conflict(saga, &in->reply,
                             "the order is being changed just now: try it again later");
    } else if (!finds_pieces(saga, task, choice)) {
        order_reply_conflict(saga, &in->reply,
                             "the pieces are packed: they cannot be left out any more");
    } else {
        decide(saga, in, task);
    }
}

void on_task_decide(struct decision *out, const struct incoming_message *in)
{
    const struct order_task_decide *request = in->message;
    struct order_id_text text;
    const struct submission_row *submission = submission_find(order_id_of(in, &text), out->rows);

    if (submission == NULL) {
        order_reply_unknown(out, &in->reply, "There is no such task");
        return;
    }
    struct saga saga = saga_begin(out, order_find(submission->order_no, out->rows));
    struct task_row *task = find_task(&saga, child_id_counter(request->task_id, 'T'));
    saga.request_id = in->id;
    if (task == NULL) {
        order_reply_unknown(out, &in->reply, "There is no such task");
    } else {
        answer(&saga, in, task);
    }
}
