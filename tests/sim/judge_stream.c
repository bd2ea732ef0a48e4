/* judge_stream.c - what stands in the log: numbered, read, told once, and the same as the rows say. */
#include "tests/sim/judge.h"

#include "common/arena.h"
#include "common/envelope.h"
#include "common/id.h"
#include "common/instant.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/notification.h"
#include "proto/order.h"
#include "proto/registry.h"

#include <string.h>

/* --- Facts, each at its first appearance ----------------------------------------------------------- */

struct stream {
    int64_t generation, number;
    int64_t beyond; /* the highest number of this generation that stands in front of a lost one */
};

typedef void each_fact(struct sim *sim, void *context, const struct record *record,
                       const struct envelope *envelope);

/* As a consumer takes it: what follows a number that the broker lost does not count before that one came again. */
static bool is_new(struct stream *stream, const struct envelope *envelope)
{
    bool later = envelope->generation > stream->generation && envelope->number == 1;

    if (later ||
        (envelope->generation == stream->generation && envelope->number == stream->number + 1)) {
        int64_t beyond = later ? 0 : stream->beyond;

        *stream = (struct stream){ envelope->generation, envelope->number, beyond };
        return true;
    }
    if (envelope->generation == stream->generation && envelope->number > stream->beyond) {
        stream->beyond = envelope->number;
    }
    return false;
}

struct reading {
    const char *topic;
    int64_t lane;
    each_fact *take;
    void *context;
};

static void read_once(struct sim *sim, const struct reading *reading, struct stream *stream)
{
    int64_t first = 0, end = 0;

    memory_log_range(sim->log, reading->topic, reading->lane, &first, &end);
    for (int64_t offset = first; offset < end; offset++) {
        struct record record;

        memory_log_record(sim->log, reading->topic, reading->lane, offset, &record);
        struct envelope envelope = envelope_read(record.headers, record.header_count);
        if (is_new(stream, &envelope) && reading->take != NULL) {
            reading->take(sim, reading->context, &record, &envelope);
        }
    }
}

/* Where the broker lost a number when it came again it may stand before one that was lost earlier: who read it there needed it no
 * more, and anybody else would have asked for it. */
static void read_lane(struct sim *sim, const char *topic, int64_t lane, each_fact *take,
                      void *context)
{
    const struct reading reading = { topic, lane, take, context };
    struct stream stream = { 0 };
    int64_t known = 0;

    do {
        known = stream.number;
        read_once(sim, &reading, &stream);
    } while (stream.beyond > stream.number && stream.number > known);
    if (stream.beyond > stream.number) {
        judge_find(sim, topic, "lane %lld: there is a number %lld, and none follows %lld",
                   (long long)lane, (long long)stream.beyond, (long long)stream.number);
    }
}

static void read_topic(struct sim *sim, const char *topic, each_fact *take, void *context)
{
    for (int64_t lane = 0; lane < SIM_LANES; lane++) {
        read_lane(sim, topic, lane, take, context);
    }
}

/* --- Streams --------------------------------------------------------------------------------------- */

static void judge_numbers_of(struct sim *sim, const struct service *service)
{
    for (size_t topic = 0; topic < service->published_count; topic++) {
        if (service->published[topic].numbered) {
            read_topic(sim, service->published[topic].name, NULL, NULL);
        }
    }
}

void judge_numbers(struct sim *sim)
{
    for (size_t i = 0; i < SIM_SERVICES; i++) {
        judge_numbers_of(sim, service_of((enum service_index)i));
    }
}

static void judge_stream(struct sim *sim, const struct stream_row *row)
{
    if (row->cursor_number != row->number || row->cursor_generation != row->generation) {
        judge_find(sim, row->topic, "lane %lld: %lld written, %lld acknowledged",
                   (long long)row->lane, (long long)row->number, (long long)row->cursor_number);
    }
}

static void judge_position(struct sim *sim, const struct read_position_row *row)
{
    int64_t first = 0, end = 0;

    memory_log_range(sim->log, row->topic, row->lane, &first, &end);
    if (row->next_offset < end) {
        judge_find(sim, row->topic, "lane %lld: read to %lld of %lld", (long long)row->lane,
                   (long long)row->next_offset, (long long)end);
    }
}

void judge_read(struct sim *sim)
{
    for (size_t i = 0; i < SIM_SERVICES; i++) {
        size_t count = 0;
        void **rows = memory_database_rows(sim->databases[i], &stream_table, &count);

        for (size_t row = 0; row < count; row++) {
            judge_stream(sim, rows[row]);
        }
        rows = memory_database_rows(sim->databases[i], &read_position_table, &count);
        for (size_t row = 0; row < count; row++) {
            judge_position(sim, rows[row]);
        }
    }
}

static void judge_parked(struct sim *sim, enum service_index service)
{
    size_t count = 0;
    void **rows = memory_database_rows(sim->databases[service], &parked_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct parked_row *row = rows[i];

        judge_find(sim, row->subject_id, "%s has parked %s of %s: %s", service_of(service)->name,
                   row->source, row->topic, row->reason);
    }
}

static void judge_empty(struct sim *sim, enum service_index service, const struct table *table)
{
    size_t count = memory_database_count(sim->databases[service], table);

    if (count > 0) {
        judge_find(sim, service_of(service)->name, "has %zu rows of %s", count, table->name);
    }
}

void judge_rest(struct sim *sim)
{
    for (size_t i = 0; i < SIM_SERVICES; i++) {
        judge_parked(sim, (enum service_index)i);
        judge_empty(sim, (enum service_index)i, &effect_table);
        judge_empty(sim, (enum service_index)i, &input_table);
    }
    if (sim->restless) {
        judge_find(sim, "the world", "never comes to rest");
    }
}

/* --- The life of an order -------------------------------------------------------------------------- */

enum { PLACED, CONFIRMED, COMPLETED, REJECTED, CANCELED, EXPIRED, WORD_COUNT };
static const struct word {
    const char *type;
    int64_t status;
} words[WORD_COUNT] = {
    { "kervan.order.placed.v1", 2 },    { "kervan.order.confirmed.v1", 3 },
    { "kervan.order.completed.v1", 4 }, { "kervan.order.rejected.v1", 5 },
    { "kervan.order.canceled.v1", 6 },  { "kervan.order.expired.v1", 7 },
};

struct said {
    int64_t times[WORD_COUNT];
};

static struct said *said_of(struct sim *sim, struct names *lives, const char *order_id)
{
    struct said *said = names_find(lives, order_id);

    if (said == NULL) {
        said = arena_alloc(sim->ctx.arena, sizeof *said);
        names_put(sim->ctx.arena, lives, order_id, said);
    }
    return said;
}

static void note_word(struct sim *sim, void *context, const struct record *record,
                      const struct envelope *envelope)
{
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (strcmp(envelope->type, words[i].type) == 0) {
            said_of(sim, context, record->key)->times[i]++;
        }
    }
}

static void judge_life_of(struct sim *sim, const char *id, int64_t status, const struct said *said)
{
    int64_t ends = 0, wanted = 0;

    for (size_t i = 0; said != NULL && i < WORD_COUNT; i++) {
        if (said->times[i] > 1) {
            judge_find(sim, id, "%s was said %lld times", words[i].type, (long long)said->times[i]);
        }
        ends += i >= COMPLETED && said->times[i] > 0;
        wanted = said->times[i] > 0 ? words[i].status : wanted;
    }
    if (ends > 1 || status != wanted) {
        judge_find(sim, id, "has status %lld, its facts say %lld, and %lld ends", (long long)status,
                   (long long)wanted, (long long)ends);
    }
}

static struct view order, entry;

static void open_views(void)
{
    (void)view_once(&order, SIM_ORDER, "orders", "order_no order_id status entry_count clock");
    (void)view_once(&entry, SIM_ORDER, "timeline", "order_no entry_no clock cause_no kind");
}

void judge_life(struct sim *sim)
{
    struct names lives = { 0 };
    size_t count = 0;

    open_views();
    read_topic(sim, "order.events", note_word, &lives);
    void **rows = view_rows(sim, SIM_ORDER, &order, &count);
    for (size_t i = 0; i < count; i++) {
        struct order_id_text id = order_id_format(view_bytes(&order, rows[i], 1).bytes);

        judge_life_of(sim, id.text, view_int(&order, rows[i], 2), names_find(&lives, id.text));
    }
}

/* --- The promised delivery ------------------------------------------------------------------------- */

/* What the shopper was told last, in days since 1970-01-01; 0: nothing. */
struct promised {
    int64_t earliest, latest, first;
    bool reduced; /* what it waited for without a day may never have come */
};

static int64_t day_of(const char *date)
{
    char instant[] = "0000-00-00T00:00:00.000Z";
    int64_t begins_ms = -1;

    memcpy(instant, date, strlen("0000-00-00"));
    (void)instant_parse(instant, strlen(instant), &begins_ms);
    return begins_ms / INT64_C(86400000);
}

/* It goes on from what was told before, and only later, but where the order was edited. */
static void note_change(struct sim *sim, const struct order_promise_changed *fact,
                        struct promised *promised)
{
    int64_t before = fact->before == NULL ? 0 : day_of(fact->before->latest);
    int64_t latest = day_of(fact->promised_delivery.latest);

    if (before != promised->latest ||
        (latest <= before && fact->reason != ORDER_PROMISE_CHANGED_REASON_EDITED)) {
        judge_find(sim, fact->order_id, "was promised for day %lld, then from %lld to %lld",
                   (long long)promised->latest, (long long)before, (long long)latest);
    }
    promised->earliest = day_of(fact->promised_delivery.earliest);
    promised->latest = latest;
}

static struct promised *promised_of(struct sim *sim, struct names *told, const char *order_id)
{
    struct promised *promised = names_find(told, order_id);

    if (promised == NULL) {
        promised = arena_alloc(sim->ctx.arena, sizeof *promised);
        names_put(sim->ctx.arena, told, order_id, promised);
    }
    return promised;
}

static void note_promise(struct sim *sim, void *context, const struct record *record,
                         const struct envelope *envelope)
{
    enum message_type type = message_type_find(envelope->type);
    struct violations violations = { .count = 0 };
    union {
        struct order_confirmed confirmed;
        struct order_promise_changed changed;
    } fact;

    if (type == MESSAGE_ORDER_REDUCED) {
        promised_of(sim, context, record->key)->reduced = true;
    }
    if ((type != MESSAGE_ORDER_CONFIRMED && type != MESSAGE_ORDER_PROMISE_CHANGED) ||
        message_infos[type].decode(sim->ctx.arena, record->value, record->value_length, &fact,
                                   &violations) != OK) {
        return;
    }
    struct promised *promised = promised_of(sim, context, record->key);
    if (type == MESSAGE_ORDER_PROMISE_CHANGED) {
        note_change(sim, &fact.changed, promised);
    } else if (fact.confirmed.promised_delivery != NULL) {
        promised->earliest = day_of(fact.confirmed.promised_delivery->earliest);
        promised->latest = day_of(fact.confirmed.promised_delivery->latest);
    }
    promised->first = promised->first == 0 ? promised->latest : promised->first;
}

/* Each order that was delivered was promised before, unless some of it never came and nobody knew when it would; and shows what its
 * facts said last. */
void judge_promise(struct sim *sim)
{
    static struct view shown;
    struct names told = { 0 };
    size_t count = 0;

    (void)view_once(
        &shown, SIM_ORDER, "orders",
        "order_id status promised_earliest promised_latest promised_first promise_outcome");
    read_topic(sim, "order.events", note_promise, &told);
    void **rows = view_rows(sim, SIM_ORDER, &shown, &count);
    for (size_t i = 0; i < count; i++) {
        struct order_id_text id = order_id_format(view_bytes(&shown, rows[i], 0).bytes);
        const struct promised none = { 0 }, *last = names_find(&told, id.text);
        bool completed = view_int(&shown, rows[i], 1) == words[COMPLETED].status;
        int64_t latest = view_int(&shown, rows[i], 3);

        last = last == NULL ? &none : last;
        if (view_int(&shown, rows[i], 2) != last->earliest || latest != last->latest ||
            view_int(&shown, rows[i], 4) != last->first) {
            judge_find(sim, id.text, "shows that it arrives on day %lld, its facts say %lld",
                       (long long)latest, (long long)last->latest);
        }
        bool kept = view_int(&shown, rows[i], 5) != 0;
        bool unpromised = latest == 0 && !kept && last->reduced;

        if (completed ? !unpromised && (!kept || latest == 0) : kept) {
            judge_find(sim, id.text, "was promised for day %lld, which came to %lld",
                       (long long)latest, (long long)view_int(&shown, rows[i], 5));
        }
    }
}

/* --- The timeline ---------------------------------------------------------------------------------- */

/* Facts of an order that its timeline must show: how many, and the sum of their clocks mixed. */
struct shown {
    int64_t count, foreign; /* of these, stated by other services */
    uint64_t clocks;
};

static uint64_t mixed(int64_t clock)
{
    struct chance chance = { (uint64_t)clock };

    return chance_next(&chance);
}

static bool is_taken(uint32_t type)
{
    const struct service *service = service_of(SIM_ORDER);

    for (size_t i = 0; i < service->message_count; i++) {
        if (service->messages[i].message_type == type) {
            return true;
        }
    }
    return false;
}

static void note_clock(struct sim *sim, void *context, const struct record *record,
                       const struct envelope *envelope)
{
    struct names *facts = context;
    enum message_type type = message_type_find(envelope->type);
    struct shown *shown = names_find(facts, record->key);

    bool is_foreign = !text_starts_with(envelope->type, "kervan.order.");

    if (is_foreign && !is_taken(type)) {
        return;
    }
    if (shown == NULL) {
        shown = arena_alloc(sim->ctx.arena, sizeof *shown);
        names_put(sim->ctx.arena, facts, record->key, shown);
    }
    shown->count++;
    shown->foreign += is_foreign;
    shown->clocks += mixed(envelope->clock);
}

/* Kinds that no other service states. */
enum { OWN_KINDS = 19, OWN_AGAIN = 100 };

static int64_t count_foreign(const struct memory_slice *entries)
{
    int64_t count = 0;

    for (size_t i = 0; i < entries->count; i++) {
        int64_t kind = view_int(&entry, entries->rows[i], 4);

        count += kind > OWN_KINDS && kind < OWN_AGAIN;
    }
    return count;
}

/* Entries count from 1, each later than its cause. */
static void judge_entries(struct sim *sim, const void *row, const struct shown *facts)
{
    int64_t order_no = view_int(&order, row, 0);
    struct memory_slice rows = view_find(sim, SIM_ORDER, &entry, key_number(order_no));

    if ((int64_t)rows.count != view_int(&order, row, 3)) {
        judge_find_order(sim, order_no, "%zu entries, %lld counted", rows.count,
                         (long long)view_int(&order, row, 3));
    }
    if (facts != NULL && count_foreign(&rows) != facts->foreign) {
        judge_find_order(sim, order_no, "others stated %lld facts, and %lld of them are shown",
                         (long long)facts->foreign, (long long)count_foreign(&rows));
    }
    if (facts != NULL && (int64_t)rows.count < facts->count) {
        judge_find_order(sim, order_no, "%lld facts, %zu entries", (long long)facts->count,
                         rows.count);
    }
    for (size_t i = 0; i < rows.count; i++) {
        int64_t cause_no = view_int(&entry, rows.rows[i], 3);
        int64_t clock = view_int(&entry, rows.rows[i], 2);

        if (view_int(&entry, rows.rows[i], 1) != (int64_t)i + 1 ||
            clock > view_int(&order, row, 4)) {
            judge_find_order(sim, order_no, "entry %zu is %lld at clock %lld", i + 1,
                             (long long)view_int(&entry, rows.rows[i], 1), (long long)clock);
        } else if (cause_no != 0 && view_int(&entry, rows.rows[cause_no - 1], 2) >= clock) {
            judge_find_order(sim, order_no, "entry %zu is not later than its cause", i + 1);
        }
    }
}

void judge_timeline(struct sim *sim)
{
    static const char *const topics[] = { "order.events", "inventory.events", "payment.events",
                                          "fulfillment.events", "shipping.events" };
    struct names facts = { 0 };
    size_t count = 0;

    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        read_topic(sim, topics[i], note_clock, &facts);
    }
    void **rows = view_rows(sim, SIM_ORDER, &order, &count);
    for (size_t i = 0; i < count; i++) {
        struct order_id_text id = order_id_format(view_bytes(&order, rows[i], 1).bytes);

        judge_entries(sim, rows[i], names_find(&facts, id.text));
    }
}

/* --- What the customer heard ----------------------------------------------------------------------- */

static void note_told(struct sim *sim, void *context, const struct record *record,
                      const struct envelope *envelope)
{
    struct violations violations = { .count = 0 };
    const struct message_info *info = &message_infos[MESSAGE_NOTIFICATION_TOLD];
    struct notification_told told;

    if (!text_equal(envelope->type, info->type) ||
        info->decode(sim->ctx.arena, record->value, record->value_length, &told, &violations) !=
            OK) {
        return;
    }
    switch (told.message) {
    case CUSTOMER_MESSAGE_RECEIVED:
    case CUSTOMER_MESSAGE_CONFIRMED:
    case CUSTOMER_MESSAGE_SHIPPED:
    case CUSTOMER_MESSAGE_PARTLY_SHIPPED:
    case CUSTOMER_MESSAGE_DELIVERED:
    case CUSTOMER_MESSAGE_CANCELED:
    case CUSTOMER_MESSAGE_REJECTED:
    case CUSTOMER_MESSAGE_EXPIRED:
    case CUSTOMER_MESSAGE_COMPLETED:
        sums_add(sim, context,
                 text_format(sim->ctx.arena, "%s %d %s", told.order_id, (int)told.message,
                             told.shipment_id == NULL ? "" : told.shipment_id),
                 1);
        break;
    case CUSTOMER_MESSAGE_ABSENT:
    case CUSTOMER_MESSAGE_PAYMENT_AWAITED:
    case CUSTOMER_MESSAGE_PAYMENT_FAILED:
    case CUSTOMER_MESSAGE_CHOICE_ASKED:
    case CUSTOMER_MESSAGE_REDUCED:
    case CUSTOMER_MESSAGE_DELAYED:
    case CUSTOMER_MESSAGE_REFUNDED:
    case CUSTOMER_MESSAGE_REFUND_REVERSED:
    case CUSTOMER_MESSAGE_PROMISE_CHANGED:
    case CUSTOMER_MESSAGE_UNKNOWN:
        break; /* may happen again and again */
    }
}

void judge_told_once(struct sim *sim)
{
    struct sums told = { 0 };

    read_topic(sim, "notification.events", note_told, &told);
    for (const struct sum *sum = told.first; sum != NULL; sum = sum->next) {
        if (sum->value > 1) {
            judge_find(sim, sum->name, "was told %lld times", (long long)sum->value);
        }
    }
}

/* --- What storefronts heard of the stock ----------------------------------------------------------- */

enum { ON_HAND, RESERVED, OWED, LEVEL_COUNT };
static const char *const level_words[LEVEL_COUNT] = { "on hand", "reserved", "owed" };

/* The highest version of an item counts. */
static void note_level(struct sim *sim, struct names *told, int64_t lane, int64_t offset)
{
    struct violations violations = { .count = 0 };
    const struct message_info *info = &message_infos[MESSAGE_STOCK_LEVEL];
    struct stock_level *level = arena_alloc(sim->ctx.arena, sizeof *level);
    struct record record;

    memory_log_record(sim->log, info->topic, lane, offset, &record);
    if (info->decode(sim->ctx.arena, record.value, record.value_length, level, &violations) != OK) {
        judge_find(sim, info->topic, "lane %lld, offset %lld: not a level", (long long)lane,
                   (long long)offset);
        return;
    }
    const struct stock_level *before = names_find(told, level->sku);

    if (before == NULL || level->version >= before->version) {
        names_put(sim->ctx.arena, told, level->sku, level);
    }
}

static void read_levels(struct sim *sim, struct names *told)
{
    for (int64_t lane = 0; lane < SIM_LANES; lane++) {
        int64_t first = 0, end = 0;

        memory_log_range(sim->log, message_infos[MESSAGE_STOCK_LEVEL].topic, lane, &first, &end);
        for (int64_t offset = first; offset < end; offset++) {
            note_level(sim, told, lane, offset);
        }
    }
}

static int64_t told_of(const struct stock_level *level, int what)
{
    return what == ON_HAND ? level->on_hand : what == RESERVED ? level->reserved : level->owed;
}

static void judge_level(struct sim *sim, const struct names *told, const struct sum *sum, int what)
{
    const struct stock_level *level = names_find(told, sum->name);
    int64_t said = level == NULL ? 0 : told_of(level, what);

    if (said != sum->value) {
        judge_find(sim, sum->name, "storefronts were told %lld %s, and it is %lld", (long long)said,
                   level_words[what], (long long)sum->value);
    }
}

void judge_levels(struct sim *sim)
{
    static struct view stock;
    struct names told = { 0 };
    size_t count = 0;

    (void)view_once(&stock, SIM_INVENTORY, "stock", "on_hand reserved owed sku");
    read_levels(sim, &told);
    void **rows = view_rows(sim, SIM_INVENTORY, &stock, &count);
    for (int what = 0; what < LEVEL_COUNT; what++) {
        struct sums there = { 0 };

        for (size_t i = 0; i < count; i++) {
            sums_add(sim, &there, view_text(&stock, rows[i], LEVEL_COUNT),
                     view_int(&stock, rows[i], (size_t)what));
        }
        for (const struct sum *sum = there.first; sum != NULL; sum = sum->next) {
            judge_level(sim, &told, sum, what);
        }
    }
}
