/* worker_parked.c - what could not be handled, and its second chance.
 *
 * Which subjects have something parked is kept in memory, so that what comes later for them parks
 * behind it.  When an operator asks for it, or nothing failed is before them any more, the rows of a
 * subject are decided in order, each gone with its transaction, until none is left or one is
 * impossible again.
 */
#include "common/worker_parts.h"

enum { PARKED_BUCKETS = 64 };

struct parked_subject {
    struct parked_subject *next;
    int64_t count;
    bool redriven;
    char id[];
};

struct parked_set {
    struct parked_subject *buckets[PARKED_BUCKETS];
    size_t count;
};

struct parked_set *parked_set_new(void)
{
    struct parked_set *set = calloc(1, sizeof *set);

    assert(set != NULL);
    return set;
}

void parked_set_free(struct parked_set *set)
{
    for (size_t i = 0; set != NULL && i < PARKED_BUCKETS; i++) {
        while (set->buckets[i] != NULL) {
            struct parked_subject *subject = set->buckets[i];

            set->buckets[i] = subject->next;
            free(subject);
        }
    }
    free(set);
}

static struct parked_subject **find_place(struct parked_set *set, const char *subject_id)
{
    struct parked_subject **at = &set->buckets[key_hash(key_text(subject_id)) % PARKED_BUCKETS];

    while (*at != NULL && strcmp((*at)->id, subject_id) != 0) {
        at = &(*at)->next;
    }
    return at;
}

static struct parked_subject *find_subject(const struct parked_set *set, const char *subject_id)
{
    /* What has no key stands for itself alone: nothing can wait behind it. */
    if (set == NULL || set->count == 0 || subject_id == NULL || subject_id[0] == '\0') {
        return NULL;
    }
    struct parked_subject *subject = set->buckets[key_hash(key_text(subject_id)) % PARKED_BUCKETS];

    while (subject != NULL && strcmp(subject->id, subject_id) != 0) {
        subject = subject->next;
    }
    return subject;
}

bool parked_set_has(const struct parked_set *set, const char *subject_id)
{
    return find_subject(set, subject_id) != NULL;
}

bool parked_set_is_redriven(const struct parked_set *set, const char *subject_id)
{
    const struct parked_subject *subject = find_subject(set, subject_id);

    return subject != NULL && subject->redriven;
}

void parked_set_add(struct parked_set *set, const char *subject_id, int64_t count)
{
    if (subject_id == NULL || subject_id[0] == '\0') {
        return;
    }
    struct parked_subject **place = find_place(set, subject_id);
    struct parked_subject *subject = *place;

    if (subject == NULL) {
        size_t length = strlen(subject_id);

        subject = calloc(1, sizeof *subject + length + 1);
        assert(subject != NULL);
        memcpy(subject->id, subject_id, length);
        *place = subject;
        set->count++;
    }
    subject->count += count;
    if (subject->count <= 0) {
        *place = subject->next;
        free(subject);
        set->count--;
    }
}

static void set_redriven(struct parked_set *set, const char *subject_id, bool redriven)
{
    struct parked_subject *subject = find_subject(set, subject_id);

    if (subject != NULL) {
        subject->redriven = redriven;
    }
}

/* A type that was too new once may be known by now. */
static bool is_known_now(const struct worker *worker, const struct parked_row *row)
{
    struct record_header headers[RECORD_HEADERS_MAX];
    size_t count = headers_from_text(worker->ctx.arena, row->headers, headers);
    const char *type = envelope_read(headers, count).type;

    return type != NULL && worker_message_type(worker, type) != 0;
}

/* The first row of a subject decides: what only waits behind another goes on when that is gone. */
static void note_parked_row(struct worker *worker, struct held_lane *lane,
                            const struct parked_row *row)
{
    bool first = !parked_set_has(lane->parked, row->subject_id);

    parked_set_add(lane->parked, row->subject_id, 1);
    if (first && (strcmp(row->state, "behind") == 0 ||
                  (strcmp(row->state, "newer") == 0 && is_known_now(worker, row)))) {
        worker_parked_redrive(lane, row->subject_id);
    }
}

enum err worker_parked_load(struct worker *worker, struct held_lane *lane)
{
    struct scan_answer answer = { 0 };
    int64_t after_id = 0;
    enum err err = OK;

    parked_set_free(lane->parked);
    lane->parked = parked_set_new();
    lane->redrive_waiting = false;
    do {
        err = worker_scan(worker, &parked_after, key_number(lane->lane), key_number(after_id),
                          &answer);
        for (size_t i = 0; i < answer.count && !err; i++) {
            const struct parked_row *row = answer.rows[i];

            note_parked_row(worker, lane, row);
            after_id = row->id;
        }
    } while (!err && answer.count == SCAN_ROWS_MAX);
    return err;
}

void worker_parked_redrive(struct held_lane *lane, const char *subject_id)
{
    set_redriven(lane->parked, subject_id, true);
    lane->redrive_waiting |= parked_set_is_redriven(lane->parked, subject_id);
}

static int64_t header_number(const struct record_header *headers, size_t count, const char *name)
{
    int64_t number = 0;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(headers[i].name, name) == 0) {
            (void)text_to_int(headers[i].value, &number);
        }
    }
    return number;
}

static void add_redriven_timer(struct worker *worker, struct item *item,
                               const struct parked_row *row)
{
    struct record_header headers[RECORD_HEADERS_MAX];
    size_t count = headers_from_text(worker->ctx.arena, row->headers, headers);
    struct timer_row *timer = arena_alloc(worker->ctx.arena, sizeof *timer);

    *timer = (struct timer_row){
        .lane = row->lane,
        .due_at = header_number(headers, count, "due_at"),
        .subject_id = row->subject_id,
        .kind = row->key,
        .step = header_number(headers, count, "step"),
        .subject_number = header_number(headers, count, "subject_number"),
        .trace = envelope_read(headers, count).trace,
    };
    worker_item_timer(worker, item, timer);
}

static void add_redriven(struct worker *worker, struct held_lane *lane,
                         const struct parked_row *row, const struct operator_request_row *request)
{
    struct item *item = worker_item_add(worker, ITEM_REDRIVE, lane);
    struct record_header headers[RECORD_HEADERS_MAX];

    item->parked = row;
    item->request = request;
    item->subject = (struct subject){ .id = row->subject_id };
    if (strcmp(row->source, "timer") == 0) {
        add_redriven_timer(worker, item, row);
    } else if (strcmp(row->source, "effect") == 0) {
        item->verdict =
            ITEM_DECIDE; /* nothing to decide: its flight goes on when the row is gone */
    } else {
        struct envelope envelope =
            envelope_read(headers, headers_from_text(worker->ctx.arena, row->headers, headers));

        item->message.id = text_format(worker->ctx.arena, "%s/%lld/%lld", row->topic,
                                       (long long)row->lane, (long long)row->record_offset);
        item->message.topic = row->topic[0] == '\0' ? NULL : row->topic;
        worker_item_message(worker, item, &envelope, row->key, row->body);
        if (item->verdict == ITEM_SKIP) {
            item->verdict = ITEM_DECIDE; /* of no interest by now: it only goes */
        }
    }
}

/* What has no key stands for itself alone, and is asked for by its number. */
static bool is_asked_for(const struct operator_request_row *request, const struct parked_row *row)
{
    if (request == NULL) {
        return false;
    }
    return request->subject_id[0] == '\0'
               ? row->id == request->parked_id && row->subject_id[0] == '\0'
               : strcmp(request->subject_id, row->subject_id) == 0;
}

/* 1 when the request asks for this row. */
static size_t gather_parked_row(struct worker *worker, struct held_lane *lane,
                                const struct parked_row *row,
                                const struct operator_request_row *request)
{
    bool asked = is_asked_for(request, row);

    if ((asked || parked_set_is_redriven(lane->parked, row->subject_id)) &&
        worker->item_count < WORKER_BATCH_MAX) {
        add_redriven(worker, lane, row, asked ? request : NULL);
    }
    return asked ? 1 : 0;
}

enum err worker_parked_gather(struct worker *worker, struct held_lane *lane,
                              const struct operator_request_row *request, size_t *ret_asked)
{
    struct scan_answer answer = { 0 };
    int64_t after_id = 0;
    size_t before = worker->item_count;
    enum err err = OK;

    do {
        err = worker_scan(worker, &parked_after, key_number(lane->lane), key_number(after_id),
                          &answer);
        for (size_t i = 0; i < answer.count && !err; i++) {
            const struct parked_row *row = answer.rows[i];

            after_id = row->id;
            *ret_asked += gather_parked_row(worker, lane, row, request);
        }
    } while (!err && answer.count == SCAN_ROWS_MAX);
    lane->redrive_waiting = worker->item_count > before;
    return err;
}

/* What parks behind a row that goes in the same batch waits behind nothing. */
void worker_parked_note(const struct item *item)
{
    struct held_lane *lane = item->lane;
    bool alone = item->verdict == ITEM_BEHIND && !parked_set_has(lane->parked, item->subject.id);

    parked_set_add(lane->parked, item->subject.id, 1);
    if (alone || parked_set_is_redriven(lane->parked, item->subject.id)) {
        worker_parked_redrive(lane, item->subject.id);
    }
}

void worker_parked_gone(struct worker *worker, struct held_lane *lane, const char *subject_id)
{
    parked_set_add(lane->parked, subject_id, -1);
    if (!parked_set_has(lane->parked, subject_id)) {
        worker_effects_release_subject(worker, lane, subject_id);
    }
}

void worker_parked_settle(struct worker *worker, const struct item *item)
{
    if (item->verdict == ITEM_PARK) {
        set_redriven(item->lane->parked, item->parked->subject_id, false);
    } else if (item->verdict != ITEM_SKIP) {
        worker_parked_gone(worker, item->lane, item->parked->subject_id);
    }
}
