/* memory_log.c - the log in memory: what stands in it, and what is lost of it.
 *
 * What is still under way to it is the matter of memory_flight.c.
 */
#include "common/memory_log.h"

#include "common/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes);

    if (memory == NULL) {
        (void)fprintf(stderr, "memory log: the machine has no memory left (%zu bytes)\n", bytes);
        abort();
    }
    return memory;
}

int64_t memory_log_now(const struct memory_log *log)
{
    return log->options.now_ms(log->options.clock);
}

/* splitmix64: one word of state, and any seed will do. */
int64_t memory_log_random(struct memory_log *log, int64_t below)
{
    assert(below > 0);
    log->random += 0x9e3779b97f4a7c15u;

    uint64_t mixed = log->random;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    mixed ^= mixed >> 31;
    return (int64_t)(mixed % (uint64_t)below);
}

bool memory_log_chance(struct memory_log *log, int permille)
{
    return permille > 0 && memory_log_random(log, 1000) < permille;
}

/* --- Records ---------------------------------------------------------------------------------- */

static size_t text_bytes(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static const char *put(char **end, const char *text, size_t length)
{
    char *start = *end;

    if (text == NULL)
        return NULL;
    memcpy(start, text, length);
    start[length] = '\0';
    *end = start + length + 1;
    return start;
}

static struct record_header put_header(char **end, const struct record_header *header)
{
    const char *name = put(end, header->name, strlen(header->name));
    const char *value = put(end, header->value, strlen(header->value));

    return (struct record_header){ name, value };
}

static size_t headers_bytes(const struct record_header *headers, size_t count)
{
    size_t bytes = count * sizeof *headers;

    for (size_t i = 0; i < count; i++)
        bytes += text_bytes(headers[i].name) + text_bytes(headers[i].value);
    return bytes;
}

struct memory_record *memory_record_new(const struct publication *publication,
                                        const struct record_header *extra, size_t extra_count)
{
    size_t count = publication->header_count;
    struct memory_record *record =
        allocate(NULL, sizeof *record + headers_bytes(publication->headers, count) +
                           headers_bytes(extra, extra_count) + text_bytes(publication->key) +
                           publication->value_length + 1);
    struct record_header *headers = (struct record_header *)(record + 1);
    char *end = (char *)(headers + count + extra_count);

    for (size_t i = 0; i < count; i++)
        headers[i] = put_header(&end, &publication->headers[i]);
    for (size_t i = 0; i < extra_count; i++)
        headers[count + i] = put_header(&end, &extra[i]);
    *record = (struct memory_record){
        .references = 1,
        .value_length = publication->value_length,
        .headers = headers,
        .header_count = count + extra_count,
    };
    if (publication->key != NULL)
        record->key = put(&end, publication->key, strlen(publication->key));
    record->value = put(&end, publication->value, publication->value_length);
    return record;
}

void memory_record_release(struct memory_record *record)
{
    if (--record->references == 0)
        free(record);
}

/* --- Partitions ------------------------------------------------------------------------------- */

int64_t memory_partition_end(const struct memory_partition *partition)
{
    return partition->first_offset + (int64_t)partition->count;
}

static const struct memory_entry *entry_at(const struct memory_partition *partition, int64_t offset)
{
    return &partition->entries[partition->head + (size_t)(offset - partition->first_offset)];
}

const struct memory_entry *memory_partition_at(const struct memory_partition *partition,
                                               int64_t offset)
{
    if (offset < partition->first_offset || offset >= memory_partition_end(partition))
        return NULL;
    return entry_at(partition, offset);
}

int64_t memory_partition_since(const struct memory_partition *partition, int64_t instant_ms)
{
    int64_t low = partition->first_offset, high = memory_partition_end(partition);

    while (low < high) { /* append times never fall */
        int64_t middle = low + (high - low) / 2;

        if (entry_at(partition, middle)->appended_at < instant_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void make_room(struct memory_partition *partition)
{
    if (partition->head + partition->count < partition->capacity)
        return;
    if (partition->head > partition->capacity / 2) {
        memmove(partition->entries, partition->entries + partition->head,
                partition->count * sizeof *partition->entries);
        partition->head = 0;
        return;
    }
    partition->capacity = partition->capacity == 0 ? 64 : partition->capacity * 2;
    partition->entries =
        allocate(partition->entries, partition->capacity * sizeof *partition->entries);
}

void memory_partition_append(struct memory_partition *partition, struct memory_record *record,
                             int64_t now_ms)
{
    make_room(partition);
    if (partition->appended_at_min < now_ms)
        partition->appended_at_min = now_ms;
    record->references++;
    partition->entries[partition->head + partition->count++] =
        (struct memory_entry){ partition->appended_at_min, record };
}

static void drop_first(struct memory_partition *partition)
{
    memory_record_release(partition->entries[partition->head].record);
    partition->head++;
    partition->count--;
    partition->first_offset++;
}

static void drop_last(struct memory_partition *partition)
{
    memory_record_release(partition->entries[partition->head + partition->count - 1].record);
    partition->count--;
}

/* A restart takes longer than a millisecond: what comes next has another append time than what was lost. */
static void partition_cut(struct memory_partition *partition, int64_t count)
{
    if (count > 0 && partition->count > 0)
        partition->appended_at_min++;
    for (int64_t i = 0; i < count && partition->count > 0; i++)
        drop_last(partition);
}

static void partition_trim(struct memory_partition *partition, int64_t instant_ms)
{
    while (partition->count > 0 && partition->entries[partition->head].appended_at < instant_ms)
        drop_first(partition);
}

/* --- The log ---------------------------------------------------------------------------------- */

struct memory_log *memory_log_new(const struct memory_log_options *options)
{
    struct memory_log *log = allocate(NULL, sizeof *log);

    *log = (struct memory_log){ .options = *options, .random = options->seed };
    return log;
}

void memory_log_free(struct memory_log *log)
{
    if (log == NULL)
        return;
    memory_log_drop_flights(log);
    for (size_t i = 0; i < log->topic_count; i++) {
        struct memory_topic *topic = &log->topics[i];

        for (int64_t lane = 0; lane < topic->partition_count; lane++) {
            partition_cut(&topic->partitions[lane], INT64_MAX);
            free(topic->partitions[lane].entries);
        }
        free(topic->partitions);
        free(topic->name);
    }
    free(log);
}

void memory_log_create_topic(struct memory_log *log, const char *name, int64_t partition_count)
{
    assert(log->topic_count < MEMORY_TOPICS_MAX && memory_log_topic(log, name) == NULL);

    size_t bytes = (size_t)partition_count * sizeof(struct memory_partition);
    struct memory_topic *topic = &log->topics[log->topic_count++];
    topic->name = allocate(NULL, strlen(name) + 1);
    memcpy(topic->name, name, strlen(name) + 1);
    topic->partition_count = partition_count;
    topic->partitions = allocate(NULL, bytes);
    memset(topic->partitions, 0, bytes);
}

struct memory_topic *memory_log_topic(struct memory_log *log, const char *name)
{
    for (size_t i = 0; i < log->topic_count; i++) {
        if (text_equal(log->topics[i].name, name))
            return &log->topics[i];
    }
    return NULL;
}

static struct memory_partition *find(struct memory_log *log, const char *topic, int64_t lane)
{
    struct memory_topic *found = memory_log_topic(log, topic);

    assert(found != NULL && lane >= 0 && lane < found->partition_count);
    return &found->partitions[lane];
}

void memory_log_set_faults(struct memory_log *log, const struct memory_faults *faults)
{
    log->options.faults = *faults;
}

void memory_log_stop(struct memory_log *log)
{
    memory_log_advance(log);
    log->stopped = true;
}

void memory_log_start(struct memory_log *log)
{
    log->stopped = false;
    log->restarts++;
}

void memory_log_cut(struct memory_log *log, const char *topic, int64_t lane, int64_t count)
{
    memory_log_advance(log);
    partition_cut(find(log, topic, lane), count);
    log->restarts++;
}

void memory_log_trim(struct memory_log *log, int64_t instant_ms)
{
    for (size_t i = 0; i < log->topic_count; i++) {
        for (int64_t lane = 0; lane < log->topics[i].partition_count; lane++)
            partition_trim(&log->topics[i].partitions[lane], instant_ms);
    }
}

void memory_log_range(struct memory_log *log, const char *topic, int64_t lane, int64_t *ret_first,
                      int64_t *ret_end)
{
    const struct memory_partition *partition = find(log, topic, lane);

    *ret_first = partition->first_offset;
    *ret_end = memory_partition_end(partition);
}

void memory_log_record(struct memory_log *log, const char *topic, int64_t lane, int64_t offset,
                       struct record *ret)
{
    const struct memory_entry *entry = memory_partition_at(find(log, topic, lane), offset);

    assert(entry != NULL);
    *ret = (struct record){ .lane = lane, .offset = offset };
    memory_entry_show(entry, ret);
}

void memory_entry_show(const struct memory_entry *entry, struct record *ret)
{
    const struct memory_record *record = entry->record;
    size_t shown =
        record->header_count < RECORD_HEADERS_MAX ? record->header_count : RECORD_HEADERS_MAX;

    ret->appended_at = entry->appended_at;
    ret->key = record->key;
    ret->value = record->value;
    ret->value_length = record->value_length;
    memcpy(ret->headers, record->headers, shown * sizeof ret->headers[0]);
    ret->header_count = shown;
    ret->headers_dropped = record->header_count - shown;
}
