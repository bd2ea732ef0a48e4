/* company.h - companies that buy: who of them may, and up to which total alone.
 *
 * A company and its buyers belong to the lane of its code; all read them, without a lock.  A buyer goes by the storefront's
 * own name of the customer, so nothing personal is kept here.  An order beyond what its buyer may order alone waits for
 * approval, by somebody of the company who may give it, or by the shop's people.  What a company may buy on account is the
 * payment service's.  Amounts are minor units of the company's currency.  Pure.
 */
#ifndef KERVAN_ORDER_COMPANY_H
#define KERVAN_ORDER_COMPANY_H

#include "common/incoming.h"
#include "proto/order.h"
#include "services/order/intake.h"
#include "services/order/saga.h"

const char *company_put_lane_key(struct arena *arena, const struct incoming_message *in);
void company_put_need(const struct incoming_message *in, struct rows *rows);
void on_company_put(struct decision *out, const struct incoming_message *in);

/* For a new order; nothing where no company buys. */
void company_need(const struct order_submit *submit, struct rows *rows);
/* Adds what is wrong with the company or the buyer of a submission. */
void company_check(struct decision *out, const struct order_submit *submit,
                   struct intake_verdict *verdict);
/* Writes down which company buys, under which number of its own, and holds what the buyer may not order alone. */
void company_note(struct saga *saga, const struct order_submit *submit);

/* Whether the order's buyer may order so much without anybody's approval; true where no company buys. */
bool company_buyer_may_alone(const struct saga *saga, int64_t total_minor);

/* Somebody approves or rejects such an order. */
void order_approve_need(const struct incoming_message *in, struct rows *rows);
void order_approve_need_shared(const struct incoming_message *in, struct rows *rows);
void on_order_approve(struct decision *out, const struct incoming_message *in);

#endif
