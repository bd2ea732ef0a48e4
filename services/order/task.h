/* task.h - what a person must look at or decide.
 *
 * One of a matter is open at a time, for the order or for a share of it.  Those of a step are closed
 * when the order or the share goes on, and all but those about money when the order is over.  A
 * decision is an input of the saga's tables.  Pure.
 */
#ifndef KERVAN_ORDER_TASK_H
#define KERVAN_ORDER_TASK_H

#include "common/incoming.h"
#include "services/order/saga.h"

/* What a task is about; stored, so numbers stay. */
enum matter {
    MATTER_STEP = 0, /* what the order, or its share, waits for does not come */
    MATTER_STOCK = 1,
    MATTER_WAITING = 2,
    MATTER_PAYMENT = 3,
    MATTER_REFUND = 4,
    MATTER_EXCESS = 5,
    MATTER_STAFF_REFUND = 6,
    MATTER_PAST_PAYMENT = 7,
    MATTER_DISPUTE = 8 /* one task a dispute: its number is the task's change_no */
};

/* Actions of the saga's tables: a task of what moves (the order, or its share), unless one is open. */
saga_action ask_person;
saga_action ask_about_stock;    /* saga->cuts are not held any more */
saga_action ask_about_waiting;  /* stock on its way is late */
saga_action ask_about_payment;  /* the money for the rest could not be secured */
saga_action ask_about_refund;   /* the provider will not give money back */
saga_action close_refund_task;  /* it is back */
saga_action close_waiting_task; /* nothing is waited for any more */
/* Not in the tables: the pieces that a task's decision was about were not left out after all; nothing where it was no task's. */
void ask_again(struct saga *saga, int64_t change_no);
/* Not in the tables: money came that nobody asked for. */
void ask_about_excess(struct saga *saga);
/* Not in the tables: money that people gave back did not arrive. */
void ask_about_staff_refund(struct saga *saga);
/* Not in the tables: the provider holds a payment that another one took the place of. */
void ask_about_past_payment(struct saga *saga);

/* Not in the tables: a dispute is to be answered by then (0: nobody says when), or not any more. */
void ask_about_dispute(struct saga *saga, int64_t dispute_no, int64_t due_at);
void close_dispute_task(struct saga *saga, int64_t dispute_no);

/* Those of the step of what moves: it goes on. */
void close_tasks(struct saga *saga);
/* A person did. */
void task_close_decided(struct saga *saga, struct task_row *task, int64_t choice);
/* The order is over: but what is about money stays. */
void close_all_tasks(struct saga *saga);

void task_decide_need(const struct incoming_message *in, struct rows *rows);
void task_decide_need_shared(const struct incoming_message *in, struct rows *rows);
void on_task_decide(struct decision *out, const struct incoming_message *in);

#endif
