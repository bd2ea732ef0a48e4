/* tax_policy.c - where a channel sells from, and who is exempt: as rows keep it. */
#include "services/order/tax_policy.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/country.h"
#include "common/text.h"

#include <string.h>

enum { COUNTRY_LENGTH = 2, DATE_LENGTH = 10 };

/* --- Channels -------------------------------------------------------------------------------------- */

const char *tax_policy_text(struct arena *arena, const struct tax_policy *policy)
{
    const char *text = policy == NULL ? NULL : policy->seller_country;

    for (size_t i = 0; policy != NULL && i < policy->modes_count; i++) {
        const char *country = policy->modes[i].country;

        text = text_format(arena, "%s %s%d", text, country == NULL ? "*" : country,
                           (int)policy->modes[i].tax_mode);
    }
    return text;
}

/* Whether one before it in the list is of its country. */
static bool is_second(const struct tax_policy *policy, size_t index)
{
    size_t first = 0;

    while (!text_equal(policy->modes[first].country, policy->modes[index].country)) {
        first++;
    }
    return first < index;
}

bool tax_policy_makes_sense(struct arena *arena, const struct tax_policy *policy,
                            struct field_error *ret)
{
    if (policy == NULL) {
        return true;
    }
    if (!country_is_known(policy->seller_country)) {
        *ret =
            (struct field_error){ "/tax/seller_country", "is not a country of ISO 3166-1", NULL };
        return false;
    }
    for (size_t i = 0; i < policy->modes_count; i++) {
        if (is_second(policy, i)) {
            *ret = (struct field_error){ text_format(arena, "/tax/modes/%zu/country", i),
                                         "has a mode already, earlier in the list", NULL };
            return false;
        }
    }
    return true;
}

enum tax_mode tax_policy_mode(const char *text, const char *country)
{
    enum tax_mode otherwise = TAX_MODE_INCLUSIVE;

    for (text += COUNTRY_LENGTH; *text == ' ';) {
        text++;
        if (*text == '*') {
            otherwise = (enum tax_mode)(text[1] - '0');
            text += 2;
        } else if (memcmp(text, country, COUNTRY_LENGTH) == 0) {
            return (enum tax_mode)(text[COUNTRY_LENGTH] - '0');
        } else {
            text += COUNTRY_LENGTH + 1;
        }
    }
    return otherwise;
}

const char *tax_policy_seller(struct arena *arena, const char *text)
{
    return arena_copy_text(arena, text, COUNTRY_LENGTH);
}

/* --- Companies ------------------------------------------------------------------------------------- */

const char *tax_exemptions_text(struct arena *arena, const struct tax_exemption *exemptions,
                                size_t count)
{
    const char **lines = arena_alloc(arena, (count + 1) * sizeof *lines);

    for (size_t i = 0; i < count; i++) {
        const struct tax_exemption *exemption = &exemptions[i];

        lines[i] = text_format(arena, "%s\t%s\t%s\t%s", exemption->area,
                               exemption->valid_from == NULL ? "" : exemption->valid_from,
                               exemption->valid_until == NULL ? "" : exemption->valid_until,
                               exemption->certificate);
    }
    return count == 0 ? NULL : text_join(arena, "\n", lines, count);
}

static bool is_day(const char *date)
{
    int64_t day = 0;

    return date == NULL || calendar_day_parse(date, &day);
}

bool tax_exemptions_make_sense(struct arena *arena, const struct tax_exemption *exemptions,
                               size_t count, struct field_error *ret)
{
    for (size_t i = 0; i < count; i++) {
        const struct tax_exemption *exemption = &exemptions[i];
        const char *first = exemption->valid_from, *last = exemption->valid_until;
        const char *member = !is_day(first) ? "valid_from" : "valid_until";

        if (!is_day(first) || !is_day(last) ||
            (first != NULL && last != NULL && strcmp(first, last) > 0)) {
            *ret =
                (struct field_error){ text_format(arena, "/tax_exemptions/%zu/%s", i, member),
                                      is_day(first) && is_day(last) ? "is before valid_from"
                                                                    : "is no day of the calendar",
                                      NULL };
            return false;
        }
    }
    return true;
}

/* One of the four; the next begins behind its tab. */
struct field {
    const char *text;
    size_t length;
};

static struct field take_field(const char **at, const char *end)
{
    struct field field = { *at, strcspn(*at, end) };

    *at += field.length;
    *at += **at == '\0' ? 0 : 1;
    return field;
}

static bool is_by(struct field date, const char *other)
{
    return date.length == 0 || memcmp(date.text, other, DATE_LENGTH) <= 0;
}

static bool is_from(struct field date, const char *other)
{
    return date.length == 0 || memcmp(date.text, other, DATE_LENGTH) >= 0;
}

/* A country is all of its regions. */
static bool covers(struct field area, const char *code)
{
    return strncmp(area.text, code, area.length) == 0 &&
           (code[area.length] == '\0' || code[area.length] == '-');
}

const char *tax_certificate(struct arena *arena, const char *exemptions, const char *area,
                            const char *date)
{
    while (exemptions != NULL && *exemptions != '\0') {
        struct field of = take_field(&exemptions, "\t");
        struct field first = take_field(&exemptions, "\t");
        struct field last = take_field(&exemptions, "\t");
        struct field certificate = take_field(&exemptions, "\n");

        if (covers(of, area) && is_by(first, date) && is_from(last, date)) {
            return arena_copy_text(arena, certificate.text, certificate.length);
        }
    }
    return NULL;
}
