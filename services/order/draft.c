/* draft.c - saves drafts, lets them expire, and gives them to who makes orders of them (submit.c). */
#include "services/order/draft.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/mutant.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "services/order/channel.h"
#include "services/order/reply.h"

#include <stddef.h>

_Static_assert(offsetof(struct draft_save, draft_id) == 0 &&
                   offsetof(struct draft_offer, draft_id) == 0 &&
                   offsetof(struct draft_discard, draft_id) == 0,
               "all requests begin with the draft");

static const int64_t ttl_default_ms = INT64_C(14) * 86400000;
static const int64_t offer_max_ms = INT64_C(366) * 86400000;

static const char *draft_id_of(const struct incoming_message *in)
{
    return ((const struct draft_discard *)in->message)->draft_id;
}

const char *draft_lane_key(struct arena *arena, const struct incoming_message *in)
{
    struct order_id_text *id = arena_alloc(arena, sizeof *id);

    return child_id_order(draft_id_of(in), id) ? id->text : NULL;
}

/* --- Rows ------------------------------------------------------------------------------------- */

void draft_need(const char *order_id, struct rows *rows)
{
    unsigned char bytes[ORDER_ID_BYTES];

    if (order_id_parse(order_id, bytes)) {
        rows_want(rows, &order_draft_table, key_bytes((struct bytes){ bytes, sizeof bytes }));
    }
}

struct draft_row *draft_find(const char *order_id, struct rows *rows)
{
    unsigned char bytes[ORDER_ID_BYTES];

    return order_id_parse(order_id, bytes)
               ? rows_find(rows, &order_draft_table,
                           key_bytes((struct bytes){ bytes, sizeof bytes }))
               : NULL;
}

void draft_save_need(const struct incoming_message *in, struct rows *rows)
{
    const struct draft_save *request = in->message;

    draft_need(request->draft_id, rows);
    channel_need(request->channel, rows);
}

void draft_discard_need(const struct incoming_message *in, struct rows *rows)
{
    draft_need(draft_id_of(in), rows);
}

/* Facts and timers go by the draft's own id, which names the same lane. */
static struct subject subject_of(struct arena *arena, const struct draft_row *draft)
{
    struct child_id_text *id = arena_alloc(arena, sizeof *id);
    struct order_id_text order_id = order_id_format(draft->order_id.bytes);

    *id = child_id_format(order_id.text, 'D', 1);
    return (struct subject){ .id = id->text };
}

static const char *public_id(struct arena *arena, const struct draft_row *draft)
{
    return subject_of(arena, draft).id;
}

/* --- Facts ------------------------------------------------------------------------------------ */

static void tell_saved(struct decision *out, const struct draft_row *draft)
{
    const struct draft_saved fact = { .draft_id = public_id(out->arena, draft),
                                      .clock = draft->version,
                                      .channel = draft->channel,
                                      .line_count = draft->line_count,
                                      .expires_at = draft->expires_at,
                                      .offered = draft->offered_at != 0,
                                      .has_offered = draft->offered_at != 0,
                                      .saved_at = draft->saved_at };

    decide_emit(out, subject_of(out->arena, draft), MESSAGE_DRAFT_SAVED, &fact, sizeof fact);
}

/* What it said is the order's from now on, or nobody's. */
static void end(struct decision *out, struct draft_row *draft, enum draft_state state)
{
    draft->state = state;
    draft->version++;
    draft->content = NULL;
    draft->email = NULL;
    draft->phone = NULL;
    draft->ended_at = out->now;
    rows_update(out->rows, &order_draft_table, draft);
    const struct draft_ended fact = { .draft_id = public_id(out->arena, draft),
                                      .clock = draft->version,
                                      .channel = draft->channel,
                                      .state = state,
                                      .ended_at = out->now };
    decide_emit(out, subject_of(out->arena, draft), MESSAGE_DRAFT_ENDED, &fact, sizeof fact);
}

/* --- Saving ----------------------------------------------------------------------------------- */

/* A key of a channel sees the drafts of its own. */
static bool is_seen(const struct draft_row *draft, const struct incoming_message *in)
{
    return draft != NULL && (in->channel == NULL || text_equal(in->channel, draft->channel));
}

static bool is_over(const struct draft_row *draft, int64_t now)
{
    return draft->state != DRAFT_STATE_OPEN || draft->expires_at <= now;
}

static void refuse(struct decision *out, const struct incoming_message *in, const char *detail)
{
    reply_refused(out, in,
                  &(struct refusal){ 409, "conflict", "Not as the draft is now", detail, NULL });
}

static void refuse_over(struct decision *out, const struct incoming_message *in,
                        const struct draft_row *draft)
{
    static const char *const details[] = {
        [DRAFT_STATE_OPEN] = "the draft has expired",
        [DRAFT_STATE_SUBMITTED] = "the draft is an order already",
        [DRAFT_STATE_EXPIRED] = "the draft has expired",
        [DRAFT_STATE_DISCARDED] = "the draft was discarded",
    };

    refuse(out, in, details[draft->state]);
}

static void unknown(struct decision *out, const struct incoming_message *in)
{
    order_reply_unknown(out, &in->reply, "There is no such draft");
}

static int64_t ttl_ms(struct decision *out, const char *code)
{
    const struct channel_row *channel = rows_find(out->rows, &order_channel_table, key_text(code));

    return channel == NULL || channel->draft_ttl_ms == 0 ? ttl_default_ms : channel->draft_ttl_ms;
}

static void fill(struct decision *out, const struct incoming_message *in, struct draft_row *draft)
{
    const struct draft_save *request = in->message;

    draft->version++;
    draft->content = request->content;
    draft->email = request->email;
    draft->phone = request->phone;
    draft->line_count = request->line_count;
    draft->request_id = in->id;
    draft->saved_by = in->actor;
    draft->saved_at = out->now;
    draft->expires_at = out->now + ttl_ms(out, draft->channel);
    draft->offered_at = 0; /* what it says now was not offered to anybody */
}

/* Timers are never taken back: one that finds the draft saved again does nothing. */
static void say_saved(struct decision *out, const struct incoming_message *in,
                      const struct draft_row *draft, int64_t status)
{
    decide_timer(out, subject_of(out->arena, draft), DRAFT_TIMER, draft->expires_at,
                 draft->version);
    tell_saved(out, draft);
    order_reply_put(out, &in->reply, status, public_id(out->arena, draft));
}

static void make(struct decision *out, const struct incoming_message *in)
{
    const struct draft_save *request = in->message;
    unsigned char *bytes = arena_alloc(out->arena, ORDER_ID_BYTES);
    struct draft_row draft = { .state = DRAFT_STATE_OPEN,
                               .channel = request->channel,
                               .made_at = out->now };

    if (in->channel != NULL && !text_equal(in->channel, request->channel)) {
        reply_invalid(out, in, "/channel", "is not the channel that asks");
        return;
    }
    (void)order_id_parse(request->draft_id, bytes); /* its schema says that it is one */
    draft.order_id = (struct bytes){ bytes, ORDER_ID_BYTES };
    fill(out, in, &draft);
    say_saved(out, in, rows_insert(out->rows, &order_draft_table, &draft), 201);
}

static void replace(struct decision *out, const struct incoming_message *in,
                    struct draft_row *draft)
{
    const struct draft_save *request = in->message;

    if (text_equal(draft->request_id, in->id)) { /* asked again: its answer was lost */
        order_reply_put(out, &in->reply, request->make ? 201 : 200, public_id(out->arena, draft));
    } else if (is_over(draft, out->now)) {
        refuse_over(out, in, draft);
    } else if (draft->offered_at != 0 && in->channel != NULL) {
        refuse(out, in, "it is a quote: the shop alone changes what it offered");
    } else if (!text_equal(request->channel, draft->channel)) {
        reply_invalid(out, in, "/channel", "is another than the draft's");
    } else if (!reply_stale(out, in, draft->version)) {
        fill(out, in, draft);
        rows_update(out->rows, &order_draft_table, draft);
        say_saved(out, in, draft, 200);
    }
}

void on_draft_save(struct decision *out, const struct incoming_message *in)
{
    const struct draft_save *request = in->message;
    struct draft_row *draft = draft_find(request->draft_id, out->rows);

    if (draft == NULL && request->make) {
        make(out, in);
    } else if (!is_seen(draft, in)) {
        unknown(out, in);
    } else if (request->make) { /* its id is its request's: it was made before */
        order_reply_put(out, &in->reply, 201, public_id(out->arena, draft));
    } else {
        replace(out, in, draft);
    }
}

/* --- Offering --------------------------------------------------------------------------------- */

/* True, and answered. */
static bool cannot_be_offered(struct decision *out, const struct incoming_message *in,
                              const struct draft_row *draft)
{
    int64_t until = ((const struct draft_offer *)in->message)->body.valid_until;

    if (is_over(draft, out->now)) {
        refuse_over(out, in, draft);
    } else if (in->channel != NULL) {
        refuse(out, in, "the shop's people make quotes, and no storefront");
    } else if (draft->line_count == 0) {
        refuse(out, in, "it has no lines that could be offered");
    } else if (until <= out->now || until > out->now + offer_max_ms) {
        reply_invalid(out, in, "/valid_until", "is not within a year from now");
    } else {
        return reply_stale(out, in, draft->version);
    }
    return true;
}

void on_draft_offer(struct decision *out, const struct incoming_message *in)
{
    const struct draft_offer *request = in->message;
    struct draft_row *draft = draft_find(request->draft_id, out->rows);

    if (!is_seen(draft, in)) {
        unknown(out, in);
    } else if (text_equal(draft->request_id, in->id)) { /* its answer was lost */
        order_reply_put(out, &in->reply, 200, public_id(out->arena, draft));
    } else if (!cannot_be_offered(out, in, draft)) {
        draft->version++;
        draft->request_id = in->id;
        draft->saved_by = in->actor;
        draft->offered_at = out->now;
        draft->expires_at = request->body.valid_until;
        rows_update(out->rows, &order_draft_table, draft);
        say_saved(out, in, draft, 200);
    }
}

/* --- Ending ----------------------------------------------------------------------------------- */

void on_draft_discard(struct decision *out, const struct incoming_message *in)
{
    struct draft_row *draft = draft_find(draft_id_of(in), out->rows);

    if (!is_seen(draft, in)) {
        unknown(out, in);
    } else if (draft->state == DRAFT_STATE_DISCARDED) {
        order_reply_put(out, &in->reply, 200, public_id(out->arena, draft));
    } else if (is_over(draft, out->now)) {
        refuse_over(out, in, draft);
    } else if (!reply_stale(out, in, draft->version)) {
        end(out, draft, DRAFT_STATE_DISCARDED);
        order_reply_put(out, &in->reply, 200, public_id(out->arena, draft));
    }
}

void draft_due_need(const struct incoming_timer *in, struct rows *rows)
{
    draft_need(in->subject.id, rows);
}

void on_draft_due(struct decision *out, const struct incoming_timer *in)
{
    struct draft_row *draft = draft_find(in->subject.id, out->rows);

    if (draft != NULL && draft->state == DRAFT_STATE_OPEN && draft->expires_at <= in->due_at) {
        end(out, draft, DRAFT_STATE_EXPIRED);
    }
}

struct draft_row *draft_to_submit(struct decision *out, const struct incoming_message *in)
{
    struct draft_row *draft = draft_find(in->subject.id, out->rows);

    if (!is_seen(draft, in)) {
        unknown(out, in);
    } else if (is_over(draft, out->now)) {
        refuse_over(out, in, draft);
    } else if (!reply_stale(out, in, draft->version)) {
        return draft;
    }
    return NULL;
}

void draft_is_submitted(struct decision *out, struct draft_row *draft)
{
    if (!mutant("draft_stays_open")) {
        end(out, draft, DRAFT_STATE_SUBMITTED);
    }
}
