/* rules.c - what the two test services decide. */
#include "tests/services/relay/relay.h"

#include "common/arena.h"
#include "common/text.h"
#include "sql/relay_sql.h"

#include <assert.h>
#include <string.h>

static struct tally_row *tally_of(struct decision *out, const char *key)
{
    struct tally_row *tally = rows_find(out->rows, &tally_table, key_text(key));

    if (tally == NULL) {
        tally =
            rows_insert(out->rows, &tally_table, &(struct tally_row){ .key = key, .last_n = -1 });
    }
    rows_update(out->rows, &tally_table, tally);
    return tally;
}

static void want_tally(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &tally_table, key_text(in->subject.id));
}

/* Requests carry no number: a repeated one is known by its identity, here the rising n of its key. */
static void relay_on_ping(struct decision *out, const struct incoming_message *in)
{
    const struct ping *ping = in->message;
    int64_t identity = ping->n < 0 ? -ping->n : ping->n;
    struct tally_row *tally = tally_of(out, in->subject.id);

    assert(in->clock == 0 && out->clock == 0); /* whatever its record says */
    if (identity > tally->last_n) {
        tally->last_n = identity;
        decide_emit(out, in->subject, RELAY_PINGED, ping, sizeof *ping);
    }
}

static void decide_more(struct decision *out, const struct incoming_message *in,
                        const struct ping *ping)
{
    if (ping->n % 10 == 0) {
        struct effect_request effect = { .kind = "echo",
                                         .key = text_format(out->arena, "%s/%lld", ping->key,
                                                            (long long)ping->n),
                                         .subject = in->subject,
                                         .payload = ping };

        decide_effect(out, &effect, sizeof *ping);
    }
    if (ping->n % 7 == 0) {
        decide_timer(out, in->subject, "later", out->now + 50, ping->n);
    }
    if (ping->n % 11 == 0) {
        const char *hub = text_format(out->arena, "hub-%lld", (long long)(ping->n / 11 % 5));
        struct ping hubbed = { .n = ping->n, .key = hub };

        decide_input(out, (struct subject){ .id = hub }, RELAY_HUBBED, &hubbed, sizeof hubbed);
    }
}

bool count_accepts_negative;

static void count_on_pinged(struct decision *out, const struct incoming_message *in)
{
    struct ping positive = *(const struct ping *)in->message;
    const struct ping *ping = &positive;

    assert(in->clock == 1); /* also when it was parked */
    if (positive.n < 0 && !count_accepts_negative) {
        decide_impossible(out, "number %lld is negative", (long long)positive.n);
        return;
    }
    positive.n = positive.n < 0 ? -positive.n : positive.n;
    struct tally_row *tally = tally_of(out, in->subject.id);
    tally->count++;
    tally->sum += ping->n;
    tally->disorder += ping->n <= tally->last_n ? 1 : 0;
    tally->last_n = ping->n;
    decide_more(out, in, ping);
}

static void count_on_hubbed(struct decision *out, const struct incoming_message *in)
{
    assert(in->clock == 2); /* behind the fact that it follows from */
    tally_of(out, in->subject.id)->hubbed++;
}

static void want_tally_of_timer(const struct incoming_timer *in, struct rows *rows)
{
    rows_want(rows, &tally_table, key_text(in->subject.id));
}

static void count_on_later(struct decision *out, const struct incoming_timer *in)
{
    tally_of(out, in->subject.id)->fired++;
}

static void echo_request(struct arena *arena, const void *payload, const char *key,
                         struct outside_request *ret)
{
    const struct ping *ping = payload;

    ret->method = "POST";
    ret->path = "/echo";
    ret->headers = text_format(arena, "Idempotency-Key: %s\n", key);
    ret->body = text_format(arena, "%lld", (long long)ping->n);
    ret->body_length = strlen(ret->body);
}

static enum effect_verdict echo_read(struct arena *arena, const void *payload,
                                     const struct http_end *end, bool asked,
                                     const void **ret_result)
{
    (void)arena;
    (void)asked;
    *ret_result = payload;
    return end->status == 200 ? EFFECT_DONE : EFFECT_AGAIN;
}

static void want_tally_of_result(const struct incoming_result *in, struct rows *rows)
{
    rows_want(rows, &tally_table, key_text(in->subject.id));
}

/* An echo that was given up has no result, and counts as one that came: its end is known. */
static void count_on_echo(struct decision *out, const struct incoming_result *in)
{
    assert((in->result == NULL) == in->given_up);
    tally_of(out, in->subject.id)->echoes++;
}

static const struct column tally_columns[] = {
    COLUMN(struct tally_row, key, COLUMN_TEXT),      COLUMN(struct tally_row, count, COLUMN_INT8),
    COLUMN(struct tally_row, sum, COLUMN_INT8),      COLUMN(struct tally_row, last_n, COLUMN_INT8),
    COLUMN(struct tally_row, disorder, COLUMN_INT8), COLUMN(struct tally_row, echoes, COLUMN_INT8),
    COLUMN(struct tally_row, fired, COLUMN_INT8),    COLUMN(struct tally_row, hubbed, COLUMN_INT8),
};
const struct table tally_table = {
    .name = "tally",
    .columns = tally_columns,
    .column_count = COLUMN_COUNT(tally_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct tally_row),
    .load = RELAY_SQL_TALLY_LOAD,
    .insert = RELAY_SQL_TALLY_INSERT,
    .update = RELAY_SQL_TALLY_UPDATE,
    .remove = STATEMENT_NONE,
};
const struct table *const relay_tables[] = { &tally_table, NULL };
const struct table *const count_tables[] = { &tally_table, NULL };

static const struct message_handler relay_messages[] = {
    { .message_type = RELAY_PING, .need = want_tally, .decide = relay_on_ping },
};
static const struct message_handler count_messages[] = {
    { .message_type = RELAY_HUBBED, .need = want_tally, .decide = count_on_hubbed },
    { .message_type = RELAY_PINGED, .need = want_tally, .decide = count_on_pinged },
};
static const struct timer_handler count_timers[] = {
    { .kind = "later", .need = want_tally_of_timer, .decide = count_on_later },
};
static const struct effect_handler count_effects[] = {
    { .kind = "echo",
      .target = 0,
      .payload_type = RELAY_PING,
      .timeout_ms = 2000,
      .request = echo_request,
      .read = echo_read,
      .need = want_tally_of_result,
      .decide = count_on_echo },
};
static const struct outside_target count_targets[] = {
    { .name = "echo",
      .url_setting = "KERVAN_ECHO_URL",
      .default_url = "http://127.0.0.1:1",
      .calls_at_once_max = 16 },
};
static const struct broker_topic relay_consumed[] = {
    { .name = "relay.requests", .default_type = "test.ping.v1" },
    { .name = "relay.requests.shop", .channel = "shop", .default_type = "test.ping.v1" },
};
static const struct broker_topic relay_published[] = { { .name = "relay.events",
                                                         .numbered = true } };
static const struct broker_topic count_consumed[] = {
    { .name = "relay.events", .numbered = true, .requests = "relay.requests" },
    { .name = "count.requests" },
};
static const struct broker_topic count_published[] = { { .name = "relay.requests" } };

const struct service relay_service = {
    .name = "relay",
    .schema = "relay",
    .code_version = 1,
    .consumed = relay_consumed,
    .consumed_count = 2,
    .published = relay_published,
    .published_count = 1,
    .infos = relay_infos,
    .info_count = RELAY_MESSAGE_COUNT,
    .messages = relay_messages,
    .message_count = 1,
    .tables = relay_tables,
    .statements = relay_sql_statements,
    .statement_count = RELAY_SQL_COUNT,
};
const struct service count_service = {
    .name = "count",
    .schema = "count",
    .code_version = 1,
    .consumed = count_consumed,
    .consumed_count = 2,
    .published = count_published,
    .published_count = 1,
    .infos = relay_infos,
    .info_count = RELAY_MESSAGE_COUNT,
    .messages = count_messages,
    .message_count = 2,
    .timers = count_timers,
    .timer_count = 1,
    .effects = count_effects,
    .effect_count = 1,
    .targets = count_targets,
    .target_count = 1,
    .tables = count_tables,
    .statements = relay_sql_statements,
    .statement_count = RELAY_SQL_COUNT,
};
