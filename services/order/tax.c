/* tax.c - reckons the tax of a submission, and says later by what a line was taxed. */
#include "services/order/tax.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/money.h"
#include "common/text.h"
#include "services/order/detour.h"
#include "services/order/tax_policy.h"
#include "services/order/tax_rates.h"
#include "services/order/vat_number.h"

static const int64_t day_ms = INT64_C(86400000);

/* --- Whose it is ----------------------------------------------------------------------------------- */

static bool brings_tax(const struct order_submit *submit)
{
    for (size_t i = 0; i < submit->lines_count; i++) {
        if (submit->lines[i].has_tax_minor) {
            return true;
        }
    }
    return false;
}

static const struct channel_row *policy_of(const char *channel, const struct order_submit *submit,
                                           const struct rows *rows)
{
    const struct channel_row *row =
        brings_tax(submit) ? NULL : rows_find(rows, &order_channel_table, key_text(channel));

    return row == NULL || row->tax_policy == NULL ? NULL : row;
}

void tax_need(const char *channel, const struct order_submit *submit, struct rows *rows)
{
    if (policy_of(channel, submit, rows) == NULL) {
        return;
    }
    tax_area_need(&submit->ship_to, rows);
    for (size_t i = 0; i < submit->lines_count; i++) {
        tax_item_need(submit->lines[i].sku, rows);
    }
}

/* --- Who is charged -------------------------------------------------------------------------------- */

/* Who sells, where it goes, who buys, when. */
struct sale {
    struct arena *arena;
    const char *seller, *date;
    const struct postal_address *to;
    const struct company_row *company; /* NULL: nobody's */
};

/* Article 138 or 196 of Directive 2006/112/EC, as far as an order shows it. */
static bool is_reverse_charged(const struct sale *sale)
{
    const char *number = sale->company == NULL ? NULL : sale->company->tax_number;
    const char *of = number == NULL ? NULL : vat_number_country(number);

    return of != NULL && vat_is_member(sale->seller) && vat_is_member(sale->to->country) &&
           !text_equal(sale->to->country, sale->seller) && !text_equal(of, sale->seller);
}

static struct tax_terms all_as(enum tax_category category)
{
    struct tax_terms terms;

    for (size_t i = 0; i < TAX_CLASSES; i++) {
        terms.rules[i] = (struct tax_rule){ category, 0 };
    }
    return terms;
}

static struct tax_terms terms_of(const struct sale *sale, const struct tax_area_row *area,
                                 const char **ret_reason)
{
    const char *certificate =
        sale->company == NULL ? NULL
                              : tax_certificate(sale->arena, sale->company->tax_exemptions,
                                                tax_area_code(sale->arena, sale->to), sale->date);

    *ret_reason = NULL;
    if (is_reverse_charged(sale)) {
        return all_as(TAX_CATEGORY_REVERSE_CHARGE);
    }
    if (certificate != NULL) {
        *ret_reason = certificate;
        return all_as(TAX_CATEGORY_EXEMPT);
    }
    *ret_reason = tax_exempt_reason(sale->arena, area, sale->date);
    return tax_terms_of(area, sale->date);
}

/* --- How much -------------------------------------------------------------------------------------- */

/* What is paid for a line, without a tax that comes on top; false: it is more than can be said, or less than nothing. */
static bool line_amount(int64_t price_minor, int64_t quantity, int64_t discount_minor, int64_t *ret)
{
    int64_t gross_minor = 0;

    if (!money_multiply(price_minor, quantity, &gross_minor) || discount_minor > gross_minor) {
        return false;
    }
    *ret = gross_minor - discount_minor;
    return true;
}

/* False: the sum is more than an order can hold, which intake finds. */
static bool list_amounts(const struct order_submit *submit, struct taxed *lines)
{
    int64_t sum_minor = submit->shipping.price_minor;

    for (size_t i = 0; i < submit->lines_count; i++) {
        const struct order_submit_line *line = &submit->lines[i];

        if (!line_amount(line->unit_price_minor, line->quantity, line->discount_minor,
                         &lines[i].amount_minor) ||
            !money_add(&sum_minor, lines[i].amount_minor)) {
            return false;
        }
    }
    return true;
}

static int64_t (*tax_of(enum tax_mode mode))(int64_t, int64_t)
{
    return mode == TAX_MODE_EXCLUSIVE ? tax_on_top : tax_within;
}

static void write_taxes(struct arena *arena, const struct taxed *lines, struct order_submit *submit)
{
    struct order_submit_line *taxed =
        arena_copy(arena, submit->lines, submit->lines_count * sizeof *taxed);

    for (size_t i = 0; i < submit->lines_count; i++) {
        taxed[i].tax_minor = lines[i].tax_minor;
        taxed[i].has_tax_minor = true;
    }
    submit->lines = taxed;
}

struct order_taxes tax_fill(struct decision *out, const char *channel, const char *company,
                            struct order_submit *submit)
{
    const struct channel_row *policy = policy_of(channel, submit, out->rows);
    struct order_taxes taxes = { NULL, NULL };

    if (policy == NULL) {
        return taxes;
    }
    const struct tax_area_row *area = tax_area_of(&submit->ship_to, out->rows);
    const struct sale sale = {
        .arena = out->arena,
        .seller = tax_policy_seller(out->arena, policy->tax_policy),
        .date = calendar_date(out->arena, out->now / day_ms),
        .to = &submit->ship_to,
        .company =
            company == NULL ? NULL : rows_find(out->rows, &order_company_table, key_text(company))
    };
    const struct tax_terms terms = terms_of(&sale, area, &taxes.reason);
    struct taxed *lines = arena_alloc(out->arena, (submit->lines_count + 1) * sizeof *lines);
    bool classed = area != NULL && area->shipping_class != TAX_CLASS_ABSENT;

    if (submit->tax_mode == TAX_MODE_ABSENT) {
        submit->tax_mode = tax_policy_mode(policy->tax_policy, submit->ship_to.country);
    }
    lines[0].rule =
        tax_rule_of(&terms, classed ? (enum tax_class)area->shipping_class : TAX_CLASS_STANDARD);
    for (size_t i = 0; i < submit->lines_count; i++) {
        lines[i + 1].rule = tax_rule_of(&terms, tax_class_of(submit->lines[i].sku, out->rows));
    }
    if (list_amounts(submit, lines + 1)) {
        tax_reckon(lines + 1, submit->lines_count, tax_of(submit->tax_mode));
        write_taxes(out->arena, lines + 1, submit);
    }
    taxes.text = tax_terms_text(out->arena, &terms, lines, submit->lines_count + 1);
    return taxes;
}

void tax_note(struct saga *saga, const struct order_taxes *taxes)
{
    if (taxes->text != NULL) {
        struct detour_row *detour = detour_change(saga);

        detour->taxes = taxes->text;
        detour->tax_reason = taxes->reason;
    }
}

/* --- Later ----------------------------------------------------------------------------------------- */

static const char *taxes_of(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL ? NULL : detour->taxes;
}

bool tax_of_added(const struct saga *saga, const struct line_added *line, struct taxed *ret)
{
    const char *text = taxes_of(saga);

    *ret = (struct taxed){ .tax_minor = line->tax_minor };
    if (text == NULL || line->has_tax_minor ||
        !line_amount(line->unit_price_minor, line->quantity, line->discount_minor,
                     &ret->amount_minor)) {
        return false;
    }
    const struct tax_terms terms = tax_terms_read(text);

    ret->rule = tax_rule_of(&terms, tax_class_of(line->sku, saga->out->rows));
    tax_reckon(ret, 1, tax_of((enum tax_mode)saga->order->tax_mode));
    return true;
}

bool tax_of_shipping(const struct saga *saga, struct taxed *ret)
{
    const char *text = taxes_of(saga);

    *ret = (struct taxed){ .amount_minor = saga->order->shipping_price_minor };
    if (text == NULL || !tax_terms_line(text, 0, &ret->rule)) {
        return false;
    }
    tax_reckon(ret, 1, tax_within);
    return true;
}

bool tax_rule_of_line(const struct saga *saga, int64_t line_no, struct tax_rule *ret)
{
    const char *text = taxes_of(saga);

    return text != NULL && tax_terms_line(text, line_no, ret);
}
