/* lot_request.c - lots that are named in requests, and told in facts. */
#include "services/inventory/lot_request.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/inventory/stock.h"

#include <string.h>

int64_t lot_day(const char *date)
{
    int64_t day = NOT_GIVEN;

    return date != NULL && calendar_day_parse(date, &day) ? day : NOT_GIVEN;
}

const char *lot_date(struct arena *arena, int64_t day)
{
    return day == NOT_GIVEN ? NULL : calendar_date(arena, day);
}

/* --- What is wrong -------------------------------------------------------------------------------- */

/* A request while it is looked at. */
struct looking {
    const struct lot_request *request;
    struct arena *arena;
    struct lots here; /* at the place; none where it has no row */
    enum lot_tracking tracking;
    bool expires;
};

static struct looking looking_of(const struct lot_request *request)
{
    const struct rows *rows = request->out->rows;
    struct arena *arena = request->out->arena;
    const struct stock_row *stock = stock_find(rows, request->sku, request->location);
    const struct item_row *item = request->item != NULL
                                      ? request->item
                                      : rows_find(rows, &item_table, key_text(request->sku));

    return (struct looking){
        .request = request,
        .arena = arena,
        .here = lots_of(arena, stock == NULL ? NULL : stock->lots, 0),
        .tracking = request->item != NULL ? lots_tracking_of(item)
                                          : lots_tracking(lots_begin(arena, rows, request->sku)),
        .expires = item != NULL && item->expires,
    };
}

static const char *name_of(const struct looking *looking, const char *number)
{
    return text_format(
        looking->arena,
        looking->tracking == LOT_TRACKING_SERIAL ? "serial number \"%s\"" : "lot \"%s\"", number);
}

/* Where a piece with this number is in stock; NULL: nowhere. */
static const char *place_of(const struct looking *looking, const char *number)
{
    void **at =
        rows_list(looking->request->out->rows, &stock_table, key_text(looking->request->sku));

    for (; *at != NULL; at++) {
        const struct stock_row *stock = *at;
        const struct lots lots = lots_of(looking->arena, stock->lots, 0);

        if (lots_find(&lots, number) != NULL) {
            return stock->location;
        }
    }
    return NULL;
}

static const char *leaving_fault(const struct looking *looking, const struct lot_pieces *lot)
{
    int64_t free = lots_free(&looking->here, lot->lot, looking->request->condition,
                             looking->request->order_no);

    if (free >= lot->quantity) {
        return NULL;
    }
    return free == 0 ? text_format(looking->arena, "%s is not there to be taken",
                                   name_of(looking, lot->lot))
                     : text_format(looking->arena, "only %lld pieces of %s are there to be taken",
                                   (long long)free, name_of(looking, lot->lot));
}

/* A serial number that comes, or is counted, is nowhere else. */
static const char *serial_fault(const struct looking *looking, const struct lot_pieces *lot)
{
    const char *place = NULL;

    if (lot->quantity != 1) {
        return "a serial number is one piece";
    }
    place = looking->request->use == LOT_USE_LEAVES ? NULL : place_of(looking, lot->lot);
    if (place == NULL || (looking->request->use == LOT_USE_COUNTED &&
                          strcmp(place, looking->request->location) == 0)) {
        return NULL;
    }
    return text_format(looking->arena, "%s is at \"%s\" already", name_of(looking, lot->lot),
                       place);
}

static const char *lot_fault(const struct looking *looking, size_t index)
{
    const struct lot_request *request = looking->request;
    const struct lot_pieces *lot = &request->lots[index];
    const char *fault = NULL;

    for (size_t i = 0; i < index && fault == NULL; i++) {
        fault = strcmp(request->lots[i].lot, lot->lot) == 0 ? "is named before" : NULL;
    }
    if (fault == NULL && looking->tracking == LOT_TRACKING_SERIAL) {
        fault = serial_fault(looking, lot);
    }
    if (fault == NULL && request->use == LOT_USE_LEAVES) {
        fault = leaving_fault(looking, lot);
    }
    return fault;
}

/* The last day as the books have it; NOT_GIVEN. */
static int64_t known_day(const struct looking *looking, const char *number)
{
    const struct lots *known = looking->request->known;
    const struct lot *lot = lots_find(&looking->here, number);

    if (lot == NULL && known != NULL) {
        lot = lots_find(known, number);
    }
    return lot == NULL ? NOT_GIVEN : lot->expires_day;
}

static const char *day_fault(const struct looking *looking, size_t index)
{
    const struct lot_pieces *lot = &looking->request->lots[index];
    int64_t known = known_day(looking, lot->lot), day = lot_day(lot->expires_on);

    if (lot->expires_on == NULL) {
        return looking->expires && known == NOT_GIVEN && looking->request->use != LOT_USE_LEAVES
                   ? "the item's lots expire: say on which day"
                   : NULL;
    }
    if (day == NOT_GIVEN) {
        return "is no day of the calendar";
    }
    if (!looking->expires) {
        return "the item's lots do not expire";
    }
    return known != NOT_GIVEN && known != day
               ? text_format(looking->arena, "by the books it expires on %s",
                             lot_date(looking->arena, known))
               : NULL;
}

static const char *sum_fault(const struct looking *looking)
{
    const struct lot_request *request = looking->request;
    int64_t named = 0, damaged = 0;

    for (size_t i = 0; i < request->count; i++) {
        named += request->lots[i].quantity;
        damaged += request->lots[i].damaged;
    }
    if (named != request->quantity) {
        return text_format(looking->arena, "name the lots of %lld pieces: %lld are named",
                           (long long)request->quantity, (long long)named);
    }
    if (damaged != request->damaged) {
        return text_format(looking->arena,
                           "say of which lots %lld pieces are damaged: of %lld it is said",
                           (long long)request->damaged, (long long)damaged);
    }
    return request->use != LOT_USE_LEAVES && looking->here.count + request->count > LOTS_MAX
               ? "no more than 1000 lots of an item fit a place"
               : NULL;
}

static const char *list_fault(const struct looking *looking)
{
    const struct lot_request *request = looking->request;

    if (looking->tracking == LOT_TRACKING_NONE) {
        return request->count > 0 ? "the item is not kept apart by lots or serial numbers" : NULL;
    }
    if (request->count == 0 && request->quantity > 0) {
        return text_format(looking->arena,
                           looking->tracking == LOT_TRACKING_SERIAL
                               ? "name the serial numbers of %lld pieces: the item has them"
                               : "name the lots of %lld pieces: the item is kept apart by lots",
                           (long long)request->quantity);
    }
    return sum_fault(looking);
}

const char *lot_request_fault(const struct lot_request *request, const char **ret_pointer)
{
    const struct looking looking = looking_of(request);
    const char *fault = NULL;

    for (size_t i = 0; i < request->count && looking.tracking != LOT_TRACKING_NONE; i++) {
        *ret_pointer = text_format(looking.arena, "%s/%zu/lot", request->at, i);
        fault = lot_fault(&looking, i);
        if (fault == NULL) {
            *ret_pointer = text_format(looking.arena, "%s/%zu/expires_on", request->at, i);
            fault = day_fault(&looking, i);
        }
        if (fault == NULL && request->lots[i].damaged > request->lots[i].quantity) {
            *ret_pointer = text_format(looking.arena, "%s/%zu/damaged", request->at, i);
            fault = "must be at most quantity, which counts them, too";
        }
        if (fault != NULL) {
            return fault;
        }
    }
    *ret_pointer = request->at;
    return list_fault(&looking);
}

bool lot_request_refused(struct decision *out, const struct incoming_message *in,
                         const struct lot_request *request)
{
    const char *pointer = NULL, *fault = lot_request_fault(request, &pointer);

    if (fault != NULL) {
        reply_invalid(out, in, pointer, fault);
    }
    return fault != NULL;
}

/* --- What is meant -------------------------------------------------------------------------------- */

static const struct lot_names *names_of(struct arena *arena, const struct lot_named *items,
                                        size_t count)
{
    const struct lot_names names = { items, count };

    return arena_copy(arena, &names, sizeof names);
}

const struct lot_names *lot_names_of(struct arena *arena, const struct lot_pieces *lots,
                                     size_t count, int64_t sign)
{
    struct lot_named *items = arena_alloc(arena, count * sizeof *items);

    for (size_t i = 0; i < count; i++) {
        items[i] = (struct lot_named){ .number = lots[i].lot,
                                       .quantity = sign * lots[i].quantity,
                                       .damaged = lots[i].damaged,
                                       .expires_day = lot_day(lots[i].expires_on) };
    }
    return names_of(arena, items, count);
}

/* Pieces of a lot by the books. */
static int64_t booked_of(const struct lots *lots, const char *number)
{
    int64_t pieces = 0;

    for (size_t i = 0; i < lots->count; i++) {
        pieces += strcmp(lots->items[i].number, number) == 0 ? lot_on_hand(&lots->items[i]) : 0;
    }
    return pieces;
}

static struct lot_named *find_named(struct lot_named *items, size_t count, const char *number)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(items[i].number, number) == 0) {
            return &items[i];
        }
    }
    return NULL;
}

/* By the count, less what the books say of each lot; a lot that was not counted is not there. */
static const struct lot_names *corrections_of(const struct lot_request *request)
{
    struct arena *arena = request->out->arena;
    const struct stock_row *stock = stock_find(request->out->rows, request->sku, request->location);
    const struct lots here = lots_of(arena, stock == NULL ? NULL : stock->lots, 0);
    struct lot_named *items = arena_alloc(arena, (here.count + request->count) * sizeof *items);
    size_t count = request->count, kept = 0;

    for (size_t i = 0; i < request->count; i++) {
        items[i] = (struct lot_named){
            .number = request->lots[i].lot,
            .quantity = request->lots[i].quantity - booked_of(&here, request->lots[i].lot),
            .expires_day = lot_day(request->lots[i].expires_on),
        };
    }
    for (size_t i = 0; i < here.count; i++) {
        const char *number = here.items[i].number;

        if (find_named(items, count, number) == NULL) {
            items[count++] = (struct lot_named){ .number = number,
                                                 .quantity = -booked_of(&here, number),
                                                 .expires_day = NOT_GIVEN };
        }
    }
    for (size_t i = 0; i < count; i++) {
        items[kept] = items[i];
        kept += items[i].quantity != 0;
    }
    return names_of(arena, items, kept);
}

const struct lot_names *lot_request_names(const struct lot_request *request)
{
    struct arena *arena = request->out->arena;
    const char *begins = lots_begin(arena, request->out->rows, request->sku);

    if (begins == NULL) {
        return NULL;
    }
    return request->use == LOT_USE_COUNTED ? corrections_of(request)
                                           : lot_names_of(arena, request->lots, request->count, 1);
}

const char *lot_pieces_text(struct arena *arena, const struct lot_pieces *lots, size_t count)
{
    struct lots kept = { .tracking = LOT_TRACKING_LOT,
                         .items = arena_alloc(arena, count * sizeof *kept.items) };

    for (size_t i = 0; i < count; i++) {
        kept.items[kept.count++] = (struct lot){ .number = lots[i].lot,
                                                 .expires_day = lot_day(lots[i].expires_on),
                                                 .pieces = { lots[i].quantity } };
    }
    return count == 0 ? NULL : lots_text(arena, &kept);
}

const struct lot_pieces *lot_pieces_of(struct arena *arena, const char *text, size_t *ret_count)
{
    const struct lots kept = lots_of(arena, text, 0);
    struct lot_pieces *pieces = arena_alloc(arena, kept.count * sizeof *pieces);

    for (size_t i = 0; i < kept.count; i++) {
        pieces[i] = (struct lot_pieces){ .lot = kept.items[i].number,
                                         .quantity = kept.items[i].pieces[LOT_SELLABLE],
                                         .expires_on = lot_date(arena, kept.items[i].expires_day) };
    }
    *ret_count = kept.count;
    return pieces;
}

/* --- Told ----------------------------------------------------------------------------------------- */

static bool same_movement(const struct lot_movement_row *left, const struct lot_movement_row *right)
{
    return left->version == right->version && strcmp(left->sku, right->sku) == 0 &&
           strcmp(left->location, right->location) == 0;
}

static struct lot_change change_of(struct arena *arena, const struct lot_movement_row *line)
{
    return (struct lot_change){ .lot = line->lot,
                                .on_hand = line->on_hand,
                                .damaged = line->damaged,
                                .quality_control = line->quality_control,
                                .expires_on = lot_date(arena, line->expires_day) };
}

/* All lines of the movement that the first one is of. */
static void tell(struct decision *out, struct subject subject, int64_t clock,
                 struct lot_movement_row *const *lines, size_t count)
{
    struct lot_change *changes = arena_alloc(out->arena, count * sizeof *changes);
    const struct lot_movement_row *first = lines[0];
    bool of_order = subject.number != 0;
    struct inventory_lots_moved fact = { .sku = first->sku,
                                         .location = first->location,
                                         .clock = clock,
                                         .version = first->version,
                                         .order_id = of_order ? subject.id : NULL,
                                         .order_no = subject.number,
                                         .has_order_no = of_order,
                                         .lots = changes };

    for (size_t i = 0; i < count; i++) {
        if (!lines[i]->told && same_movement(lines[i], first)) {
            changes[fact.lots_count++] = change_of(out->arena, lines[i]);
            lines[i]->told = true;
        }
    }
    decide_emit(out, subject, MESSAGE_INVENTORY_LOTS_MOVED, &fact, sizeof fact);
}

void lots_tell(struct decision *out, struct subject subject, int64_t clock)
{
    size_t count = 0;
    void **rows = rows_changed(out->rows, &lot_movement_table, ROW_INSERTED, &count);
    struct lot_movement_row **lines = arena_alloc(out->arena, count * sizeof(void *));

    memcpy(lines, rows, count * sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        if (!lines[i]->told) {
            out->clock = clock - 1;
            tell(out, subject, clock, &lines[i], count - i);
        }
    }
}
