/* capacity.c - orders and pieces of a day, a place. */
#include "services/inventory/capacity.h"

#include "common/text.h"
#include "services/inventory/place.h"

bool capacity_is_limited(const struct location_row *location)
{
    return location->orders_a_day != NOT_GIVEN || location->pieces_a_day != NOT_GIVEN;
}

void capacity_open(struct rows *rows, const struct location_row *location)
{
    const struct location_work_row row = { .location = location->code };

    if (capacity_is_limited(location) &&
        rows_find(rows, &location_work_table, key_text(location->code)) == NULL) {
        rows_insert(rows, &location_work_table, &row);
    }
}

static bool counts(const struct location_row *location)
{
    return location->active && capacity_is_limited(location);
}

void capacity_need(struct rows *rows)
{
    for (void **at = rows_list(rows, &location_table, key_number(LOCATION_NETWORK)); *at != NULL;
         at++) {
        const struct location_row *location = *at;

        if (counts(location)) {
            rows_want(rows, &location_work_table, key_text(location->code));
        }
    }
}

bool capacity_is_used_up(const struct rows *rows, const struct location_row *location, int64_t day)
{
    const struct location_work_row *work = NULL;

    if (!counts(location)) {
        return false;
    }
    work = rows_find(rows, &location_work_table, key_text(location->code));
    int64_t orders = work != NULL && work->day >= day ? work->orders : 0;
    int64_t pieces = work != NULL && work->day >= day ? work->pieces : 0;

    return (location->orders_a_day != NOT_GIVEN && orders >= location->orders_a_day) ||
           (location->pieces_a_day != NOT_GIVEN && pieces >= location->pieces_a_day);
}

/* Whole days that so much takes before the last of it is begun. */
static int64_t days_before(int64_t given, int64_t a_day)
{
    return a_day == NOT_GIVEN || given == 0 ? 0 : (given - 1) / (a_day > 0 ? a_day : 1);
}

int64_t capacity_begins(const struct rows *rows, const struct location_row *location,
                        int64_t now_ms)
{
    const struct calendar calendar = place_calendar(location);
    int64_t begins = calendar_begins(&calendar, now_ms);
    const struct location_work_row *work =
        counts(location) ? rows_find(rows, &location_work_table, key_text(location->code)) : NULL;

    if (work == NULL || work->day < begins) {
        return begins;
    }
    int64_t by_orders = days_before(work->orders, location->orders_a_day);
    int64_t by_pieces = days_before(work->pieces, location->pieces_a_day);

    return calendar_open_later(&calendar, work->day, by_orders > by_pieces ? by_orders : by_pieces);
}

static int64_t pieces_at(const struct reservation_line_row *parts, size_t count, const char *code)
{
    int64_t pieces = 0;

    for (size_t i = 0; i < count; i++) {
        pieces += parts[i].state == PART_HELD && text_equal(parts[i].location, code)
                      ? parts[i].quantity
                      : 0;
    }
    return pieces;
}

static void count_at(struct decision *out, const struct location_row *location, int64_t pieces)
{
    struct location_work_row *work =
        rows_find(out->rows, &location_work_table, key_text(location->code));
    int64_t day = place_days(location, out->now).begins;

    if (work == NULL) {
        return;
    }
    if (work->day < day) { /* a new day; one that a change of hours put back counts on */
        work->day = day;
        work->orders = work->pieces = 0;
    }
    work->orders++;
    work->pieces += pieces;
    rows_update(out->rows, &location_work_table, work);
}

void capacity_count(struct decision *out, const struct reservation_line_row *parts, size_t count)
{
    void **at = rows_list(out->rows, &location_table, key_number(LOCATION_NETWORK));

    for (; *at != NULL; at++) {
        const struct location_row *location = *at;
        int64_t pieces = counts(location) ? pieces_at(parts, count, location->code) : 0;

        if (pieces > 0) {
            count_at(out, location, pieces);
        }
    }
}
