/* outside_token.h - the access token of one target (OAuth 2, client credentials), and the calls that wait for it.
 *
 * A token is asked for by a call of its own, which the owner makes; it is kept until shortly before it ends, or until an
 * answer says that it is not good.  Owned by the worker's thread; nothing here blocks.
 */
#ifndef KERVAN_COMMON_OUTSIDE_TOKEN_H
#define KERVAN_COMMON_OUTSIDE_TOKEN_H

#include "common/outside.h"

struct waiting_call {
    struct waiting_call *next;
    struct arena *memory;
    struct outside_call call; /* its texts are owned by `memory` */
};

struct outside_token {
    char *value; /* "Bearer ..."; NULL: none */
    int64_t since_ms, until_ms;
    bool asked; /* the call for it is under way */
    struct waiting_call *first;
    struct http_end *refused; /* the answer without a token, while calls that waited for it end */
};

/* The value of the Authorization header, or NULL where a token is to be asked for first. */
const char *outside_token_value(const struct outside_token *token, int64_t now_ms);
/* Keeps a copy of the call. */
void outside_token_wait(struct outside_token *token, const struct outside_call *call);
/* The oldest call that waits, or NULL; freed by outside_token_free_call. */
struct waiting_call *outside_token_next(struct outside_token *token);
void outside_token_free_call(struct waiting_call *waiting);
/* Takes the answer to the call for a token; false where it has none. */
bool outside_token_take(struct outside_token *token, const struct http_end *end, int64_t now_ms);
/* An answer said that the token is not good: it is forgotten, unless it came just now. */
void outside_token_doubt(struct outside_token *token, int64_t now_ms);
void outside_token_release(struct outside_token *token);

#endif
