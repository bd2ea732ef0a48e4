/* shares.c - who makes what of an order ready, and what it costs. */
#include "services/order/shares.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/money.h"
#include "proto/fulfillment.h"
#include "services/order/addition.h"
#include "services/order/commands.h"
#include "services/order/cut.h"
#include "services/order/detour.h"
#include "services/order/money_back.h"
#include "services/order/promise.h"
#include "services/order/reduce.h"

#include <assert.h>
#include <string.h>

enum { CONTENTS_BYTES_MAX = 16384 }; /* 500 lines of a million pieces need half of it */

struct fulfillment_row **shares_of(const struct saga *saga)
{
    return (struct fulfillment_row **)rows_list(saga->out->rows, &order_fulfillment_table,
                                                key_number(saga->order->order_no));
}

struct fulfillment_row *share_find(const struct saga *saga, int64_t fulfillment_no)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if ((*share)->fulfillment_no == fulfillment_no) {
            return *share;
        }
    }
    return NULL;
}

struct fulfillment_row *share_numbered(const struct saga *saga, int64_t fulfillment_no)
{
    struct fulfillment_row *share = share_find(saga, fulfillment_no);

    assert(share != NULL);
    return share;
}

static int64_t number_or(int64_t number, int64_t otherwise)
{
    return number != 0 ? number : otherwise;
}

struct fulfillment_row *share_of_capture(const struct saga *saga, int64_t capture_no)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if (number_or((*share)->capture_no, (*share)->fulfillment_no) == capture_no) {
            return *share;
        }
    }
    return NULL;
}

struct fulfillment_row *share_of_shipment(const struct saga *saga, int64_t shipment_no)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if (number_or((*share)->shipment_no, (*share)->fulfillment_no) == shipment_no) {
            return *share;
        }
    }
    return NULL;
}

static struct fulfillment_row *add_share(struct saga *saga, const char *location,
                                         struct share_origin origin)
{
    struct fulfillment_row share = {
        .order_no = saga->order->order_no,
        .fulfillment_no = ++saga->order->fulfillment_count,
        .step = SHARE_WAITING,
        .state = saga->order->ship_not_before > saga->out->now ? FULFILLMENT_STATE_SCHEDULED
                                                               : FULFILLMENT_STATE_OPEN,
        .location = location,
        .reservation_no = origin.reservation_no,
        .payment_no = origin.payment_no,
    };

    saga->shares_made = true;
    return rows_insert(saga->out->rows, &order_fulfillment_table, &share);
}

struct fulfillment_row *share_to_be(struct saga *saga, const char *location,
                                    struct share_origin origin)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if ((*share)->step == SHARE_WAITING && (*share)->reservation_no == origin.reservation_no &&
            (*share)->payment_no == origin.payment_no &&
            strcmp((*share)->location, location) == 0) {
            return *share;
        }
    }
    return add_share(saga, location, origin);
}

bool share_may_be_paid(const struct saga *saga, const struct fulfillment_row *share)
{
    int64_t state = saga->order->payment_state;
    bool secured = share->payment_no != 0; /* it is there because that is */
    bool by_order = state != PAYMENT_STATE_AUTHORIZING && state != PAYMENT_STATE_REQUIRES_ACTION &&
                    state != PAYMENT_STATE_EXPIRED && state != PAYMENT_STATE_FAILED &&
                    state != PAYMENT_STATE_VOIDED;

    return saga->order->open_holds == 0 &&
           (secured || by_order || money_taken(saga) >= money_due(saga));
}

static void all_take(struct saga *saga, enum share_input input)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        share_take(saga, *share, input);
    }
}

static enum share_input beginning(const struct fulfillment_row *share)
{
    bool missing = share->step == SHARE_WAITING && share->reservation_no == HOLDS_NOTHING;

    return missing ? ON_SOUGHT : ON_GO;
}

/* A share that starts may end at once, and another may be added: the numbers are walked, not the list. */
void start_shares(struct saga *saga)
{
    if (saga->order->open_holds > 0) {
        return;
    }
    for (int64_t no = 1, last = saga->order->fulfillment_count; no <= last; no++) {
        struct fulfillment_row *share = share_numbered(saga, no);

        if (share->step != SHARE_PACKED || share_may_be_paid(saga, share)) {
            share_take(saga, share, beginning(share));
        }
    }
}

void suspend_shares(struct saga *saga)
{
    if (saga->order->open_holds > 0) {
        all_take(saga, ON_SUSPENDED);
    }
}

void stop_captures(struct saga *saga)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if ((*share)->payment_no == 0) {
            share_take(saga, *share, ON_UNPAID);
        }
    }
}

void share_forget_capture(struct saga *saga, struct fulfillment_row *share)
{
    share->capture_no = detour_number_anew(saga);
    share->capture_minor = 0;
}

void leave_captures(struct saga *saga)
{
    stop_captures(saga);
    for (struct fulfillment_row **at = shares_of(saga); *at != NULL; at++) {
        struct fulfillment_row *share = *at;

        if (share->step == SHARE_COLLECTING && share->payment_no == 0 && share->capture_no != 0) {
            share_forget_capture(saga, share);
            rows_update(saga->out->rows, &order_fulfillment_table, share);
        }
    }
}

int64_t shares_wanted_of(const struct saga *saga, int64_t payment_no)
{
    int64_t wanted_minor = 0;

    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if ((*share)->payment_no == payment_no && !(*share)->replaced && !(*share)->captured) {
            wanted_minor += (*share)->value_minor;
        }
    }
    return wanted_minor;
}

void shares_leave_payment(struct saga *saga, int64_t payment_no)
{
    for (struct fulfillment_row **at = shares_of(saga); *at != NULL; at++) {
        struct fulfillment_row *share = *at;

        if (share->payment_no == payment_no && !share->captured) {
            share->payment_no = 0;
            rows_update(saga->out->rows, &order_fulfillment_table, share);
            share_take(saga, share, ON_UNPAID);
        }
    }
}

void hold_on(struct saga *saga)
{
    if (saga->order->open_holds > 0) {
        share_take(saga, saga->share, ON_SUSPENDED);
    }
}

void go_on_if_free(struct saga *saga)
{
    if (share_may_be_paid(saga, saga->share)) {
        share_take(saga, saga->share, ON_GO);
    }
}

/* Where it has no piece any more it ends, and nothing is secured for it. */
static bool has_pieces(const struct saga *saga)
{
    struct share_summary shares = shares_sum_up(saga);

    return shares.live + shares.given_up > 0 || detour_waiting(saga) > 0;
}

void go_on(struct saga *saga)
{
    if (has_pieces(saga)) {
        take_up_payment(saga);
    }
    take_up_waiting(saga);
    start_shares(saga);
    suspend_shares(saga);
    take_up_requests(saga);
    if (saga->order->step == STEP_FULFILLING) {
        saga_settle(saga);
    }
}

void ask_shares_to_stop(struct saga *saga)
{
    all_take(saga, ON_STOP_ASKED);
    saga_settle(saga);
}

void drop_share(struct saga *saga)
{
    saga->share->state = FULFILLMENT_STATE_CANCELED;
}

void drop_shares(struct saga *saga)
{
    all_take(saga, ON_DROPPED);
}

/* The same work under a new number: the old one is closed for ever, also at the place. */
static void replace_share(struct saga *saga, struct fulfillment_row *stopped)
{
    size_t count = 0;
    struct allocation_row **work = allocations_of(saga, &count);
    struct fulfillment_row *share =
        add_share(saga, stopped->location,
                  (struct share_origin){ stopped->reservation_no, stopped->payment_no });

    stopped->replaced = true;
    rows_update(saga->out->rows, &order_fulfillment_table, stopped);
    for (size_t i = 0; i < count; i++) {
        if (work[i]->fulfillment_no == stopped->fulfillment_no && work[i]->quantity > 0) {
            allocate(saga, share, work[i]);
        }
    }
    if (saga->order->open_holds == 0) {
        share_take(saga, share, beginning(share));
    }
}

void restart_shares(struct saga *saga)
{
    /* Up to the last one that is there now: replacements follow behind. */
    for (int64_t no = 1, last = saga->order->fulfillment_count; no <= last; no++) {
        struct fulfillment_row *share = share_numbered(saga, no);

        if (share->step == SHARE_SET_ASIDE) {
            share_take(saga, share, ON_PUT_BACK);
        } else if (share->step == SHARE_STOPPED && !share->replaced) {
            replace_share(saga, share);
        }
    }
}

static bool any_was_sent(const struct saga *saga, int64_t reservation_no)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if ((*share)->reservation_no == reservation_no && (*share)->step == SHARE_DELIVERED) {
            return true;
        }
    }
    return false;
}

/* That of the order itself has left with its shares. */
void release_unsent(struct saga *saga)
{
    int64_t last = shares_last_reservation(saga);

    for (int64_t no = detour_reservation_no(saga) + 1; no <= last; no++) {
        if (share_of_reservation(saga, no) != NULL && !any_was_sent(saga, no)) {
            tell_release_of(saga, no);
        }
    }
}

void set_aside(struct saga *saga)
{
    saga->share->state = FULFILLMENT_STATE_CANCELED;
}

/* What a label or a capture was asked for under is not used again. */
void put_back(struct saga *saga)
{
    struct fulfillment_row *share = saga->share;

    share->state = FULFILLMENT_STATE_PACKED;
    if (share->capture_no != 0 && !share->captured) {
        share_forget_capture(saga, share);
    }
    if (share->shipment_no != 0) {
        share->shipment_no = detour_number_anew(saga);
        share->tracking_number = NULL;
    }
}

void start_anew(struct saga *saga)
{
    replace_share(saga, saga->share);
}

void leave_empty_shares(struct saga *saga)
{
    for (struct fulfillment_row **at = shares_of(saga); *at != NULL; at++) {
        struct fulfillment_row *share = *at;
        bool idle = share->step == SHARE_WAITING || share->step == SHARE_STOPPED ||
                    share->step == SHARE_SET_ASIDE;

        if (idle && !share->replaced && share_is_empty(saga, share)) {
            share->step = SHARE_STOPPED;
            share->state = FULFILLMENT_STATE_CANCELED;
            share->replaced = true;
            rows_update(saga->out->rows, &order_fulfillment_table, share);
        }
    }
}

void leave_stopped_shares(struct saga *saga)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if ((*share)->step == SHARE_STOPPED) {
            (*share)->replaced = true;
            rows_update(saga->out->rows, &order_fulfillment_table, *share);
        }
    }
}

static bool is_told(const struct fulfillment_row *share)
{
    return share->step != SHARE_WAITING && share->step != SHARE_STOPPED &&
           share->step != SHARE_GIVEN_UP;
}

bool shares_any_told(const struct saga *saga)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if (is_told(*share)) {
            return true;
        }
    }
    return false;
}

/* Its place works on it, and has not packed it as far as is known. */
static bool is_worked_on(const struct fulfillment_row *share)
{
    return share->step == SHARE_TOLD || share->step == SHARE_OPEN || share->step == SHARE_HELD ||
           share->step == SHARE_ASKED || share->step == SHARE_REDUCING;
}

void amend_shares(struct saga *saga, saga_action *tell)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if (is_worked_on(*share)) {
            saga->share = *share;
            tell(saga);
        }
    }
    saga->share = NULL;
}

bool shares_any_packed(const struct saga *saga)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        bool looked_for = (*share)->step == SHARE_SOURCING || (*share)->step == SHARE_SEEKING;

        if (is_told(*share) && !is_worked_on(*share) && !looked_for) {
            return true;
        }
    }
    return false;
}

bool share_may_begin_anew(const struct fulfillment_row *share)
{
    return !share->replaced &&
           (share->step == SHARE_TOLD || share->step == SHARE_OPEN || share->step == SHARE_HELD);
}

bool shares_any_beyond_begin(const struct saga *saga)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if (is_told(*share) && !share_may_begin_anew(*share)) {
            return true;
        }
    }
    return false;
}

int64_t shares_last_reservation(const struct saga *saga)
{
    int64_t last = detour_reservation_no(saga);

    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        last = (*share)->reservation_no > last ? (*share)->reservation_no : last;
        last = (*share)->sourcing_no > last ? (*share)->sourcing_no : last;
    }
    int64_t added = addition_last_reservation(saga);

    return added > last ? added : last;
}

struct fulfillment_row *share_of_reservation(const struct saga *saga, int64_t reservation_no)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if ((*share)->reservation_no == reservation_no) {
            return *share;
        }
    }
    return NULL;
}

struct fulfillment_row *share_of_sourcing(const struct saga *saga, int64_t reservation_no)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if ((*share)->sourcing_no == reservation_no) {
            return *share;
        }
    }
    return NULL;
}

/* "1*2,3*1" */
static const char *contents_text(struct arena *arena, const struct parcel *parcel)
{
    struct buffer text;

    buffer_init(&text, CONTENTS_BYTES_MAX);
    for (size_t i = 0; i < parcel->lines_count; i++) {
        buffer_append_text(&text, i == 0 ? "" : ",");
        buffer_append_int(&text, parcel->lines[i].line_no);
        buffer_append_text(&text, "*");
        buffer_append_int(&text, parcel->lines[i].quantity);
    }
    const char *copy = arena_copy_text(arena, text.length > 0 ? text.bytes : "", text.length);
    buffer_release(&text);
    return copy;
}

static bool has_number_before(const struct fulfillment_packed *packed, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (packed->parcels[i].parcel_no == packed->parcels[index].parcel_no) {
            return true;
        }
    }
    return false;
}

void keep_parcels(struct saga *saga)
{
    const struct fulfillment_packed *packed = saga->message;

    for (size_t i = 0; i < packed->parcels_count; i++) {
        const struct parcel *parcel = &packed->parcels[i];

        if (has_number_before(packed, i)) {
            decide_impossible(saga->out, "two parcels have number %lld",
                              (long long)parcel->parcel_no);
            return;
        }
        rows_insert(saga->out->rows, &order_parcel_table,
                    &(struct parcel_row){
                        .order_no = saga->order->order_no,
                        .fulfillment_no = saga->share->fulfillment_no,
                        .parcel_no = parcel->parcel_no,
                        .weight_grams = parcel->weight_grams,
                        .length_mm = parcel->length_mm,
                        .width_mm = parcel->width_mm,
                        .height_mm = parcel->height_mm,
                        .contents = contents_text(saga->out->arena, parcel),
                    });
    }
}

/* What each step means for the order; a share that is stopped or given up is none of these. */
enum {
    IS_LIVE = 1,
    IS_ASKED = 2, /* has a question to answer */
    IS_PACKED = 4,
    IS_PRICED = 8, /* its money is taken, or on its way */
    IS_SHIPPED = 16,
    IS_ARRIVED = 32
};
static const int traits[SHARE_STEP_COUNT] = {
    [SHARE_WAITING] = IS_LIVE,
    [SHARE_TOLD] = IS_LIVE,
    [SHARE_OPEN] = IS_LIVE,
    [SHARE_HELD] = IS_LIVE,
    [SHARE_ASKED] = IS_LIVE | IS_ASKED,
    [SHARE_REDUCING] = IS_LIVE | IS_ASKED,
    [SHARE_ASKED_LATE] = IS_LIVE | IS_ASKED | IS_PACKED,
    [SHARE_REDUCING_LATE] = IS_LIVE | IS_ASKED | IS_PACKED,
    [SHARE_SOURCING] = IS_LIVE,
    [SHARE_SEEKING] = IS_LIVE,
    [SHARE_PACKED] = IS_LIVE | IS_PACKED,
    [SHARE_UNPAID] = IS_LIVE | IS_PACKED,
    [SHARE_CAPTURING] = IS_LIVE | IS_PACKED | IS_PRICED,
    [SHARE_LABELING] = IS_LIVE | IS_PACKED | IS_PRICED,
    [SHARE_UNLABELED] = IS_LIVE | IS_PACKED | IS_PRICED,
    [SHARE_LABELED] = IS_LIVE | IS_PACKED | IS_PRICED,
    [SHARE_VOIDING] = IS_LIVE | IS_ASKED | IS_PACKED | IS_PRICED,
    [SHARE_SHIPPED] = IS_LIVE | IS_PACKED | IS_PRICED | IS_SHIPPED,
    [SHARE_LOST] = IS_LIVE | IS_PACKED | IS_PRICED | IS_SHIPPED,
    [SHARE_RESENDING] = IS_LIVE | IS_PACKED | IS_PRICED | IS_SHIPPED,
    [SHARE_COLLECTING] = IS_LIVE | IS_PACKED | IS_PRICED | IS_SHIPPED | IS_ARRIVED,
    [SHARE_DELIVERED] = IS_LIVE | IS_PACKED | IS_PRICED | IS_SHIPPED | IS_ARRIVED,
};

static bool is(const struct fulfillment_row *share, int trait)
{
    int has = traits[share->step];

    if (share->captured &&
        (has & IS_LIVE) != 0) { /* one that is sent again is paid for before it is packed */
        has |= IS_PRICED;
    }
    return !share->replaced && (has & trait) != 0;
}

struct share_summary shares_sum_up(const struct saga *saga)
{
    struct share_summary sum = { 0 };

    for (struct fulfillment_row **at = shares_of(saga); *at != NULL; at++) {
        const struct fulfillment_row *share = *at;

        if (share->replaced) {
            continue;
        }
        sum.live += is(share, IS_LIVE);
        sum.asked += is(share, IS_ASKED);
        sum.packed += is(share, IS_PACKED);
        sum.priced += is(share, IS_PRICED);
        sum.shipped += is(share, IS_SHIPPED);
        sum.arrived += is(share, IS_ARRIVED);
        sum.delivered += share->step == SHARE_DELIVERED;
        sum.given_up += share->step == SHARE_GIVEN_UP;
        sum.stopped += share->step == SHARE_STOPPED || share->step == SHARE_SET_ASIDE;
        sum.fixed += share->step == SHARE_CAPTURING;
    }
    return sum;
}

/* 0 is never. */
static int64_t earlier(int64_t one, int64_t other)
{
    return one == 0 || (other != 0 && other < one) ? other : one;
}

int64_t shares_earliest_deadline(const struct saga *saga, int64_t other)
{
    int64_t earliest = other;

    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        earliest = earlier(earliest, (*share)->deadline_at);
        if (saga->order->status == ORDER_STATUS_CONFIRMED) {
            earliest = earlier(earliest, promise_late_at(*share));
        }
    }
    return earliest;
}

/* Its money is on its way. */
static bool is_being_captured(const struct fulfillment_row *share)
{
    return is(share, IS_PRICED) && !share->captured;
}

/* What the present payment, or that of an edit, is to bring. */
static int64_t to_take(const struct saga *saga, int64_t payment_no)
{
    const struct past_payment_row *added = payment_no == 0 ? NULL : past_payment(saga, payment_no);

    return added != NULL ? added_payment_left(added) : money_due(saga) - money_taken(saga);
}

/* What of a payment is neither taken nor on its way, but for this share. */
static int64_t open_minor(const struct saga *saga, const struct fulfillment_row *share,
                          int64_t payment_no)
{
    int64_t open = to_take(saga, payment_no);

    for (struct fulfillment_row **other = shares_of(saga); *other != NULL; other++) {
        if (*other != share && (*other)->payment_no == payment_no && is_being_captured(*other)) {
            open -= (*other)->capture_minor;
        }
    }
    return open > 0 ? open : 0;
}

/* The shipping price is taken, or on its way, with another share: also with one that was taken off since. */
static bool shipping_is_carried(const struct saga *saga, const struct fulfillment_row *share)
{
    for (struct fulfillment_row **at = shares_of(saga); *at != NULL; at++) {
        const struct fulfillment_row *other = *at;

        if (other != share && (other->captured || is_being_captured(other)) &&
            other->capture_minor > other->value_minor) {
            return true;
        }
    }
    return false;
}

int64_t share_price(struct saga *saga, struct fulfillment_row *share)
{
    int64_t open = open_minor(saga, share, share->payment_no);
    bool added = share->payment_no != 0; /* its payment is for its goods alone */

    if (share->capture_minor > 0) {
        return share->capture_minor;
    }
    bool carried = added || shipping_is_carried(saga, share);
    bool last = !added && share_is_last(saga, share);
    int64_t price = share->value_minor + (carried ? 0 : saga->order->shipping_price_minor);
    share->capture_minor = price > open || last ? open : price;
    rows_update(saga->out->rows, &order_fulfillment_table, share);
    return share->capture_minor;
}

bool share_lower_price(struct saga *saga, struct fulfillment_row *share)
{
    int64_t open = open_minor(saga, share, share->payment_no);
    bool lower = open < share->capture_minor;

    if (lower) {
        share->capture_minor = open;
        rows_update(saga->out->rows, &order_fulfillment_table, share);
    }
    return lower;
}

bool share_is_last(const struct saga *saga, const struct fulfillment_row *share)
{
    for (struct fulfillment_row **other = shares_of(saga); *other != NULL; other++) {
        if (*other != share && (*other)->payment_no == share->payment_no && !(*other)->replaced &&
            !is(*other, IS_PRICED)) {
            return false;
        }
    }
    return share->payment_no != 0 || detour_waiting(saga) == 0; /* what waits is the order's own */
}

bool share_takes_rest(const struct saga *saga, const struct fulfillment_row *share)
{
    for (struct fulfillment_row **other = shares_of(saga); *other != NULL; other++) {
        if (*other != share && (*other)->payment_no == share->payment_no &&
            is_being_captured(*other)) {
            return false;
        }
    }
    return share_is_last(saga, share);
}

int64_t shipping_without_share(const struct saga *saga)
{
    int64_t shipping_minor = saga->order->shipping_price_minor, left_minor = 0;
    bool any = addition_under_way(saga) != NULL; /* the order may go on with what is added alone */

    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if ((*share)->replaced || share_is_empty(saga, *share)) {
            continue;
        }
        if (!is(*share, IS_PRICED) && (*share)->payment_no == 0) {
            return 0;
        }
        any = true;
    }
    left_minor = any && detour_waiting(saga) == 0 ? open_minor(saga, NULL, 0) : 0;
    return left_minor < shipping_minor ? left_minor : shipping_minor;
}
