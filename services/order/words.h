/* words.h - the words of proto/types/ for numbers that rows hold; NULL for 0.  Static texts.  Pure. */
#ifndef KERVAN_ORDER_WORDS_H
#define KERVAN_ORDER_WORDS_H

#include <stdint.h>

const char *order_status_word(int64_t status);
const char *payment_status_word(int64_t status);
const char *fulfillment_status_word(int64_t status);
const char *shopper_status_word(int64_t status);
const char *payment_state_word(int64_t state);
const char *payment_method_word(int64_t method);
const char *fulfillment_state_word(int64_t state);
const char *cancel_reason_word(int64_t reason);
const char *tracking_status_word(int64_t status);
const char *hold_reason_word(int64_t reason);
const char *reduce_reason_word(int64_t reason);
const char *task_choice_word(int64_t choice);

#endif
