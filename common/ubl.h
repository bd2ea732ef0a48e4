/* ubl.h - business documents as UBL 2.1 (ISO/IEC 19845) XML: an order to a supplier, and the parts that others share.
 *
 * Amounts are minor units of the document's currency, instants and days as everywhere.  NULL: not given, and then not in the
 * document.  The same document gives the same bytes.  Thread-safe.
 */
#ifndef KERVAN_COMMON_UBL_H
#define KERVAN_COMMON_UBL_H

#include "common/err.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct buffer;
struct postal_address;
struct xml;

struct ubl_address {
    const char *name; /* who is found there */
    const char *street, *additional, *city, *postal_code, *region;
    const char *country; /* ISO 3166-1; without one there is no address */
};

struct ubl_party {
    const char *name;
    const char *code; /* what the buyer knows it by */
    const char *tax_number, *email;
    const char *language; /* BCP 47, its first part counts */
    struct ubl_address address;
};

struct ubl_order_line {
    const char *sku, *seller_sku, *name;
    const char *unit; /* the shop's own name of what is counted; NULL: pieces */
    int64_t quantity, price_minor;
};

struct ubl_order {
    const char *id;
    int64_t issued_at; /* ms since 1970 */
    const char *currency, *note;
    const char *deliver_on; /* date; NULL: whenever */
    struct ubl_party buyer, seller;
    struct ubl_address delivery;
    const struct ubl_order_line *lines;
    size_t line_count;
};

/* ERR_RETRY: there was no memory; ERR_FATAL: it is larger than `out` may become. */
enum err ubl_order_write(struct ctx *ctx, const struct ubl_order *order,
                         struct buffer *out) MUST_USE;

/* --- What documents share -------------------------------------------------------------------------- */

/* The code of UN/ECE Recommendation 20 for a unit that a shop names: "kg" is KGM; C62, one of something, for a name that
 * says nothing here. */
const char *ubl_unit_code(const char *unit);
/* 123456 EUR: "1234.56", in the arena. */
const char *ubl_amount(struct arena *arena, int64_t amount_minor, const char *currency);
/* Borrows its texts; of NULL none is given. */
struct ubl_address ubl_address_of(const struct postal_address *address);
/* A cac:Party, as it is inside of cac:BuyerCustomerParty and the like. */
void ubl_party_write(struct xml *xml, const struct ubl_party *party);
void ubl_amount_write(struct xml *xml, struct arena *arena, const char *element,
                      int64_t amount_minor, const char *currency);

#endif
