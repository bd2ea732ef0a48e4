/* promise.c - what was promised, and what is told when it does not hold. */
#include "services/order/promise.h"

#include "common/arena.h"
#include "services/order/announce.h"
#include "services/order/delivery.h"
#include "services/order/detour.h"
#include "services/order/place.h"
#include "services/order/shares.h"

enum { DOUBLED_MAX = 4 }; /* 1, 3, 7, 15 days more */

_Static_assert(PROMISE_OUTCOME_KEPT == 1 && PROMISE_OUTCOME_MOVED == 2 &&
                   PROMISE_OUTCOME_MISSED == 3,
               "orders.promise_outcome keeps these numbers");

/* Whether the shopper gets something of it. */
static bool counts(const struct fulfillment_row *share)
{
    return !share->replaced && share->step != SHARE_STOPPED && share->step != SHARE_GIVEN_UP &&
           share->step != SHARE_SET_ASIDE && share->step != SHARE_SOURCING &&
           share->step != SHARE_SEEKING;
}

static bool has_left(const struct fulfillment_row *share)
{
    return share->shipped_at != 0 || share->delivered_at != 0;
}

static bool is_packed(const struct fulfillment_row *share)
{
    return (share->step >= SHARE_CAPTURING && share->step <= SHARE_LABELED) ||
           share->step == SHARE_PACKED || share->step == SHARE_UNLABELED ||
           share->step == SHARE_UNPAID;
}

/* Days more for one that was so often late before. */
static int64_t days_more(int64_t slips)
{
    int64_t doubled = slips < DOUBLED_MAX ? slips : DOUBLED_MAX;

    return slips == 0 ? 0 : (INT64_C(1) << (doubled - 1)) - 1;
}

static void keep_window(struct saga *saga, struct fulfillment_row *share,
                        const struct delivery_window *window)
{
    share->hand_over_on = window->hand_over_on;
    share->promised_earliest = window->earliest;
    share->promised_latest = window->latest;
    share->zone_minutes = window->zone_minutes;
    share->late_at =
        delivery_day_ends_ms(window->hand_over_on, window->zone_minutes) + PROMISE_GRACE_MS;
    rows_update(saga->out->rows, &order_fulfillment_table, share);
}

static struct delivery_terms terms_of(const struct saga *saga, const char *location)
{
    const struct order_row *order = saga->order;

    return (struct delivery_terms){ .place = place_calendar(saga->out->rows, location),
                                    .transit = delivery_transit(order->delivery_terms,
                                                                order->shipping_service),
                                    .now_ms = saga->out->now,
                                    .not_before_ms = order->ship_not_before };
}

static void promise_share(struct saga *saga, struct fulfillment_row *share)
{
    struct delivery_terms terms = terms_of(saga, share->location);

    terms.begins_on = share->begins_on;
    terms.packed = is_packed(share);
    terms.later_days = days_more(share->slips);
    const struct delivery_window window = delivery_window(&terms);
    keep_window(saga, share, &window);
}

static void promise_shares(struct saga *saga)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if (counts(*share) && (*share)->promised_latest == 0 && !has_left(*share)) {
            promise_share(saga, *share);
        }
    }
}

/* From the first day to the last; `latest` 0: of nothing it is known. */
struct window {
    int64_t earliest, latest;
};

static void widen(struct window *window, int64_t earliest, int64_t latest)
{
    if (latest == 0) {
        return;
    }
    window->earliest =
        window->latest == 0 || earliest < window->earliest ? earliest : window->earliest;
    window->latest = latest > window->latest ? latest : window->latest;
}

/* Of the order: its shares, and what waits for stock, which is put away and sent on the next of a carrier's days.  Where nobody knows
 * when that comes, nothing is known of the order. */
static struct window window_of(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);
    bool waits = detour != NULL && detour->waiting_quantity > 0;
    struct window window = { 0 };

    if (waits && detour->stock_expected_at == 0) {
        return window;
    }
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if (counts(*share)) {
            widen(&window, (*share)->promised_earliest, (*share)->promised_latest);
        }
    }
    if (waits) {
        struct transit transit =
            delivery_transit(saga->order->delivery_terms, saga->order->shipping_service);
        int64_t sent_on = delivery_days_later(delivery_day_of(detour->stock_expected_at, 0), 1);

        widen(&window, delivery_days_later(sent_on, transit.days_min),
              delivery_days_later(sent_on, transit.days_max));
    }
    return window;
}

static void note_promise(struct order_row *order, struct window window)
{
    order->promised_earliest = window.earliest;
    order->promised_latest = window.latest;
    if (order->promised_first == 0) {
        order->promised_first = window.latest;
    }
}

void promise_begin(struct saga *saga)
{
    promise_shares(saga);
    note_promise(saga->order, window_of(saga));
}

static void tell(struct saga *saga, struct window window)
{
    struct order_row *order = saga->order;
    const struct promised_delivery *before =
        promise_shown(saga->out->arena, order->promised_earliest, order->promised_latest);

    note_promise(order, window);
    announce_promise_changed(saga, before);
}

static bool is_under_way(const struct order_row *order)
{
    return order->status == ORDER_STATUS_CONFIRMED && order->ended_at == 0;
}

void promise_keep(struct saga *saga)
{
    if (!is_under_way(saga->order)) {
        return;
    }
    if (saga->shares_made) {
        promise_shares(saga);
    }
    struct window window = window_of(saga);
    if (window.latest > saga->order->promised_latest) {
        tell(saga, window);
    }
}

void promise_anew(struct saga *saga)
{
    if (!is_under_way(saga->order)) {
        return;
    }
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if (counts(*share) && !has_left(*share)) {
            promise_share(saga, *share);
        }
    }
    struct window window = window_of(saga);
    if (window.latest != saga->order->promised_latest && window.latest != 0) {
        saga->slip = ORDER_PROMISE_CHANGED_REASON_EDITED;
        tell(saga, window);
    }
}

int64_t promise_late_at(const struct fulfillment_row *share)
{
    bool waited_for = counts(share) && share->step != SHARE_DELIVERED &&
                      share->step != SHARE_COLLECTING && share->step != SHARE_LOST &&
                      share->step != SHARE_RESENDING;

    return waited_for ? share->late_at : 0;
}

/* It is with the carrier: from its latest day on it is late. */
static void await_delivery(struct fulfillment_row *share)
{
    share->late_at =
        delivery_day_ends_ms(share->promised_latest, share->zone_minutes) + PROMISE_GRACE_MS;
}

void promise_slip(struct saga *saga, struct fulfillment_row *share)
{
    share->slips++;
    if (has_left(share)) {
        int64_t today = delivery_day_of(saga->out->now, share->zone_minutes);

        share->promised_latest = delivery_days_later(today, 1 + days_more(share->slips));
        await_delivery(share);
        saga->slip = ORDER_PROMISE_CHANGED_REASON_DELIVERY;
    } else {
        promise_share(saga, share);
        saga->slip = ORDER_PROMISE_CHANGED_REASON_HAND_OVER;
    }
    rows_update(saga->out->rows, &order_fulfillment_table, share);
}

void promise_sent(struct saga *saga, struct fulfillment_row *share)
{
    if (share->promised_latest != 0) {
        await_delivery(share);
        rows_update(saga->out->rows, &order_fulfillment_table, share);
    }
}

/* What carriers think changes by the day: the day after counts as theirs. */
void promise_estimated(struct saga *saga, struct fulfillment_row *share, int64_t estimated_at)
{
    int64_t day = delivery_day_of(estimated_at, share->zone_minutes);

    if (share->promised_latest == 0 || estimated_at == 0 || day <= share->promised_latest ||
        share->delivered_at != 0) {
        return;
    }
    share->promised_latest = delivery_days_later(day, 1);
    if (has_left(share)) {
        await_delivery(share);
    }
    saga->slip = ORDER_PROMISE_CHANGED_REASON_CARRIER;
    rows_update(saga->out->rows, &order_fulfillment_table, share);
}

void promise_end(struct saga *saga)
{
    struct order_row *order = saga->order;
    int64_t last = 0;

    if (order->promised_latest == 0) {
        return;
    }
    for (struct fulfillment_row **at = shares_of(saga); *at != NULL; at++) {
        const struct fulfillment_row *share = *at;
        int64_t day = delivery_day_of(share->delivered_at, share->zone_minutes);

        last = share->step == SHARE_DELIVERED && day > last ? day : last;
    }
    order->promise_outcome = last <= order->promised_first    ? PROMISE_OUTCOME_KEPT
                             : last <= order->promised_latest ? PROMISE_OUTCOME_MOVED
                                                              : PROMISE_OUTCOME_MISSED;
}

const struct promised_delivery *promise_shown(struct arena *arena, int64_t earliest, int64_t latest)
{
    const struct promised_delivery shown = { calendar_date(arena, earliest),
                                             calendar_date(arena, latest) };

    return latest == 0 ? NULL : arena_copy(arena, &shown, sizeof shown);
}
