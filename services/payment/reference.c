/* reference.c - the order's number as a shopper can copy it. */
#include "services/payment/reference.h"

#include "common/text.h"

#include <string.h>

/* 31^10 is more than 700 lanes of orders. */
enum { DIGITS = 10, BASE = 31, GROUP = 4, GROUPS_BEFORE_LAST = 2 };

/* Without the letters that are taken for digits: I, L, O, U, Z. */
static const char alphabet[BASE + 1] = "0123456789ABCDEFGHJKMNPQRSTVWXY";

char reference_check(int64_t order_no)
{
    int64_t check = 0;

    /* BASE is a prime above every weight: one wrong digit, or two that changed places, change the sum. */
    for (int64_t weight = DIGITS, left = order_no; weight > 0; weight--, left /= BASE) {
        check = (check + weight * (left % BASE)) % BASE;
    }
    return alphabet[check];
}

bool reference_number(const char *digits, int64_t *ret_order_no)
{
    int64_t number = 0;

    for (int i = 0; i < DIGITS; i++) {
        const char *at = digits[i] == '\0' ? NULL : strchr(alphabet, digits[i]);

        if (at == NULL) {
            return false;
        }
        number = number * BASE + (at - alphabet);
    }
    *ret_order_no = number;
    return number > 0;
}

const char *reference_of(struct arena *arena, int64_t order_no, int64_t payment_no)
{
    char text[DIGITS + GROUPS_BEFORE_LAST + 2];
    size_t at = sizeof text - 1;

    text[at] = '\0';
    at--; /* the place of the checking character */
    for (int64_t weight = DIGITS, left = order_no; weight > 0; weight--, left /= BASE) {
        text[--at] = alphabet[left % BASE];
        if (weight > 1 && weight % GROUP == 1) {
            text[--at] = '-';
        }
    }
    text[sizeof text - 2] = reference_check(order_no);
    return payment_no == 1 ? text_format(arena, "KV-%s", text)
                           : text_format(arena, "KV-%s-%lld", text, (long long)payment_no);
}
