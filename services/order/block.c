/* block.c - puts something on the block list, and takes it off. */
#include "services/order/block.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/order.h"
#include "services/order/fraud.h"
#include "services/order/reply.h"
#include "services/order/tables.h"

#include <string.h>

/* Both requests begin with it. */
static const char *written_entry(const struct incoming_message *in)
{
    return ((const struct order_unblock *)in->message)->entry;
}

static bool is_of_a_kind(const char *entry)
{
    static const char *const kinds[] = { "email:", "domain:", "phone:", "token:" };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (text_starts_with(entry, kinds[i])) {
            return true;
        }
    }
    return false;
}

const char *block_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return fraud_key(arena, written_entry(in));
}

void block_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &order_block_table, key_text(in->subject.id));
}

void on_order_block(struct decision *out, const struct incoming_message *in)
{
    const struct order_block *request = in->message;
    struct block_row *stored = rows_find(out->rows, &order_block_table, key_text(in->subject.id));
    struct block_row row = { in->subject.id, request->body.note, in->actor, out->now };

    if (!is_of_a_kind(request->entry) || fraud_key(out->arena, request->entry) == NULL) {
        reply_invalid(out, in, "/entry",
                      "begins with none of email:, domain:, phone: and token:, "
                      "or has no digit where a phone is meant");
        return;
    }
    if (stored == NULL) {
        rows_insert(out->rows, &order_block_table, &row);
    } else if (!text_equal(stored->note, row.note)) {
        row.entry = stored->entry;
        *stored = row;
        rows_update(out->rows, &order_block_table, stored);
    }
    order_reply_put(out, &in->reply, stored == NULL ? 201 : 200, in->subject.id);
}

void on_order_unblock(struct decision *out, const struct incoming_message *in)
{
    struct block_row *stored = rows_find(out->rows, &order_block_table, key_text(in->subject.id));

    if (stored != NULL) { /* else it is as asked */
        rows_remove(out->rows, &order_block_table, stored);
    }
    order_reply_put(out, &in->reply, 204, in->subject.id);
}
