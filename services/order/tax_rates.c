/* tax_rates.c - puts rates and classes, and finds the rate of a day.
 *
 * The rates of an area are one text: a line each of class, rate, first day and reason, with tabs between them.
 */
#include "services/order/tax_rates.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/country.h"
#include "common/reply.h"
#include "common/text.h"
#include "services/order/reply.h"

#include <stdlib.h>
#include <string.h>

enum { COUNTRY_LENGTH = 2, DATE_LENGTH = 10, REGION_MAX = 3 };

/* --- Text ------------------------------------------------------------------------------------------ */

static const char *rates_text(struct arena *arena, const struct tax_rates_body *body)
{
    const char **lines = arena_alloc(arena, body->rates_count * sizeof *lines);

    for (size_t i = 0; i < body->rates_count; i++) {
        const struct tax_rate *rate = &body->rates[i];

        lines[i] =
            text_format(arena, "%d\t%lld\t%s\t%s", (int)rate->tax_class, (long long)rate->rate_ppm,
                        rate->valid_from, rate->reason == NULL ? "" : rate->reason);
    }
    return text_join(arena, "\n", lines, body->rates_count);
}

/* A line of it. */
struct listed {
    int64_t tax_class, rate_ppm;
    const char *date, *reason; /* in the text: a day, and what goes on to the line's end */
    size_t reason_length;
};

static const char *read_listed(const char *at, struct listed *ret)
{
    char *end = NULL;

    ret->tax_class = strtol(at, &end, 10);
    ret->rate_ppm = strtol(end + 1, &end, 10);
    ret->date = end + 1;
    ret->reason = ret->date + DATE_LENGTH + 1;
    ret->reason_length = strcspn(ret->reason, "\n");
    at = ret->reason + ret->reason_length;
    return *at == '\n' ? at + 1 : at;
}

/* The last of its class that began by then; false: none did. */
static bool listed_on(const struct tax_area_row *area, enum tax_class tax_class, const char *date,
                      struct listed *ret)
{
    bool found = false;

    for (const char *at = area->rates; *at != '\0';) {
        struct listed listed;

        at = read_listed(at, &listed);
        if (listed.tax_class == (int64_t)tax_class && memcmp(listed.date, date, DATE_LENGTH) <= 0 &&
            (!found || memcmp(listed.date, ret->date, DATE_LENGTH) > 0)) {
            *ret = listed;
            found = true;
        }
    }
    return found;
}

/* --- Put ------------------------------------------------------------------------------------------- */

static const struct tax_rates_put *rates_put_of(const struct incoming_message *in)
{
    return in->message;
}

const char *tax_rates_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return rates_put_of(in)->area;
}

void tax_rates_put_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &order_tax_area_table, key_text(rates_put_of(in)->area));
}

static bool is_area(struct arena *arena, const char *code)
{
    size_t length = strlen(code);
    bool region = length > COUNTRY_LENGTH + 1 && code[COUNTRY_LENGTH] == '-';

    return (length == COUNTRY_LENGTH || region) &&
           country_is_known(arena_copy_text(arena, code, COUNTRY_LENGTH));
}

static bool is_free(enum tax_class tax_class)
{
    return tax_class == TAX_CLASS_ZERO || tax_class == TAX_CLASS_EXEMPT;
}

static bool is_second(const struct tax_rates_body *body, size_t index)
{
    const struct tax_rate *rates = body->rates;
    size_t first = 0;

    while (rates[first].tax_class != rates[index].tax_class ||
           !text_equal(rates[first].valid_from, rates[index].valid_from)) {
        first++;
    }
    return first < index;
}

/* NULL: nothing is wrong with it. */
static const char *rate_fault(const struct tax_rates_body *body, size_t index,
                              const char **ret_member)
{
    const struct tax_rate *rate = &body->rates[index];
    int64_t day = 0;

    *ret_member = "valid_from";
    if (!calendar_day_parse(rate->valid_from, &day)) {
        return "is no day of the calendar";
    }
    if (is_second(body, index)) {
        return "is the first day of a rate of this class already, earlier in the list";
    }
    *ret_member = "rate_ppm";
    return is_free(rate->tax_class) && rate->rate_ppm != 0 ? "must be 0 of this class" : NULL;
}

/* True, and answered: it makes no sense. */
static bool is_refused(struct decision *out, const struct incoming_message *in)
{
    const struct tax_rates_body *body = &rates_put_of(in)->body;

    if (!is_area(out->arena, rates_put_of(in)->area)) {
        reply_invalid(out, in, "/area", "is neither a country of ISO 3166-1 nor a region of one");
        return true;
    }
    for (size_t i = 0; i < body->rates_count; i++) {
        const char *member = NULL;
        const char *fault = rate_fault(body, i, &member);

        if (fault != NULL) {
            reply_invalid(out, in, text_format(out->arena, "/rates/%zu/%s", i, member), fault);
            return true;
        }
    }
    return false;
}

void on_tax_rates_put(struct decision *out, const struct incoming_message *in)
{
    const struct tax_rates_put *request = rates_put_of(in);
    struct tax_area_row *stored =
        rows_find(out->rows, &order_tax_area_table, key_text(request->area));
    struct tax_area_row row = { .code = request->area,
                                .version = stored == NULL ? 1 : stored->version,
                                .name = request->body.name,
                                .shipping_class = request->body.shipping_class,
                                .rates = rates_text(out->arena, &request->body),
                                .changed_at = stored == NULL ? out->now : stored->changed_at };
    bool same = stored != NULL && table_same_row(&order_tax_area_table, stored, &row);

    if (is_refused(out, in) ||
        reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    if (stored == NULL) {
        rows_insert(out->rows, &order_tax_area_table, &row);
    } else if (!same) {
        row.code = stored->code;
        row.version++;
        row.changed_at = out->now;
        *stored = row;
        rows_update(out->rows, &order_tax_area_table, stored);
    }
    if (!same) {
        rows_insert(out->rows, &order_tax_area_version_table, &row);
    }
    order_reply_put(out, &in->reply, stored == NULL ? 201 : 200, request->area);
}

static const struct tax_class_put *class_put_of(const struct incoming_message *in)
{
    return in->message;
}

const char *tax_class_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return class_put_of(in)->sku;
}

void tax_class_put_need(const struct incoming_message *in, struct rows *rows)
{
    tax_item_need(class_put_of(in)->sku, rows);
}

void on_tax_class_put(struct decision *out, const struct incoming_message *in)
{
    const struct tax_class_put *request = class_put_of(in);
    struct tax_item_row *stored =
        rows_find(out->rows, &order_tax_item_table, key_text(request->sku));
    bool same = stored != NULL && stored->tax_class == (int64_t)request->body.tax_class;
    bool is_new = stored == NULL;

    if (reply_stale_put(out, in, is_new ? 0 : stored->version, same)) {
        return;
    }
    if (is_new) {
        rows_insert(out->rows, &order_tax_item_table,
                    &(struct tax_item_row){
                        .sku = request->sku, .version = 1, .tax_class = request->body.tax_class });
    } else if (!same) {
        stored->version++;
        stored->tax_class = request->body.tax_class;
        rows_update(out->rows, &order_tax_item_table, stored);
    }
    order_reply_put(out, &in->reply, is_new ? 201 : 200, request->sku);
}

/* --- Finding --------------------------------------------------------------------------------------- */

static bool is_region_code(const char *region)
{
    size_t length = region == NULL ? 0 : strlen(region);

    return length > 0 && length <= REGION_MAX &&
           strspn(region, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == length;
}

const char *tax_area_code(struct arena *arena, const struct postal_address *address)
{
    return is_region_code(address->region)
               ? text_format(arena, "%s-%s", address->country, address->region)
               : address->country;
}

void tax_area_need(const struct postal_address *address, struct rows *rows)
{
    rows_want(rows, &order_tax_area_table, key_text(address->country));
    rows_want(rows, &order_tax_area_table, key_text(tax_area_code(rows_arena(rows), address)));
}

const struct tax_area_row *tax_area_of(const struct postal_address *address,
                                       const struct rows *rows)
{
    const struct tax_area_row *region =
        rows_find(rows, &order_tax_area_table, key_text(tax_area_code(rows_arena(rows), address)));

    return region != NULL ? region
                          : rows_find(rows, &order_tax_area_table, key_text(address->country));
}

void tax_item_need(const char *sku, struct rows *rows)
{
    rows_want(rows, &order_tax_item_table, key_text(sku));
}

enum tax_class tax_class_of(const char *sku, const struct rows *rows)
{
    const struct tax_item_row *item = rows_find(rows, &order_tax_item_table, key_text(sku));

    return item == NULL ? TAX_CLASS_STANDARD : (enum tax_class)item->tax_class;
}

static const struct tax_rule untaxed = { TAX_CATEGORY_ZERO, 0 };

static struct tax_rule rule_on(const struct tax_area_row *area, enum tax_class tax_class,
                               const char *date)
{
    struct listed listed;

    if (tax_class == TAX_CLASS_EXEMPT) {
        return (struct tax_rule){ TAX_CATEGORY_EXEMPT, 0 };
    }
    if (tax_class == TAX_CLASS_ZERO || area == NULL ||
        (!listed_on(area, tax_class, date, &listed) &&
         !listed_on(area, TAX_CLASS_STANDARD, date, &listed)) ||
        listed.rate_ppm == 0) {
        return untaxed;
    }
    return (struct tax_rule){ TAX_CATEGORY_STANDARD, listed.rate_ppm };
}

struct tax_terms tax_terms_of(const struct tax_area_row *area, const char *date)
{
    struct tax_terms terms;

    for (int tax_class = 1; tax_class <= TAX_CLASSES; tax_class++) {
        terms.rules[tax_class - 1] = rule_on(area, (enum tax_class)tax_class, date);
    }
    return terms;
}

const char *tax_exempt_reason(struct arena *arena, const struct tax_area_row *area,
                              const char *date)
{
    struct listed listed;

    return area != NULL && listed_on(area, TAX_CLASS_EXEMPT, date, &listed) &&
                   listed.reason_length > 0
               ? arena_copy_text(arena, listed.reason, listed.reason_length)
               : NULL;
}
