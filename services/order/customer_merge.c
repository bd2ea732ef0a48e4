/* customer_merge.c - one row for each customer that was ever said to be another one, too. */
#include "services/order/customer_merge.h"

#include "common/id.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/order.h"
#include "services/order/reply.h"
#include "services/order/rows_of_order.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

_Static_assert(offsetof(struct customer_merge, customer_id) == 0 &&
                   offsetof(struct customer_part, customer_id) == 0,
               "both requests begin with the customer");

static const char *customer_of(const struct incoming_message *in)
{
    return ((const struct customer_part *)in->message)->customer_id;
}

/* A customer goes by the id of an order, with another beginning of the same length. */
static struct order_id_text order_of(const char *customer_id)
{
    struct order_id_text id = { "ord_" };

    (void)snprintf(id.text + strlen("ord_"), sizeof id.text - strlen("ord_"), "%s",
                   customer_id + strlen("cus_"));
    return id;
}

const char *customer_merge_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return customer_of(in);
}

void customer_part_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &order_customer_merge_table, key_text(customer_of(in)));
}

void customer_merge_need(const struct incoming_message *in, struct rows *rows)
{
    const struct customer_merge *request = in->message;

    customer_part_need(in, rows);
    submission_need(order_of(request->customer_id).text, rows);
    submission_need(order_of(request->body.into_customer_id).text, rows);
}

static struct customer_merge_row *stored_of(struct decision *out, const struct incoming_message *in)
{
    return rows_find(out->rows, &order_customer_merge_table, key_text(customer_of(in)));
}

static void write(struct decision *out, struct customer_merge_row *stored,
                  const struct customer_merge_row *news)
{
    if (stored == NULL) {
        rows_insert(out->rows, &order_customer_merge_table, news);
    } else {
        *stored = *news;
        rows_update(out->rows, &order_customer_merge_table, stored);
    }
}

static void merge(struct decision *out, const struct incoming_message *in,
                  const struct submission_row *one, const struct submission_row *other)
{
    const struct customer_merge *request = in->message;
    struct customer_merge_row *stored = stored_of(out, in);
    int64_t version = stored == NULL ? 0 : stored->version;
    bool same = stored != NULL && text_equal(stored->into_id, request->body.into_customer_id);

    if (reply_stale_put(out, in, version, same)) {
        return;
    }
    if (!same) {
        write(out, stored,
              &(struct customer_merge_row){ .customer_id = request->customer_id,
                                            .version = version + 1,
                                            .into_id = request->body.into_customer_id,
                                            .into_order_no = other->order_no,
                                            .order_no = one->order_no,
                                            .changed_by = in->actor,
                                            .changed_at = out->now });
    }
    order_reply_put(out, &in->reply, stored == NULL ? 201 : 200, request->customer_id);
}

void on_customer_merge(struct decision *out, const struct incoming_message *in)
{
    const struct customer_merge *request = in->message;
    const struct submission_row *one =
        submission_find(order_of(request->customer_id).text, out->rows);
    const struct submission_row *other =
        submission_find(order_of(request->body.into_customer_id).text, out->rows);

    if (one == NULL) {
        order_reply_unknown(out, &in->reply, "There is no such customer");
    } else if (other == NULL) {
        reply_invalid(out, in, "/into_customer_id", "is no customer");
    } else if (one->order_no == other->order_no) {
        reply_invalid(out, in, "/into_customer_id", "is the same customer");
    } else {
        merge(out, in, one, other);
    }
}

void on_customer_part(struct decision *out, const struct incoming_message *in)
{
    struct customer_merge_row *stored = stored_of(out, in);
    bool same = stored == NULL || stored->into_id == NULL;

    if (stored == NULL) {
        order_reply_unknown(out, &in->reply, "The customer was never merged with another");
        return;
    }
    if (reply_stale_put(out, in, stored->version, same)) {
        return;
    }
    if (!same) {
        stored->into_id = NULL;
        stored->into_order_no = 0;
        stored->version++;
        stored->changed_by = in->actor;
        stored->changed_at = out->now;
        rows_update(out->rows, &order_customer_merge_table, stored);
    }
    order_reply_put(out, &in->reply, 204, customer_of(in));
}
