/* broker_kafka_background.c - a thread for questions that wait for an answer of the brokers.
 *
 * The ends of partitions, positions an hour back, whether somebody answers again after a connection
 * ended, and the end of clients: none of them may hold up a worker.
 */
#include "common/broker_kafka.h"

#include "common/log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ANSWER_PATIENCE_MS = 2000, RETRY_PAUSE_MS = 100 };

static struct kafka_background *lock(struct kafka_broker *kafka)
{
    pthread_mutex_lock(&kafka->background.lock);
    return &kafka->background;
}

static void unlock(struct kafka_broker *kafka)
{
    pthread_mutex_unlock(&kafka->background.lock);
}

static void unlock_and_wake(struct kafka_broker *kafka)
{
    pthread_cond_signal(&kafka->background.wake);
    unlock(kafka);
}

/* --- Asking ----------------------------------------------------------------------------------- */

static void add(rd_kafka_topic_partition_list_t *list, const char *topic, int64_t lane,
                int64_t time)
{
    rd_kafka_topic_partition_list_add(list, topic, (int32_t)lane)->offset = time;
}

/* Puts offsets in the place of the times, of all partitions or of none.  -1 and -2 as times are the end and the beginning. */
static bool ask(struct kafka_broker *kafka, rd_kafka_topic_partition_list_t *list)
{
    if (list->cnt == 0)
        return true;
    if (rd_kafka_offsets_for_times(kafka->consumer.handle, list, ANSWER_PATIENCE_MS))
        return false;
    for (int i = 0; i < list->cnt; i++) {
        if (list->elems[i].err)
            return false;
    }
    return true;
}

static int64_t answer(rd_kafka_topic_partition_list_t *list, const char *topic, int64_t lane)
{
    return rd_kafka_topic_partition_list_find(list, topic, (int32_t)lane)->offset;
}

/* --- Ends ------------------------------------------------------------------------------------- */

static bool ask_ends(struct kafka_broker *kafka, struct partition_end *ends, size_t count)
{
    const struct broker_topic *topics = kafka->options.consumed;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

    for (size_t i = 0; i < count; i++)
        add(list, topics[ends[i].topic].name, ends[i].lane, RD_KAFKA_OFFSET_END);
    bool answered = ask(kafka, list);
    for (size_t i = 0; answered && i < count; i++)
        ends[i].end_offset = answer(list, topics[ends[i].topic].name, ends[i].lane);
    rd_kafka_topic_partition_list_destroy(list);
    return answered;
}

/* Nobody touches the array while the question is put. */
static bool serve_ends(struct kafka_broker *kafka)
{
    struct kafka_background *background = lock(kafka);
    bool put = background->ends_question == QUESTION_PUT;

    unlock(kafka);
    if (!put)
        return true;
    bool answered = ask_ends(kafka, background->ends, background->end_count);
    (void)lock(kafka);
    if (answered)
        background->ends_question = QUESTION_ANSWERED;
    unlock(kafka);
    return answered;
}

static void put_ends_question(struct kafka_broker *kafka, struct kafka_background *background)
{
    background->end_count = 0;
    for (size_t i = 0; i < kafka->reading_count; i++) {
        const struct kafka_reading *reading = &kafka->readings[i];

        if (reading->state != READING_NOTHING) {
            background->ends[background->end_count++] =
                (struct partition_end){ reading->topic, reading->lane, 0 };
        }
    }
    background->ends_asked_at = kafka_now_ms();
    background->ends_question = QUESTION_PUT;
}

size_t kafka_ends(struct broker *broker, struct partition_end *ret, size_t max,
                  int64_t *ret_asked_at)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    struct kafka_background *background = lock(kafka);
    size_t count = 0;

    if (background->ends_question == QUESTION_NONE) {
        put_ends_question(kafka, background);
    } else if (background->ends_question == QUESTION_ANSWERED) {
        count = background->end_count < max ? background->end_count : max;
        memcpy(ret, background->ends, count * sizeof *ret);
        *ret_asked_at = background->ends_asked_at;
        background->ends_question = QUESTION_NONE;
    }
    unlock_and_wake(kafka);
    return count;
}

/* --- Positions -------------------------------------------------------------------------------- */

/* A time that nothing in the log is as young as means the end.  That was asked for first: what comes later is younger. */
static bool ask_positions(struct kafka_broker *kafka, struct kafka_lookup *lookups, size_t count)
{
    rd_kafka_topic_partition_list_t *ends = rd_kafka_topic_partition_list_new((int)count);
    rd_kafka_topic_partition_list_t *since = rd_kafka_topic_partition_list_new((int)count);

    for (size_t i = 0; i < count; i++) {
        const struct kafka_reading *reading = &kafka->readings[lookups[i].reading];
        const char *topic = kafka->options.consumed[reading->topic].name;

        add(ends, topic, reading->lane, RD_KAFKA_OFFSET_END);
        add(since, topic, reading->lane,
            lookups[i].since_ms > 0 ? lookups[i].since_ms : RD_KAFKA_OFFSET_BEGINNING);
    }
    bool answered = ask(kafka, ends) && ask(kafka, since);
    for (size_t i = 0; answered && i < count; i++) {
        const struct kafka_reading *reading = &kafka->readings[lookups[i].reading];
        const char *topic = kafka->options.consumed[reading->topic].name;

        lookups[i].offset = answer(since, topic, reading->lane);
        if (lookups[i].offset < 0)
            lookups[i].offset = answer(ends, topic, reading->lane);
    }
    rd_kafka_topic_partition_list_destroy(ends);
    rd_kafka_topic_partition_list_destroy(since);
    return answered;
}

static bool serve_positions(struct kafka_broker *kafka)
{
    struct kafka_background *background = lock(kafka);
    bool put = background->lookup_question == QUESTION_PUT;

    unlock(kafka);
    if (!put)
        return true;
    bool answered = ask_positions(kafka, background->lookups, background->lookup_count);
    (void)lock(kafka);
    if (answered)
        background->lookup_question = QUESTION_ANSWERED;
    unlock(kafka);
    if (answered)
        kafka_wake(kafka);
    return answered;
}

bool kafka_background_look_up(struct kafka_broker *kafka, const struct kafka_lookup *lookups,
                              size_t count)
{
    struct kafka_background *background = lock(kafka);
    bool idle = background->lookup_question == QUESTION_NONE;

    if (idle) {
        background->lookup_count = count < kafka->reading_count ? count : kafka->reading_count;
        memcpy(background->lookups, lookups, background->lookup_count * sizeof *lookups);
        background->lookup_question = QUESTION_PUT;
    }
    unlock_and_wake(kafka);
    return idle;
}

size_t kafka_background_found(struct kafka_broker *kafka, struct kafka_lookup *ret, size_t max)
{
    struct kafka_background *background = lock(kafka);
    size_t count = 0;

    if (background->lookup_question == QUESTION_ANSWERED) {
        count = background->lookup_count < max ? background->lookup_count : max;
        memcpy(ret, background->lookups, count * sizeof *ret);
        background->lookup_question = QUESTION_NONE;
    }
    unlock(kafka);
    return count;
}

/* --- Connections ------------------------------------------------------------------------------ */

void kafka_background_connection_closed(struct kafka_broker *kafka)
{
    lock(kafka)->closed++;
    unlock_and_wake(kafka);
}

static void add_consumed(struct kafka_broker *kafka, rd_kafka_topic_partition_list_t *list)
{
    for (size_t i = 0; i < kafka->options.consumed_count; i++) {
        for (int64_t lane = 0; lane < kafka->consumed[i].partition_count; lane++)
            add(list, kafka->options.consumed[i].name, lane, RD_KAFKA_OFFSET_END);
    }
}

/* Every partition that matters has a leader that answers. */
static bool probe(struct kafka_broker *kafka)
{
    const struct broker_options *options = &kafka->options;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);

    add_consumed(kafka, list);
    for (size_t i = 0; i < options->published_count; i++) {
        for (int32_t lane = 0; lane < kafka->published[i].partition_count; lane++) {
            if (rd_kafka_topic_partition_list_find(list, options->published[i].name, lane) == NULL)
                add(list, options->published[i].name, lane, RD_KAFKA_OFFSET_END);
        }
    }
    bool answered = ask(kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    return answered;
}

static void tell(bool answered)
{
    if (answered) {
        log_info("Kafka answers again", LOG_NOTHING);
    } else {
        log_warning("Kafka does not answer", LOG_NOTHING);
    }
}

static bool serve_connections(struct kafka_broker *kafka)
{
    struct kafka_background *background = lock(kafka);
    uint64_t closed = background->closed;
    bool trouble = closed != background->closed_seen;

    unlock(kafka);
    if (!trouble)
        return true;
    bool answered = probe(kafka);
    if (background->down == answered) /* this thread's alone */
        tell(answered);
    background->down = !answered;
    if (!answered)
        return false;
    (void)lock(kafka);
    background->closed_seen = closed; /* what closed meanwhile is another reconnection */
    background->reconnected = true;
    unlock(kafka);
    kafka_wake(kafka);
    rd_kafka_queue_yield(kafka->consumer_queue); /* a poll that waits returns */
    return true;
}

/* The library's threads that stopped fetching look again after a second, or when they have something to send. */
static void serve_nudge(struct kafka_broker *kafka)
{
    struct kafka_background *background = lock(kafka);
    bool nudge = background->nudge;

    background->nudge = false;
    unlock(kafka);
    if (!nudge)
        return;

    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    add_consumed(kafka, list);
    (void)ask(kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
}

void kafka_background_nudge(struct kafka_broker *kafka)
{
    lock(kafka)->nudge = true;
    unlock_and_wake(kafka);
}

/* --- Ends of clients -------------------------------------------------------------------------- */

void kafka_background_retire_producer(struct kafka_broker *kafka, struct kafka_producer *producer)
{
    struct kafka_background *background = lock(kafka);

    producer->next = background->retired_producers;
    background->retired_producers = producer;
    unlock_and_wake(kafka);
}

void kafka_background_retire_tails(struct kafka_broker *kafka, struct kafka_tails *tails)
{
    struct kafka_background *background = lock(kafka);

    tails->next = background->retired_tails;
    background->retired_tails = tails;
    unlock_and_wake(kafka);
}

static void end_retired(struct kafka_broker *kafka)
{
    struct kafka_background *background = lock(kafka);
    struct kafka_producer *producers = background->retired_producers;
    struct kafka_tails *tails = background->retired_tails;

    background->retired_producers = NULL;
    background->retired_tails = NULL;
    unlock(kafka);
    while (producers != NULL) {
        struct kafka_producer *next = producers->next;

        kafka_producer_end(producers);
        producers = next;
    }
    while (tails != NULL) {
        struct kafka_tails *next = tails->next;

        kafka_tails_end(tails);
        tails = next;
    }
}

/* --- The thread ------------------------------------------------------------------------------- */

static bool has_work(const struct kafka_background *background)
{
    return background->stop || background->nudge || background->closed != background->closed_seen ||
           background->ends_question == QUESTION_PUT ||
           background->lookup_question == QUESTION_PUT || background->retired_producers != NULL ||
           background->retired_tails != NULL;
}

/* After a question without an answer the next try waits a little. */
static bool wait_for_work(struct kafka_broker *kafka, bool answered)
{
    struct kafka_background *background = lock(kafka);

    if (!answered && !background->stop) {
        struct timespec until;

        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += (long)RETRY_PAUSE_MS * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        (void)pthread_cond_timedwait(&background->wake, &background->lock, &until);
    }
    while (!has_work(background))
        (void)pthread_cond_wait(&background->wake, &background->lock);
    bool go_on = !background->stop;
    unlock(kafka);
    return go_on;
}

static void *run(void *argument)
{
    struct kafka_broker *kafka = argument;
    bool answered = true;

    while (wait_for_work(kafka, answered)) {
        end_retired(kafka);
        serve_nudge(kafka);
        answered = serve_connections(kafka) && serve_positions(kafka) && serve_ends(kafka);
    }
    end_retired(kafka);
    return NULL;
}

enum err kafka_background_start(struct kafka_broker *kafka, struct ctx *ctx)
{
    struct kafka_background *background = &kafka->background;

    background->ends = kafka_allocate(kafka->reading_count, sizeof *background->ends);
    background->lookups = kafka_allocate(kafka->reading_count, sizeof *background->lookups);
    if (pthread_create(&background->thread, NULL, run, kafka) != 0)
        return err_set(ctx, ERR_RETRY, "no thread is left");
    return OK;
}

void kafka_background_stop(struct kafka_broker *kafka)
{
    lock(kafka)->stop = true;
    unlock_and_wake(kafka);
    (void)pthread_join(kafka->background.thread, NULL);
}
