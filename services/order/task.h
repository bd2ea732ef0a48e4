/* task.h - where the process needs a person.  Actions of the saga's tables.  Pure. */
#ifndef KERVAN_ORDER_TASK_H
#define KERVAN_ORDER_TASK_H

#include "services/order/saga.h"

/* Opens a task for the share, or the order, that moves; one at a time each. */
saga_action ask_person;
/* Not in the tables: what moves on needs nobody any more. */
void close_tasks(struct saga *saga);
void close_all_tasks(struct saga *saga);

/* Marks the tasks that closing needs: there is nothing to load where none is open. */
void task_need(const struct order_row *order, struct rows *rows);

#endif
