/* count_policy.c - puts how items of a place are put into classes, and how often each is counted. */
#include "services/inventory/count_policy.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/stock.h"
#include "services/inventory/tables.h"

_Static_assert(COUNT_BASIS_PICKS == 1 && COUNT_BASIS_VALUE == 3,
               "count_policy.basis keeps these numbers");

static const struct count_policy_put *put_of(const struct incoming_message *in)
{
    return in->message;
}

const char *count_policy_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return put_of(in)->code;
}

void count_policy_put_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &count_policy_table, key_text(put_of(in)->code));
}

void count_policy_put_need_shared(const struct incoming_message *in, struct rows *rows)
{
    (void)in;
    rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
}

static struct count_policy_row row_of(const struct count_policy_put *request, int64_t version)
{
    const struct count_policy_body *body = &request->body;

    return (struct count_policy_row){ .location = request->code,
                                      .version = version,
                                      .basis = (int64_t)body->basis,
                                      .days = body->days,
                                      .a_percent = body->a_percent,
                                      .b_percent = body->b_percent,
                                      .a_days = body->a_days,
                                      .b_days = body->b_days,
                                      .c_days = body->c_days };
}

/* True, and answered. */
static bool put_refused(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no such place; put it first" };
    const struct count_policy_body *body = &put_of(in)->body;

    if (!location_is_known(out->rows, put_of(in)->code)) {
        reply_refused(out, in, &unknown);
    } else if (body->b_percent <= body->a_percent) {
        reply_invalid(out, in, "/b_percent",
                      "is not above a_percent, so that no item is of class b");
    } else if (body->b_days < body->a_days) {
        reply_invalid(out, in, "/b_days", "is less than a_days: class a is counted most often");
    } else if (body->c_days < body->b_days) {
        reply_invalid(out, in, "/c_days", "is less than b_days: class c is counted least often");
    } else {
        return false;
    }
    return true;
}

void on_count_policy_put(struct decision *out, const struct incoming_message *in)
{
    const struct count_policy_put *request = put_of(in);
    struct count_policy_row *stored =
        rows_find(out->rows, &count_policy_table, key_text(request->code));
    struct count_policy_row row = row_of(request, stored == NULL ? 1 : stored->version);
    bool same = stored != NULL && table_same_row(&count_policy_table, stored, &row);

    if (put_refused(out, in) ||
        reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    if (stored == NULL) {
        rows_insert(out->rows, &count_policy_table, &row);
    } else if (!same) {
        row.version++;
        *stored = row;
        rows_update(out->rows, &count_policy_table, stored);
    }
    reply_done(out, in, stored == NULL ? 201 : 200,
               text_format(out->arena, "%s/count-policy", request->code));
}
