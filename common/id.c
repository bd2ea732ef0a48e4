/* id.c - base32 order ids, the ids of what belongs to an order, and Kafka's murmur2. */
#include "common/id.h"

#include "common/text.h"

#include <assert.h>
#include <string.h>

enum {
    PREFIX_LENGTH = 4,
    COUNTER_DIGITS_MAX = CHILD_ID_LENGTH_MAX - ORDER_ID_LENGTH - 2 /* dash and letter */
};
static const char prefix[] = "ord_";
static const int64_t counter_max = 99999999;

struct order_id_text order_id_format(const unsigned char bytes[ORDER_ID_BYTES])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    struct order_id_text id = { 0 };
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t next = 0;

    memcpy(id.text, prefix, PREFIX_LENGTH);
    for (size_t i = PREFIX_LENGTH; i < ORDER_ID_LENGTH; i++) {
        if (bit_count < 5) { /* behind the last byte, zeros fill the last character */
            bits = bits << 8 | (next < ORDER_ID_BYTES ? bytes[next] : 0);
            next++;
            bit_count += 8;
        }
        bit_count -= 5;
        id.text[i] = alphabet[bits >> bit_count & 31];
    }
    return id;
}

static int base32_value(char character)
{
    if (character >= 'a' && character <= 'z')
        return character - 'a';
    if (character >= '2' && character <= '7')
        return character - '2' + 26;
    return -1;
}

bool order_id_parse(const char *text, unsigned char ret_bytes[ORDER_ID_BYTES])
{
    unsigned char bytes[ORDER_ID_BYTES + 1];
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t count = 0;

    if (!text_starts_with(text, prefix))
        return false;
    for (size_t i = PREFIX_LENGTH; i < ORDER_ID_LENGTH; i++) {
        int value = base32_value(text[i]);
        if (value < 0)
            return false;
        bits = bits << 5 | (uint32_t)value;
        bit_count += 5;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes[count++] = (unsigned char)(bits >> bit_count);
        }
    }
    /* Two bits are left over: only zeros, so that an id has one spelling. */
    if ((bits & 3) != 0 || (text[ORDER_ID_LENGTH] != '\0' && text[ORDER_ID_LENGTH] != '-'))
        return false;
    memcpy(ret_bytes, bytes, ORDER_ID_BYTES);
    return true;
}

struct child_id_text child_id_format(const char *order_id, char letter, int64_t counter)
{
    struct child_id_text id = { 0 };
    unsigned char bytes[ORDER_ID_BYTES];
    char digits[COUNTER_DIGITS_MAX];
    size_t count = 0;

    assert(order_id_parse(order_id, bytes) && order_id[ORDER_ID_LENGTH] == '\0');
    assert(strchr("BCDFHMPRSTWX", letter) != NULL && letter != '\0');
    assert(counter >= 1 && counter <= counter_max);
    for (; counter > 0; counter /= 10)
        digits[count++] = (char)('0' + counter % 10);

    char *end = id.text + ORDER_ID_LENGTH;
    memcpy(id.text, order_id, ORDER_ID_LENGTH);
    *end++ = '-';
    *end++ = letter;
    while (count > 0)
        *end++ = digits[--count];
    return id;
}

int64_t child_id_counter(const char *child_id, char letter)
{
    unsigned char bytes[ORDER_ID_BYTES];
    int64_t counter = 0;

    if (!order_id_parse(child_id, bytes) || child_id[ORDER_ID_LENGTH] != '-')
        return 0;
    const char *tail = child_id + ORDER_ID_LENGTH + 1;
    if (tail[0] != letter || tail[1] == '0') /* one spelling a counter */
        return 0;
    for (tail++; *tail != '\0'; tail++) {
        if (*tail < '0' || *tail > '9' || counter > counter_max / 10)
            return 0;
        counter = counter * 10 + (*tail - '0');
    }
    return counter;
}

bool child_id_order(const char *child_id, struct order_id_text *ret)
{
    unsigned char bytes[ORDER_ID_BYTES];

    if (!order_id_parse(child_id, bytes))
        return false;
    memcpy(ret->text, child_id, ORDER_ID_LENGTH);
    ret->text[ORDER_ID_LENGTH] = '\0';
    return true;
}

uint32_t murmur2(const void *key, size_t length)
{
    const uint32_t m = 0x5bd1e995;
    const unsigned char *bytes = key;
    uint32_t hash = UINT32_C(0x9747b28c) ^ (uint32_t)length;

    for (; length >= 4; bytes += 4, length -= 4) {
        uint32_t k = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                     (uint32_t)bytes[3] << 24;
        k *= m;
        k ^= k >> 24;
        hash = hash * m ^ k * m;
    }
    if (length > 0) {
        for (size_t i = 0; i < length; i++)
            hash ^= (uint32_t)bytes[i] << 8 * i;
        hash *= m;
    }
    hash ^= hash >> 13;
    hash *= m;
    return hash ^ hash >> 15;
}

int64_t lane_of(const char *key, int64_t lane_count)
{
    struct order_id_text order;

    assert(lane_count > 0);
    if (child_id_order(key, &order))
        key = order.text;
    return (int64_t)(murmur2(key, strlen(key)) & 0x7fffffff) % lane_count;
}
