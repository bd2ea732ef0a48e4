/* life.c - the life of a payment as four tables, one for each holder of the money.
 *
 * Read a table from top to bottom: that is what happens to such a payment.  payment.c has the actions
 * done; refunds have a table of their own in refund.c.
 */
#include "services/payment/life.h"

#include "common/reached.h"
#include <assert.h>

/* Row: where the payment is.  Column: what came.  A missing cell: news and deadlines that came late or twice change
 * nothing; an answer to what was never asked is impossible. */
static const struct payment_cell provider_life[STATE_COUNT][PAYMENT_INPUT_COUNT] = {
    [PAYMENT_STATE_ABSENT] = {
        [ON_AUTHORIZE] = { ASKS_PROVIDER, PAYMENT_STATE_AUTHORIZING },
        [ON_CAPTURE] = { REFUSES_UNKNOWN, PAYMENT_STATE_ABSENT },
        [ON_VOID] = { LEAVES_TOMBSTONE, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { LEAVES_TOMBSTONE, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_AUTHORIZING] = {
        [ON_CAPTURE] = { REFUSES_UNSECURED, PAYMENT_STATE_AUTHORIZING },
        [ON_VOID] = { VOIDS_LATER, PAYMENT_STATE_AUTHORIZING },
        [ON_VOID_BY_HAND] = { VOIDS_LATER, PAYMENT_STATE_AUTHORIZING },
        [ON_AUTHORIZED] = { AUTHORIZES, PAYMENT_STATE_AUTHORIZED },
        [ON_ACTION] = { ASKS_SHOPPER, PAYMENT_STATE_REQUIRES_ACTION },
        [ON_NOT_AUTHORIZED] = { DECLINES, PAYMENT_STATE_FAILED },
        [ON_NEWS_AUTHORIZED] = { HEARS, PAYMENT_STATE_AUTHORIZING },
        [ON_NEWS_DECLINED] = { HEARS, PAYMENT_STATE_AUTHORIZING },
        [ON_NEWS_GONE] = { HEARS, PAYMENT_STATE_AUTHORIZING },
    },
    [PAYMENT_STATE_REQUIRES_ACTION] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_REQUIRES_ACTION },
        [ON_CAPTURE] = { REFUSES_UNSECURED, PAYMENT_STATE_REQUIRES_ACTION },
        [ON_VOID] = { VOIDS, PAYMENT_STATE_VOIDING },
        [ON_VOID_BY_HAND] = { VOIDS, PAYMENT_STATE_VOIDING },
        [ON_NEWS_AUTHORIZED] = { AUTHORIZES, PAYMENT_STATE_AUTHORIZED },
        [ON_NEWS_DECLINED] = { DECLINES, PAYMENT_STATE_FAILED },
        [ON_NEWS_GONE] = { DECLINES, PAYMENT_STATE_FAILED },
        [ON_DEADLINE] = { EXPIRES, PAYMENT_STATE_VOIDING },
        [ON_NEWS_APPROVED] = { SECURES, PAYMENT_STATE_AUTHORIZING },
    },
    [PAYMENT_STATE_AUTHORIZED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_AUTHORIZED },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURING },
        [ON_VOID] = { VOIDS, PAYMENT_STATE_VOIDING },
        [ON_VOID_BY_HAND] = { VOIDS_BY_HAND, PAYMENT_STATE_VOIDED },
        [ON_NEWS_GONE] = { LETS_GO, PAYMENT_STATE_EXPIRED },
        [ON_HONOR_END] = { RENEWS, PAYMENT_STATE_CAPTURING },
    },
    [PAYMENT_STATE_CAPTURING] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_CAPTURING },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURING },
        [ON_VOID] = { VOIDS_LATER, PAYMENT_STATE_CAPTURING },
        [ON_VOID_BY_HAND] = { VOIDS_LATER, PAYMENT_STATE_CAPTURING },
        [ON_CAPTURED] = { BOOKS_CAPTURE, PAYMENT_STATE_CAPTURED },
        [ON_NOT_CAPTURED] = { DROPS_CAPTURE, PAYMENT_STATE_AUTHORIZED },
        [ON_NEWS_GONE] = { HEARS, PAYMENT_STATE_CAPTURING },
        [ON_RENEWED] = { BOOKS_RENEWAL, PAYMENT_STATE_AUTHORIZED },
        [ON_NOT_RENEWED] = { DROPS_RENEWAL, PAYMENT_STATE_AUTHORIZED },
    },
    [PAYMENT_STATE_PARTIALLY_CAPTURED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_PARTIALLY_CAPTURED },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURING },
        [ON_VOID] = { VOIDS, PAYMENT_STATE_VOIDING },
        [ON_VOID_BY_HAND] = { VOIDS_BY_HAND, PAYMENT_STATE_CAPTURED },
        [ON_NEWS_GONE] = { LETS_GO, PAYMENT_STATE_CAPTURED },
        [ON_HONOR_END] = { RENEWS, PAYMENT_STATE_CAPTURING },
    },
    [PAYMENT_STATE_CAPTURED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_CAPTURED },
        [ON_CAPTURE] = { REFUSES_DONE, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_CAPTURED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_CAPTURED },
    },
    [PAYMENT_STATE_VOIDING] = {
        [ON_AUTHORIZE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDING },
        [ON_CAPTURE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDING },
        [ON_VOID] = { VOIDS_LATER, PAYMENT_STATE_VOIDING },
        [ON_VOID_BY_HAND] = { VOIDS_LATER, PAYMENT_STATE_VOIDING },
        [ON_RELEASED] = { RELEASES, PAYMENT_STATE_VOIDED },
        [ON_NOT_RELEASED] = { KEEPS_HOLD, PAYMENT_STATE_AUTHORIZED },
    },
    [PAYMENT_STATE_VOIDED] = {
        [ON_AUTHORIZE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDED },
        [ON_CAPTURE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_FAILED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_FAILED },
        [ON_CAPTURE] = { REFUSES_UNSECURED, PAYMENT_STATE_FAILED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_FAILED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_FAILED },
        /* The shopper found a way after all, when the order was told no: nothing may stay held. */
        [ON_NEWS_AUTHORIZED] = { EXPIRES, PAYMENT_STATE_VOIDING },
        [ON_DEADLINE] = { CLOSES_PAGE, PAYMENT_STATE_VOIDING },
    },
    [PAYMENT_STATE_EXPIRED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_EXPIRED },
        [ON_CAPTURE] = { FAILS_CAPTURE, PAYMENT_STATE_EXPIRED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_EXPIRED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_EXPIRED },
    },
};

/* What the shopper sent is on our account: whatever is not taken of it waits, in "voiding", for a person. */
static const struct payment_cell transfer_life[STATE_COUNT][PAYMENT_INPUT_COUNT] = {
    [PAYMENT_STATE_ABSENT] = {
        [ON_AUTHORIZE] = { ASKS_TRANSFER, PAYMENT_STATE_REQUIRES_ACTION },
        [ON_CAPTURE] = { REFUSES_UNKNOWN, PAYMENT_STATE_ABSENT },
        [ON_VOID] = { LEAVES_TOMBSTONE, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { LEAVES_TOMBSTONE, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_REQUIRES_ACTION] = {
        [ON_AUTHORIZE] = { LOWERS, PAYMENT_STATE_AUTHORIZED },
        [ON_CAPTURE] = { REFUSES_UNSECURED, PAYMENT_STATE_REQUIRES_ACTION },
        [ON_VOID] = { ASKS_HAND, PAYMENT_STATE_VOIDING },
        [ON_VOID_BY_HAND] = { VOIDS_BY_HAND, PAYMENT_STATE_VOIDED },
        [ON_RECEIVED] = { COUNTS_MONEY, PAYMENT_STATE_AUTHORIZED },
        [ON_DEADLINE] = { STOPS_WAITING, PAYMENT_STATE_EXPIRED },
        [ON_TAKEN_BACK] = { TAKES_BACK, PAYMENT_STATE_REQUIRES_ACTION },
    },
    [PAYMENT_STATE_AUTHORIZED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_AUTHORIZED },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { ASKS_HAND, PAYMENT_STATE_VOIDING },
        [ON_VOID_BY_HAND] = { VOIDS_BY_HAND, PAYMENT_STATE_VOIDED },
        [ON_RECEIVED] = { COUNTS_MONEY, PAYMENT_STATE_AUTHORIZED },
        [ON_TAKEN_BACK] = { TAKES_BACK, PAYMENT_STATE_EXPIRED },
    },
    [PAYMENT_STATE_PARTIALLY_CAPTURED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_PARTIALLY_CAPTURED },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { ASKS_HAND, PAYMENT_STATE_VOIDING },
        [ON_VOID_BY_HAND] = { VOIDS_BY_HAND, PAYMENT_STATE_CAPTURED },
        [ON_RECEIVED] = { COUNTS_MONEY, PAYMENT_STATE_PARTIALLY_CAPTURED },
    },
    [PAYMENT_STATE_CAPTURED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_CAPTURED },
        [ON_CAPTURE] = { REFUSES_DONE, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_CAPTURED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_CAPTURED },
        [ON_RECEIVED] = { COUNTS_MONEY, PAYMENT_STATE_CAPTURED },
    },
    [PAYMENT_STATE_VOIDING] = {
        [ON_AUTHORIZE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDING },
        [ON_CAPTURE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDING },
        [ON_VOID] = { ASKS_HAND, PAYMENT_STATE_VOIDING },
        [ON_VOID_BY_HAND] = { VOIDS_BY_HAND, PAYMENT_STATE_VOIDED },
        [ON_RECEIVED] = { COUNTS_MONEY, PAYMENT_STATE_VOIDING },
    },
    [PAYMENT_STATE_VOIDED] = {
        [ON_AUTHORIZE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDED },
        [ON_CAPTURE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_VOIDED },
        [ON_RECEIVED] = { COUNTS_MONEY, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_EXPIRED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_EXPIRED },
        [ON_CAPTURE] = { FAILS_CAPTURE, PAYMENT_STATE_EXPIRED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_EXPIRED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_EXPIRED },
        [ON_RECEIVED] = { COUNTS_MONEY, PAYMENT_STATE_EXPIRED },
    },
};

/* Until the goods are handed over there is no money: what is let go costs nothing. */
static const struct payment_cell delivery_life[STATE_COUNT][PAYMENT_INPUT_COUNT] = {
    [PAYMENT_STATE_ABSENT] = {
        [ON_AUTHORIZE] = { TRUSTS, PAYMENT_STATE_AUTHORIZED },
        [ON_CAPTURE] = { REFUSES_UNKNOWN, PAYMENT_STATE_ABSENT },
        [ON_VOID] = { LEAVES_TOMBSTONE, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { LEAVES_TOMBSTONE, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_AUTHORIZED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_AUTHORIZED },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { VOIDS_AT_ONCE, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { VOIDS_AT_ONCE, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_PARTIALLY_CAPTURED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_PARTIALLY_CAPTURED },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { VOIDS_AT_ONCE, PAYMENT_STATE_CAPTURED },
        [ON_VOID_BY_HAND] = { VOIDS_AT_ONCE, PAYMENT_STATE_CAPTURED },
    },
    [PAYMENT_STATE_CAPTURED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_CAPTURED },
        [ON_CAPTURE] = { REFUSES_DONE, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_CAPTURED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_CAPTURED },
    },
    [PAYMENT_STATE_VOIDED] = {
        [ON_AUTHORIZE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDED },
        [ON_CAPTURE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_VOIDED },
    },
};

/* What is held lowers what the company may still order, what is taken it owes until it pays. */
static const struct payment_cell credit_life[STATE_COUNT][PAYMENT_INPUT_COUNT] = {
    [PAYMENT_STATE_ABSENT] = {
        [ON_AUTHORIZE] = { HOLDS_CREDIT, PAYMENT_STATE_AUTHORIZED },
        [ON_CAPTURE] = { REFUSES_UNKNOWN, PAYMENT_STATE_ABSENT },
        [ON_VOID] = { LEAVES_TOMBSTONE, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { LEAVES_TOMBSTONE, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_REQUIRES_ACTION] = {
        [ON_AUTHORIZE] = { HOLDS_CREDIT_NOW, PAYMENT_STATE_AUTHORIZED },
        [ON_CAPTURE] = { REFUSES_UNSECURED, PAYMENT_STATE_REQUIRES_ACTION },
        [ON_VOID] = { VOIDS_AT_ONCE, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { VOIDS_AT_ONCE, PAYMENT_STATE_VOIDED },
        [ON_ROOM] = { TAKES_ROOM, PAYMENT_STATE_AUTHORIZED },
    },
    [PAYMENT_STATE_AUTHORIZED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_AUTHORIZED },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { VOIDS_AT_ONCE, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { VOIDS_AT_ONCE, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_PARTIALLY_CAPTURED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_PARTIALLY_CAPTURED },
        [ON_CAPTURE] = { CAPTURES, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { VOIDS_AT_ONCE, PAYMENT_STATE_CAPTURED },
        [ON_VOID_BY_HAND] = { VOIDS_AT_ONCE, PAYMENT_STATE_CAPTURED },
        [ON_RECEIVED] = { COUNTS_MONEY, PAYMENT_STATE_PARTIALLY_CAPTURED },
    },
    [PAYMENT_STATE_CAPTURED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_CAPTURED },
        [ON_CAPTURE] = { REFUSES_DONE, PAYMENT_STATE_CAPTURED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_CAPTURED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_CAPTURED },
        [ON_RECEIVED] = { COUNTS_MONEY, PAYMENT_STATE_CAPTURED },
    },
    [PAYMENT_STATE_VOIDED] = {
        [ON_AUTHORIZE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDED },
        [ON_CAPTURE] = { REFUSES_UNDONE, PAYMENT_STATE_VOIDED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_VOIDED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_VOIDED },
    },
    [PAYMENT_STATE_FAILED] = {
        [ON_AUTHORIZE] = { TELLS_AGAIN, PAYMENT_STATE_FAILED },
        [ON_CAPTURE] = { REFUSES_UNSECURED, PAYMENT_STATE_FAILED },
        [ON_VOID] = { TELLS_VOIDED, PAYMENT_STATE_FAILED },
        [ON_VOID_BY_HAND] = { TELLS_VOIDED, PAYMENT_STATE_FAILED },
    },
};

static const struct payment_cell (*const lives[HOLDER_COUNT])[PAYMENT_INPUT_COUNT] = {
    [HELD_BY_PROVIDER] = provider_life,
    [HELD_BY_US] = transfer_life,
    [HELD_BY_NOBODY] = delivery_life,
    [HELD_AS_CREDIT] = credit_life,
};

#define STATE_NAMES                                                                                \
    REACHED_NAMES(PAYMENT_STATE_ABSENT, PAYMENT_STATE_AUTHORIZING, PAYMENT_STATE_REQUIRES_ACTION,  \
                  PAYMENT_STATE_AUTHORIZED, PAYMENT_STATE_CAPTURING,                               \
                  PAYMENT_STATE_PARTIALLY_CAPTURED, PAYMENT_STATE_CAPTURED, PAYMENT_STATE_VOIDING, \
                  PAYMENT_STATE_VOIDED, PAYMENT_STATE_FAILED, PAYMENT_STATE_EXPIRED)
#define INPUT_NAMES                                                                                \
    REACHED_NAMES(ON_AUTHORIZE, ON_CAPTURE, ON_VOID, ON_VOID_BY_HAND, ON_RECEIVED, ON_AUTHORIZED,  \
                  ON_ACTION, ON_NOT_AUTHORIZED, ON_CAPTURED, ON_NOT_CAPTURED, ON_RELEASED,         \
                  ON_NOT_RELEASED, ON_NEWS_AUTHORIZED, ON_NEWS_DECLINED, ON_NEWS_GONE,             \
                  ON_DEADLINE, ON_ROOM, ON_NEWS_APPROVED, ON_HONOR_END, ON_TAKEN_BACK, ON_RENEWED, \
                  ON_NOT_RENEWED)

static bool provider_has(int row, int column)
{
    return provider_life[row][column].action != MISSING;
}
static const struct reached_table provider_cells = {
    .name = "payment held by the provider",
    .rows = STATE_COUNT,
    .columns = PAYMENT_INPUT_COUNT,
    .has = provider_has,
    .row_names = STATE_NAMES,
    .column_names = INPUT_NAMES,
};

static bool transfer_has(int row, int column)
{
    return transfer_life[row][column].action != MISSING;
}
static const struct reached_table transfer_cells = {
    .name = "payment held by us",
    .rows = STATE_COUNT,
    .columns = PAYMENT_INPUT_COUNT,
    .has = transfer_has,
    .row_names = STATE_NAMES,
    .column_names = INPUT_NAMES,
};

static bool delivery_has(int row, int column)
{
    return delivery_life[row][column].action != MISSING;
}
static const struct reached_table delivery_cells = {
    .name = "payment at the door",
    .rows = STATE_COUNT,
    .columns = PAYMENT_INPUT_COUNT,
    .has = delivery_has,
    .row_names = STATE_NAMES,
    .column_names = INPUT_NAMES,
};

static bool credit_has(int row, int column)
{
    return credit_life[row][column].action != MISSING;
}
static const struct reached_table credit_cells = {
    .name = "payment on account",
    .rows = STATE_COUNT,
    .columns = PAYMENT_INPUT_COUNT,
    .has = credit_has,
    .row_names = STATE_NAMES,
    .column_names = INPUT_NAMES,
};

static const struct reached_table *const cells[HOLDER_COUNT] = {
    [HELD_BY_PROVIDER] = &provider_cells,
    [HELD_BY_US] = &transfer_cells,
    [HELD_BY_NOBODY] = &delivery_cells,
    [HELD_AS_CREDIT] = &credit_cells,
};

struct payment_cell payment_cell(enum holder holder, enum payment_state state,
                                 enum payment_input input)
{
    assert(holder < HOLDER_COUNT && (int)state < STATE_COUNT && input < PAYMENT_INPUT_COUNT);
    struct payment_cell cell = lives[holder][state][input];

    reached(cells[holder], (int)state, (int)input);
    if (cell.action == MISSING) {
        bool answer = (input >= ON_AUTHORIZED && input <= ON_NOT_RELEASED) || input >= ON_RENEWED;

        cell.action = answer ? IS_IMPOSSIBLE : DOES_NOTHING;
        cell.next = state;
    }
    return cell;
}
