/* id.h - identifiers that read as what they are, and the lane that a key belongs to.
 *
 * An order id is `ord_` and 26 characters of lower-case base32 (RFC 4648 alphabet, no padding) over
 * 128 bits; what belongs to an order is that id, a dash, a letter and a counter: `ord_...-P1`.
 * Pure and thread-safe; no function allocates.
 */
#ifndef KERVAN_COMMON_ID_H
#define KERVAN_COMMON_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ORDER_ID_BYTES = 16,
    ORDER_ID_LENGTH = 30, /* "ord_" and 26 characters */
    CHILD_ID_LENGTH_MAX = 40,
    LANE_COUNT_DEFAULT = 12,
    ORDER_NO_COUNTER_BITS = 40 /* order_no = lane << 40 | counter */
};

struct order_id_text {
    char text[ORDER_ID_LENGTH + 1];
};
struct child_id_text {
    char text[CHILD_ID_LENGTH_MAX + 1];
};

struct order_id_text order_id_format(const unsigned char bytes[ORDER_ID_BYTES]);
/* False when `text` is not an order id; reads exactly ORDER_ID_LENGTH characters and ignores what follows a dash. */
bool order_id_parse(const char *text, unsigned char ret_bytes[ORDER_ID_BYTES]);

/* `letter` is B (refund), C (capture), D (draft), F (fulfillment), H (reservation), M (edit), P (payment), R (return), S (shipment),
 * T (task), W (hold) or X (dispute); `counter` starts at 1. */
struct child_id_text child_id_format(const char *order_id, char letter, int64_t counter);
/* The counter of a child id with this letter, or 0 when it is none. */
int64_t child_id_counter(const char *child_id, char letter);
/* The order id that a child id (or an order id itself) begins with; false when there is none. */
bool child_id_order(const char *child_id, struct order_id_text *ret);

/* Kafka's murmur2 over the key's bytes, as the Java client's default partitioner computes it. */
uint32_t murmur2(const void *key, size_t length);
/* Lane of an aggregate: (murmur2(key) & 0x7fffffff) mod lane_count.  A child id counts as its order's id. */
int64_t lane_of(const char *key, int64_t lane_count);

static inline int64_t order_no_make(int64_t lane, int64_t counter)
{
    return (int64_t)((uint64_t)lane << ORDER_NO_COUNTER_BITS | (uint64_t)counter);
}
static inline int64_t order_no_lane(int64_t order_no)
{
    return order_no >> ORDER_NO_COUNTER_BITS;
}

#endif
