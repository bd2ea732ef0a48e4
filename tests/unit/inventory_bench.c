/* inventory_bench.c - batches on a store in memory, and what they left. */
#include "tests/unit/inventory_bench.h"

#include "common/buffer.h"
#include "common/id.h"
#include "common/store.h"
#include "common/text.h"
#include "proto/registry.h"
#include "services/inventory/inventory.h"
#include "services/inventory/lot.h"
#include "services/inventory/part.h"
#include "services/inventory/purchase_gather.h"
#include "services/inventory/watch.h"
#include "services/inventory/what_if.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 1 << 28, BATCH_MAX = 64 };

static const struct reservation_row *find_reservation(struct memory_database *database,
                                                      const struct reservation_line_row *part)
{
    size_t count = 0;
    void **rows = memory_database_rows(database, &reservation_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct reservation_row *row = rows[i];

        if (row->order_no == part->order_no && row->hold_no == part->hold_no) {
            return row;
        }
    }
    fail_msg("a part without its reservation");
    return NULL;
}

static bool is_owed_at(struct memory_database *database, const char *sku, const char *location)
{
    size_t count = 0;
    void **rows = memory_database_rows(database, &stock_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct stock_row *stock = rows[i];

        if (strcmp(stock->sku, sku) == 0 && strcmp(stock->location, location) == 0) {
            return stock->owed > 0;
        }
    }
    return false;
}

/* A claimant of an item for each part; the view sums up those of one reservation and place. */
static struct claimant_row claimant_of(struct memory_database *database, struct arena *arena,
                                       const struct reservation_line_row *part, const char *sku)
{
    const struct reservation_row *reservation = find_reservation(database, part);

    assert(reservation != NULL);
    return (struct claimant_row){
        .sku = sku,
        .location = arena_copy_text(arena, part->location, strlen(part->location)),
        .order_no = part->order_no,
        .hold_no = part->hold_no,
        .reserved_at = reservation->reserved_at,
        .order_id = { arena_copy(arena, reservation->order_id.bytes, ORDER_ID_BYTES),
                      ORDER_ID_BYTES },
    };
}

static struct claimant_row *find_claimant(struct rows *rows, const struct claimant_row *claimant)
{
    for (void **at = rows_list(rows, &claimant_table, key_text(claimant->sku)); *at != NULL; at++) {
        if (table_same_identity(&claimant_table, *at, claimant)) {
            return *at;
        }
    }
    return NULL;
}

/* What claimant_load answers; memory needs no limit. */
static void derive_claimants(struct memory_database *database, struct key load_key,
                             struct arena *arena, struct rows *rows)
{
    size_t count = 0;
    void **parts = memory_database_rows(database, &reservation_line_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct reservation_line_row *part = parts[i];
        const char *sku = arena_copy_text(arena, load_key.text, load_key.length);
        int64_t pieces = recipe_pieces(part_recipe(arena, part), sku);
        bool holds = part->state == PART_HELD && is_owed_at(database, sku, part->location);

        if (pieces == 0 || !(holds || part->state == PART_WAITING)) {
            continue;
        }
        const struct claimant_row fresh = claimant_of(database, arena, part, sku);
        struct claimant_row *row = find_claimant(rows, &fresh);
        row = row != NULL ? row : rows_put_stored(rows, &claimant_table, &fresh);
        row->quantity += part->quantity * pieces;
        row->expected_day =
            part->state == PART_WAITING ? part->expected_day : 0; /* the same of all */
    }
}

/* What channel_rule_load answers. */
static void derive_channel_rules(struct memory_database *database, struct key load_key,
                                 struct arena *arena, struct rows *rows)
{
    size_t count = 0;
    void **rules = memory_database_rows(database, &inventory_rule_table, &count);

    (void)load_key;
    (void)arena;
    for (size_t i = 0; i < count; i++) {
        const struct channel_rule_row row = { LOCATION_NETWORK,
                                              *(const struct sourcing_rule_row *)rules[i] };

        if (row.rule.scope[0] != '?') {
            rows_put_stored(rows, &channel_rule_table, &row);
        }
    }
}

/* What pick_holder_load answers. */
static void derive_pick_holders(struct memory_database *database, struct key load_key,
                                struct arena *arena, struct rows *rows)
{
    const char *key = arena_copy_text(arena, load_key.text, load_key.length);
    size_t count = 0;
    void **parts = memory_database_rows(database, &reservation_line_table, &count);
    struct pick_holder_row holder = { .key = key };

    for (size_t i = 0; i < count; i++) {
        const struct reservation_line_row *part = parts[i];
        unsigned char bytes[ORDER_ID_BYTES] = { 0 };

        memcpy(bytes, &part->order_no, sizeof part->order_no); /* as bench_order_id makes it */
        if (part->state == PART_HELD &&
            text_equal(key, text_format(arena, "%s %s %s", part->sku, part->location,
                                        order_id_format(bytes).text))) {
            holder.order_no = part->order_no;
            holder.pieces += part->quantity;
        }
    }
    if (holder.pieces > 0) {
        rows_put_stored(rows, &pick_holder_table, &holder);
    }
}

/* What transfer_claim_load answers; memory needs no limit. */
static void derive_transfer_claims(struct memory_database *database, struct key load_key,
                                   struct arena *arena, struct rows *rows)
{
    size_t count = 0;
    void **lines = memory_database_rows(database, &transfer_line_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct transfer_line_row *line = lines[i];
        const struct transfer_claim_row claim = {
            .sku = arena_copy_text(arena, line->sku, strlen(line->sku)),
            .location = arena_copy_text(arena, line->source, strlen(line->source)),
            .transfer_id = arena_copy_text(arena, line->transfer_id, strlen(line->transfer_id)),
            .quantity = line->held
        };

        if (line->held > 0 && key_equal(key_text(line->sku), load_key) &&
            is_owed_at(database, line->sku, line->source)) {
            rows_put_stored(rows, &transfer_claim_table, &claim);
        }
    }
}

static int compare_choices(const void *left, const void *right)
{
    return table_compare_identity(&sourcing_choice_table, *(void *const *)left,
                                  *(void *const *)right);
}

static const struct what_if_row *find_report(struct memory_database *database, const char *name)
{
    size_t count = 0;
    void **rows = memory_database_rows(database, &what_if_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct what_if_row *report = rows[i];

        if (strcmp(report->name, name) == 0) {
            return report;
        }
    }
    fail_msg("no report has this name");
    return NULL;
}

/* What replayed_choice_load answers. */
static void derive_replayed(struct memory_database *database, struct key load_key,
                            struct arena *arena, struct rows *rows)
{
    const char *name = arena_copy_text(arena, load_key.text, load_key.length);
    const struct what_if_row *report = find_report(database, name);
    size_t count = 0, given = 0;

    assert(report != NULL);
    void **choices = memory_database_rows(database, &sourcing_choice_table, &count);
    const struct sourcing_choice_row cursor = { .order_id = report->cursor_order,
                                                .hold_no = report->cursor_hold };

    qsort(choices, count, sizeof *choices, compare_choices);
    for (size_t i = 0; i < count && given < WHAT_IF_CHUNK; i++) {
        const struct sourcing_choice_row *choice = choices[i];
        const struct replayed_choice_row row = { name,          choice->order_id, choice->hold_no,
                                                 choice->at,    choice->channel,  choice->country,
                                                 choice->items, choice->places };

        if (table_compare_identity(&sourcing_choice_table, choice, &cursor) > 0) {
            rows_put_stored(rows, &replayed_choice_table, &row);
            given++;
        }
    }
}

/* What stock_moved_load answers; memory needs no limit. */
static void derive_moved(struct memory_database *database, struct key load_key, struct arena *arena,
                         struct rows *rows)
{
    size_t count = 0;
    void **lines = memory_database_rows(database, &ledger_table, &count);
    struct stock_moved_row row = { .key = arena_copy_text(arena, load_key.text, load_key.length),
                                   .complete = true };

    char *rest = NULL, *words = arena_copy_text(arena, load_key.text, load_key.length);
    const char *sku = strtok_r(words, " ", &rest), *location = strtok_r(NULL, " ", &rest);
    int64_t since = 0;
    assert_true(text_to_int(rest, &since));
    for (size_t i = 0; i < count; i++) {
        const struct ledger_row *line = lines[i];
        bool corrects = line->kind == LEDGER_FOUND || line->kind == LEDGER_AUDITED ||
                        (line->kind == LEDGER_ADJUSTED && line->reason == ADJUSTMENT_REASON_COUNT);

        if (line->counter == STOCK_COUNTER_ON_HAND && line->at > since && !corrects &&
            strcmp(line->sku, sku) == 0 && strcmp(line->location, location) == 0) {
            row.moved += line->quantity;
        }
    }
    rows_put_stored(rows, &stock_moved_table, &row);
}

static struct demand_day_row *find_demand(struct rows *rows, const struct demand_day_row *demand)
{
    void **at = rows_list(rows, &demand_day_table, key_text(demand->sku));

    while (*at != NULL && !table_same_identity(&demand_day_table, *at, demand)) {
        at++;
    }
    return *at;
}

/* What demand_day_load answers; memory needs no limit. */
static void derive_demand(struct memory_database *database, struct key load_key,
                          struct arena *arena, struct rows *rows)
{
    size_t count = 0;
    void **lines = memory_database_rows(database, &ledger_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct ledger_row *line = lines[i];
        const struct demand_day_row fresh = {
            .sku = arena_copy_text(arena, line->sku, strlen(line->sku)),
            .location = arena_copy_text(arena, line->location, strlen(line->location)),
            .day = line->at / 86400000
        };

        bool came =
            line->quantity > 0 && line->kind != LEDGER_FOUND && line->kind != LEDGER_AUDITED;

        if (line->counter == STOCK_COUNTER_ON_HAND && key_equal(key_text(line->sku), load_key)) {
            struct demand_day_row *row = find_demand(rows, &fresh);

            row = row != NULL ? row : rows_put_stored(rows, &demand_day_table, &fresh);
            row->pieces -= line->kind == LEDGER_SHIPPED ? line->quantity : 0;
            row->came += came ? line->quantity : 0;
        }
    }
}

static const struct purchase_order_row *order_of_line(struct memory_database *database,
                                                      const struct purchase_order_line_row *line)
{
    const struct memory_slice found =
        memory_database_find(database, &purchase_order_table, key_text(line->purchase_order_id));

    return found.rows[0];
}

static int earlier_day(const void *left, const void *right)
{
    int64_t a = ((const struct incoming_day_row *)left)->day;
    int64_t b = ((const struct incoming_day_row *)right)->day;

    return a != b ? (a < b ? -1 : 1)
                  : strcmp(((const struct incoming_day_row *)left)->purchase_order_id,
                           ((const struct incoming_day_row *)right)->purchase_order_id);
}

/* What incoming_day_load answers. */
static void derive_incoming(struct memory_database *database, struct key load_key,
                            struct arena *arena, struct rows *rows)
{
    size_t count = 0, found = 0;
    void **lines = memory_database_rows(database, &purchase_order_line_table, &count);
    struct incoming_day_row *days = arena_alloc(arena, (count + 1) * sizeof *days);

    for (size_t i = 0; i < count; i++) {
        const struct purchase_order_line_row *line = lines[i];
        int64_t day = line->expected_day >= 0 ? line->expected_day
                                              : order_of_line(database, line)->expected_day;

        if (line->outstanding > 0 && day >= 0 && key_equal(key_text(line->sku), load_key)) {
            days[found++] = (struct incoming_day_row){ line->sku, day, line->purchase_order_id,
                                                       line->outstanding };
        }
    }
    qsort(days, found, sizeof *days, earlier_day);
    for (size_t i = 0; i < found; i++) {
        days[i].sku = arena_copy_text(arena, days[i].sku, strlen(days[i].sku));
        days[i].purchase_order_id =
            arena_copy_text(arena, days[i].purchase_order_id, strlen(days[i].purchase_order_id));
        rows_put_stored(rows, &incoming_day_table, &days[i]);
    }
}

int bench_set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    const struct store_options options = { .instance = "bench",
                                           .lane_count = 1,
                                           .lease_ms = 3000,
                                           .code_version = 1,
                                           .tables = inventory_tables,
                                           .statements = inventory_service.statements };
    struct lane_share share;

    assert_non_null(bench);
    bench->now = 1800000000000;
    bench->hold = "H1";
    bench->kept = arena_new(ARENA_BYTES);
    bench->ctx.arena = arena_new(ARENA_BYTES);
    bench->database = memory_database_new(1);
    memory_database_set_time(bench->database, bench->now);
    bench->store = store_memory_open(bench->database, &options);
    assert_int_equal(bench->store->operations->heartbeat(
                         bench->store, &bench->ctx, &(struct lane_claim){ .start = true }, &share),
                     OK);
    assert_int_equal(share.taken_count, 1);
    bench->holds[0] = share.taken[0];
    memory_database_derive(bench->database, &claimant_table, derive_claimants);
    memory_database_derive(bench->database, &transfer_claim_table, derive_transfer_claims);
    memory_database_derive(bench->database, &stock_moved_table, derive_moved);
    memory_database_derive(bench->database, &pick_holder_table, derive_pick_holders);
    memory_database_derive(bench->database, &demand_day_table, derive_demand);
    memory_database_derive(bench->database, &incoming_day_table, derive_incoming);
    memory_database_derive(bench->database, &replayed_choice_table, derive_replayed);
    memory_database_derive(bench->database, &channel_rule_table, derive_channel_rules);
    *state = bench;
    return 0;
}

int bench_tear_down(void **state)
{
    struct bench *bench = *state;

    bench->store->operations->close(bench->store);
    memory_database_free(bench->database);
    arena_free(bench->ctx.arena);
    arena_free(bench->kept);
    free(bench);
    return 0;
}

/* A step with the handlers of the service's table. */
struct prepared {
    const struct message_handler *message;
    const struct timer_handler *timer;
    struct incoming_message in;
    struct incoming_timer timer_in;
};

static const struct message_handler *find_message(uint32_t type)
{
    for (size_t i = 0; i < inventory_service.message_count; i++) {
        if (inventory_service.messages[i].message_type == type) {
            return &inventory_service.messages[i];
        }
    }
    fail_msg("no handler for message type %u", (unsigned)type);
    return NULL;
}

static const struct timer_handler *find_timer(const char *kind)
{
    for (size_t i = 0; i < inventory_service.timer_count; i++) {
        if (strcmp(inventory_service.timers[i].kind, kind) == 0) {
            return &inventory_service.timers[i];
        }
    }
    fail_msg("no handler for timer %s", kind);
    return NULL;
}

static const void *digest_of(struct bench *bench, const char *text)
{
    unsigned char *digest = arena_alloc(bench->kept, 32);

    for (size_t i = 0; i < 32 && text[i] != '\0'; i++) {
        digest[i] = (unsigned char)text[i];
    }
    return digest;
}

static struct prepared prepare(struct bench *bench, const struct step *step)
{
    struct prepared prepared = { 0 };
    const char *id = step->id != NULL
                         ? step->id
                         : text_format(bench->kept, "req-%lld", (long long)++bench->request_no);

    if (step->timer != NULL) {
        prepared.timer = find_timer(step->timer);
        prepared.timer_in = (struct incoming_timer){ .kind = step->timer,
                                                     .subject = step->subject,
                                                     .due_at = bench->now,
                                                     .step = step->timer_step };
        return prepared;
    }
    prepared.message = find_message(step->message_type);
    prepared.in = (struct incoming_message){
        .message_type = step->message_type,
        .message = step->message,
        .subject = step->subject,
        .id = id,
        .topic = "inventory.requests",
        .clock = message_clock((enum message_type)step->message_type, step->message),
        .reply = { id, 0 },
        .actor = step->actor != NULL ? step->actor : "key:bench",
        .precondition = step->precondition,
        .digest = digest_of(bench, step->digest != NULL ? step->digest : id),
    };
    return prepared;
}

static void need_message(const struct prepared *step, struct rows *rows, bool shared)
{
    void (*wants)(const struct incoming_message *, struct rows *) =
        shared ? step->message->need_shared : step->message->need;

    if (wants != NULL) {
        wants(&step->in, rows);
    }
}

static void need_timer(const struct prepared *step, struct rows *rows, bool shared)
{
    void (*wants)(const struct incoming_timer *, struct rows *) =
        shared ? step->timer->need_shared : step->timer->need;

    if (wants != NULL) {
        wants(&step->timer_in, rows);
    }
}

static void need(const struct prepared *step, struct rows *rows, bool shared)
{
    if (step->message != NULL) {
        need_message(step, rows, shared);
    } else if (step->timer != NULL) {
        need_timer(step, rows, shared);
    }
}

/* A message that its own schema refuses would be parked by whoever takes it. */
static void check_message(struct bench *bench, uint32_t type, const void *message)
{
    const struct message_info *info = &message_infos[type];
    struct violations violations;
    struct buffer buffer;

    violations_clear(&violations);
    buffer_init(&buffer, 1 << 20);
    info->encode(message, &buffer);
    assert_false(buffer.overflowed);
    enum err err = info->decode(bench->ctx.arena, buffer.bytes, buffer.length,
                                arena_alloc(bench->ctx.arena, info->size), &violations);
    if (err != OK) {
        fail_msg("%s: %s %s", info->type, violations.items[0].pointer, violations.items[0].detail);
    }
    buffer_release(&buffer);
}

static void check_decision(struct bench *bench, const struct decision *decision)
{
    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        int64_t clock = message_clock((enum message_type)at->message_type, at->message);

        check_message(bench, at->message_type, at->message);
        assert_true(clock == 0 || clock == decision->clock + 1);
    }
    for (const struct input_request *at = decision->inputs; at != NULL; at = at->next) {
        check_message(bench, at->message_type, at->message);
    }
    for (const struct reply_request *at = decision->replies; at != NULL; at = at->next) {
        check_message(bench, at->message_type, at->message);
    }
}

static struct rows *load(struct bench *bench, const struct prepared *steps, size_t count)
{
    const struct store_operations *store = bench->store->operations;
    struct rows *rows = rows_new(bench->ctx.arena);

    assert_int_equal(store->begin(bench->store, &bench->ctx, bench->holds, 1, &bench->store_now),
                     OK);
    for (size_t i = 0; i < count; i++) {
        need(&steps[i], rows, false);
    }
    assert_int_equal(store->load(bench->store, &bench->ctx, rows), OK);
    for (size_t i = 0; i < count; i++) {
        need(&steps[i], rows, true);
    }
    assert_int_equal(store->load(bench->store, &bench->ctx, rows), OK);
    return rows;
}

/* A copy that outlives the batch: as it would lie in a table. */
static const void *keep_message(struct bench *bench, uint32_t type, const void *message)
{
    const struct message_info *info = &message_infos[type];
    void *copy = arena_alloc(bench->kept, info->size);
    struct violations violations;
    struct buffer buffer;

    violations_clear(&violations);
    buffer_init(&buffer, 1 << 20);
    info->encode(message, &buffer);
    assert_int_equal(info->decode(bench->kept, buffer.bytes, buffer.length, copy, &violations), OK);
    buffer_release(&buffer);
    return copy;
}

static void let_wait(struct bench *bench, struct step step)
{
    if (bench->waiting_count == bench->waiting_capacity) {
        struct step *old = bench->waiting;

        bench->waiting_capacity = 2 * bench->waiting_capacity + 64;
        bench->waiting = arena_alloc(bench->kept, bench->waiting_capacity * sizeof step);
        if (old != NULL) {
            memcpy(bench->waiting, old, bench->waiting_count * sizeof step);
        }
    }
    step.subject.id = arena_copy_text(bench->kept, step.subject.id, strlen(step.subject.id));
    bench->waiting[bench->waiting_count++] = step;
}

static void keep_what_follows(struct bench *bench, const struct decision *decision)
{
    for (const struct input_request *at = decision->inputs; at != NULL; at = at->next) {
        let_wait(bench,
                 (struct step){ .message_type = at->message_type,
                                .message = keep_message(bench, at->message_type, at->message),
                                .subject = at->subject });
    }
    for (const struct timer_request *at = decision->timers; at != NULL; at = at->next) {
        if (strcmp(at->kind, RESERVATION_TIMER) != 0 && strcmp(at->kind, WATCH_TIMER) != 0 &&
            strcmp(at->kind, PURCHASE_TIMER) != 0) {
            let_wait(
                bench,
                (struct step){ .timer = at->kind, .subject = at->subject, .timer_step = at->step });
        }
    }
}

/* What one lane says to another keeps its order: of what a transfer brings, the first comes first. */
static size_t first_like(const struct bench *bench, size_t index)
{
    const struct step *step = &bench->waiting[index];
    size_t at = 0;

    if (step->message_type != MESSAGE_STOCK_TRANSIT) {
        return index;
    }
    while (bench->waiting[at].message_type != MESSAGE_STOCK_TRANSIT ||
           strcmp(bench->waiting[at].subject.id, step->subject.id) != 0) {
        at++;
    }
    return at;
}

const char *bench_settle_one(struct bench *bench, size_t index)
{
    index = first_like(bench, index);
    struct step step = bench->waiting[index];
    const char *said = "";

    assert_true(index < bench->waiting_count);
    bench->waiting_count--;
    memmove(&bench->waiting[index], &bench->waiting[index + 1],
            (bench->waiting_count - index) * sizeof step);
    const struct decision *decision = bench_run(bench, step);
    assert_int_equal(decision->err, OK);
    if (step.message_type == MESSAGE_STOCK_GIVE_UP || step.message_type == MESSAGE_STOCK_ALLOT ||
        step.message_type == MESSAGE_STOCK_EXPECT_ON) {
        said = bench_facts(bench, decision);
    }
    return said[0] == '\0'
               ? ""
               : text_format(bench->kept, "%lld %s", (long long)step.subject.number, said);
}

enum { SETTLE_STEPS_MAX = 10000 };

const char *bench_settle(struct bench *bench)
{
    const char *said = "";

    for (int steps = 0; bench->waiting_count > 0; steps++) {
        const char *more = bench_settle_one(bench, 0);

        assert_true(steps < SETTLE_STEPS_MAX);
        if (more[0] != '\0') {
            said = text_format(bench->kept, "%s%s%s", said, said[0] == '\0' ? "" : "; ", more);
        }
    }
    return said;
}

void bench_batch(struct bench *bench, const struct step *steps, size_t count)
{
    struct prepared prepared[BATCH_MAX];
    bool unknown = false;

    assert_true(count <= BATCH_MAX);
    arena_reset(bench->ctx.arena);
    bench->decisions = arena_alloc(bench->ctx.arena, count * sizeof *bench->decisions);
    for (size_t i = 0; i < count; i++) {
        prepared[i] = prepare(bench, &steps[i]);
    }
    struct rows *rows = load(bench, prepared, count);
    for (size_t i = 0; i < count; i++) {
        struct decision *decision = &bench->decisions[i];

        decision_init(decision, bench->ctx.arena, rows, bench->now);
        decision->clock = prepared[i].in.clock;
        if (prepared[i].message != NULL) {
            prepared[i].message->decide(decision, &prepared[i].in);
        } else if (prepared[i].timer != NULL) {
            prepared[i].timer->decide(decision, &prepared[i].timer_in);
        }
        check_decision(bench, decision);
        keep_what_follows(bench, decision);
    }
    assert_int_equal(
        bench->store->operations->save_and_commit(bench->store, &bench->ctx, rows, &unknown), OK);
}

const struct decision *bench_run(struct bench *bench, struct step step)
{
    bench_batch(bench, &step, 1);
    return &bench->decisions[0];
}

const char *bench_order_id(struct bench *bench, int64_t order_no)
{
    unsigned char bytes[ORDER_ID_BYTES] = { 0 };

    memcpy(bytes, &order_no, sizeof order_no);
    return text_format(bench->kept, "%s", order_id_format(bytes).text);
}

const char *bench_child_id(struct bench *bench, int64_t order_no, const char *child)
{
    return text_format(bench->kept, "%s-%s", bench_order_id(bench, order_no), child);
}

const struct decision *bench_item(struct bench *bench, const char *sku, struct item_body body)
{
    const struct item_put request = { .sku = sku, .body = body };

    return bench_run(bench,
                     (struct step){ .message_type = MESSAGE_ITEM_PUT,
                                    .message = arena_copy(bench->kept, &request, sizeof request),
                                    .subject = { .id = sku } });
}

const struct decision *bench_location(struct bench *bench, const char *code, int64_t priority,
                                      bool active)
{
    const struct location_put request = {
        .code = code,
        .body = { .name = code,
                  .kind = LOCATION_KIND_WAREHOUSE,
                  .address = { .name = "Kervan",
                               .line1 = "Street 1",
                               .city = "Berlin",
                               .country = "DE" },
                  .priority = priority,
                  .has_priority = true,
                  .active = active,
                  .has_active = true },
    };

    return bench_run(bench,
                     (struct step){ .message_type = MESSAGE_LOCATION_PUT,
                                    .message = arena_copy(bench->kept, &request, sizeof request),
                                    .subject = { .id = code } });
}

const struct decision *bench_count(struct bench *bench, const char *sku, const char *location,
                                   int64_t counted)
{
    const struct stock_adjust request = { .sku = sku,
                                          .location = location,
                                          .counted = counted,
                                          .has_counted = true,
                                          .reason = ADJUSTMENT_REASON_COUNT };

    return bench_run(bench,
                     (struct step){ .message_type = MESSAGE_STOCK_ADJUST,
                                    .message = arena_copy(bench->kept, &request, sizeof request),
                                    .subject = { .id = sku } });
}

const struct decision *bench_sourcing(struct bench *bench, const char *scope,
                                      const struct sourcing_rule *rules, size_t count)
{
    const struct sourcing_put request = { scope, { rules, count } };

    return bench_run(bench,
                     (struct step){ .message_type = MESSAGE_SOURCING_PUT,
                                    .message = arena_copy(bench->kept, &request, sizeof request),
                                    .subject = { .id = scope } });
}

void bench_stocked_item(struct bench *bench, const char *sku, int64_t quantity)
{
    bench_item(bench, sku, (struct item_body){ .name = sku });
    bench_location(bench, "WH-1", 1, true);
    bench_count(bench, sku, "WH-1", quantity);
}

/* Reads one word: [line]SKU:quantity[@place]; cuts it up. */
static struct allocation read_line(char *word, int64_t line_no)
{
    struct allocation line = { .line_no = line_no, .location = "" };
    char *colon = strchr(word, ':'), *place = strchr(word, '@');

    assert_non_null(colon);
    if (word[0] >= '1' && word[0] <= '9') {
        line.line_no = strtol(word, &word, 10);
    }
    *colon = '\0';
    line.sku = word;
    if (place != NULL) {
        *place = '\0';
        line.location = place + 1;
    }
    assert_true(text_to_int(colon + 1, &line.quantity));
    return line;
}

static struct allocation *read_lines(struct bench *bench, const char *text, size_t *ret_count)
{
    struct allocation *lines = arena_alloc(bench->kept, 600 * sizeof *lines);
    char *words = arena_copy_text(bench->kept, text, strlen(text)), *rest = words;

    *ret_count = 0;
    for (char *word = strtok_r(words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        lines[*ret_count] = read_line(word, (int64_t)*ret_count + 1);
        (*ret_count)++;
    }
    return lines;
}

static struct step request_step(struct bench *bench, uint32_t type, const void *message,
                                size_t size, const char *sku)
{
    return (struct step){ .message_type = type,
                          .message = arena_copy(bench->kept, message, size),
                          .subject = { .id = sku } };
}

struct step bench_keep_back(struct bench *bench, const char *sku, const char *location,
                            int64_t quantity)
{
    const struct stock_safety request = { .sku = sku, .location = location, .quantity = quantity };

    return request_step(bench, MESSAGE_STOCK_SAFETY, &request, sizeof request, sku);
}

struct step bench_transfer(struct bench *bench, const char *way, const char *lines)
{
    struct stock_transfer request = { .from = text_format(bench->kept, "%.4s", way),
                                      .to = text_format(bench->kept, "%.4s", way + 5) };
    struct allocation *read = read_lines(bench, lines, &request.lines_count);
    struct transfer_quantity *wanted =
        arena_alloc(bench->kept, request.lines_count * sizeof *wanted);

    for (size_t i = 0; i < request.lines_count; i++) {
        wanted[i] = (struct transfer_quantity){ read[i].sku, read[i].quantity };
    }
    request.lines = wanted;
    struct step step = request_step(bench, MESSAGE_STOCK_TRANSFER, &request, sizeof request, "");
    step.id = text_format(bench->kept, "transfer-%lld", (long long)++bench->request_no);
    step.subject.id = step.id;
    return step;
}

struct step bench_ship(struct bench *bench, const char *transfer_id, const char *lines)
{
    struct stock_transfer_ship request = { .transfer_id = transfer_id };
    struct allocation *read =
        lines == NULL ? NULL : read_lines(bench, lines, &request.body.lines_count);
    struct stock_transfer_ship_body_line *left =
        arena_alloc(bench->kept, (request.body.lines_count + 1) * sizeof *left);

    for (size_t i = 0; i < request.body.lines_count; i++) {
        left[i] = (struct stock_transfer_ship_body_line){ .sku = read[i].sku,
                                                          .quantity = read[i].quantity };
    }
    request.body.lines = lines == NULL ? NULL : left;
    return request_step(bench, MESSAGE_STOCK_TRANSFER_SHIP, &request, sizeof request, transfer_id);
}

struct step bench_receive(struct bench *bench, const char *transfer_id, const char *lines,
                          int64_t damaged)
{
    struct stock_transfer_receive request = { .transfer_id = transfer_id };
    struct allocation *read = read_lines(bench, lines, &request.body.lines_count);
    struct stock_transfer_receive_body_line *arrived =
        arena_alloc(bench->kept, request.body.lines_count * sizeof *arrived);

    for (size_t i = 0; i < request.body.lines_count; i++) {
        arrived[i] = (struct stock_transfer_receive_body_line){ .sku = read[i].sku,
                                                                .quantity = read[i].quantity,
                                                                .damaged = damaged,
                                                                .has_damaged = damaged > 0 };
    }
    request.body.lines = arrived;
    return request_step(bench, MESSAGE_STOCK_TRANSFER_RECEIVE, &request, sizeof request,
                        transfer_id);
}

struct step bench_close(struct bench *bench, const char *transfer_id)
{
    const struct stock_transfer_close request = { .transfer_id = transfer_id };

    return request_step(bench, MESSAGE_STOCK_TRANSFER_CLOSE, &request, sizeof request, transfer_id);
}

struct step bench_cancel_transfer(struct bench *bench, const char *transfer_id)
{
    const struct stock_transfer_cancel request = { .transfer_id = transfer_id };

    return request_step(bench, MESSAGE_STOCK_TRANSFER_CANCEL, &request, sizeof request,
                        transfer_id);
}

struct step bench_move(struct bench *bench, const char *sku, const char *location,
                       struct stock_way way)
{
    const struct stock_move request = { .sku = sku,
                                        .location = location,
                                        .from = way.from,
                                        .to = way.to,
                                        .quantity = way.quantity,
                                        .reason = ADJUSTMENT_REASON_INSPECTION };

    return request_step(bench, MESSAGE_STOCK_MOVE, &request, sizeof request, sku);
}

static struct step command(struct bench *bench, uint32_t type, const void *message, size_t size)
{
    const void *copy = arena_copy(bench->kept, message, size);

    return (struct step){ .message_type = type,
                          .message = copy,
                          .subject = { message_order_no((enum message_type)type, copy),
                                       message_order_id((enum message_type)type, copy) } };
}

struct step bench_reserve(struct bench *bench, int64_t order_no, const char *lines)
{
    size_t count = 0;
    struct allocation *read = read_lines(bench, lines, &count);
    struct line_quantity *wanted = arena_alloc(bench->kept, count * sizeof *wanted);

    for (size_t i = 0; i < count; i++) {
        wanted[i] = (struct line_quantity){ read[i].line_no, read[i].sku, read[i].quantity };
    }
    const struct inventory_reserve message = { .order_id = bench_order_id(bench, order_no),
                                               .order_no = order_no,
                                               .clock = 5,
                                               .valid_until = bench->now + 60000,
                                               .reservation_id =
                                                   bench_child_id(bench, order_no, bench->hold),
                                               .channel = "web",
                                               .ship_country = "DE",
                                               .lines = wanted,
                                               .lines_count = count,
                                               .expires_at = bench->now + 3600000,
                                               .has_expires_at = true };
    return command(bench, MESSAGE_INVENTORY_RESERVE, &message, sizeof message);
}

struct step bench_release(struct bench *bench, int64_t order_no, enum cancel_reason reason)
{
    const struct inventory_release message = { .order_id = bench_order_id(bench, order_no),
                                               .order_no = order_no,
                                               .clock = 9,
                                               .reservation_id =
                                                   bench_child_id(bench, order_no, bench->hold),
                                               .reason = reason };

    return command(bench, MESSAGE_INVENTORY_RELEASE, &message, sizeof message);
}

struct step bench_reduce(struct bench *bench, int64_t order_no, int64_t release_no,
                         const char *lines)
{
    struct step step = bench_release(bench, order_no, CANCEL_REASON_OUT_OF_STOCK);
    struct inventory_release message = *(const struct inventory_release *)step.message;

    message.release_no = release_no;
    message.has_release_no = true;
    message.lines = read_lines(bench, lines, &message.lines_count);
    return command(bench, MESSAGE_INVENTORY_RELEASE, &message, sizeof message);
}

struct step bench_consume(struct bench *bench, int64_t order_no, const char *fulfillment,
                          const char *lines)
{
    struct inventory_consume message = { .order_id = bench_order_id(bench, order_no),
                                         .order_no = order_no,
                                         .clock = 11,
                                         .reservation_id =
                                             bench_child_id(bench, order_no, bench->hold),
                                         .fulfillment_id =
                                             bench_child_id(bench, order_no, fulfillment) };

    message.lines = read_lines(bench, lines, &message.lines_count);
    return command(bench, MESSAGE_INVENTORY_CONSUME, &message, sizeof message);
}

struct step bench_expire(struct bench *bench, int64_t order_no)
{
    return (struct step){ .timer = RESERVATION_TIMER,
                          .subject = { order_no, bench_order_id(bench, order_no) },
                          .timer_step = 1 };
}

enum reservation_state bench_state(struct bench *bench, int64_t order_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &reservation_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct reservation_row *row = rows[i];

        if (row->order_no == order_no && row->hold_no == 1) {
            return (enum reservation_state)row->state;
        }
    }
    return RESERVATION_NONE;
}

static bool at_place(const char *sku, const char *location, const struct stock_row *stock)
{
    return strcmp(sku, stock->sku) == 0 && strcmp(location, stock->location) == 0;
}

static int64_t ledger_sum(struct bench *bench, const struct stock_row *stock, int64_t counter)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &ledger_table, &count);
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        const struct ledger_row *row = rows[i];

        if (row->counter == counter && at_place(row->sku, row->location, stock)) {
            sum += row->quantity;
        }
    }
    return sum;
}

static int64_t open_parts_sum(struct bench *bench, const struct stock_row *stock)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &reservation_line_table, &count);
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        const struct reservation_line_row *part = rows[i];

        if (part->state == PART_HELD && strcmp(part->location, stock->location) == 0) {
            sum += part->quantity * recipe_pieces(part_recipe(bench->kept, part), stock->sku);
        }
    }
    return sum;
}

/* What purchase orders bring to a place. */
static int64_t bought_sum(struct bench *bench, const struct stock_row *stock)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &purchase_order_line_table, &count);
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        const struct purchase_order_line_row *line = rows[i];

        sum += at_place(line->sku, line->location, stock) ? line->outstanding : 0;
    }
    return sum;
}

/* What transfers hold at a place, and bring there; of all that comes less what the lane of the SKU does not know of yet. */
static int64_t transfers_sum(struct bench *bench, const struct stock_row *stock, bool held)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &transfer_line_table, &count);
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        const struct transfer_line_row *line = rows[i];

        if (at_place(line->sku, held ? line->source : line->destination, stock)) {
            sum += held ? line->held : line->in_transit;
        }
    }
    for (size_t i = 0; i < bench->waiting_count && !held; i++) {
        const struct stock_transit *input = bench->waiting[i].message;

        if (bench->waiting[i].message_type == MESSAGE_STOCK_TRANSIT &&
            at_place(input->sku, input->location, stock)) {
            sum -= input->incoming_change;
        }
    }
    return sum;
}

static int64_t waiting_parts_sum(struct bench *bench, const char *sku)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &reservation_line_table, &count);
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        const struct reservation_line_row *part = rows[i];

        sum += part->state == PART_WAITING && strcmp(part->sku, sku) == 0 ? part->quantity : 0;
    }
    return sum;
}

static void check_backorders(struct bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &backorder_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct backorder_row *row = rows[i];

        assert_int_equal(row->pieces, waiting_parts_sum(bench, row->sku));
    }
}

static void check_counters(struct bench *bench, const struct stock_row *stock)
{
    const int64_t counters[] = { stock->on_hand, stock->damaged, stock->quality_control,
                                 stock->safety, stock->incoming };

    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        assert_true(counters[i] >= 0);
        assert_int_equal(counters[i], ledger_sum(bench, stock, STOCK_COUNTER_ON_HAND + (int64_t)i));
    }
}

/* What is there by the ledger of lots, by condition as lot.h has them. */
static void add_lot_movements(struct bench *bench, const struct stock_row *stock,
                              const char *number, int64_t sums[LOT_CONDITION_COUNT])
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &lot_movement_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct lot_movement_row *line = rows[i];

        if (strcmp(line->sku, stock->sku) == 0 && strcmp(line->location, stock->location) == 0 &&
            strcmp(line->lot, number) == 0) {
            sums[LOT_SELLABLE] += line->on_hand - line->damaged - line->quality_control;
            sums[LOT_DAMAGED] += line->damaged;
            sums[LOT_QUALITY_CONTROL] += line->quality_control;
        }
    }
}

/* Of all lots with a number: what is picked for orders stands apart. */
static void add_pieces(const struct lots *lots, const char *number,
                       int64_t sums[LOT_CONDITION_COUNT])
{
    for (size_t i = 0; i < lots->count; i++) {
        bool same = strcmp(lots->items[i].number, number) == 0;

        for (int k = 0; same && k < LOT_CONDITION_COUNT; k++) {
            sums[k] += lots->items[i].pieces[k];
        }
    }
}

/* The lots are all that is there, each is what its ledger says, and no piece is there twice. */
static void check_lots(struct bench *bench, const struct stock_row *stock)
{
    const struct lots lots = lots_of(bench->kept, stock->lots, 0);
    int64_t sums[LOT_CONDITION_COUNT] = { 0 };

    for (size_t i = 0; i < lots.count; i++) {
        const char *number = lots.items[i].number;
        int64_t moved[LOT_CONDITION_COUNT] = { 0 }, here[LOT_CONDITION_COUNT] = { 0 };

        add_lot_movements(bench, stock, number, moved);
        add_pieces(&lots, number, here);
        for (int k = 0; k < LOT_CONDITION_COUNT; k++) {
            assert_int_equal(here[k], moved[k]);
            assert_true(here[k] >= 0 || number[0] == '\0');
            sums[k] += lots.items[i].pieces[k];
        }
        assert_true(lots.tracking != LOT_TRACKING_SERIAL || number[0] == '\0' ||
                    here[LOT_SELLABLE] + here[LOT_DAMAGED] + here[LOT_QUALITY_CONTROL] == 1);
    }
    if (stock->lots != NULL) {
        assert_int_equal(sums[LOT_SELLABLE],
                         stock->on_hand - stock->damaged - stock->quality_control);
        assert_int_equal(sums[LOT_DAMAGED], stock->damaged);
        assert_int_equal(sums[LOT_QUALITY_CONTROL], stock->quality_control);
    }
}

/* What lies in bins is the sum of each of them, and each is the sum of its ledger. */
static void check_bins(struct bench *bench, const struct stock_row *stock)
{
    size_t count = 0;
    int64_t binned = 0, moved = 0;
    void **rows = memory_database_rows(bench->database, &stock_bin_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct stock_bin_row *pieces = rows[i];

        assert_true(pieces->quantity >= 0);
        binned +=
            strcmp(pieces->sku, stock->sku) == 0 && strcmp(pieces->location, stock->location) == 0
                ? pieces->quantity
                : 0;
    }
    rows = memory_database_rows(bench->database, &bin_ledger_table, &count);
    for (size_t i = 0; i < count; i++) {
        const struct bin_ledger_row *line = rows[i];

        moved += strcmp(line->sku, stock->sku) == 0 && strcmp(line->location, stock->location) == 0
                     ? line->quantity
                     : 0;
    }
    assert_int_equal(stock->binned, binned);
    assert_int_equal(stock->binned, moved);
}

void bench_check(struct bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &stock_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct stock_row *stock = rows[i];
        int64_t sellable = stock->on_hand - stock->damaged - stock->quality_control;

        check_counters(bench, stock);
        check_lots(bench, stock);
        check_bins(bench, stock);
        assert_true(sellable >= 0 && stock->reserved >= 0);
        assert_int_equal(stock->reserved,
                         open_parts_sum(bench, stock) + transfers_sum(bench, stock, true));
        assert_int_equal(stock->incoming,
                         transfers_sum(bench, stock, false) + bought_sum(bench, stock));
        assert_int_equal(stock->owed, stock->reserved > sellable ? stock->reserved - sellable : 0);
    }
    check_backorders(bench);
}
