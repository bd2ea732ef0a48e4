/* tax_policy.h - where a channel sells from and how its prices are, and by which certificates a company is exempt.  Pure; texts are in
 * the arena. */
#ifndef KERVAN_ORDER_TAX_POLICY_H
#define KERVAN_ORDER_TAX_POLICY_H

#include "proto/types.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* "DE US2 *1": the seller's country and modes, as a channel's row keeps them; NULL: there is no policy. */
const char *tax_policy_text(struct arena *arena, const struct tax_policy *policy);
/* False: `ret` says what is wrong. */
bool tax_policy_makes_sense(struct arena *arena, const struct tax_policy *policy,
                            struct field_error *ret);
/* Of orders to a country that do not say it. */
enum tax_mode tax_policy_mode(const char *text, const char *country);
const char *tax_policy_seller(struct arena *arena, const char *text);

/* A line each of area, first day, last day and certificate, with tabs between, as a company's row keeps them; NULL: there are none. */
const char *tax_exemptions_text(struct arena *arena, const struct tax_exemption *exemptions,
                                size_t count);
bool tax_exemptions_make_sense(struct arena *arena, const struct tax_exemption *exemptions,
                               size_t count, struct field_error *ret);
/* The certificate that holds in an area on a day; NULL: none does. */
const char *tax_certificate(struct arena *arena, const char *exemptions, const char *area,
                            const char *date);

#endif
