/* signers.h - certificates of a provider that signs with one and says where it lies: fetched, proven, kept, and asked.
 *
 * They are taken from the addresses of the settings alone, over HTTPS, in the background, two at a time; whoever needs one that is on
 * its way waits two seconds at most, and few do.  A proven one is kept for a day, while it is valid; one that does not count,
 * or is not there, is not asked for again for a minute.  Thread-safe.
 */
#ifndef KERVAN_GATEWAY_SIGNERS_H
#define KERVAN_GATEWAY_SIGNERS_H

#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { ADDRESS_LENGTH_MAX = 500 }; /* of a certificate */

struct signers;

struct signers_options {
    const char
        *addresses;   /* what their addresses begin with, a blank between; each ends with a slash */
    const char *name; /* that certificates bear */
    const char *
        roots; /* a file in PEM of whom is trusted, for the fetch, too; "": whom the system trusts */
};

enum signer_word {
    SIGNER_GENUINE, /* the certificate of this address counts, and its owner signed */
    SIGNER_FORGED,
    SIGNER_AWAY /* it cannot be told yet */
};

/* What a certificate's owner is said to have signed. */
struct signed_text {
    const char *address; /* of the certificate */
    const char *text;
    size_t length;
    const unsigned char *signature;
    size_t signature_length;
};

/* Whether addresses may stand in the settings: https, each ended by a slash. */
bool signers_addresses_are_good(const char *addresses);
/* Whether a certificate may be taken from there: one of `addresses`, and behind it one plain name. */
bool signers_address_is_ours(const char *addresses, const char *address);

/* Lives in `memory`, and borrows the options' texts.  ERR_FATAL where the roots cannot be read. */
enum err signers_open(struct ctx *ctx, struct arena *memory, const struct signers_options *options,
                      struct signers **ret) MUST_USE;
/* When nobody asks any more.  Takes NULL; returns NULL. */
struct signers *signers_close(struct signers *signers);

enum signer_word signers_ask(struct signers *signers, const struct signed_text *asked);

#endif
