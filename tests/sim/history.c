/* history.c - reads the log by key, and mixes all final state into a number. */
#include "tests/sim/history.h"

#include "common/arena.h"
#include "common/envelope.h"
#include "common/instant.h"
#include "common/text.h"
#include "tests/sim/carrier.h"
#include "tests/sim/mailbox.h"
#include "tests/sim/provider.h"
#include "tests/sim/services.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_MAX = 4096, BODY_SHOWN = 600 };

/* --- All topics ------------------------------------------------------------------------------------ */

typedef void each_record(struct sim *sim, void *context, const char *topic,
                         const struct record *record);

static void read_topic(struct sim *sim, const struct broker_topic *topic, each_record *take,
                       void *context)
{
    int64_t lanes = topic->partitions == PARTITIONS_ANY ? 1 : SIM_LANES;

    for (int64_t lane = 0; lane < lanes; lane++) {
        int64_t first = 0, end = 0;

        memory_log_range(sim->log, topic->name, lane, &first, &end);
        for (int64_t offset = first; offset < end; offset++) {
            struct record record;

            memory_log_record(sim->log, topic->name, lane, offset, &record);
            take(sim, context, topic->name, &record);
        }
    }
}

/* Topics seen already, and who wants to read the others. */
struct reading {
    struct names seen;
    each_record *take;
    void *context;
};

static void read_list(struct sim *sim, struct reading *reading, const struct broker_topic *topics,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (names_find(&reading->seen, topics[i].name) == NULL) {
            names_put(sim->ctx.arena, &reading->seen, topics[i].name, reading);
            read_topic(sim, &topics[i], reading->take, reading->context);
        }
    }
}

/* Each topic of the log once. */
static void read_all(struct sim *sim, each_record *take, void *context)
{
    struct reading reading = { .take = take, .context = context };

    for (size_t i = 0; i < SIM_SERVICES; i++) {
        const struct service *service = service_of((enum service_index)i);

        read_list(sim, &reading, service->consumed, service->consumed_count);
        read_list(sim, &reading, service->published, service->published_count);
    }
}

/* --- One order ------------------------------------------------------------------------------------- */

struct seen_record {
    const char *topic;
    struct record record;
};
struct seen {
    const char *key;
    struct seen_record records[RECORDS_MAX];
    size_t count;
};

static void note_record(struct sim *sim, void *context, const char *topic,
                        const struct record *record)
{
    struct seen *seen = context;
    bool about = record->key != NULL && strcmp(record->key, seen->key) == 0;

    (void)sim;
    if ((about || (record->value != NULL && strstr(record->value, seen->key) != NULL)) &&
        seen->count < RECORDS_MAX) {
        seen->records[seen->count++] = (struct seen_record){ topic, *record };
    }
}

static int compare_times(const void *left, const void *right)
{
    const struct seen_record *a = left, *b = right;

    if (a->record.appended_at != b->record.appended_at) {
        return a->record.appended_at < b->record.appended_at ? -1 : 1;
    }
    const char *clocks[] = { record_header(&a->record, HEADER_CLOCK),
                             record_header(&b->record, HEADER_CLOCK) };
    int64_t first = clocks[0] == NULL ? 0 : strtoll(clocks[0], NULL, 10);
    int64_t second = clocks[1] == NULL ? 0 : strtoll(clocks[1], NULL, 10);
    return (first > second) - (first < second);
}

static void print_record(const struct seen_record *seen)
{
    const char *type = record_header(&seen->record, HEADER_TYPE);
    const char *number = record_header(&seen->record, HEADER_NUMBER);
    struct instant_text at = instant_format(seen->record.appended_at);

    printf("%s  %-22s %-36s %s\n%.*s\n", at.text, seen->topic, type == NULL ? "-" : type,
           number == NULL ? "" : number, BODY_SHOWN,
           seen->record.value == NULL ? "" : seen->record.value);
}

void history_print(struct sim *sim, const char *order_id)
{
    struct seen *seen = calloc(1, sizeof *seen);

    if (seen == NULL) {
        abort();
    }
    arena_reset(sim->ctx.arena);
    seen->key = order_id;
    read_all(sim, note_record, seen);
    qsort(seen->records, seen->count, sizeof seen->records[0], compare_times);
    for (size_t i = 0; i < seen->count; i++) {
        print_record(&seen->records[i]);
    }
    free(seen);
}

/* --- Everything ------------------------------------------------------------------------------------ */

/* `bytes` NULL: nothing. */
static void mix(uint64_t *digest, const void *bytes, size_t length)
{
    struct bytes content = { bytes == NULL ? "" : bytes, length };

    *digest = (*digest ^ key_hash(key_bytes(content))) * 0x9e3779b97f4a7c15u;
}

static void mix_text(uint64_t *digest, const char *text)
{
    mix(digest, text, text == NULL ? 0 : strlen(text));
}

static void mix_int(uint64_t *digest, int64_t value)
{
    *digest = (*digest ^ *digest >> 29 ^ (uint64_t)value) * 0x9e3779b97f4a7c15u;
}

static void mix_row(uint64_t *digest, const struct table *table, const void *row)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const void *value = (const char *)row + table->columns[i].offset;

        if (table->columns[i].kind == COLUMN_TEXT) {
            mix_text(digest, *(const char *const *)value);
        } else if (table->columns[i].kind == COLUMN_BYTES) {
            mix(digest, ((const struct bytes *)value)->bytes,
                ((const struct bytes *)value)->length);
        } else if (table->columns[i].kind == COLUMN_BOOL) {
            mix_int(digest, *(const bool *)value);
        } else {
            mix_int(digest, *(const int64_t *)value);
        }
    }
}

static void mix_table(struct sim *sim, uint64_t *digest, struct memory_database *database,
                      const struct table *table)
{
    size_t count = 0;
    void **rows = memory_database_rows(database, table, &count);

    (void)sim;
    for (size_t i = 0; i < count; i++) {
        mix_row(digest, table, rows[i]);
    }
}

static void mix_record(struct sim *sim, void *context, const char *topic,
                       const struct record *record)
{
    (void)sim;
    mix_text(context, topic);
    mix_text(context, record->key);
    mix(context, record->value == NULL ? "" : record->value, record->value_length);
    mix_int(context, record->appended_at);
}

static void mix_books(struct sim *sim, uint64_t *digest)
{
    for (size_t i = 0; i < sim->provider->intent_count; i++) {
        const struct intent *intent = sim->provider->intents[i];

        mix_text(digest, intent->payment_id);
        mix_int(digest, intent->captured_minor);
        mix_int(digest, intent->refunded_minor);
    }
    for (const struct sent_parcel *at = sim->carrier->parcels; at != NULL; at = at->next) {
        mix_text(digest, at->reference);
        mix_int(digest, at->labels);
    }
    mix_int(digest, sim->mailbox->mail_count);
    mix_int(digest, sim->mailbox->copy_count);
}

uint64_t history_digest(struct sim *sim)
{
    static const struct table *const runtime[] = { &timer_table,        &effect_table,
                                                   &input_table,        &parked_table,
                                                   &outbox_table,       &stream_table,
                                                   &read_position_table };
    uint64_t digest = sim->seed;

    arena_reset(sim->ctx.arena);
    for (size_t i = 0; i < SIM_SERVICES; i++) {
        const struct table *const *table = service_of((enum service_index)i)->tables;

        for (; *table != NULL; table++) {
            mix_table(sim, &digest, sim->databases[i], *table);
        }
        for (size_t at = 0; at < sizeof runtime / sizeof runtime[0]; at++) {
            mix_table(sim, &digest, sim->databases[i], runtime[at]);
        }
    }
    read_all(sim, mix_record, &digest);
    mix_books(sim, &digest);
    return digest;
}
