/* carrier.h - what is asked of the carrier and what it answered, without its dialect.
 *
 * The rules decide calls and read answers; easypost.c turns the one into requests and the other's JSON
 * into this.  Pure data.
 */
#ifndef KERVAN_SHIPPING_CARRIER_H
#define KERVAN_SHIPPING_CARRIER_H

#include "proto/shipping.h"
#include "services/shipping/rates.h"

#define EFFECT_CREATE "parcel_create" /* tells the carrier of a parcel; answered with offers */
#define EFFECT_BUY    "label_buy"     /* takes an offer */
#define EFFECT_VOID   "label_void"    /* gives a label back */
#define EFFECT_LOOK   "parcel_look"   /* asks where a parcel is */

/* Refusals that the rules know; all others are the carrier's own codes. */
#define CARRIER_REFUSES_ADDRESS "address_refused"
#define CARRIER_UNAVAILABLE     "provider_unavailable" /* not to be reached, or it does not let us in */

struct carrier_answer {
    const char *refusal;     /* why the carrier did not do it, as a code; NULL: it did */
    const char *carrier_ref; /* the carrier's name of the parcel */
    const struct rate *rates;
    size_t rate_count;
    const char *tracking_number, *label_url; /* NULL while there is none */
    const struct rate *bought;               /* NULL when not known */
    const struct parcel_tracked *news;       /* where it is; NULL when nothing is known */
};

#endif
