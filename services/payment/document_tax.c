/* document_tax.c - rates read off amounts, and sums that keep every cent. */
#include "services/payment/document_tax.h"

#include "common/arena.h"
#include "common/money.h"

enum { WHOLE_PPM = 1000000, PARTS_MAX = 1000 };

__extension__ typedef __int128 wide; /* an amount times a rate */

/* --- Rates --------------------------------------------------------------------------------------- */

static int64_t magnitude(int64_t amount_minor)
{
    return amount_minor < 0 ? -amount_minor : amount_minor;
}

/* The multiple of `step` that is nearest to the quotient. */
static int64_t nearest(int64_t tax_minor, int64_t net_minor, int64_t step)
{
    wide divisor = (wide)net_minor * step;
    wide steps = ((wide)tax_minor * WHOLE_PPM + divisor / 2) / divisor;

    return steps * step > TAX_RATE_PPM_MAX ? TAX_RATE_PPM_MAX : (int64_t)steps * step;
}

static bool rounds_to(int64_t rate_ppm, int64_t net_minor, int64_t tax_minor, int64_t pieces)
{
    wide difference = (wide)net_minor * rate_ppm - (wide)tax_minor * WHOLE_PPM;

    return (difference < 0 ? -difference : difference) <= (wide)pieces * (WHOLE_PPM / 2);
}

int64_t tax_rate_of(int64_t net_minor, int64_t tax_minor, int64_t pieces)
{
    static const int64_t steps_ppm[] = { 10000, 5000, 1000, 100, 10, 1 };
    int64_t net = magnitude(net_minor), tax = magnitude(tax_minor), rate_ppm = TAX_RATE_PPM_MAX;

    for (size_t i = 0; net > 0 && i < sizeof steps_ppm / sizeof steps_ppm[0]; i++) {
        rate_ppm = nearest(tax, net, steps_ppm[i]);
        if (rounds_to(rate_ppm, net, tax, pieces < 1 ? 1 : pieces)) {
            break;
        }
    }
    return tax == 0 ? 0 : rate_ppm;
}

/* --- Lines --------------------------------------------------------------------------------------- */

static struct invoice_line line_over(enum invoice_line_kind kind, int64_t amount_minor,
                                     int64_t tax_minor, int64_t pieces)
{
    int64_t net_minor = amount_minor - tax_minor;

    return (struct invoice_line){
        .kind = kind,
        .net_minor = net_minor,
        .tax_minor = tax_minor,
        .amount_minor = amount_minor,
        .category = tax_minor == 0 ? TAX_CATEGORY_ZERO : TAX_CATEGORY_STANDARD,
        .rate_ppm = tax_rate_of(net_minor, tax_minor, pieces),
    };
}

/* `part` in `whole`, of `amount`: rounded. */
static int64_t portion(int64_t amount_minor, int64_t part_minor, int64_t whole_minor)
{
    const int64_t weights[2] = { part_minor, whole_minor - part_minor };
    int64_t parts[2];

    if (part_minor <= 0 || whole_minor < part_minor) {
        return 0;
    }
    money_split(amount_minor, weights, 2, parts);
    return parts[0];
}

static struct invoice_line line_of(const struct billed_line *billed, enum tax_mode mode)
{
    int64_t tax_minor =
        billed->tax_minor > billed->amount_minor ? billed->amount_minor : billed->tax_minor;
    struct invoice_line line =
        line_over(billed->kind, billed->amount_minor, tax_minor, billed->quantity);
    int64_t priced_minor = mode == TAX_MODE_EXCLUSIVE ? line.net_minor : line.amount_minor;
    int64_t off_minor = billed->quantity * billed->unit_price_minor - priced_minor;

    if (billed->category != TAX_CATEGORY_ABSENT) {
        line.category = billed->category;
        line.rate_ppm = billed->rate_ppm;
    }
    line.line_no = billed->line_no;
    line.has_line_no = billed->has_line_no;
    line.sku = billed->sku;
    line.quantity = billed->quantity;
    line.has_quantity = billed->has_quantity;
    line.unit_price_minor = billed->unit_price_minor;
    line.has_unit_price_minor = billed->has_unit_price_minor;
    line.discount_minor = off_minor;
    line.has_discount_minor = off_minor > 0;
    return line;
}

/* Where nothing is charged, it is for the reason that the other lines have. */
static enum tax_category untaxed_category(const struct invoice_line *line,
                                          const struct invoice_line *others, size_t count)
{
    bool untaxed = line->category == TAX_CATEGORY_ZERO;

    return untaxed && count > 0 && others[0].rate_ppm == 0 ? others[0].category : line->category;
}

struct invoice_lines tax_invoice_lines(struct arena *arena, const struct payment_document *command,
                                       int64_t amount_minor)
{
    struct invoice_line *lines = arena_alloc(arena, (command->lines_count + 1) * sizeof *lines);
    int64_t left_minor = amount_minor;
    size_t count = 0;

    for (size_t i = 0; i < command->lines_count; i++) {
        lines[count++] = line_of(&command->lines[i], command->tax_mode);
        left_minor -= command->lines[i].amount_minor;
    }
    if (left_minor != 0) {
        lines[count] = line_over(
            INVOICE_LINE_KIND_BALANCE, left_minor,
            portion(left_minor, command->tax_of_order_minor, command->total_of_order_minor), 1);
        lines[count].category = untaxed_category(&lines[count], lines, count);
        count++;
    }
    return (struct invoice_lines){ lines, count };
}

/* --- Sums ---------------------------------------------------------------------------------------- */

struct invoice_taxes tax_sums(struct arena *arena, const struct invoice_lines *lines)
{
    struct invoice_tax *sums = arena_alloc(arena, lines->count * sizeof *sums);
    size_t count = 0;

    for (size_t i = 0; i < lines->count; i++) {
        const struct invoice_line *line = &lines->items[i];
        size_t at = 0;

        while (at < count &&
               (sums[at].category != line->category || sums[at].rate_ppm != line->rate_ppm)) {
            at++;
        }
        if (at == count) {
            sums[count++] =
                (struct invoice_tax){ .category = line->category, .rate_ppm = line->rate_ppm };
        }
        sums[at].net_minor += line->net_minor;
        sums[at].tax_minor += line->tax_minor;
    }
    return (struct invoice_taxes){ sums, count };
}

/* --- Credit notes -------------------------------------------------------------------------------- */

/* What is left of a rate, once what was credited of it is off. */
struct rate_left {
    int64_t category, rate_ppm, amount_minor, tax_minor;
};

static size_t sum_up(const struct document_tax_row *const *taxes, const bool *credits,
                     struct rate_left *left)
{
    size_t count = 0;

    for (size_t i = 0; taxes[i] != NULL; i++) {
        const struct document_tax_row *tax = taxes[i];
        int64_t sign = credits[i] ? -1 : 1;
        size_t at = 0;

        while (at < count &&
               (left[at].category != tax->category || left[at].rate_ppm != tax->rate_ppm)) {
            at++;
        }
        if (at == count) {
            left[count++] =
                (struct rate_left){ .category = tax->category, .rate_ppm = tax->rate_ppm };
        }
        left[at].amount_minor += sign * tax->amount_minor;
        left[at].tax_minor += sign * tax->tax_minor;
    }
    return count;
}

/* Of which something is left, in place. */
static size_t keep_left(struct rate_left *left, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count && kept < PARTS_MAX; i++) {
        if (left[i].amount_minor > 0) {
            left[kept++] = left[i];
        }
    }
    return kept;
}

static struct invoice_line credit_line(const struct rate_left *left, int64_t amount_minor,
                                       int64_t tax_minor)
{
    struct invoice_line line = line_over(INVOICE_LINE_KIND_REFUND, amount_minor, tax_minor, 1);

    line.category = (enum tax_category)left->category;
    line.rate_ppm = left->rate_ppm;
    return line;
}

/* Where all that is left is given back; of a rate that may be less than nothing, as what was settled apart is taken off at the rate of
 * the whole order.  How many lines; 0: it is not all. */
static size_t credit_all(struct invoice_line *lines, const struct rate_left *left, size_t count,
                         int64_t amount_minor)
{
    int64_t whole_minor = 0;
    size_t lines_count = 0;

    for (size_t i = 0; i < count; i++) {
        whole_minor += left[i].amount_minor;
    }
    if (whole_minor != amount_minor) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (left[i].amount_minor != 0 || left[i].tax_minor != 0) {
            lines[lines_count++] = credit_line(&left[i], left[i].amount_minor, left[i].tax_minor);
        }
    }
    return lines_count;
}

struct invoice_lines tax_credit_lines(struct arena *arena,
                                      const struct document_tax_row *const *taxes,
                                      const bool *credits, int64_t amount_minor)
{
    size_t count = 0;
    int64_t weights[PARTS_MAX], parts[PARTS_MAX];

    while (taxes[count] != NULL) {
        count++;
    }
    struct rate_left *left = arena_alloc(arena, (count + 1) * sizeof *left);
    struct invoice_line *lines = arena_alloc(arena, (count + 1) * sizeof *lines);

    count = sum_up(taxes, credits, left);
    size_t lines_count = credit_all(lines, left, count, amount_minor);
    if (lines_count > 0) {
        return (struct invoice_lines){ lines, lines_count };
    }
    count = keep_left(left, count);
    for (size_t i = 0; i < count; i++) {
        weights[i] = left[i].amount_minor;
    }
    if (count > 0) {
        money_split(amount_minor, weights, count, parts);
    }
    for (size_t i = 0; i < count; i++) {
        if (parts[i] != 0) {
            lines[lines_count++] = credit_line(
                &left[i], parts[i], portion(parts[i], left[i].tax_minor, left[i].amount_minor));
        }
    }
    return (struct invoice_lines){ lines, lines_count };
}
