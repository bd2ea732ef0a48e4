/* people.h - shoppers, pickers and the office: what they do of themselves, and on what they hear. */
#ifndef KERVAN_TESTS_SIM_PEOPLE_H
#define KERVAN_TESTS_SIM_PEOPLE_H

#include "common/id.h"
#include "tests/sim/sim.h"

struct fulfillment_opened;
struct order_plan;
struct order_submit;
struct gateway_reply;

/* A fact, or the answer to a request. */
void people_hear(struct sim *sim, const struct record *record);

/* pickers.c: a place has work; somebody comes and looks until it is done. */
void pickers_take(struct sim *sim, const struct fulfillment_opened *opened);
/* Somebody comes out of turn, to some work of the order that is not done. */
void pickers_hurry(struct sim *sim, struct order_plan *plan);

/* shopper.c: changes his mind about an order, in one of many ways. */
void shopper_changes_mind(struct sim *sim, const struct order_plan *plan);
void shopper_cancels(struct sim *sim, const struct order_plan *plan);
/* Some pieces of it. */
void shopper_cuts(struct sim *sim, const struct order_plan *plan);

/* editors.c: proposes to change it, and confirms what is shown, mostly. */
void editor_edits(struct sim *sim, const struct order_plan *plan);
/* Lines besides. */
void editor_adds(struct sim *sim, const struct order_plan *plan);
/* The order is confirmed: some think again. */
void editor_sees_confirmed(struct sim *sim, struct order_plan *plan);
void editor_hears(struct sim *sim, const struct gateway_reply *reply);

/* meddlers.c: asks anything of an order at any time, if there is somebody who does. */
void meddlers_watch(struct sim *sim, struct order_plan *plan);
/* One thing, now. */
void meddlers_meddle(struct sim *sim, struct order_plan *plan);
/* One thing that this service will have to do with. */
void meddlers_bother(struct sim *sim, struct order_plan *plan, enum service_index service);

/* cashiers.c: takes, gives back and lets go of an order's money by hand at any time, if there is somebody who does. */
void cashiers_watch(struct sim *sim, struct order_plan *plan);
/* One thing, now. */
void cashiers_meddle(struct sim *sim, struct order_plan *plan);
void cashiers_take_all(struct sim *sim, const struct order_plan *plan);

/* drafters.c: enters the order as a draft, and submits it now and then: more than once, and too late. */
void drafter_enters(struct sim *sim, struct order_plan *plan, struct order_submit *order);

/* hauliers.c: bring pieces from place to place, until the world is healed. */
void hauliers_begin(struct sim *sim);
/* A transfer goes on just when what it holds is counted away. */
void hauliers_race(struct sim *sim);

/* takers.c: take stock, until the world is healed. */
void takers_begin(struct sim *sim);

/* stowers.c: put pieces into bins and from bin to bin, until the world is healed. */
void stowers_begin(struct sim *sim);

/* buyers.c: buy from a supplier, until the world is healed.  It sells in packs, and brings what is waited for of two items of three by
 * itself. */
enum { BUYERS_PACK = 2 };
void buyers_begin(struct sim *sim);

/* lenders.c: grant companies credit, and book what they pay, until the world is healed. */
void lenders_open(struct sim *sim);
void lenders_begin(struct sim *sim);
/* Nobody waits for credit any more. */
void lenders_relent(struct sim *sim);
/* One that buys on account; some have no credit. */
const char *lender_company(struct sim *sim);
/* Who orders for it; some are no buyers of it. */
const char *lender_buyer(struct sim *sim);

/* forgetters.c: an order of theirs is over: some want to be forgotten. */
void forgetter_sees_end(struct sim *sim, struct order_plan *plan);

/* office.c: looks at tasks and holds and decides; how many there were. */
int64_t office_visit(struct sim *sim);
/* Comes again and again, until the world is healed. */
void office_begin(struct sim *sim);
/* So many pieces of each item that an order is of arrive at some place. */
void office_supply(struct sim *sim, const struct order_plan *plan, int64_t pieces);
/* Everything that was waited for arrives. */
void office_restock(struct sim *sim);

#endif
