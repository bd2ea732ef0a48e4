/* api_key.h - the text of an API key: kvn_live_<id>_<secret>, both in lower-case hex.  Pure. */
#ifndef KERVAN_GATEWAY_API_KEY_H
#define KERVAN_GATEWAY_API_KEY_H

#include <stdbool.h>

enum { API_KEY_ID_LENGTH = 16, API_KEY_SECRET_LENGTH = 64 };

struct api_key {
    char id[API_KEY_ID_LENGTH + 1];
    char secret[API_KEY_SECRET_LENGTH + 1];
};

/* False when `text` is not exactly an API key. */
bool api_key_parse(const char *text, struct api_key *ret);
/* The credentials of an Authorization header of scheme Bearer (any case), or NULL. */
const char *bearer_credentials(const char *header);

#endif
