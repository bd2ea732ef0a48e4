/* bin.c - what lies in which bin, and what of it changes. */
#include "services/inventory/bin.h"

#include "common/arena.h"
#include "common/mutant.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/inventory/level.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { ID_BYTES = 80 };

/* As rows are named: neither a place nor a code has a space. */
static void write_id(char id[ID_BYTES], const char *location, const char *code)
{
    (void)snprintf(id, ID_BYTES, "%s %s", location, code);
}

void bin_want(struct rows *rows, const char *location, const char *code)
{
    char id[ID_BYTES];

    if (code != NULL) {
        write_id(id, location, code);
        rows_want(rows, &bin_table, key_text(id));
    }
}

void bins_want(struct rows *rows, const char *sku)
{
    rows_want(rows, &stock_bin_table, key_text(sku));
}

const struct bin_row *bin_find(const struct rows *rows, const char *location, const char *code)
{
    char id[ID_BYTES];

    write_id(id, location, code);
    return rows_find(rows, &bin_table, key_text(id));
}

static struct stock_bin_row *find_pieces(const struct rows *rows, const struct stock_row *stock,
                                         const char *code)
{
    for (void **at = rows_list(rows, &stock_bin_table, key_text(stock->sku)); *at != NULL; at++) {
        struct stock_bin_row *pieces = *at;

        if (strcmp(pieces->location, stock->location) == 0 && strcmp(pieces->bin, code) == 0) {
            return pieces;
        }
    }
    return NULL;
}

int64_t bin_holds(const struct rows *rows, const struct stock_row *stock, const char *code)
{
    const struct stock_bin_row *pieces = find_pieces(rows, stock, code);

    return pieces == NULL ? 0 : pieces->quantity;
}

bool bin_refused(struct decision *out, const struct incoming_message *in, const char *pointer,
                 const struct bin_row *bin, bool into)
{
    if (bin == NULL) {
        reply_invalid(out, in, pointer, "there is no such bin at this place; put it first");
    } else if (into && !bin->active) {
        reply_invalid(out, in, pointer, "takes nothing any more: it is not active");
    } else {
        return false;
    }
    return true;
}

bool bin_short(struct decision *out, const struct incoming_message *in, const char *pointer,
               int64_t holds, int64_t wanted)
{
    if (wanted > holds) {
        reply_invalid(out, in, pointer,
                      text_format(out->arena, "only %lld pieces lie there", (long long)holds));
    }
    return wanted > holds;
}

/* --- Changes -------------------------------------------------------------------------------------- */

static struct stock_bin_row *pieces_of(struct rows *rows, const struct stock_row *stock,
                                       const char *code)
{
    struct stock_bin_row *pieces = find_pieces(rows, stock, code);
    const struct stock_bin_row fresh = { stock->sku, stock->location, code, 0 };

    return pieces != NULL ? pieces : rows_insert(rows, &stock_bin_table, &fresh);
}

static struct bin_pieces_changed change_one(struct rows *rows, struct stock_row *stock,
                                            const struct bin_change *change,
                                            const struct bin_ledger_row *cause)
{
    struct stock_bin_row *pieces = pieces_of(rows, stock, change->bin);
    struct bin_ledger_row line = *cause;

    pieces->quantity += change->quantity;
    assert(pieces->quantity >= 0);
    rows_update(rows, &stock_bin_table, pieces);
    stock->binned += mutant("forget_binned") ? 0 : change->quantity;
    line.sku = stock->sku;
    line.location = stock->location;
    line.version = stock->version;
    line.bin = pieces->bin;
    line.quantity = change->quantity;
    rows_insert(rows, &bin_ledger_table, &line);
    return (struct bin_pieces_changed){ pieces->bin, change->quantity, pieces->quantity };
}

void bins_change(struct decision *out, struct stock_row *stock, const struct bin_change *changes,
                 size_t count, const struct bin_ledger_row *cause)
{
    struct bin_pieces_changed *told = arena_alloc(out->arena, (count + 1) * sizeof *told);
    struct inventory_bins_changed fact = { .sku = stock->sku,
                                           .location = stock->location,
                                           .kind = (enum bin_movement)cause->kind,
                                           .request_id = cause->request_id,
                                           .order_no = cause->order_no,
                                           .has_order_no = cause->order_no != 0,
                                           .changes = told };

    assert(count <= BIN_CHANGES_MAX);
    stock_touch(out->rows, stock);
    for (size_t i = 0; i < count; i++) {
        if (changes[i].quantity != 0) {
            told[fact.changes_count++] = change_one(out->rows, stock, &changes[i], cause);
        }
    }
    fact.on_hand = stock->on_hand;
    fact.unbinned = stock->on_hand - stock->binned;
    fact.clock = level_version(out->rows, stock->sku);
    if (fact.changes_count > 0) {
        out->clock = fact.clock - 1; /* the SKU's own time: the version of all its stock */
        decide_emit(out, (struct subject){ .id = stock->sku }, MESSAGE_INVENTORY_BINS_CHANGED,
                    &fact, sizeof fact);
    }
}

void bins_book(struct decision *out, struct stock_row *stock, const struct bin_change *change,
               enum bin_movement kind, const struct ledger_row *cause)
{
    const struct bin_ledger_row why = { .kind = kind,
                                        .order_no = cause->order_no,
                                        .request_id = cause->request_id,
                                        .actor = cause->actor,
                                        .at = cause->at };

    if (change->bin != NULL && change->quantity != 0) {
        bins_change(out, stock, change, 1, &why);
    }
}

/* --- Less is there than they hold ----------------------------------------------------------------- */

bool bins_are_overdrawn(const struct rows *rows, const char *sku)
{
    for (void **at = rows_list(rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        const struct stock_row *stock = *at;

        if (stock->binned > stock->on_hand) {
            return true;
        }
    }
    return false;
}

/* Of those that are not asked yet, who holds most; of equals the first code. */
static const struct stock_bin_row *fullest(const struct rows *rows, const struct stock_row *stock,
                                           const struct bin_change *asked, size_t asked_count)
{
    const struct stock_bin_row *found = NULL;

    for (void **at = rows_list(rows, &stock_bin_table, key_text(stock->sku)); *at != NULL; at++) {
        const struct stock_bin_row *pieces = *at;
        bool known = strcmp(pieces->location, stock->location) != 0;

        for (size_t i = 0; i < asked_count; i++) {
            known = known || strcmp(asked[i].bin, pieces->bin) == 0;
        }
        if (!known && pieces->quantity > 0 &&
            (found == NULL || pieces->quantity > found->quantity ||
             (pieces->quantity == found->quantity && strcmp(pieces->bin, found->bin) < 0))) {
            found = pieces;
        }
    }
    return found;
}

static void give_up(struct decision *out, struct stock_row *stock)
{
    const struct bin_ledger_row cause = { .kind = BIN_MOVEMENT_GONE, .at = out->now };
    struct bin_change changes[BIN_CHANGES_MAX];
    int64_t left = stock->binned - stock->on_hand;
    size_t count = 0;

    while (left > 0 && count < BIN_CHANGES_MAX) {
        const struct stock_bin_row *pieces = fullest(out->rows, stock, changes, count);

        assert(pieces != NULL && "binned is the sum of the bins");
        int64_t quantity = pieces->quantity < left ? pieces->quantity : left;
        changes[count++] = (struct bin_change){ pieces->bin, -quantity };
        left -= quantity;
    }
    bins_change(out, stock, changes, count, &cause);
}

/* One place at a time: what is stated at once has one clock. */
void bins_settle(struct decision *out, const char *sku)
{
    for (void **at = rows_list(out->rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        struct stock_row *stock = *at;

        if (stock->binned > stock->on_hand && !mutant("overdraw_bins")) {
            give_up(out, stock);
            break;
        }
    }
    if (bins_are_overdrawn(out->rows, sku) && !mutant("overdraw_bins")) {
        decide_timer(out, (struct subject){ .id = sku }, SETTLE_TIMER, out->now, 0);
    }
}

/* --- What left ------------------------------------------------------------------------------------ */

static bool is_named_before(const struct inventory_pick *command, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(command->bins[i].sku, command->bins[index].sku) == 0) {
            return true;
        }
    }
    return false;
}

static void ask_to_take(struct decision *out, const struct inventory_pick *command, const char *sku)
{
    struct bin_pieces *pieces = arena_alloc(out->arena, command->bins_count * sizeof *pieces);
    struct stock_bin_take input = { .sku = sku,
                                    .location = command->location,
                                    .kind = BIN_MOVEMENT_PICKED,
                                    .order_no = command->order_no,
                                    .has_order_no = true,
                                    .request_id = command->fulfillment_id,
                                    .bins = pieces };

    for (size_t i = 0; i < command->bins_count; i++) {
        if (strcmp(command->bins[i].sku, sku) == 0) {
            pieces[input.bins_count++] =
                (struct bin_pieces){ command->bins[i].bin, command->bins[i].quantity };
        }
    }
    decide_input(out, (struct subject){ .id = sku }, MESSAGE_STOCK_BIN_TAKE, &input, sizeof input);
}

void on_inventory_pick(struct decision *out, const struct incoming_message *in)
{
    const struct inventory_pick *command = in->message;

    for (size_t i = 0; i < command->bins_count; i++) {
        if (!is_named_before(command, i)) {
            ask_to_take(out, command, command->bins[i].sku);
        }
    }
}

/* A fulfillment is picked once, however often it is told. */
static bool came_before(struct decision *out, const struct stock_bin_take *input,
                        const struct stock_row *stock)
{
    if (input->kind != BIN_MOVEMENT_PICKED || input->request_id == NULL) {
        return false;
    }
    for (void **at = rows_list(out->rows, &adjustment_table, key_text(input->request_id));
         *at != NULL; at++) {
        if (strcmp(((const struct adjustment_row *)*at)->sku, input->sku) == 0) {
            return true;
        }
    }
    rows_insert(out->rows, &adjustment_table,
                &(struct adjustment_row){ .request_id = input->request_id,
                                          .sku = input->sku,
                                          .location = input->location,
                                          .version = stock->version,
                                          .kind = ADJUSTMENT_BIN_TAKEN,
                                          .on_hand = stock->on_hand,
                                          .owed = stock->owed,
                                          .digest = { (const unsigned char *)"", 0 },
                                          .at = out->now });
    return false;
}

void bin_take_need(const struct incoming_message *in, struct rows *rows)
{
    const struct stock_bin_take *input = in->message;

    if (input->request_id != NULL) {
        rows_want(rows, &adjustment_table, key_text(input->request_id));
    }
}

void bin_take_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct stock_bin_take *input = in->message;

    level_want(rows, input->sku);
    bins_want(rows, input->sku);
}

/* Those of which something is taken. */
static void take_out(struct decision *out, struct stock_row *stock, struct bin_change *changes,
                     size_t count, const struct bin_ledger_row *cause)
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        if (changes[i].quantity != 0) {
            changes[used++] = changes[i];
        }
    }
    if (used > 0) {
        bins_change(out, stock, changes, used, cause);
    }
}

void on_bin_take(struct decision *out, const struct incoming_message *in)
{
    const struct stock_bin_take *input = in->message;
    struct stock_row *stock = stock_find(out->rows, input->sku, input->location);
    const struct bin_ledger_row cause = { .kind = input->kind,
                                          .order_no = input->has_order_no ? input->order_no : 0,
                                          .request_id = input->request_id,
                                          .actor = input->actor,
                                          .at = out->now };

    if (stock == NULL || came_before(out, input, stock)) {
        return; /* nothing ever lay there, or it was taken */
    }
    struct bin_change changes[BIN_CHANGES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < input->bins_count; i++) {
        size_t at = 0;

        while (at < count && strcmp(changes[at].bin, input->bins[i].bin) != 0) {
            at++;
        }
        if (at == count) {
            changes[count++] = (struct bin_change){ input->bins[i].bin, 0 };
        }
        int64_t left = bin_holds(out->rows, stock, changes[at].bin) + changes[at].quantity;
        changes[at].quantity -= input->bins[i].quantity < left ? input->bins[i].quantity : left;
    }
    take_out(out, stock, changes, count, &cause);
}
