/* keepers.c - who keeps something of a customer. */
#include "services/gateway/keepers.h"

#include "common/text.h"

#include <string.h>

enum { STATUS_OK = 200, STATUS_NOT_FOUND = 404 };

const struct keeper keepers[] = {
    { "payment", OWNER_PAYMENT },
    { "fulfillment", OWNER_FULFILLMENT },
    { "shipping", OWNER_SHIPPING },
    { "notification", OWNER_NOTIFICATION },
};

const size_t keeper_count = sizeof keepers / sizeof keepers[0];

bool keeper_ask(const struct call *call, enum owner owner, const char *path,
                struct http_fetched *ret)
{
    enum err err = call_read(call, owner, path, ret);

    if (!err && ret->status != STATUS_OK && ret->status != STATUS_NOT_FOUND) {
        err = err_set(call->request->ctx, ERR_RETRY, "%s answers %lld", owners[owner].name,
                      (long long)ret->status);
    }
    if (err) {
        http_problem_err(call->request, call->answer, err);
    }
    return !err;
}

bool keeper_is_customer_id(const char *text)
{
    return text_starts_with(text, "cus_") && strlen(text) == strlen("cus_") + 26 &&
           strspn(text + strlen("cus_"), "abcdefghijklmnopqrstuvwxyz234567") == 26;
}
