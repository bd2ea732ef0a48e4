/* tax.h - the tax of an order that does not bring its own: reckoned when it is taken, by what the shop has put.
 *
 * Orders of channels with a tax policy, none of whose lines has a tax_minor, are taxed by the rates of the area that they go to, as of
 * the day (UTC) on which they are placed.  A company with a certificate is exempt; one that buys from another member state of the
 * European Union, by a VAT number of a state other than the seller's, accounts for the tax itself (reverse charge).  Where no rates are
 * known nothing is charged.  The price of shipping includes its tax in both modes.  All others stay as they came, and cost nothing.  Pure.
 */
#ifndef KERVAN_ORDER_TAX_H
#define KERVAN_ORDER_TAX_H

#include "common/incoming.h"
#include "proto/order.h"
#include "services/order/saga.h"
#include "services/order/tax_reckon.h"

/* For a submission whose channel and company are loaded. */
void tax_need(const char *channel, const struct order_submit *submit, struct rows *rows);
/* `text` NULL: the order brings its tax, or its channel leaves it at that. */
struct order_taxes {
    const char *text;   /* as tax_terms.h writes it */
    const char *reason; /* why nothing is charged; NULL: something is, or nobody says */
};
/* Fills in the taxes and the mode of a submission, in a copy. */
struct order_taxes tax_fill(struct decision *out, const char *channel, const char *company,
                            struct order_submit *submit);
/* Keeps them with the order. */
void tax_note(struct saga *saga, const struct order_taxes *taxes);

/* Of a line that is added to an order; false: it brings its tax, or the order brought its own. */
bool tax_of_added(const struct saga *saga, const struct line_added *line, struct taxed *ret);
/* That in the order's shipping, and by which rule; false: none is known. */
bool tax_of_shipping(const struct saga *saga, struct taxed *ret);
/* By what a line is taxed; false: its order brought its tax. */
bool tax_rule_of_line(const struct saga *saga, int64_t line_no, struct tax_rule *ret);

#endif
