/* tracking_words.h - what the page of an order says, in the languages that Kervan's pages speak.  Pure. */
#ifndef KERVAN_GATEWAY_TRACKING_WORDS_H
#define KERVAN_GATEWAY_TRACKING_WORDS_H

#include "proto/order.h"
#include "services/gateway/language.h"

/* Arrays are numbered as the enums of the contract; the first of each is of nothing. */
struct tracking_words {
    const char *title, *skip, *languages, *status, *promised, *until;
    const char *shipment, *parcel, *carrier, *number, *at_carrier, *expected, *delivered;
    const char *items, *item, *quantity, *canceled, *events, *updated;
    const char *unknown, *expired, *nothing_yet;
    const char *statuses[SHOPPER_STATUS_RETURNED + 1];
    const char *states[ORDER_TRACKING_SHIPMENT_STATE_FAILED + 1];
    const char *tracking[TRACKING_STATUS_UNKNOWN + 1];
    const char *happened[ORDER_TRACKING_EVENT_WHAT_FAILURE + 1];
    /* The way that an order goes, as far as it goes. */
    const char *way, *steps[4], *done, *now, *to_come;
};
extern const struct tracking_words tracking_words[LANGUAGE_COUNT];

#endif
