/* request.c - finds the order that a request is about. */
#include "services/order/request.h"

#include "proto/order.h"
#include "services/order/reply.h"
#include "services/order/rows_of_order.h"

bool order_request_begin(struct decision *out, const struct incoming_message *in, struct saga *ret)
{
    const struct order_note *request = in->message;
    const struct submission_row *submission = submission_find(request->order_id, out->rows);

    if (submission == NULL) {
        order_reply_unknown_order(out, &in->reply);
        return false;
    }
    *ret = saga_begin(out, order_find(submission->order_no, out->rows));
    ret->request_id = in->id;
    return true;
}
