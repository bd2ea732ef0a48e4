/* news_inventory.c - what inventory states: what is held, what is missing, what is gone. */
#include "services/order/news_takers.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/order.h"
#include "services/order/addition.h"
#include "services/order/choice.h"
#include "services/order/commands.h"
#include "services/order/detour.h"
#include "services/order/shares.h"
#include "services/order/source.h"
#include "services/order/words.h"

#include <string.h>

/* Pieces that a share asked for in place of its own.  What nobody waits for any more goes back. */
static void source_news(struct saga *saga, const char *reservation_id,
                        const struct stock_held *held)
{
    int64_t reservation_no = child_id_counter(reservation_id, 'H');
    struct fulfillment_row *share = share_of_sourcing(saga, reservation_no);

    if (share == NULL) {
        return;
    }
    if (share->step == SHARE_SOURCING || share->step == SHARE_SEEKING ||
        share->step == SHARE_RESENDING) {
        saga->message = held;
        saga->code = held == NULL ? CODE_NO_STOCK : NULL;
        share_take(saga, share, held == NULL ? ON_NOT_SOURCED : ON_SOURCED);
    } else if (held != NULL && share_of_reservation(saga, reservation_no) == NULL) {
        tell_release_of(saga, reservation_no);
    }
}

static void put_held(struct saga *saga, const struct stock_held *held, enum saga_input input)
{
    saga->message = held;
    saga_take(saga, input);
}

void take_reserved(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_reserved *fact = saga->message;
    struct stock_held held = { .held = fact->allocations,
                               .held_count = fact->allocations_count,
                               .missing = fact->missing,
                               .missing_count = fact->missing_count };

    news->subject_id = fact->reservation_id;
    timeline_saw(saga, news);
    if (detour_is_present(saga, 'H', fact->reservation_id)) {
        put_held(saga, &held, ON_RESERVED);
    } else if (addition_names(saga, 'H', fact->reservation_id)) {
        put_held(saga, &held, ON_ADD_RESERVED);
    } else {
        source_news(saga, fact->reservation_id, &held);
    }
}

void take_backordered(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_backordered *fact = saga->message;
    struct stock_held held = { .held = fact->allocations,
                               .held_count = fact->allocations_count,
                               .rest_waits = true,
                               .expected_at = fact->has_expected_at ? fact->expected_at : 0 };

    news->subject_id = fact->reservation_id;
    timeline_saw(saga, news);
    if (detour_is_present(saga, 'H', fact->reservation_id)) {
        put_held(saga, &held, ON_RESERVED);
    }
}

void take_allocated(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_allocated *fact = saga->message;
    struct stock_held held = { .held = fact->allocations,
                               .held_count = fact->allocations_count,
                               .rest_waits = true };

    news->subject_id = fact->reservation_id;
    timeline_saw(saga, news);
    if (detour_is_present(saga, 'H', fact->reservation_id)) {
        saga->slip = ORDER_PROMISE_CHANGED_REASON_STOCK;
        put_held(saga, &held, ON_ALLOCATED);
    }
}

/* "ACME-S3@2026-12-25": which purchase order brings it, and when; NULL: none, or one whose id is too long for it. */
static const char *bought_for(const struct saga *saga, const struct inventory_expected *fact)
{
    enum { ID_LENGTH_MAX = 100 };

    if (fact->purchase_order_id == NULL || fact->expected_on == NULL ||
        strlen(fact->purchase_order_id) > ID_LENGTH_MAX) {
        return NULL;
    }
    return text_format(saga->out->arena, "%s@%s", fact->purchase_order_id, fact->expected_on);
}

/* The lane of a canceled order may hear of it, too: that changes nothing. */
void take_expected(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_expected *fact = saga->message;

    news->subject_id = fact->reservation_id;
    news->detail = bought_for(saga, fact);
    timeline_saw(saga, news);
    if (detour_is_present(saga, 'H', fact->reservation_id) && detour_waiting(saga) > 0) {
        saga->slip = ORDER_PROMISE_CHANGED_REASON_STOCK;
        expect_stock_at(saga, fact->has_expected_at ? fact->expected_at : 0);
    }
}

void take_short(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_short *fact = saga->message;
    const struct detour_row *detour = detour_find(saga);
    bool ask =
        detour_policy(saga) == STOCK_POLICY_ASK && detour->choice == 0 &&
        choice_offers(fact) != 1 << ORDER_CHOOSE_BODY_CHOICE_CANCEL; /* that is no question */

    news->subject_id = fact->reservation_id;
    timeline_saw(saga, news);
    if (detour_is_present(saga, 'H', fact->reservation_id)) {
        saga_take(saga, ask ? ON_SHORT_ASK : ON_SHORT);
    } else if (addition_names(saga, 'H', fact->reservation_id)) {
        saga_take(saga, ON_ADD_SHORT);
    } else {
        source_news(saga, fact->reservation_id, NULL);
    }
}

/* A part that we gave back changes nothing: it went when we said so. */
void take_released(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_released *fact = saga->message;

    news->subject_id = fact->reservation_id;
    news->detail = fact->reason == CANCEL_REASON_UNKNOWN ? NULL : cancel_reason_word(fact->reason);
    timeline_saw(saga, news);
    if (detour_is_present(saga, 'H', fact->reservation_id) && !fact->has_release_no) {
        saga_take(saga, ON_RELEASED);
    } else if (addition_names(saga, 'H', fact->reservation_id)) {
        saga_take(saga, ON_ADD_SHORT);
    }
}

void take_consumed(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_consumed *fact = saga->message;

    news->subject_id = fact->fulfillment_id;
    timeline_saw(saga, news);
}

/* --- Held pieces that are gone --------------------------------------------------------------------- */

enum { LOSSES_MAX = 64 }; /* of one count, in one order: more than that is seen in what follows */

struct losses {
    struct cut_row cuts[LOSSES_MAX];
    const struct cut_row *list[LOSSES_MAX + 1];
    size_t count;
};

static void add_loss(struct losses *losses, const struct allocation_row *work, int64_t quantity,
                     const char *held_at)
{
    for (size_t i = 0; i < losses->count; i++) {
        struct cut_row *cut = &losses->cuts[i];

        if (cut->fulfillment_no == work->fulfillment_no && cut->line_no == work->line_no) {
            cut->quantity += quantity;
            return;
        }
    }
    if (losses->count < LOSSES_MAX) {
        losses->list[losses->count] = &losses->cuts[losses->count];
        losses->cuts[losses->count++] = (struct cut_row){ .fulfillment_no = work->fulfillment_no,
                                                          .line_no = work->line_no,
                                                          .quantity = quantity,
                                                          .held_at = held_at };
    }
}

/* The order's work with this line at this place that has not left it. */
static struct allocation_row *work_at(const struct saga *saga, const struct allocation *gone,
                                      int64_t reservation_no)
{
    size_t count = 0;
    struct allocation_row **work = allocations_of(saga, &count);

    for (size_t i = 0; i < count; i++) {
        const struct fulfillment_row *share = share_numbered(saga, work[i]->fulfillment_no);
        bool here = share->step < SHARE_SHIPPED || share->step >= SHARE_HELD;

        if (work[i]->line_no == gone->line_no && work[i]->quantity > 0 && here &&
            !share->replaced && share->reservation_no == reservation_no &&
            strcmp(share->location, gone->location) == 0) {
            return work[i];
        }
    }
    return NULL;
}

static int64_t lesser(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* Pieces that are held elsewhere now, `gone` at most: made ready there, if nobody was told to make them ready here. */
static int64_t move(struct saga *saga, struct losses *losses, struct allocation_row *work,
                    struct allocation *to, int64_t gone)
{
    int64_t quantity = lesser(gone, lesser(to->quantity, work->quantity));
    const struct fulfillment_row *share = share_numbered(saga, work->fulfillment_no);
    bool untold = share->step == SHARE_WAITING;

    to->quantity -= quantity;
    if (untold) {
        const struct allocation_row from = *work;

        move_pieces(saga, &from, quantity,
                    share_to_be(saga, to->location,
                                (struct share_origin){ share->reservation_no, share->payment_no }));
    } else {
        add_loss(losses, work, quantity, to->location);
    }
    return quantity;
}

/* What is held elsewhere instead. */
struct moved {
    struct allocation *parts;
    size_t count;
    int64_t reservation_no;
};

static void take_one_back(struct saga *saga, struct losses *losses, const struct allocation *gone,
                          struct moved *moved)
{
    struct allocation_row *work = work_at(saga, gone, moved->reservation_no);
    int64_t left = gone->quantity;

    for (size_t i = 0; i < moved->count && work != NULL && left > 0; i++) {
        struct allocation *part = &moved->parts[i];

        if (part->line_no == gone->line_no && part->quantity > 0 && work->quantity > 0) {
            left -= move(saga, losses, work, part, left);
        }
    }
    if (work != NULL && left > 0) {
        add_loss(losses, work, lesser(left, work->quantity), NULL);
    }
}

static bool anything_left(const struct saga *saga, const struct losses *losses)
{
    int64_t left = 0;

    for (struct line_row **line = (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                                                key_number(saga->order->order_no));
         *line != NULL; line++) {
        left += (*line)->quantity - (*line)->canceled_quantity;
    }
    for (size_t i = 0; i < losses->count; i++) {
        left -= losses->cuts[i].quantity;
    }
    return left > 0;
}

/* As the channel's policy says. */
static enum saga_input what_now(const struct saga *saga, const struct losses *losses)
{
    int64_t policy = detour_policy(saga);

    if (policy == STOCK_POLICY_PARTIAL && anything_left(saga, losses)) {
        return ON_STOCK_LESS;
    }
    return policy == STOCK_POLICY_BACKORDER || policy == STOCK_POLICY_ASK ? ON_STOCK_ANEW
                                                                          : ON_STOCK_LOST;
}

void take_taken_back(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_taken_back *fact = saga->message;
    struct moved moved = { arena_copy(saga->out->arena, fact->moved,
                                      fact->moved_count * sizeof *moved.parts),
                           fact->moved_count, child_id_counter(fact->reservation_id, 'H') };
    bool known = detour_is_present(saga, 'H', fact->reservation_id) ||
                 share_of_reservation(saga, moved.reservation_no) != NULL;
    struct losses losses = { 0 };

    news->subject_id = fact->reservation_id;
    timeline_saw(saga, news);
    if (addition_names(saga, 'H', fact->reservation_id)) {
        saga_take(saga,
                  ON_ADD_SHORT); /* some of it is not where it was: it is not the order's yet */
        return;
    }
    if (!known || saga->order->ended_at != 0) {
        return;
    }
    for (size_t i = 0; i < fact->allocations_count; i++) {
        take_one_back(saga, &losses, &fact->allocations[i], &moved);
    }
    leave_empty_shares(saga);
    if (losses.count > 0) {
        saga->cuts = losses.list;
        saga_take(saga, what_now(saga, &losses));
        saga->cuts = NULL;
    } else if (saga->order->step == STEP_FULFILLING) {
        start_shares(saga);
    }
}
