/* reads.h - requests that only look: passed on to the owner, within what the caller may see. */
#ifndef KERVAN_GATEWAY_READS_H
#define KERVAN_GATEWAY_READS_H

#include "services/gateway/owners.h"
#include "services/gateway/scopes.h"

#include <stdbool.h>
#include <stddef.h>

struct call;
struct http_request;
struct http_answer;

/* What a key that is bound to a channel sees. */
enum sight {
    SIGHT_ALL,  /* what all channels share: items, places, stock */
    SIGHT_LIST, /* the part of a list that is its channel's, by the owner's parameter `channel` */
    SIGHT_CUSTOMERS, /* the same, of a list that has to be asked for somebody */
    SIGHT_CUSTOMER,  /* a customer, as the orders of its channel say */
    SIGHT_CHANNEL,   /* what is its channel's, by the owner's parameter `channel` */
    SIGHT_ORDER,     /* an order of its channel */
    SIGHT_OF_ORDER,  /* what belongs to an order of its channel, by the id in the path */
    SIGHT_NOTHING,   /* a list that is not divided by channels */
};

struct read {
    const char *pattern;
    enum owner owner;
    enum scope scope;
    enum sight sight;
};

extern const struct read reads[];
extern const size_t read_count;

/* Whether documents at an address (its beginning, less what names one of them; or with its query; or its pattern) are shown to no key that is bound
 * to a channel: then none may change them either. */
bool read_is_of_all_channels(const char *address);

/* The same path and query for the owner, spelled anew; a bound key's list has its channel.  NULL: too long. */
const char *read_owner_path(const struct call *call, const struct read *read);

/* A list at `path` of the owner, with the query of the request less one parameter, and the channel of a bound key.  NULL: too long. */
const char *read_list_path(const struct call *call, const char *path, const char *left_out);
/* The same with the filters of `call->view` alone, and `more` (name=value) behind them. */
const char *read_filters_path(const struct call *call, const char *path, const char *more);
/* Whether a bound key asks for another channel than its own: a mistake worth telling. */
bool read_asks_for_another_channel(const struct call *call);

/* `request->route->data` is the read. */
void answer_read(void *gateway, const struct http_request *request, struct http_answer *answer);

#endif
