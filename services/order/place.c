/* place.c - places as inventory tells of them. */
#include "services/order/place.h"

#include "common/decision.h"
#include "proto/inventory.h"
#include "sql/order_sql.h"

#include <string.h>

static const struct column place_columns[] = {
    COLUMN(struct place_row, network, COLUMN_INT2),
    COLUMN(struct place_row, code, COLUMN_TEXT),
    COLUMN(struct place_row, clock, COLUMN_INT8),
    COLUMN(struct place_row, time_zone, COLUMN_TEXT),
    COLUMN(struct place_row, cut_off_minute, COLUMN_INT2),
    COLUMN(struct place_row, open_weekdays, COLUMN_INT2),
    COLUMN(struct place_row, holidays, COLUMN_TEXT),
    COLUMN(struct place_row, handling_days, COLUMN_INT2),
};
const struct table order_place_table = {
    .name = "place",
    .columns = place_columns,
    .column_count = COLUMN_COUNT(place_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct place_row),
    .load = ORDER_SQL_PLACE_LOAD,
    .insert = ORDER_SQL_PLACE_INSERT,
    .update = ORDER_SQL_PLACE_UPDATE,
    .remove = STATEMENT_NONE,
};

void places_need(struct rows *rows)
{
    rows_want(rows, &order_place_table, key_number(PLACE_NETWORK));
}

static struct place_row *find(const struct rows *rows, const char *code)
{
    struct place_row **at =
        (struct place_row **)rows_list(rows, &order_place_table, key_number(PLACE_NETWORK));

    while (*at != NULL && strcmp((*at)->code, code) != 0) {
        at++;
    }
    return *at;
}

struct calendar place_calendar(const struct rows *rows, const char *code)
{
    const struct place_row *place = find(rows, code);

    if (place == NULL) {
        return (struct calendar){ .cut_off_minute = CALENDAR_NO_CUT_OFF,
                                  .open_weekdays = CALENDAR_ALL_WEEKDAYS };
    }
    return (struct calendar){ .time_zone = place->time_zone,
                              .cut_off_minute = place->cut_off_minute,
                              .open_weekdays = place->open_weekdays,
                              .holidays = place->holidays,
                              .handling_days = place->handling_days };
}

void place_changed_need(const struct incoming_message *in, struct rows *rows)
{
    (void)in;
    places_need(rows);
}

void on_place_changed(struct decision *out, const struct incoming_message *in)
{
    const struct location_changed *fact = in->message;
    struct calendar calendar = calendar_of(out->arena, fact->location.opening);
    const struct place_row news = { .network = PLACE_NETWORK,
                                    .code = fact->code,
                                    .clock = fact->clock,
                                    .time_zone = calendar.time_zone,
                                    .cut_off_minute = calendar.cut_off_minute,
                                    .open_weekdays = calendar.open_weekdays,
                                    .holidays = calendar.holidays,
                                    .handling_days = calendar.handling_days };
    struct place_row *place = find(out->rows, fact->code);

    if (place == NULL) {
        rows_insert(out->rows, &order_place_table, &news);
    } else if (fact->clock > place->clock) {
        const char *code = place->code;

        *place = news;
        place->code = code;
        rows_update(out->rows, &order_place_table, place);
    }
}
