/* reservation.h - stock held for an order: reserve, release (also a part of it), consume, expire.
 *
 * A reservation is named by the order (`ord_...-H1`).  Every command says which one it means; a second
 * one of the same kind finds it and states the same fact again.  Reserve may come too late; release
 * and consume are never refused.  Pure; runs in the order's lane, stock is shared.
 */
#ifndef KERVAN_INVENTORY_RESERVATION_H
#define KERVAN_INVENTORY_RESERVATION_H

#include "common/incoming.h"
#include "services/inventory/tables.h"

#define RESERVATION_TIMER "reservation_expiry" /* its step is the hold_no */

enum reservation_state {
    RESERVATION_NONE = 0, /* no row */
    RESERVATION_HELD = 1,
    RESERVATION_PARTLY_CONSUMED = 2, /* some of it left: the rest does not expire */
    RESERVATION_CONSUMED = 3,        /* all of it left */
    RESERVATION_RELEASED = 4,
    RESERVATION_EXPIRED = 5,
    RESERVATION_TOMBSTONE = 6, /* released before it came: it will be refused */
    RESERVATION_SHORT = 7,     /* nothing held, there was not enough */
    RESERVATION_STATE_COUNT
};

enum reservation_input {
    RESERVATION_IN_RESERVE,
    RESERVATION_IN_RELEASE,
    RESERVATION_IN_REDUCE, /* a release of some of its pieces */
    RESERVATION_IN_CONSUME,
    RESERVATION_IN_EXPIRE,
    RESERVATION_INPUT_COUNT
};

/* What is done; what is said follows from it. */
enum reservation_action {
    RESERVATION_DOES_NOTHING = 0,
    RESERVATION_HOLDS,         /* plans, holds, says reserved, backordered or short */
    RESERVATION_TELLS_HELD,    /* says again what is or was held where */
    RESERVATION_TELLS_SHORT,   /* says again what was short */
    RESERVATION_GIVES_BACK,    /* says released */
    RESERVATION_TELLS_RELEASE, /* says released, again or because nothing is held */
    RESERVATION_REDUCES,       /* gives back what is named, once; says released */
    RESERVATION_TELLS_REDUCED, /* says what that release gave back */
    RESERVATION_CONSUMES,      /* books what left, says consumed */
    RESERVATION_REFUSES_UNDONE
};

struct reservation_rule {
    enum reservation_action action;
    enum reservation_state next; /* of CONSUMES and REDUCES while something is held or waits */
};
/* Total: every state and input has an answer. */
struct reservation_rule reservation_rule(enum reservation_state state,
                                         enum reservation_input input);

/* The order's own rows. */
void reservation_need(const struct incoming_message *in, struct rows *rows);
/* With places and rules, which say what else is needed. */
void reserve_need(const struct incoming_message *in, struct rows *rows);
void reserve_need_shared(const struct incoming_message *in, struct rows *rows);
void release_need_shared(const struct incoming_message *in, struct rows *rows);
void on_reserve(struct decision *out, const struct incoming_message *in);
void on_release(struct decision *out, const struct incoming_message *in);

void consume_need_shared(const struct incoming_message *in, struct rows *rows);
void on_consume(struct decision *out, const struct incoming_message *in);

void expiry_need(const struct incoming_timer *in, struct rows *rows);
void expiry_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_expiry(struct decision *out, const struct incoming_timer *in);

#endif
