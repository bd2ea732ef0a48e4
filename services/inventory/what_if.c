/* what_if.c - a report, from the request to the last decision that was looked at. */
#include "services/inventory/what_if.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/replay.h"
#include "services/inventory/sourcing_policy.h"

#include <stdio.h>
#include <string.h>

static const unsigned char before_all[ORDER_ID_BYTES] = { 0 };

static const struct sourcing_what_if *request_of(const struct incoming_message *in)
{
    return in->message;
}

const char *what_if_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return request_of(in)->name;
}

/* No channel begins so. */
static const char *scope_of(struct arena *arena, const char *name)
{
    return text_format(arena, "?%s", name);
}

void what_if_need(const struct incoming_message *in, struct rows *rows)
{
    char scope[SCOPE_BYTES_MAX];

    (void)snprintf(scope, sizeof scope, "?%s", request_of(in)->name);
    rows_want(rows, &what_if_table, key_text(request_of(in)->name));
    rows_want(rows, &inventory_rule_table, key_text(scope));
}

static struct what_if_row fresh(const struct sourcing_what_if *request, int64_t run)
{
    return (struct what_if_row){ .name = request->name,
                                 .run = run,
                                 .state = WHAT_IF_RUNNING,
                                 .channel = request->channel,
                                 .from_at = request->has_from ? request->from : 0,
                                 .until_at = request->has_until ? request->until : 0,
                                 .cursor_order = { before_all, ORDER_ID_BYTES },
                                 .places = "",
                                 .examples = "" };
}

/* A decision of then knows what each place could give, not what lay there. */
static bool names_buffer(struct decision *out, const struct incoming_message *in,
                         const struct sourcing_what_if *request)
{
    for (size_t i = 0; i < request->rules_count; i++) {
        if (request->rules[i].kind == SOURCING_RULE_KIND_BUFFER) {
            reply_invalid(out, in, text_format(out->arena, "/rules/%zu/kind", i),
                          "a buffer says how much is promised, not from where: it changes no "
                          "decision of then");
            return true;
        }
    }
    return false;
}

void on_what_if(struct decision *out, const struct incoming_message *in)
{
    const struct sourcing_what_if *request = request_of(in);
    struct what_if_row *stored = rows_find(out->rows, &what_if_table, key_text(request->name));
    const struct sourcing_policy policy = { request->rules, request->rules_count };
    const char *scope = scope_of(out->arena, request->name);
    struct what_if_row row = fresh(request, stored == NULL ? 1 : stored->run + 1);

    if (!sourcing_rules_make_sense(out, in, &policy) || names_buffer(out, in, request)) {
        return;
    }
    if (stored != NULL && text_equal(stored->request_id, in->id)) {
        reply_done(out, in, 201, request->name); /* it came before */
        return;
    }
    row.request_id = in->id;
    row.asked_at = out->now;
    if (stored == NULL) {
        rows_insert(out->rows, &what_if_table, &row);
    } else {
        row.name = stored->name;
        *stored = row;
        rows_update(out->rows, &what_if_table, stored);
    }
    sourcing_rules_put(out, scope, &policy);
    decide_timer(out, (struct subject){ .id = request->name }, WHAT_IF_TIMER, out->now, row.run);
    reply_done(out, in, 201, request->name);
}

/* --- A hundred decisions more ----------------------------------------------------------------------- */

void what_if_due_need(const struct incoming_timer *in, struct rows *rows)
{
    char scope[SCOPE_BYTES_MAX];

    (void)snprintf(scope, sizeof scope, "?%s", in->subject.id);
    rows_want(rows, &what_if_table, key_text(in->subject.id));
    rows_want(rows, &inventory_rule_table, key_text(scope));
}

void what_if_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    const struct what_if_row *row = rows_find(rows, &what_if_table, key_text(in->subject.id));

    if (row != NULL && row->run == in->step) {
        rows_want(rows, &replayed_choice_table, key_text(in->subject.id));
    }
}

enum { TALLY_MAX = 1000, LINE_BYTES = 80 };

/* Orders of a place, as the row keeps them in its text. */
struct tally {
    size_t count;
    struct {
        const char *code;
        int64_t before, after;
    } places[TALLY_MAX];
};

static void tally_add(struct tally *tally, const char *code, int64_t before, int64_t after)
{
    size_t i = 0;

    while (i < tally->count && strcmp(tally->places[i].code, code) != 0) {
        i++;
    }
    if (i < TALLY_MAX) {
        tally->places[i].code = code;
        tally->places[i].before += before;
        tally->places[i].after += after;
        tally->count += i == tally->count;
    }
}

static struct tally *tally_read(struct arena *arena, const char *text)
{
    struct tally *tally = arena_alloc(arena, sizeof *tally);

    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
        size_t length = strcspn(at, " ");
        const char *code = arena_copy_text(arena, at, length);
        char *numbers = arena_copy_text(arena, at + length + 1, strcspn(at + length + 1, "\n"));
        char *space = strchr(numbers, ' ');
        int64_t before = 0, after = 0;

        *space = '\0';
        (void)text_to_int(numbers, &before);
        (void)text_to_int(space + 1, &after);
        tally_add(tally, code, before, after);
    }
    return tally;
}

static const char *tally_write(struct arena *arena, const struct tally *tally)
{
    char *text = arena_alloc(arena, tally->count * LINE_BYTES + 1), *end = text;

    for (size_t i = 0; i < tally->count; i++) {
        end += snprintf(end, LINE_BYTES, "%s %lld %lld\n", tally->places[i].code,
                        (long long)tally->places[i].before, (long long)tally->places[i].after);
    }
    return text;
}

static void add_example(struct decision *out, struct what_if_row *report,
                        const struct replayed_choice_row *row, const struct replay *replay)
{
    const char *before = "", *after = "";

    if (report->examples_count >= WHAT_IF_EXAMPLES) {
        return;
    }
    for (size_t i = 0; i < replay->place_count; i++) {
        const struct replayed_place *place = &replay->places[i];

        before = place->before ? text_format(out->arena, "%s,%s", before, place->code) : before;
        after = place->after ? text_format(out->arena, "%s,%s", after, place->code) : after;
    }
    report->examples = text_format(out->arena, "%s%s %s %s\n", report->examples,
                                   order_id_format(row->order_id.bytes).text, before, after);
    report->examples_count++;
}

static void count(struct decision *out, struct what_if_row *report, struct tally *tally,
                  const struct replayed_choice_row *row)
{
    source_rules rules = sourcing_rules_of(out->rows, scope_of(out->arena, report->name));
    struct replay again;

    if (!replay(out->arena, row, rules, &again)) {
        return;
    }
    report->orders++;
    report->unserved += !again.served;
    report->changed += !again.same;
    report->parcels_before += again.parcels_before;
    report->parcels_after += again.parcels_after;
    report->distance_before_km += again.distance_before_km;
    report->distance_after_km += again.distance_after_km;
    for (size_t i = 0; i < again.place_count; i++) {
        tally_add(tally, again.places[i].code, again.places[i].before, again.places[i].after);
    }
    if (!again.same) {
        add_example(out, report, row, &again);
    }
}

static bool is_meant(const struct what_if_row *report, const struct replayed_choice_row *row)
{
    return row->at >= report->from_at && (report->until_at == 0 || row->at < report->until_at) &&
           row->at < report->asked_at &&
           (report->channel == NULL || text_equal(report->channel, row->channel));
}

void on_what_if_due(struct decision *out, const struct incoming_timer *in)
{
    struct what_if_row *report = rows_find(out->rows, &what_if_table, key_text(in->subject.id));
    struct tally *tally = NULL;
    size_t seen = 0;

    if (report == NULL || report->run != in->step || report->state != WHAT_IF_RUNNING) {
        return; /* asked for anew */
    }
    tally = tally_read(out->arena, report->places);
    for (void **at = rows_list(out->rows, &replayed_choice_table, key_text(report->name));
         *at != NULL; at++, seen++) {
        const struct replayed_choice_row *row = *at;

        if (is_meant(report, row)) {
            count(out, report, tally, row);
        }
        report->cursor_order = row->order_id;
        report->cursor_hold = row->hold_no;
    }
    report->places = tally_write(out->arena, tally);
    report->state = seen < WHAT_IF_CHUNK ? WHAT_IF_DONE : WHAT_IF_RUNNING;
    rows_update(out->rows, &what_if_table, report);
    if (report->state == WHAT_IF_RUNNING) {
        decide_timer(out, (struct subject){ .id = report->name }, WHAT_IF_TIMER,
                     out->now + WHAT_IF_PAUSE_MS, report->run);
    }
}
