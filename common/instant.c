/* instant.c - RFC 3339 in and out, by civil-calendar arithmetic, without the C library's time zones. */
#include "common/instant.h"

#include <assert.h>
#include <string.h>

enum { DAY_S = 86400 };
static const int64_t instant_ms_max = INT64_C(253402300799999); /* 9999-12-31T23:59:59.999Z */

/* Years begin on the first of March here, so that a leap day is the last one of its year; an era is
 * 400 years, which always have 146097 days. */
static int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted_year = month > 2 ? year : year - 1;
    int64_t shifted_month = month > 2 ? month - 3 : month + 9;
    int64_t era = shifted_year / 400;
    int64_t year_of_era = shifted_year % 400;
    int64_t day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

struct date {
    int64_t year, month, day;
};

static struct date date_of_days(int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;

    return (struct date){
        .year = shifted / 146097 * 400 + year_of_era + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * shifted_month + 2) / 5 + 1,
    };
}

/* Writes `count` digits of `value` at `text`. */
static void put_digits(char *text, size_t count, int64_t value)
{
    while (count-- > 0) {
        text[count] = (char)('0' + value % 10);
        value /= 10;
    }
}

struct instant_text instant_format(int64_t instant_ms)
{
    assert(instant_ms >= 0 && instant_ms <= instant_ms_max);
    struct instant_text out = { "0000-00-00T00:00:00.000Z" };
    int64_t seconds = instant_ms / 1000;
    struct date date = date_of_days(seconds / DAY_S);

    put_digits(out.text, 4, date.year);
    put_digits(out.text + 5, 2, date.month);
    put_digits(out.text + 8, 2, date.day);
    put_digits(out.text + 11, 2, seconds % DAY_S / 3600);
    put_digits(out.text + 14, 2, seconds % 3600 / 60);
    put_digits(out.text + 17, 2, seconds % 60);
    put_digits(out.text + 20, 3, instant_ms % 1000);
    return out;
}

/* What is still to be read; `wrong` stays set once anything was not as expected. */
struct reader {
    const char *at, *end;
    bool wrong;
};

static char read_character(struct reader *reader)
{
    if (reader->at == reader->end) {
        reader->wrong = true;
        return '\0';
    }
    return *reader->at++;
}

/* One of the characters of `allowed`. */
static char read_one_of(struct reader *reader, const char *allowed)
{
    char character = read_character(reader);

    if (character == '\0' || strchr(allowed, character) == NULL)
        reader->wrong = true;
    return character;
}

/* Exactly `count` digits, with a value of min to max. */
static int64_t read_digits(struct reader *reader, int count, int64_t min, int64_t max)
{
    int64_t value = 0;

    for (int i = 0; i < count; i++)
        value = value * 10 + (read_one_of(reader, "0123456789") - '0');
    if (value < min || value > max)
        reader->wrong = true;
    return value;
}

static int64_t read_date_days(struct reader *reader)
{
    int64_t year = read_digits(reader, 4, 1969, 9999); /* an offset may lead from 1969 to 1970 */
    (void)read_one_of(reader, "-");
    int64_t month = read_digits(reader, 2, 1, 12);
    (void)read_one_of(reader, "-");
    int64_t day = read_digits(reader, 2, 1, 31);

    int64_t first = days_of_date(year, month, 1);
    int64_t next = month == 12 ? days_of_date(year + 1, 1, 1) : days_of_date(year, month + 1, 1);
    if (day > next - first)
        reader->wrong = true;
    return first + day - 1;
}

static int64_t read_fraction_ms(struct reader *reader)
{
    int64_t fraction_ms = 0, unit_ms = 100;
    int count = 0;

    if (reader->at == reader->end || *reader->at != '.')
        return 0;
    reader->at++;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        fraction_ms += (*reader->at++ - '0') * unit_ms;
        unit_ms /= 10;
        count++;
    }
    if (count < 1 || count > 9)
        reader->wrong = true;
    return fraction_ms;
}

static int64_t read_offset_seconds(struct reader *reader)
{
    char sign = read_one_of(reader, "Zz+-");

    if (sign == 'Z' || sign == 'z' || reader->wrong)
        return 0;
    int64_t hours = read_digits(reader, 2, 0, 23);
    (void)read_one_of(reader, ":");
    int64_t seconds = hours * 3600 + read_digits(reader, 2, 0, 59) * 60;
    return sign == '+' ? seconds : -seconds;
}

bool instant_parse(const char *text, size_t length, int64_t *ret_ms)
{
    struct reader reader = { .at = text, .end = text + length };

    int64_t seconds = read_date_days(&reader) * DAY_S;
    (void)read_one_of(&reader, "Tt");
    seconds += read_digits(&reader, 2, 0, 23) * 3600;
    (void)read_one_of(&reader, ":");
    seconds += read_digits(&reader, 2, 0, 59) * 60;
    (void)read_one_of(&reader, ":");
    int64_t second = read_digits(&reader, 2, 0, 60);
    int64_t fraction_ms = read_fraction_ms(&reader);
    seconds += second - read_offset_seconds(&reader);

    int64_t instant_ms = seconds * 1000 + fraction_ms;
    if (reader.wrong || reader.at != reader.end || instant_ms < 0 || instant_ms > instant_ms_max)
        return false;
    /* A leap second ends a day of UTC; it counts as the second after it. */
    if (second == 60 && seconds % DAY_S != 0)
        return false;
    *ret_ms = instant_ms;
    return true;
}

void instant_pack(int64_t instant_ms, unsigned char ret[INSTANT_BYTES])
{
    for (size_t i = 0; i < INSTANT_BYTES; i++) {
        ret[i] = (unsigned char)((uint64_t)instant_ms >> (8 * (INSTANT_BYTES - 1 - i)));
    }
}

int64_t instant_unpack(const unsigned char bytes[INSTANT_BYTES])
{
    uint64_t instant_ms = 0;

    for (size_t i = 0; i < INSTANT_BYTES; i++) {
        instant_ms = instant_ms << 8 | bytes[i];
    }
    return (int64_t)instant_ms;
}
