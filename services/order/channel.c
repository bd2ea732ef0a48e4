/* channel.c - takes a channel's policy, states it, and gives it to new orders. */
#include "services/order/channel.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "services/order/billing.h"
#include "services/order/delivery.h"
#include "services/order/detour.h"
#include "services/order/fraud.h"
#include "services/order/hold.h"
#include "services/order/reply.h"
#include "services/order/tax_policy.h"

#include <string.h>

enum { NUMBER_DIGITS = 6 };

static const struct order_channel_put *request_of(const struct incoming_message *in)
{
    return in->message;
}

const char *channel_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return request_of(in)->code;
}

void channel_need(const char *code, struct rows *rows)
{
    rows_want(rows, &order_channel_table, key_text(code));
}

void channel_put_need(const struct incoming_message *in, struct rows *rows)
{
    channel_need(request_of(in)->code, rows);
    fraud_rules_need(request_of(in)->code, rows);
}

void channel_put_need_shared(const struct incoming_message *in, struct rows *rows)
{
    (void)in;
    (void)rows;
}

static const char *languages_of(struct arena *arena, const struct channel_policy *policy)
{
    const char *languages = NULL;

    for (size_t i = 0; i < policy->languages_count; i++) {
        languages = languages == NULL
                        ? policy->languages[i]
                        : text_format(arena, "%s %s", languages, policy->languages[i]);
    }
    return languages;
}

static struct channel_row row_of(struct arena *arena, const struct order_channel_put *request)
{
    const struct channel_policy *policy = &request->body;
    const struct number_series *series = policy->number_series;
    struct channel_row row = {
        .code = request->code,
        .version = 1,
        .name = policy->name,
        .stock_policy = policy->stock_policy,
        .ask_ms = policy->has_ask_deadline_ms ? policy->ask_deadline_ms : 0,
        .by_person = policy->has_automatic_confirmation && !policy->automatic_confirmation,
        .address_check = policy->address_check,
        .number_prefix = series == NULL ? NULL : series->prefix,
        .number_yearly = series != NULL && series->yearly,
        .number_digits = series == NULL       ? 0
                         : series->has_digits ? series->digits
                                              : NUMBER_DIGITS,
        .payment_deadline_ms = policy->has_payment_deadline_ms ? policy->payment_deadline_ms : 0,
        .languages = languages_of(arena, policy),
        .delivery_options =
            delivery_options_text(arena, policy->delivery_options, policy->delivery_options_count),
        .draft_ttl_ms = policy->has_draft_ttl_ms ? policy->draft_ttl_ms : 0,
        .edit_window_ms = policy->has_edit_window_ms ? policy->edit_window_ms : 0,
        .invoice_series =
            billing_series_text(arena, policy->invoice_series, policy->invoice_series_count),
        .tax_policy = tax_policy_text(arena, policy->tax),
        .counted = fraud_rules_count_by(policy->fraud),
        .hold_at = policy->fraud == NULL ? 0 : policy->fraud->hold_at,
        .reject_at =
            policy->fraud == NULL || !policy->fraud->has_reject_at ? 0 : policy->fraud->reject_at
    };

    for (size_t i = 0; i < policy->silenced_messages_count; i++) {
        row.silenced |= INT64_C(1) << policy->silenced_messages[i];
    }
    for (size_t i = 0; i < policy->payment_methods_count; i++) {
        row.payment_methods |= INT64_C(1) << policy->payment_methods[i];
    }
    return row;
}

static bool is_same(const struct channel_row *one, const struct channel_row *other)
{
    return text_equal(one->name, other->name) && one->stock_policy == other->stock_policy &&
           one->ask_ms == other->ask_ms && one->silenced == other->silenced &&
           one->by_person == other->by_person && one->address_check == other->address_check &&
           one->hold_at == other->hold_at && text_equal(one->number_prefix, other->number_prefix) &&
           one->number_yearly == other->number_yearly &&
           one->number_digits == other->number_digits && one->reject_at == other->reject_at &&
           one->payment_deadline_ms == other->payment_deadline_ms &&
           one->payment_methods == other->payment_methods &&
           text_equal(one->languages, other->languages) &&
           text_equal(one->delivery_options, other->delivery_options) &&
           one->draft_ttl_ms == other->draft_ttl_ms &&
           one->edit_window_ms == other->edit_window_ms &&
           text_equal(one->invoice_series, other->invoice_series) &&
           text_equal(one->tax_policy, other->tax_policy);
}

static bool makes_sense(struct arena *arena, const struct channel_policy *policy,
                        struct field_error *ret)
{
    return fraud_rules_make_sense(arena, policy->fraud, ret) &&
           delivery_options_make_sense(arena, policy->delivery_options,
                                       policy->delivery_options_count, ret) &&
           billing_series_make_sense(arena, policy->invoice_series, policy->invoice_series_count,
                                     ret) &&
           tax_policy_makes_sense(arena, policy->tax, ret);
}

void on_channel_put(struct decision *out, const struct incoming_message *in)
{
    const struct order_channel_put *request = request_of(in);
    struct channel_row *stored =
        rows_find(out->rows, &order_channel_table, key_text(request->code));
    struct channel_row row = row_of(out->arena, request);
    bool is_new = stored == NULL;
    bool same = !is_new && is_same(stored, &row) &&
                fraud_rules_are(request->code, request->body.fraud, out->rows);
    struct field_error fault;

    if (!makes_sense(out->arena, &request->body, &fault)) {
        reply_invalid(out, in, fault.pointer, fault.detail);
        return;
    }
    if (reply_stale_put(out, in, is_new ? 0 : stored->version, same)) {
        return;
    }
    if (is_new) {
        stored = rows_insert(out->rows, &order_channel_table, &row);
    } else if (!same) {
        row.version = stored->version + 1;
        row.code = stored->code;
        *stored = row;
        rows_update(out->rows, &order_channel_table, stored);
    }
    if (!same) {
        fraud_rules_put(stored->code, request->body.fraud, out->rows);
    }
    struct channel_state state = { .code = request->code,
                                   .version = stored->version,
                                   .policy = request->body };
    decide_emit(out, (struct subject){ .id = request->code }, MESSAGE_CHANNEL_STATE, &state,
                sizeof state);
    order_reply_put(out, &in->reply, is_new ? 201 : 200, request->code);
}

static const struct channel_row *channel_of(const struct saga *saga)
{
    return rows_find(saga->out->rows, &order_channel_table, key_text(saga->order->channel));
}

void channel_apply(struct saga *saga)
{
    const struct channel_row *channel = channel_of(saga);

    if (channel == NULL) {
        return;
    }
    if (channel->stock_policy != STOCK_POLICY_REJECT &&
        channel->stock_policy != STOCK_POLICY_UNKNOWN) {
        struct detour_row *detour = detour_change(saga);

        detour->stock_policy = channel->stock_policy;
        detour->ask_ms = channel->ask_ms;
    }
    if (channel->payment_deadline_ms > 0) {
        detour_change(saga)->payment_ms = channel->payment_deadline_ms;
    }
    billing_apply(saga, channel);
    if (channel->by_person) {
        hold_for_person(saga);
    }
}

/* Whether two tags name the same language: by what stands before the first hyphen. */
static bool same_language(const char *one, const char *other)
{
    size_t length = strcspn(one, "-");

    return length == strcspn(other, "- ") && memcmp(one, other, length) == 0;
}

const char *channel_language(struct arena *arena, const struct channel_row *channel,
                             const char *locale)
{
    if (channel == NULL || channel->languages == NULL) {
        return locale;
    }
    for (const char *at = channel->languages; locale != NULL && *at != '\0';) {
        size_t length = strcspn(at, " ");

        if (same_language(locale, at)) {
            return locale;
        }
        at += length + (at[length] == ' ' ? 1 : 0);
    }
    return arena_copy_text(arena, channel->languages, strcspn(channel->languages, " "));
}

bool channel_takes(const struct channel_row *channel, enum payment_method method)
{
    return channel == NULL || channel->payment_methods == 0 ||
           (channel->payment_methods >> method & 1) != 0;
}

void channel_need_of_speaker(const struct incoming_message *in, struct rows *rows)
{
    if (in->channel != NULL) {
        channel_need(in->channel, rows);
    }
}

bool channel_window_is_over(const struct saga *saga, const struct incoming_message *in)
{
    const struct channel_row *channel =
        in->channel == NULL
            ? NULL
            : rows_find(saga->out->rows, &order_channel_table, key_text(in->channel));

    return channel != NULL && channel->edit_window_ms > 0 &&
           saga->out->now > saga->order->placed_at + channel->edit_window_ms;
}

const enum customer_message *channel_silenced(const struct saga *saga, size_t *ret_count)
{
    const struct channel_row *channel = channel_of(saga);
    enum customer_message *list = NULL;

    *ret_count = 0;
    if (channel == NULL || channel->silenced == 0) {
        return NULL;
    }
    list = arena_alloc(saga->out->arena, CUSTOMER_MESSAGE_UNKNOWN * sizeof *list);
    for (int word = 1; word < CUSTOMER_MESSAGE_UNKNOWN; word++) {
        if ((channel->silenced >> word & 1) != 0) {
            list[(*ret_count)++] = (enum customer_message)word;
        }
    }
    return list;
}
