/* saga.c - the life of an order, as two tables, and the little that carries them out.
 *
 * Read `life` from top to bottom: that is what happens to an order.  Read `share_life` for what
 * happens to each place's share of it.  Actions say what they do; commands.c tells the other
 * services, announce.c states the order's own facts, shares.c divides it, cancel.c and task.c
 * answer people.
 */
#include "services/order/saga.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/mutant.h"
#include "common/reached.h"
#include "services/order/addition.h"
#include "services/order/announce.h"
#include "services/order/cancel.h"
#include "services/order/choice.h"
#include "services/order/commands.h"
#include "services/order/cut.h"
#include "services/order/detour.h"
#include "services/order/hold.h"
#include "services/order/money_back.h"
#include "services/order/promise.h"
#include "services/order/reduce.h"
#include "services/order/shares.h"
#include "services/order/source.h"
#include "services/order/status.h"
#include "services/order/task.h"
#include "services/order/timeline.h"

#include <assert.h>

/* Row: where the order is.  Column: what happened.  Next step, and what is done on the way.
 * A missing cell is news that came late or twice: the timeline has it, nothing follows. */
static const struct saga_cell life[STEP_COUNT][SAGA_INPUT_COUNT] = {
    [STEP_NEW] = {
        [ON_SUBMITTED] = { STEP_RESERVING, { announce_placed, tell_contact, tell_reserve } },
        [ON_REFUSED] = { STEP_ENDED, { announce_refused } },
    },
    /* Mostly the first thing that is asked; where held stock is gone it is asked anew, and there may be money. */
    [STEP_RESERVING] = {
        [ON_RESERVED] = { STEP_AUTHORIZING,
                          { divide_into_shares, take_up_requests, ask_for_money } },
        [ON_SHORT] = { STEP_UNDOING_MONEY, { end_out_of_stock, answer_ended, give_money_back } },
        [ON_SHORT_ASK] = { STEP_ASKING, { ask_shopper, take_up_requests } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING, { cancel_as_asked, tell_release, give_money_back } },
        [ON_CUT_ASKED] = { STEP_RESERVING, { NULL } }, /* answered when it is known what there is */
        [ON_OVERDUE] = { STEP_RESERVING, { tell_reserve } },
        [ON_GIVEN_UP] = { STEP_UNDOING, { announce_expired_stock, tell_release, answer_ended, give_money_back } },
    },
    [STEP_ASKING] = {
        [ON_CHOSEN] = { STEP_RESERVING, { announce_answered, tell_reserve } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING_MONEY, { cancel_as_asked, give_money_back } },
        [ON_CUT_ASKED] = { STEP_ASKING, { refuse_cut } },
        [ON_GIVEN_UP] = { STEP_UNDOING_MONEY, { cancel_out_of_stock, answer_ended, give_money_back } },
    },
    [STEP_AUTHORIZING] = {
        [ON_AUTHORIZED] = { STEP_FULFILLING, { announce_confirmed, start_shares } },
        [ON_AUTHORIZED_HELD] = { STEP_HELD, { NULL } },
        [ON_ACTION_REQUIRED] = { STEP_AWAITING_SHOPPER, { wait_for_shopper } },
        [ON_CREDIT_SHORT] = { STEP_AWAITING_SHOPPER, { wait_for_credit } },
        [ON_DECLINED] = { STEP_UNDOING_STOCK, { end_unpaid, tell_release, undo_taken } },
        [ON_UNDO_FAILED] = { STEP_UNDOING, { cancel_declined, tell_release, give_money_back, ask_about_refund } },
        [ON_RELEASED] = { STEP_UNDOING_MONEY, { cancel_out_of_stock, give_money_back } },
        [ON_ALLOCATED] = { STEP_AUTHORIZING, { divide_into_shares } },
        [ON_STOCK_LESS] = { STEP_AUTHORIZING, { reduce_taken_back } },
        [ON_STOCK_ANEW] = { STEP_RESERVING, { reserve_anew } },
        [ON_STOCK_LOST] = { STEP_UNDOING, { cancel_out_of_stock, tell_release, give_money_back } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING, { cancel_as_asked, tell_release, give_money_back } },
        [ON_CUT_ASKED] = { STEP_AUTHORIZING, { reduce_as_asked } },
        [ON_OVERDUE] = { STEP_AUTHORIZING, { tell_authorize } },
        [ON_GIVEN_UP] = { STEP_UNDOING, { announce_expired_payment, tell_release, tell_refunds_again, give_money_back } },
    },
    [STEP_AWAITING_SHOPPER] = {
        [ON_AUTHORIZED] = { STEP_FULFILLING, { announce_confirmed, start_shares } },
        [ON_AUTHORIZED_HELD] = { STEP_HELD, { NULL } },
        [ON_ACTION_REQUIRED] = { STEP_AWAITING_SHOPPER, { wait_for_shopper } },
        [ON_CREDIT_SHORT] = { STEP_AWAITING_SHOPPER, { wait_for_credit } },
        [ON_CREDIT_ASKED] = { STEP_AUTHORIZING, { tell_authorize } },
        [ON_DECLINED] = { STEP_UNDOING_STOCK, { end_unpaid, tell_release, undo_taken } },
        [ON_UNDO_FAILED] = { STEP_UNDOING, { cancel_declined, tell_release, give_money_back, ask_about_refund } },
        [ON_RELEASED] = { STEP_UNDOING_MONEY, { cancel_out_of_stock, give_money_back } },
        [ON_ALLOCATED] = { STEP_AWAITING_SHOPPER, { divide_into_shares } },
        [ON_STOCK_LESS] = { STEP_AWAITING_SHOPPER, { reduce_taken_back } },
        [ON_STOCK_ANEW] = { STEP_RESERVING, { reserve_anew } },
        [ON_STOCK_LOST] = { STEP_UNDOING, { cancel_out_of_stock, tell_release, give_money_back } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING, { cancel_as_asked, tell_release, give_money_back } },
        [ON_CUT_ASKED] = { STEP_AWAITING_SHOPPER, { reduce_as_asked } },
        [ON_GIVEN_UP] = { STEP_UNDOING, { announce_expired_payment, tell_release, tell_refunds_again, give_money_back } },
    },
    [STEP_HELD] = {
        [ON_HOLD_OVER] = { STEP_FULFILLING, { announce_confirmed, start_shares } },
        [ON_DECLINED] = { STEP_UNDOING_STOCK, { end_unpaid, tell_release, undo_taken } },
        [ON_UNDO_FAILED] = { STEP_UNDOING, { cancel_declined, tell_release, give_money_back, ask_about_refund } },
        [ON_LAPSED] = { STEP_AUTHORIZING, { renew_payment } },
        [ON_RELEASED] = { STEP_UNDOING_MONEY, { cancel_out_of_stock, give_money_back } },
        [ON_ALLOCATED] = { STEP_HELD, { divide_into_shares } },
        [ON_STOCK_LESS] = { STEP_HELD, { reduce_taken_back } },
        [ON_STOCK_ANEW] = { STEP_RESERVING, { reserve_anew } },
        [ON_STOCK_LOST] = { STEP_UNDOING, { cancel_out_of_stock, tell_release, give_money_back } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING, { cancel_as_asked, tell_release, give_money_back } },
        [ON_CUT_ASKED] = { STEP_HELD, { reduce_as_asked } },
    },
    [STEP_FULFILLING] = {
        [ON_ALL_DELIVERED] = { STEP_COMPLETED, { announce_completed, release_unsent, give_back_excess, let_rest_go } },
        [ON_HELD] = { STEP_FULFILLING, { suspend_shares } },
        [ON_HOLD_OVER] = { STEP_FULFILLING, { start_shares } },
        [ON_ALLOCATED] = { STEP_FULFILLING, { divide_into_shares, start_shares } },
        [ON_STOCK_LESS] = { STEP_FULFILLING, { ask_about_stock } },
        [ON_STOCK_LOST] = { STEP_FULFILLING, { ask_about_stock } },
        [ON_STOCK_ANEW] = { STEP_FULFILLING, { ask_about_stock } },
        [ON_STOCK_LATE] = { STEP_FULFILLING, { announce_delayed, ask_about_waiting } },
        [ON_RELEASED] = { STEP_FULFILLING, { ask_person } },
        [ON_LAPSED] = { STEP_FULFILLING, { stop_captures, renew_payment } },
        [ON_AUTHORIZED] = { STEP_FULFILLING, { close_tasks, start_shares } },
        [ON_AUTHORIZED_HELD] = { STEP_FULFILLING, { close_tasks } },
        [ON_ACTION_REQUIRED] = { STEP_FULFILLING, { wait_for_shopper } },
        [ON_DECLINED] = { STEP_FULFILLING, { stop_captures, ask_about_payment } },
        [ON_MONEY_TAKEN] = { STEP_FULFILLING, { give_back_excess } },
        [ON_UNDO_FAILED] = { STEP_FULFILLING, { ask_about_refund } },
        [ON_CANCEL_ASKED] = { STEP_CANCELING, { ask_shares_to_stop } },
        [ON_CANCEL_TOO_LATE] = { STEP_FULFILLING, { refuse_cancel } },
        [ON_CUT_ASKED] = { STEP_REDUCING, { ask_shares_to_leave_out } },
        [ON_ADD_ASKED] = { STEP_ADDING_STOCK, { reserve_addition } },
        [ON_ALL_STOPPED] = { STEP_UNDOING, { cancel_given_up, tell_release, give_money_back } },
        [ON_DECIDED_AGAIN] = { STEP_FULFILLING, { renew_payment } },
        [ON_DECIDED_CANCEL] = { STEP_CANCELING, { ask_shares_to_stop } },
        [ON_DECIDED_REDUCE] = { STEP_REDUCING, { ask_shares_to_leave_out } },
        [ON_DECIDED_BY_HAND] = { STEP_FULFILLING, { tell_given_back } },
        [ON_DECIDED_WAIT] = { STEP_FULFILLING, { wait_for_stock } },
        [ON_DECIDED_REFUND] = { STEP_FULFILLING, { forget_failed_refunds, tell_refunds_again, give_back_excess } },
        [ON_GIVEN_UP] = { STEP_FULFILLING, { ask_about_payment } },
    },
    [STEP_REDUCING] = {
        [ON_LEFT_OUT] = { STEP_FULFILLING, { reduce_as_asked, restart_shares, give_back_excess, let_unneeded_go, go_on } },
        [ON_NOT_LEFT_OUT] = { STEP_FULFILLING, { refuse_cut, restart_shares, go_on } },
        [ON_ALLOCATED] = { STEP_REDUCING, { divide_into_shares } },
        [ON_STOCK_LESS] = { STEP_REDUCING, { ask_about_stock } },
        [ON_STOCK_LOST] = { STEP_REDUCING, { ask_about_stock } },
        [ON_STOCK_ANEW] = { STEP_REDUCING, { ask_about_stock } },
        [ON_STOCK_LATE] = { STEP_REDUCING, { announce_delayed, ask_about_waiting } },
        [ON_RELEASED] = { STEP_REDUCING, { ask_person } },
        [ON_HELD] = { STEP_REDUCING, { suspend_shares } },
        [ON_LAPSED] = { STEP_REDUCING, { stop_captures } },
        [ON_MONEY_TAKEN] = { STEP_REDUCING, { give_back_excess } },
        [ON_UNDO_FAILED] = { STEP_REDUCING, { ask_about_refund } },
        [ON_DECIDED_BY_HAND] = { STEP_REDUCING, { tell_given_back } },
        [ON_DECIDED_AGAIN] = { STEP_REDUCING, { ask_shares_to_leave_out } },
        [ON_DECIDED_WAIT] = { STEP_REDUCING, { wait_for_stock } },
        [ON_DECIDED_REFUND] = { STEP_REDUCING, { forget_failed_refunds, tell_refunds_again, give_back_excess } },
        [ON_CANCEL_ASKED] = { STEP_REDUCING, { NULL } }, /* one after the other */
        [ON_CANCEL_TOO_LATE] = { STEP_REDUCING, { NULL } },
        [ON_CUT_ASKED] = { STEP_REDUCING, { NULL } },
        [ON_OVERDUE] = { STEP_REDUCING, { ask_shares_to_leave_out } },
        [ON_GIVEN_UP] = { STEP_REDUCING, { ask_person, ask_shares_to_leave_out } },
    },
    [STEP_CANCELING] = {
        [ON_ALL_STOPPED] = { STEP_UNDOING, { cancel_as_asked, tell_release, give_money_back } },
        [ON_NOT_STOPPED] = { STEP_FULFILLING, { refuse_cancel, restart_shares, go_on } },
        [ON_ALL_DELIVERED] = { STEP_COMPLETED, { refuse_cancel, announce_completed, release_unsent, give_back_excess, let_rest_go } },
        [ON_ALLOCATED] = { STEP_CANCELING, { divide_into_shares, ask_shares_to_stop } },
        [ON_STOCK_LESS] = { STEP_CANCELING, { ask_about_stock } },
        [ON_STOCK_LOST] = { STEP_CANCELING, { ask_about_stock } },
        [ON_STOCK_ANEW] = { STEP_CANCELING, { ask_about_stock } },
        [ON_STOCK_LATE] = { STEP_CANCELING, { announce_delayed, ask_about_waiting } },
        [ON_LAPSED] = { STEP_CANCELING, { stop_captures } },
        [ON_MONEY_TAKEN] = { STEP_CANCELING, { give_back_excess } },
        [ON_UNDO_FAILED] = { STEP_CANCELING, { ask_about_refund } },
        [ON_CANCEL_ASKED] = { STEP_CANCELING, { NULL } }, /* it shares the answer that is on its way */
        [ON_CANCEL_TOO_LATE] = { STEP_CANCELING, { NULL } },
        [ON_CUT_ASKED] = { STEP_CANCELING, { NULL } },
        [ON_DECIDED_AGAIN] = { STEP_CANCELING, { ask_shares_to_stop } },
        [ON_DECIDED_WAIT] = { STEP_CANCELING, { wait_for_stock } },
        [ON_DECIDED_BY_HAND] = { STEP_CANCELING, { tell_given_back } },
        [ON_DECIDED_REFUND] = { STEP_CANCELING, { forget_failed_refunds, tell_refunds_again, give_back_excess } },
        [ON_OVERDUE] = { STEP_CANCELING, { ask_shares_to_stop } },
        [ON_GIVEN_UP] = { STEP_CANCELING, { ask_person, ask_shares_to_stop } },
        [ON_RELEASED] = { STEP_CANCELING, { ask_person } },
    },
    /* Lines are added: the shares go on, and the order is as it was until stock and money are there.  One change at a time. */
    [STEP_ADDING_STOCK] = {
        [ON_ADD_RESERVED] = { STEP_ADDING_MONEY, { keep_held, authorize_addition } },
        [ON_ADD_SHORT] = { STEP_FULFILLING, { decline_out_of_stock, go_on } },
        [ON_CANCEL_ASKED] = { STEP_FULFILLING, { take_back_addition, decline_canceled, go_on } },
        [ON_CANCEL_TOO_LATE] = { STEP_ADDING_STOCK, { NULL } },
        [ON_CUT_ASKED] = { STEP_ADDING_STOCK, { NULL } },
        [ON_ALLOCATED] = { STEP_ADDING_STOCK, { divide_into_shares, start_shares } },
        [ON_STOCK_LESS] = { STEP_ADDING_STOCK, { ask_about_stock } },
        [ON_STOCK_LOST] = { STEP_ADDING_STOCK, { ask_about_stock } },
        [ON_STOCK_ANEW] = { STEP_ADDING_STOCK, { ask_about_stock } },
        [ON_STOCK_LATE] = { STEP_ADDING_STOCK, { announce_delayed, ask_about_waiting } },
        [ON_RELEASED] = { STEP_FULFILLING, { take_back_addition, decline_out_of_stock, ask_person, go_on } },
        [ON_HELD] = { STEP_ADDING_STOCK, { suspend_shares } },
        [ON_HOLD_OVER] = { STEP_ADDING_STOCK, { start_shares } },
        [ON_LAPSED] = { STEP_ADDING_STOCK, { stop_captures } },
        [ON_DECLINED] = { STEP_ADDING_STOCK, { stop_captures } },
        [ON_MONEY_TAKEN] = { STEP_ADDING_STOCK, { give_back_excess } },
        [ON_UNDO_FAILED] = { STEP_ADDING_STOCK, { ask_about_refund } },
        [ON_DECIDED_BY_HAND] = { STEP_ADDING_STOCK, { tell_given_back } },
        [ON_DECIDED_WAIT] = { STEP_ADDING_STOCK, { wait_for_stock } },
        [ON_DECIDED_REFUND] = { STEP_ADDING_STOCK, { forget_failed_refunds, tell_refunds_again, give_back_excess } },
        [ON_OVERDUE] = { STEP_ADDING_STOCK, { reserve_addition } },
        [ON_GIVEN_UP] = { STEP_FULFILLING, { take_back_addition, decline_late, go_on } },
    },
    [STEP_ADDING_MONEY] = {
        [ON_ADD_AUTHORIZED] = { STEP_FULFILLING, { add_lines, go_on } },
        [ON_ADD_DECLINED] = { STEP_FULFILLING, { take_back_addition, decline_unpaid, go_on } },
        [ON_ADD_SHORT] = { STEP_FULFILLING, { take_back_addition, decline_out_of_stock, go_on } },
        [ON_CANCEL_ASKED] = { STEP_FULFILLING, { take_back_addition, decline_canceled, go_on } },
        [ON_CANCEL_TOO_LATE] = { STEP_ADDING_MONEY, { NULL } },
        [ON_CUT_ASKED] = { STEP_ADDING_MONEY, { NULL } },
        [ON_ALLOCATED] = { STEP_ADDING_MONEY, { divide_into_shares, start_shares } },
        [ON_STOCK_LESS] = { STEP_ADDING_MONEY, { ask_about_stock } },
        [ON_STOCK_LOST] = { STEP_ADDING_MONEY, { ask_about_stock } },
        [ON_STOCK_ANEW] = { STEP_ADDING_MONEY, { ask_about_stock } },
        [ON_STOCK_LATE] = { STEP_ADDING_MONEY, { announce_delayed, ask_about_waiting } },
        [ON_RELEASED] = { STEP_FULFILLING, { take_back_addition, decline_out_of_stock, ask_person, go_on } },
        [ON_HELD] = { STEP_ADDING_MONEY, { suspend_shares } },
        [ON_HOLD_OVER] = { STEP_ADDING_MONEY, { start_shares } },
        [ON_LAPSED] = { STEP_ADDING_MONEY, { stop_captures } },
        [ON_DECLINED] = { STEP_ADDING_MONEY, { stop_captures } },
        [ON_MONEY_TAKEN] = { STEP_ADDING_MONEY, { give_back_excess } },
        [ON_UNDO_FAILED] = { STEP_ADDING_MONEY, { ask_about_refund } },
        [ON_DECIDED_BY_HAND] = { STEP_ADDING_MONEY, { tell_given_back } },
        [ON_DECIDED_WAIT] = { STEP_ADDING_MONEY, { wait_for_stock } },
        [ON_DECIDED_REFUND] = { STEP_ADDING_MONEY, { forget_failed_refunds, tell_refunds_again, give_back_excess } },
        [ON_OVERDUE] = { STEP_ADDING_MONEY, { authorize_addition } },
        [ON_GIVEN_UP] = { STEP_FULFILLING, { take_back_addition, decline_late, go_on } },
    },
    /* From here on the order is over for the shopper.  What was held for it comes back, whatever
     * arrives late: stock or money that was already on its way is given back again. */
    [STEP_UNDOING] = {
        [ON_RELEASED] = { STEP_UNDOING_MONEY, { NULL } },
        [ON_MONEY_BACK] = { STEP_UNDOING_STOCK, { close_refund_task } },
        [ON_MONEY_TAKEN] = { STEP_UNDOING, { give_money_back } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING, { answer_ended } },
        [ON_CANCEL_TOO_LATE] = { STEP_UNDOING, { answer_ended } },
        [ON_CUT_ASKED] = { STEP_UNDOING, { answer_ended } },
        [ON_UNDO_FAILED] = { STEP_UNDOING, { ask_about_refund } },
        [ON_DECIDED_AGAIN] = { STEP_UNDOING, { tell_release, tell_refunds_again, give_money_back } },
        [ON_DECIDED_BY_HAND] = { STEP_UNDOING, { tell_given_back } },
        [ON_DECIDED_WAIT] = { STEP_UNDOING, { NULL } },
        [ON_DECIDED_REFUND] = { STEP_UNDOING, { forget_failed_refunds, tell_refunds_again, give_money_back } },
        [ON_OVERDUE] = { STEP_UNDOING, { tell_release, tell_refunds_again, give_money_back } },
        [ON_GIVEN_UP] = { STEP_UNDOING, { ask_person, tell_release, tell_refunds_again, give_money_back } },
    },
    [STEP_UNDOING_STOCK] = {
        [ON_RELEASED] = { STEP_ENDED, { NULL } },
        [ON_AUTHORIZED] = { STEP_UNDOING, { give_money_back } },
        [ON_MONEY_TAKEN] = { STEP_UNDOING, { give_money_back } },
        [ON_UNDO_FAILED] = { STEP_UNDOING, { ask_about_refund } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING_STOCK, { answer_ended } },
        [ON_CANCEL_TOO_LATE] = { STEP_UNDOING_STOCK, { answer_ended } },
        [ON_CUT_ASKED] = { STEP_UNDOING_STOCK, { answer_ended } },
        [ON_DECIDED_AGAIN] = { STEP_UNDOING_STOCK, { tell_release } },
        [ON_DECIDED_WAIT] = { STEP_UNDOING_STOCK, { NULL } },
        [ON_OVERDUE] = { STEP_UNDOING_STOCK, { tell_release } },
        [ON_GIVEN_UP] = { STEP_UNDOING_STOCK, { ask_person, tell_release } },
    },
    [STEP_UNDOING_MONEY] = {
        [ON_MONEY_BACK] = { STEP_ENDED, { close_refund_task } },
        [ON_MONEY_TAKEN] = { STEP_UNDOING_MONEY, { give_money_back } },
        [ON_RESERVED] = { STEP_UNDOING, { tell_release } },
        [ON_ALLOCATED] = { STEP_UNDOING, { tell_release } },
        [ON_CANCEL_ASKED] = { STEP_UNDOING_MONEY, { answer_ended } },
        [ON_CANCEL_TOO_LATE] = { STEP_UNDOING_MONEY, { answer_ended } },
        [ON_CUT_ASKED] = { STEP_UNDOING_MONEY, { answer_ended } },
        [ON_UNDO_FAILED] = { STEP_UNDOING_MONEY, { ask_about_refund } },
        [ON_DECIDED_AGAIN] = { STEP_UNDOING_MONEY, { tell_refunds_again, give_money_back } },
        [ON_DECIDED_BY_HAND] = { STEP_UNDOING_MONEY, { tell_given_back } },
        [ON_DECIDED_WAIT] = { STEP_UNDOING_MONEY, { NULL } },
        [ON_DECIDED_REFUND] = { STEP_UNDOING_MONEY, { forget_failed_refunds, tell_refunds_again, give_money_back } },
        [ON_OVERDUE] = { STEP_UNDOING_MONEY, { tell_refunds_again, give_money_back } },
        [ON_GIVEN_UP] = { STEP_UNDOING_MONEY, { ask_person, tell_refunds_again, give_money_back } },
    },
    [STEP_ENDED] = {
        [ON_RESERVED] = { STEP_UNDOING_STOCK, { tell_release } },
        [ON_ALLOCATED] = { STEP_UNDOING_STOCK, { tell_release } },
        [ON_AUTHORIZED] = { STEP_UNDOING_MONEY, { give_money_back } },
        [ON_MONEY_TAKEN] = { STEP_UNDOING_MONEY, { give_money_back } },
        [ON_UNDO_FAILED] = { STEP_UNDOING_MONEY, { ask_about_refund } },
        [ON_CANCEL_ASKED] = { STEP_ENDED, { answer_ended } },
        [ON_CANCEL_TOO_LATE] = { STEP_ENDED, { answer_ended } },
        [ON_CUT_ASKED] = { STEP_ENDED, { answer_ended } },
    },
    [STEP_COMPLETED] = {
        [ON_ALLOCATED] = { STEP_COMPLETED, { divide_into_shares } }, /* of pieces that were canceled: they go back */
        [ON_CANCEL_ASKED] = { STEP_COMPLETED, { refuse_cancel } },
        [ON_CANCEL_TOO_LATE] = { STEP_COMPLETED, { refuse_cancel } },
        [ON_CUT_ASKED] = { STEP_COMPLETED, { refuse_cancel } },
        [ON_MONEY_TAKEN] = { STEP_COMPLETED, { give_back_excess } },
        [ON_UNDO_FAILED] = { STEP_COMPLETED, { ask_about_refund } },
        [ON_DECIDED_BY_HAND] = { STEP_COMPLETED, { tell_given_back } },
        [ON_DECIDED_REFUND] = { STEP_COMPLETED, { forget_failed_refunds, tell_refunds_again, give_back_excess, let_rest_go } },
    },
};

/* The same for the share of one place.  Its money is taken when it is packed (or by the carrier, at
 * the door); what a carrier says is believed whatever we waited for, and the stock leaves with it. */
static const struct saga_cell share_life[SHARE_STEP_COUNT][SHARE_INPUT_COUNT] = {
    [SHARE_WAITING] = {
        [ON_GO] = { SHARE_TOLD, { tell_fulfill } },
        [ON_DROPPED] = { SHARE_STOPPED, { drop_share } },
        [ON_STOP_ASKED] = { SHARE_STOPPED, { drop_share } },
        [ON_SOUGHT] = { SHARE_SEEKING, { tell_source_missing } },
    },
    [SHARE_TOLD] = {
        [ON_OPENED] = { SHARE_OPEN, { NULL } },
        [ON_SUSPENDED] = { SHARE_HELD, { tell_suspend } },
        [ON_PACKED] = { SHARE_CAPTURING, { keep_parcels, tell_capture } },
        [ON_PACKED_EARLY] = { SHARE_PACKED, { keep_parcels } },
        [ON_SHORTED] = { SHARE_TOLD, { seek_short_pick } },
        [ON_STOP_ASKED] = { SHARE_ASKED, { tell_stop } },
        [ON_CANCELED] = { SHARE_SOURCING, { tell_source } },
        [ON_EMPTIED] = { SHARE_STOPPED, { leave_share } },
        [ON_LEAVE_OUT] = { SHARE_REDUCING, { tell_reduce } },
        [ON_SHARE_AGAIN] = { SHARE_TOLD, { tell_fulfill } },
        [ON_SHARE_CANCEL] = { SHARE_TOLD, { cut_share } },
        [ON_SHARE_WAIT] = { SHARE_TOLD, { NULL } },
        [ON_SHARE_OVERDUE] = { SHARE_TOLD, { tell_fulfill } },
        [ON_SHARE_GIVEN_UP] = { SHARE_TOLD, { ask_person, tell_fulfill } },
    },
    [SHARE_OPEN] = {
        [ON_SUSPENDED] = { SHARE_HELD, { tell_suspend } },
        [ON_PACKED] = { SHARE_CAPTURING, { keep_parcels, tell_capture } },
        [ON_PACKED_EARLY] = { SHARE_PACKED, { keep_parcels } },
        [ON_SHORTED] = { SHARE_OPEN, { seek_short_pick } },
        [ON_STOP_ASKED] = { SHARE_ASKED, { tell_stop } },
        [ON_CANCELED] = { SHARE_SOURCING, { tell_source } },
        [ON_EMPTIED] = { SHARE_STOPPED, { leave_share } },
        [ON_LEAVE_OUT] = { SHARE_REDUCING, { tell_reduce } },
        [ON_SHARE_CANCEL] = { SHARE_OPEN, { cut_share } },
        [ON_SHARE_WAIT] = { SHARE_OPEN, { NULL } },
        [ON_SHARE_GIVEN_UP] = { SHARE_OPEN, { announce_delayed, ask_person } },
    },
    [SHARE_HELD] = {
        [ON_GO] = { SHARE_TOLD, { tell_resume } }, /* resumed opens it again */
        [ON_OPENED] = { SHARE_HELD, { NULL } },
        [ON_PACKED] = { SHARE_PACKED, { keep_parcels } },
        [ON_PACKED_EARLY] = { SHARE_PACKED, { keep_parcels } },
        [ON_SHORTED] = { SHARE_HELD, { seek_short_pick } },
        [ON_STOP_ASKED] = { SHARE_ASKED, { tell_stop } },
        [ON_CANCELED] = { SHARE_SOURCING, { tell_source } },
        [ON_EMPTIED] = { SHARE_STOPPED, { leave_share } },
        [ON_LEAVE_OUT] = { SHARE_REDUCING, { tell_reduce } },
    },
    [SHARE_ASKED] = {
        [ON_OPENED] = { SHARE_ASKED, { NULL } },
        [ON_PACKED] = { SHARE_ASKED_LATE, { keep_parcels } },
        [ON_PACKED_EARLY] = { SHARE_ASKED_LATE, { keep_parcels } },
        [ON_SHORTED] = { SHARE_ASKED, { reduce_short_pick } },
        [ON_CANCELED] = { SHARE_STOPPED, { NULL } },
        [ON_EMPTIED] = { SHARE_STOPPED, { leave_share } },
        [ON_CANCEL_REFUSED] = { SHARE_OPEN, { hold_on } },
        [ON_STOP_ASKED] = { SHARE_ASKED, { tell_stop } },
        [ON_LEAVE_OUT] = { SHARE_ASKED, { tell_stop } },
    },
    [SHARE_ASKED_LATE] = {
        [ON_CANCELED] = { SHARE_STOPPED, { NULL } },
        [ON_CANCEL_REFUSED] = { SHARE_PACKED, { go_on_if_free } },
        [ON_STOP_ASKED] = { SHARE_ASKED_LATE, { tell_stop } },
        [ON_LEAVE_OUT] = { SHARE_ASKED_LATE, { tell_stop } },
    },
    [SHARE_REDUCING] = {
        [ON_OPENED] = { SHARE_REDUCING, { NULL } },
        [ON_PACKED] = { SHARE_REDUCING_LATE, { keep_parcels } },
        [ON_PACKED_EARLY] = { SHARE_REDUCING_LATE, { keep_parcels } },
        [ON_SHORTED] = { SHARE_REDUCING, { reduce_short_pick } },
        [ON_CANCELED] = { SHARE_SOURCING, { tell_source } },
        [ON_EMPTIED] = { SHARE_STOPPED, { leave_share } },
        [ON_LEAVE_OUT] = { SHARE_REDUCING, { tell_reduce } },
        [ON_REDUCED] = { SHARE_OPEN, { note_left_out, hold_on } },
        [ON_REDUCE_REFUSED] = { SHARE_OPEN, { hold_on } },
        [ON_NEVER_TAKEN] = { SHARE_TOLD, { tell_fulfill, hold_on } },
    },
    [SHARE_REDUCING_LATE] = {
        [ON_CANCELED] = { SHARE_SOURCING, { tell_source } },
        [ON_LEAVE_OUT] = { SHARE_REDUCING_LATE, { tell_reduce } },
        [ON_REDUCED] = { SHARE_PACKED, { note_left_out, go_on_if_free } },
        [ON_REDUCE_REFUSED] = { SHARE_PACKED, { go_on_if_free } },
    },
    [SHARE_PACKED] = {
        [ON_GO] = { SHARE_CAPTURING, { tell_capture } },
        [ON_STOP_ASKED] = { SHARE_SET_ASIDE, { set_aside } },
    },
    [SHARE_CAPTURING] = {
        [ON_CAPTURED] = { SHARE_LABELING, { tell_ship } },
        [ON_CAPTURE_FAILED] = { SHARE_UNPAID, { ask_person } },
        [ON_UNPAID] = { SHARE_PACKED, { forget_capture } },
        [ON_SHARE_AGAIN] = { SHARE_CAPTURING, { tell_capture } },
        [ON_SHARE_CANCEL] = { SHARE_STOPPED, { take_share_off } },
        [ON_SHARE_OVERDUE] = { SHARE_CAPTURING, { tell_capture } },
        [ON_SHARE_GIVEN_UP] = { SHARE_CAPTURING, { ask_person, tell_capture } },
    },
    [SHARE_UNPAID] = {
        [ON_CAPTURED] = { SHARE_LABELING, { tell_ship } },
        [ON_UNPAID] = { SHARE_PACKED, { forget_capture } },
        [ON_STOP_ASKED] = { SHARE_SET_ASIDE, { set_aside } },
        [ON_SHARE_AGAIN] = { SHARE_CAPTURING, { tell_capture_anew } },
        [ON_SHARE_CANCEL] = { SHARE_STOPPED, { take_share_off } },
    },
    [SHARE_LABELING] = {
        [ON_LABELED] = { SHARE_LABELED, { NULL } },
        [ON_SHIPPED] = { SHARE_SHIPPED, { tell_consume } },
        [ON_DELIVERED] = { SHARE_DELIVERED, { tell_consume } },
        [ON_DELIVERED_UNPAID] = { SHARE_COLLECTING, { tell_consume, tell_capture } },
        [ON_STOP_ASKED] = { SHARE_VOIDING, { tell_void_label } },
        [ON_SHIPPING_FAILED] = { SHARE_UNLABELED, { ask_person } },
        [ON_VOIDED] = { SHARE_UNLABELED, { ask_person } },
        [ON_SHARE_AGAIN] = { SHARE_LABELING, { tell_ship } },
        [ON_SHARE_WAIT] = { SHARE_LABELING, { NULL } },
        [ON_SHARE_OVERDUE] = { SHARE_LABELING, { tell_ship } },
        [ON_SHARE_GIVEN_UP] = { SHARE_LABELING, { ask_person, tell_ship } },
    },
    [SHARE_UNLABELED] = {
        [ON_LABELED] = { SHARE_LABELED, { NULL } },
        [ON_SHIPPED] = { SHARE_SHIPPED, { tell_consume } },
        [ON_DELIVERED] = { SHARE_DELIVERED, { tell_consume } },
        [ON_DELIVERED_UNPAID] = { SHARE_COLLECTING, { tell_consume, tell_capture } },
        [ON_STOP_ASKED] = { SHARE_SET_ASIDE, { set_aside } },
        [ON_SHARE_AGAIN] = { SHARE_LABELING, { tell_ship_anew } },
        [ON_SHARE_CANCEL] = { SHARE_STOPPED, { take_paid_share_off } },
    },
    [SHARE_LABELED] = {
        [ON_SHIPPED] = { SHARE_SHIPPED, { tell_consume } },
        [ON_DELIVERED] = { SHARE_DELIVERED, { tell_consume } },
        [ON_DELIVERED_UNPAID] = { SHARE_COLLECTING, { tell_consume, tell_capture } },
        [ON_STOP_ASKED] = { SHARE_VOIDING, { tell_void_label } },
        [ON_SHIPPING_FAILED] = { SHARE_UNLABELED, { ask_person } },
        [ON_VOIDED] = { SHARE_UNLABELED, { ask_person } },
        [ON_LOST] = { SHARE_LOST, { tell_consume, ask_person } },
        [ON_SHARE_WAIT] = { SHARE_LABELED, { NULL } },
        [ON_SHARE_GIVEN_UP] = { SHARE_LABELED, { announce_delayed, ask_person } },
    },
    [SHARE_VOIDING] = {
        [ON_STOP_ASKED] = { SHARE_VOIDING, { tell_void_label } },
        [ON_LEAVE_OUT] = { SHARE_VOIDING, { tell_void_label } },
        [ON_LABELED] = { SHARE_VOIDING, { NULL } },
        [ON_SHIPPED] = { SHARE_SHIPPED, { tell_consume } },
        [ON_DELIVERED] = { SHARE_DELIVERED, { tell_consume } },
        [ON_DELIVERED_UNPAID] = { SHARE_COLLECTING, { tell_consume, tell_capture } },
        [ON_SHIPPING_FAILED] = { SHARE_SET_ASIDE, { set_aside } },
        [ON_VOIDED] = { SHARE_SET_ASIDE, { set_aside } },
        [ON_LOST] = { SHARE_LOST, { tell_consume, ask_person } },
        [ON_VOID_REFUSED] = { SHARE_LABELED, { NULL } },
    },
    [SHARE_SET_ASIDE] = {
        [ON_PUT_BACK] = { SHARE_PACKED, { put_back } },
    },
    [SHARE_SHIPPED] = {
        [ON_DELIVERED] = { SHARE_DELIVERED, { NULL } },
        [ON_DELIVERED_UNPAID] = { SHARE_COLLECTING, { tell_capture } },
        [ON_SHIPPING_FAILED] = { SHARE_SHIPPED, { ask_person } },
        [ON_LOST] = { SHARE_LOST, { ask_person } },
        [ON_SHARE_REFUND] = { SHARE_STOPPED, { refund_share } },
        [ON_SHARE_WAIT] = { SHARE_SHIPPED, { NULL } },
        [ON_SHARE_GIVEN_UP] = { SHARE_SHIPPED, { announce_delayed, ask_person } },
    },
    [SHARE_LOST] = {
        [ON_DELIVERED] = { SHARE_DELIVERED, { NULL } },
        [ON_DELIVERED_UNPAID] = { SHARE_COLLECTING, { tell_capture } },
        [ON_SHARE_REFUND] = { SHARE_STOPPED, { refund_share } },
        [ON_SHARE_WAIT] = { SHARE_SHIPPED, { NULL } },
        [ON_SHARE_RESEND] = { SHARE_RESENDING, { tell_source } },
    },
    [SHARE_RESENDING] = {
        [ON_DELIVERED] = { SHARE_DELIVERED, { drop_sourcing } },
        [ON_DELIVERED_UNPAID] = { SHARE_COLLECTING, { drop_sourcing, tell_capture } },
        [ON_SHARE_AGAIN] = { SHARE_RESENDING, { tell_source_again } },
        [ON_SHARE_WAIT] = { SHARE_RESENDING, { NULL } },
        [ON_SOURCED] = { SHARE_STOPPED, { take_over } },
        [ON_NOT_SOURCED] = { SHARE_LOST, { ask_person } },
        [ON_SHARE_OVERDUE] = { SHARE_RESENDING, { tell_source_again } },
        [ON_SHARE_GIVEN_UP] = { SHARE_RESENDING, { ask_person, tell_source_again } },
    },
    [SHARE_COLLECTING] = {
        [ON_CAPTURED] = { SHARE_DELIVERED, { NULL } },
        [ON_CAPTURE_FAILED] = { SHARE_COLLECTING, { collect_rest } },
        [ON_GO] = { SHARE_COLLECTING, { tell_capture } }, /* the money is secured anew */
        [ON_SHARE_AGAIN] = { SHARE_COLLECTING, { tell_capture_again } },
        [ON_SHARE_CANCEL] = { SHARE_STOPPED, { write_share_off } },
        [ON_SHARE_OVERDUE] = { SHARE_COLLECTING, { tell_capture } },
        [ON_SHARE_GIVEN_UP] = { SHARE_COLLECTING, { ask_person, tell_capture } },
    },
    [SHARE_GIVEN_UP] = {
        [ON_STOP_ASKED] = { SHARE_STOPPED, { NULL } },
        [ON_SHARE_AGAIN] = { SHARE_STOPPED, { start_anew } },
        [ON_SHARE_CANCEL] = { SHARE_STOPPED, { take_share_off } },
        [ON_SHARE_REROUTE] = { SHARE_SOURCING, { tell_source } },
    },
    [SHARE_SOURCING] = {
        [ON_STOP_ASKED] = { SHARE_STOPPED, { drop_sourcing } },
        [ON_SHARE_AGAIN] = { SHARE_SOURCING, { tell_source_again } },
        [ON_SHARE_WAIT] = { SHARE_SOURCING, { NULL } },
        [ON_SOURCED] = { SHARE_STOPPED, { give_up_stock, take_over } },
        [ON_NOT_SOURCED] = { SHARE_GIVEN_UP, { ask_person } },
        [ON_SHARE_OVERDUE] = { SHARE_SOURCING, { tell_source_again } },
        [ON_SHARE_GIVEN_UP] = { SHARE_SOURCING, { ask_person, tell_source_again } },
    },
    [SHARE_SEEKING] = {
        [ON_STOP_ASKED] = { SHARE_STOPPED, { drop_sourcing } },
        [ON_SHARE_AGAIN] = { SHARE_SEEKING, { tell_source_again } },
        [ON_SHARE_WAIT] = { SHARE_SEEKING, { NULL } },
        [ON_SOURCED] = { SHARE_STOPPED, { take_over } },
        [ON_NOT_SOURCED] = { SHARE_STOPPED, { reduce_missing } },
        [ON_SHARE_OVERDUE] = { SHARE_SEEKING, { tell_source_again } },
        [ON_SHARE_GIVEN_UP] = { SHARE_SEEKING, { ask_person, tell_source_again } },
    },
};

/* How long a step may take (0: it waits for nothing of its own), and how often its command is told
 * again before the step is given up.  Where that means to ask a person, the command is told on and
 * on beside: an outage that ends needs nobody. */
struct patience {
    int64_t wait_ms;
    int64_t again_max;
};
static const struct patience life_patience[STEP_COUNT] = {
    [STEP_RESERVING] = { RESERVE_MS, 1 },
    [STEP_AUTHORIZING] = { AUTHORIZE_MS, 1 },
    [STEP_AWAITING_SHOPPER] = { SHOPPER_MS + SHOPPER_GRACE_MS, 0 },
    [STEP_CANCELING] = { SERVICE_MS, 1 },
    [STEP_REDUCING] = { SERVICE_MS, 1 },
    [STEP_ADDING_STOCK] = { RESERVE_MS, 1 },
    [STEP_ADDING_MONEY] = { AUTHORIZE_MS, 1 },
    [STEP_ASKING] = { ASK_MS, 0 },
    [STEP_UNDOING] = { SERVICE_MS, 3 },
    [STEP_UNDOING_STOCK] = { SERVICE_MS, 3 },
    [STEP_UNDOING_MONEY] = { SERVICE_MS, 3 },
};
static const struct patience share_patience[SHARE_STEP_COUNT] = {
    [SHARE_TOLD] = { SERVICE_MS, 1 },       [SHARE_OPEN] = { PACK_MS, 0 },
    [SHARE_CAPTURING] = { SERVICE_MS, 1 },  [SHARE_LABELING] = { SERVICE_MS, 1 },
    [SHARE_LABELED] = { HAND_OVER_MS, 0 },  [SHARE_SHIPPED] = { DELIVER_MS, 0 },
    [SHARE_COLLECTING] = { SERVICE_MS, 1 }, [SHARE_SOURCING] = { SERVICE_MS, 1 },
    [SHARE_RESENDING] = { SERVICE_MS, 1 },  [SHARE_SEEKING] = { SERVICE_MS, 1 },
};

static bool life_has(int row, int column)
{
    return life[row][column].next != STEP_NONE;
}
static const struct reached_table life_cells = {
    .name = "order",
    .rows = STEP_COUNT,
    .columns = SAGA_INPUT_COUNT,
    .has = life_has,
    .row_names = REACHED_NAMES(STEP_NEW, STEP_RESERVING, STEP_AUTHORIZING, STEP_AWAITING_SHOPPER,
                               STEP_FULFILLING, STEP_CANCELING, STEP_UNDOING, STEP_UNDOING_STOCK,
                               STEP_UNDOING_MONEY, STEP_ENDED, STEP_COMPLETED, STEP_HELD,
                               STEP_ASKING, STEP_REDUCING, STEP_ADDING_STOCK, STEP_ADDING_MONEY),
    .column_names = REACHED_NAMES(
        ON_SUBMITTED, ON_REFUSED, ON_RESERVED, ON_SHORT, ON_SHORT_ASK, ON_RELEASED, ON_ALLOCATED,
        ON_STOCK_LESS, ON_STOCK_LOST, ON_STOCK_ANEW, ON_STOCK_LATE, ON_AUTHORIZED,
        ON_AUTHORIZED_HELD, ON_ACTION_REQUIRED, ON_CREDIT_SHORT, ON_CREDIT_ASKED, ON_DECLINED,
        ON_LAPSED, ON_MONEY_TAKEN, ON_MONEY_BACK, ON_UNDO_FAILED, ON_HELD, ON_HOLD_OVER, ON_CHOSEN,
        ON_CANCEL_ASKED, ON_CANCEL_TOO_LATE, ON_CUT_ASKED, ON_ALL_STOPPED, ON_NOT_STOPPED,
        ON_LEFT_OUT, ON_NOT_LEFT_OUT, ON_ALL_DELIVERED, ON_ADD_ASKED, ON_ADD_RESERVED, ON_ADD_SHORT,
        ON_ADD_AUTHORIZED, ON_ADD_DECLINED, ON_DECIDED_AGAIN, ON_DECIDED_CANCEL, ON_DECIDED_REDUCE,
        ON_DECIDED_BY_HAND, ON_DECIDED_WAIT, ON_DECIDED_REFUND, ON_OVERDUE, ON_GIVEN_UP),
};

static bool share_has(int row, int column)
{
    return share_life[row][column].next != SHARE_NONE;
}
static const struct reached_table share_cells = {
    .name = "share of an order",
    .rows = SHARE_STEP_COUNT,
    .columns = SHARE_INPUT_COUNT,
    .has = share_has,
    .row_names = REACHED_NAMES(SHARE_WAITING, SHARE_TOLD, SHARE_OPEN, SHARE_ASKED, SHARE_ASKED_LATE,
                               SHARE_CAPTURING, SHARE_LABELING, SHARE_LABELED, SHARE_SHIPPED,
                               SHARE_DELIVERED, SHARE_STOPPED, SHARE_GIVEN_UP, SHARE_HELD,
                               SHARE_PACKED, SHARE_REDUCING, SHARE_REDUCING_LATE, SHARE_UNLABELED,
                               SHARE_LOST, SHARE_COLLECTING, SHARE_UNPAID, SHARE_SOURCING,
                               SHARE_RESENDING, SHARE_VOIDING, SHARE_SET_ASIDE, SHARE_SEEKING),
    .column_names = REACHED_NAMES(
        ON_GO, ON_DROPPED, ON_PUT_BACK, ON_OPENED, ON_SUSPENDED, ON_PACKED, ON_PACKED_EARLY,
        ON_SHORTED, ON_STOP_ASKED, ON_CANCELED, ON_EMPTIED, ON_CANCEL_REFUSED, ON_LEAVE_OUT,
        ON_REDUCED, ON_REDUCE_REFUSED, ON_NEVER_TAKEN, ON_CAPTURED, ON_CAPTURE_FAILED, ON_UNPAID,
        ON_LABELED, ON_SHIPPED, ON_DELIVERED, ON_DELIVERED_UNPAID, ON_SHIPPING_FAILED, ON_VOIDED,
        ON_LOST, ON_VOID_REFUSED, ON_SHARE_AGAIN, ON_SHARE_CANCEL, ON_SHARE_REFUND, ON_SHARE_WAIT,
        ON_SHARE_RESEND, ON_SHARE_REROUTE, ON_SOURCED, ON_NOT_SOURCED, ON_SOUGHT, ON_SHARE_OVERDUE,
        ON_SHARE_GIVEN_UP),
};

const struct saga_cell *saga_cell(enum saga_step step, enum saga_input input)
{
    assert(step > STEP_NONE && step < STEP_COUNT && input < SAGA_INPUT_COUNT);
    reached(&life_cells, (int)step, (int)input);
    return &life[step][input];
}

const struct saga_cell *share_cell(enum share_step step, enum share_input input)
{
    assert(step > SHARE_NONE && step < SHARE_STEP_COUNT && input < SHARE_INPUT_COUNT);
    reached(&share_cells, (int)step, (int)input);
    return &share_life[step][input];
}

/* An action that moves on has done the rest of its cell, too. */
static void act(struct saga *saga, const struct saga_cell *cell)
{
    for (size_t i = 0; i < SAGA_ACTIONS_MAX && cell->actions[i] != NULL; i++) {
        cell->actions[i](saga);
        if (saga->share == NULL && saga->order->step != cell->next) {
            return;
        }
    }
}

/* Whether a deadline that passed is followed by another one in the same step. */
static bool goes_on(struct patience patience, bool overdue, bool given_up)
{
    return overdue || (given_up && patience.again_max > 0);
}

static bool is_decided(enum share_input input)
{
    return input == ON_SHARE_AGAIN || input == ON_SHARE_WAIT;
}

/* 0 where a step waits for nothing.  What may not be shipped yet cannot be late. */
static int64_t deadline(const struct saga *saga, struct patience patience, bool until_shippable)
{
    int64_t from = saga->out->now;

    if (patience.wait_ms == 0) {
        return 0;
    }
    if (until_shippable && saga->order->ship_not_before > from) {
        from = saga->order->ship_not_before;
    }
    return from + patience.wait_ms;
}

void saga_take(struct saga *saga, enum saga_input input)
{
    struct order_row *order = saga->order;
    const struct saga_cell *cell = saga_cell((enum saga_step)order->step, input);
    bool moves = cell->next != order->step;

    if (cell->next == STEP_NONE) {
        return;
    }
    saga->share = NULL;
    if (moves) {
        close_tasks(saga);
    }
    struct patience patience = life_patience[cell->next];
    if (moves || goes_on(patience, input == ON_OVERDUE, input == ON_GIVEN_UP)) {
        order->tries = moves ? 0 : order->tries + 1;
        order->deadline_at = deadline(saga, patience, false);
    }
    order->step = cell->next;
    act(saga, cell);
    saga->share = NULL;
}

/* What all shares together mean for the order, once no place has a question to answer. */
void saga_settle(struct saga *saga)
{
    struct share_summary shares = shares_sum_up(saga);
    bool canceling = saga->order->step == STEP_CANCELING;
    bool complete = detour_waiting(saga) == 0;

    if (shares.asked > 0) {
        return;
    }
    if (saga->order->step == STEP_REDUCING) {
        saga_take(saga, cut_is_left_out(saga) ? ON_LEFT_OUT : ON_NOT_LEFT_OUT);
    } else if (shares.live == 0 && (canceling || (complete && shares.given_up == 0))) {
        saga_take(saga, ON_ALL_STOPPED);
    } else if (shares.live == shares.delivered && shares.given_up + shares.stopped == 0 &&
               complete) {
        saga_take(saga, ON_ALL_DELIVERED);
    } else if (canceling) {
        saga_take(saga, ON_NOT_STOPPED);
    }
}

/* Shares that start, or are asked something, come by the dozen: the order settles behind them. */
static bool comes_alone(enum share_input input)
{
    return input != ON_GO && input != ON_DROPPED && input != ON_PUT_BACK &&
           input != ON_STOP_ASKED && input != ON_LEAVE_OUT && input != ON_SUSPENDED &&
           input != ON_SOUGHT;
}

void share_take(struct saga *saga, struct fulfillment_row *share, enum share_input input)
{
    const struct saga_cell *cell = share_cell((enum share_step)share->step, input);
    bool moves = cell->next != share->step;

    if (cell->next == SHARE_NONE) {
        return;
    }
    saga->share = share;
    if (moves) {
        close_tasks(saga);
    }
    struct patience patience = share_patience[cell->next];
    if (moves || is_decided(input) ||
        goes_on(patience, input == ON_SHARE_OVERDUE, input == ON_SHARE_GIVEN_UP)) {
        share->tries = moves || is_decided(input) ? 0 : share->tries + 1;
        share->deadline_at = deadline(saga, patience, cell->next <= SHARE_OPEN);
    }
    share->step = cell->next;
    rows_update(saga->out->rows, &order_fulfillment_table, share);
    act(saga, cell);
    saga->share = NULL;
    if (moves && comes_alone(input)) {
        saga_settle(saga);
    }
}

void saga_overdue(struct saga *saga)
{
    struct order_row *order = saga->order;
    bool again = order->tries < life_patience[order->step].again_max;

    order->deadline_at = 0;
    saga_take(saga, again ? ON_OVERDUE : ON_GIVEN_UP);
}

void share_overdue(struct saga *saga, struct fulfillment_row *share)
{
    bool again = share->tries < share_patience[share->step].again_max;

    share->deadline_at = 0;
    rows_update(saga->out->rows, &order_fulfillment_table, share);
    share_take(saga, share, again ? ON_SHARE_OVERDUE : ON_SHARE_GIVEN_UP);
}

int64_t saga_valid_until(const struct saga *saga)
{
    return saga->share != NULL ? saga->share->deadline_at : saga->order->deadline_at;
}

struct saga saga_begin(struct decision *out, struct order_row *order)
{
    struct order_id_text *id = arena_alloc(out->arena, sizeof *id);

    *id = order_id_format(order->order_id.bytes);
    if (out->clock < order->clock) {
        out->clock = order->clock;
    }
    order->clock = out->clock;
    return (struct saga){ .out = out,
                          .order = order,
                          .before = order->entry_count == 0 ? (struct order_amounts){ -1, 0, 0, 0 }
                                                            : order_amounts_of(order),
                          .subject = { .number = order->order_no, .id = id->text } };
}

/* The order's one timer: never later than the earliest deadline. */
static void set_watch(struct saga *saga)
{
    struct order_row *order = saga->order;
    int64_t earliest = shares_earliest_deadline(saga, detour_earliest(saga, order->deadline_at));

    if (earliest != 0 && !mutant("no_deadline") &&
        (order->watch_at == 0 || earliest < order->watch_at)) {
        order->watch_at = earliest;
        decide_timer(saga->out, saga->subject, SAGA_TIMER, earliest, order->step);
    }
}

/* Nobody knew when a part of it comes; it may not be waited for any more. */
static bool lacks_promise(const struct saga *saga)
{
    const struct order_row *order = saga->order;

    return order->detour && order->confirmed_at != 0 && order->promised_latest == 0;
}

void saga_end(struct saga *saga)
{
    if (saga->shares_made || saga->slip != 0 || lacks_promise(saga)) {
        promise_keep(saga);
    }
    lower_awaited(saga);
    saga->order->clock = saga->out->clock +
                         1; /* all that was said now carries this; and it is the order's version */
    status_derive(saga);
    timeline_end(saga);
    set_watch(saga);
    rows_update(saga->out->rows, &order_table, saga->order);
}
