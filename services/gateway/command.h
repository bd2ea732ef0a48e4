/* command.h - requests that change something: POST and PUT become messages to the owner. */
#ifndef KERVAN_GATEWAY_COMMAND_H
#define KERVAN_GATEWAY_COMMAND_H

#include "proto/message_type.h"
#include "services/gateway/owners.h"
#include "services/gateway/scopes.h"

#include <stdbool.h>
#include <stddef.h>

struct http_request;
struct http_answer;

enum { COMMAND_PARAMETERS_MAX = 2 };

struct command {
    const char *method, *pattern;
    enum scope scope;
    enum owner owner;
    enum message_type type;
    /* Of the path, and the message's fields for them; none: the body is the whole message. */
    const char *parameters[COMMAND_PARAMETERS_MAX];
    /* What it is about: an order, a SKU, a place; NULL: what it makes, which has the request's own id. */
    const char *(*subject)(const void *message);
    bool of_order; /* the subject is an order, or belongs to the one that its id begins with */
    int status;    /* when it is done */
    const char *document;     /* the subject's address, less the subject */
    const char *document_end; /* and what follows it; NULL: nothing */
    const char *
        evidence; /* where the request's own id is found once it is done, less the id; NULL: nowhere */
    const char *
        made; /* the address of what it makes, less its id, which the owner tells; NULL: its document is the subject's */
};

extern const struct command commands[];
extern const size_t command_count;

/* `request->route->data` is the command. */
void answer_command(void *gateway, const struct http_request *request, struct http_answer *answer);
/* POST /v1/orders */
void answer_submission(void *gateway, const struct http_request *request,
                       struct http_answer *answer);

#endif
