/* identity.h - names of requests: the caller's Idempotency-Key, ids that follow from it. */
#ifndef KERVAN_GATEWAY_IDENTITY_H
#define KERVAN_GATEWAY_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    KEY_LENGTH_MAX = 255,      /* as a caller may send it */
    KEY_KEPT_LENGTH_MAX = 100, /* as it travels: a longer one becomes its digest */
    REQUEST_ID_LENGTH = 36,    /* "req_" and 32 characters of hex */
    WAIT_S_DEFAULT = 2,
    WAIT_S_MAX = 30
};

struct idempotency_key {
    char text[KEY_KEPT_LENGTH_MAX + 1];
};
struct request_id {
    char text[REQUEST_ID_LENGTH + 1];
};

/* From the header's value: 1 to 255 visible characters, as they are or as a quoted string with \" and \\.
 * False when it is not that. */
bool idempotency_key_parse(const char *header, struct idempotency_key *ret);

/* Who asks for what under which name: the same texts, the same id.  None may be NULL. */
struct request_name {
    const char *principal, *method, *path, *kind, *name;
};
struct request_id request_id_of(const struct request_name *name);
struct request_id request_id_mint(void);
/* Whether a text has the form of one. */
bool request_id_is(const char *text);

/* Seconds that `wait=` of a Prefer header asks for: 2 when it does not say, at most 30. */
int64_t prefer_wait_s(const char *header);

#endif
