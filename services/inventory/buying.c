/* buying.c - the lane of a SKU: how many pieces are missing, and which draft is to order them. */
#include "services/inventory/buying.h"

#include "common/mutant.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/level.h"
#include "services/inventory/stock.h"
#include "services/inventory/supplier.h"

#include <assert.h>
#include <string.h>

_Static_assert(BUYING_POLICY_ABSENT == 0 && BUYING_POLICY_NO == 1 && BUYING_POLICY_SEND == 3,
               "supplier.buying keeps these numbers");

/* A purchase order has no more lines. */
enum { ITEMS_MAX = 200 };
static const int64_t minute_ms = 60000;

/* --- Who asks for a look --------------------------------------------------------------------------- */

void buying_look(struct decision *out, const char *sku)
{
    const struct stock_buy input = { .sku = sku };

    decide_input(out, (struct subject){ .id = sku }, MESSAGE_STOCK_BUY, &input, sizeof input);
}

void buying_ask(struct decision *out, const char *sku)
{
    struct backorder_row *row = rows_find(out->rows, &backorder_table, key_text(sku));

    if (row != NULL && !row->buy_asked) {
        row->buy_asked = true;
        rows_update(out->rows, &backorder_table, row);
        buying_look(out, sku);
    }
}

void buying_ask_when_waited_for(struct decision *out, const char *sku)
{
    if (backorder_pieces(out->rows, sku) > 0) {
        buying_ask(out, sku);
    }
}

/* --- What is missing ------------------------------------------------------------------------------- */

/* What is there, and comes, from wherever: of a pre-order, too, what is kept for its day. */
static int64_t covered(const struct rows *rows, const char *sku)
{
    int64_t pieces = 0;

    for (void **at = rows_list(rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        const struct stock_row *stock = *at;

        pieces += mutant("buy_twice") ? 0 : stock->incoming;
        pieces += location_is_active(rows, stock->location) ? stock_available(stock) : 0;
    }
    return pieces;
}

/* Where missing pieces are to be bought. */
struct seller {
    const struct supplier_item_row *terms; /* NULL: people see to it */
    const struct supplier_row *supplier;
    int64_t buying;
};

static struct seller seller_of(const struct rows *rows, const char *sku)
{
    const struct supplier_item_row *terms = supplier_preferred(rows, sku);

    if (terms == NULL) {
        return (struct seller){ .terms = NULL };
    }
    const struct supplier_row *supplier =
        rows_find(rows, &supplier_table, key_text(terms->supplier));
    int64_t buying = terms->buying == BUYING_POLICY_ABSENT ? supplier->buying : terms->buying;

    if (buying == BUYING_POLICY_NO || supplier->location == NULL) {
        return (struct seller){ .terms = NULL };
    }
    return (struct seller){ terms, supplier, buying };
}

/* --- Which draft ----------------------------------------------------------------------------------- */

static struct purchase_gathering_row *gathering_of(const struct rows *rows,
                                                   const struct seller *seller)
{
    void **at = rows_list(rows, &purchase_gathering_table, key_text(seller->supplier->code));

    while (*at != NULL && ((const struct purchase_gathering_row *)*at)->buying != seller->buying) {
        at++;
    }
    return *at;
}

static bool takes_more(const struct purchase_gathering_row *gathering, const struct seller *seller,
                       int64_t now)
{
    return gathering->purchase_order_id != NULL && gathering->items < ITEMS_MAX &&
           text_equal(gathering->location, seller->supplier->location) &&
           (gathering->gathers_until == 0 || now < gathering->gathers_until);
}

/* The draft that takes one more item. */
static const struct purchase_gathering_row *join(struct decision *out, const struct seller *seller)
{
    struct purchase_gathering_row *gathering = gathering_of(out->rows, seller);
    bool sends = seller->buying == BUYING_POLICY_SEND;

    assert(gathering != NULL); /* made with the supplier */
    if (!takes_more(gathering, seller, out->now)) {
        gathering->round++;
        gathering->items = 0;
        gathering->location = seller->supplier->location;
        gathering->purchase_order_id =
            text_format(rows_arena(out->rows), "%s-%s%lld", gathering->supplier, sends ? "S" : "D",
                        (long long)gathering->round);
        gathering->gathers_until =
            sends ? out->now + seller->supplier->gather_minutes * minute_ms : 0;
    }
    gathering->items++;
    rows_update(out->rows, &purchase_gathering_table, gathering);
    return gathering;
}

/* So many pieces, whatever the draft was told before. */
static void tell(struct decision *out, const struct stock_buying_row *row,
                 const struct purchase_gathering_row *gathering, int64_t pieces)
{
    const struct purchase_gather input = {
        .purchase_order_id = row->purchase_order_id,
        .supplier = row->supplier,
        .location = gathering == NULL ? NULL : gathering->location,
        .buying = (enum buying_policy)row->buying,
        .gathers_until = gathering == NULL ? 0 : gathering->gathers_until,
        .has_gathers_until = gathering != NULL && gathering->gathers_until != 0,
        .sku = row->sku,
        .quantity = pieces,
    };

    decide_input(out, (struct subject){ .id = row->purchase_order_id }, MESSAGE_PURCHASE_GATHER,
                 &input, sizeof input);
}

static void forget_draft(struct stock_buying_row *row)
{
    row->purchase_order_id = NULL;
    row->pieces = 0;
}

/* The draft orders so many from now on; one of another supplier none any more. */
static void gather(struct decision *out, struct stock_buying_row *row, const struct seller *seller,
                   int64_t pieces)
{
    const struct purchase_gathering_row *gathering = NULL;
    bool elsewhere = pieces == 0 || !text_equal(row->supplier, seller->supplier->code) ||
                     row->buying != seller->buying;

    if (row->purchase_order_id != NULL && elsewhere) {
        if (!mutant("keep_draft")) {
            tell(out, row, NULL, 0);
        }
        forget_draft(row);
    }
    if (row->pieces == pieces) {
        return;
    }
    if (row->purchase_order_id == NULL) {
        gathering = join(out, seller);
        row->supplier = gathering->supplier;
        row->buying = gathering->buying;
        row->purchase_order_id = gathering->purchase_order_id;
    }
    row->pieces = pieces;
    tell(out, row, gathering, pieces);
}

/* --- A look ---------------------------------------------------------------------------------------- */

void stock_buy_need(const struct incoming_message *in, struct rows *rows)
{
    const char *sku = ((const struct stock_buy *)in->message)->sku;

    rows_want(rows, &supplier_item_table, key_text(sku));
    rows_want(rows, &stock_buying_table, key_text(sku));
}

void stock_buy_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const char *sku = ((const struct stock_buy *)in->message)->sku;

    level_want(rows, sku);
    for (void **at = rows_list(rows, &supplier_item_table, key_text(sku)); *at != NULL; at++) {
        const char *supplier = ((const struct supplier_item_row *)*at)->supplier;

        rows_want(rows, &supplier_table, key_text(supplier));
        rows_want(rows, &purchase_gathering_table, key_text(supplier));
    }
}

void on_stock_buy(struct decision *out, const struct incoming_message *in)
{
    const char *sku = ((const struct stock_buy *)in->message)->sku;
    struct backorder_row *waiting = rows_find(out->rows, &backorder_table, key_text(sku));
    struct stock_buying_row *row = rows_find(out->rows, &stock_buying_table, key_text(sku));
    const struct seller seller = seller_of(out->rows, sku);

    if (waiting == NULL) {
        return;
    }
    if (waiting->buy_asked) {
        waiting->buy_asked = false;
        rows_update(out->rows, &backorder_table, waiting);
    }
    int64_t missing = waiting->pieces - covered(out->rows, sku);
    missing = missing > 0 ? missing : 0;
    if (row == NULL && (missing == 0 || seller.terms == NULL)) {
        return;
    }
    if (row == NULL) {
        row = rows_insert(out->rows, &stock_buying_table, &(struct stock_buying_row){ .sku = sku });
    }
    row->dismissed = row->dismissed < missing ? row->dismissed : missing;
    missing -= row->dismissed;
    gather(out, row, &seller,
           missing == 0 || seller.terms == NULL ? 0 : supplier_quantity(seller.terms, missing));
    rows_update(out->rows, &stock_buying_table, row);
}

/* --- What became of it ----------------------------------------------------------------------------- */

void stock_gathered_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &stock_buying_table,
              key_text(((const struct stock_gathered *)in->message)->sku));
}

void on_stock_gathered(struct decision *out, const struct incoming_message *in)
{
    const struct stock_gathered *input = in->message;
    struct stock_buying_row *row = rows_find(out->rows, &stock_buying_table, key_text(input->sku));

    if (row == NULL || !text_equal(row->purchase_order_id, input->purchase_order_id)) {
        return; /* it was told since that nothing is missing */
    }
    row->dismissed += input->dismissed ? row->pieces : 0;
    forget_draft(row);
    rows_update(out->rows, &stock_buying_table, row);
    buying_look(out, input->sku);
}

void buying_transit_need(const struct incoming_message *in, struct rows *rows)
{
    const struct stock_transit *input = in->message;

    if (input->purchase_order_id != NULL) {
        rows_want(rows, &stock_buying_table, key_text(input->sku));
    }
}

void buying_transit(struct decision *out, const struct stock_transit *input)
{
    struct stock_buying_row *row =
        input->purchase_order_id == NULL
            ? NULL
            : rows_find(out->rows, &stock_buying_table, key_text(input->sku));

    if (row != NULL && input->incoming_change > 0 &&
        text_equal(row->purchase_order_id, input->purchase_order_id)) {
        forget_draft(row);
        rows_update(out->rows, &stock_buying_table, row);
    }
    if (row != NULL && input->lost) {
        row->dismissed -= input->incoming_change;
        rows_update(out->rows, &stock_buying_table, row);
    }
    buying_ask_when_waited_for(out, input->sku);
}
