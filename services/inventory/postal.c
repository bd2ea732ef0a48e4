/* postal.c - postal areas as a text of lines, and distances between them. */
#include "services/inventory/postal.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/sourcing_rule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX = 64 };

static const struct postal_areas_put *request_of(const struct incoming_message *in)
{
    return in->message;
}

const char *postal_areas_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return request_of(in)->country;
}

void postal_areas_put_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &inventory_postal_table, key_text(request_of(in)->country));
}

static const char *lines_of(struct arena *arena, const struct postal_areas *body)
{
    char *text = arena_alloc(arena, body->areas_count * LINE_MAX + 1), *end = text;

    for (size_t i = 0; i < body->areas_count; i++) {
        const struct postal_area *area = &body->areas[i];

        end += snprintf(end, LINE_MAX, "%lld %lld %s\n",
                        (long long)area->position.latitude_microdegrees,
                        (long long)area->position.longitude_microdegrees, area->prefix);
    }
    return text;
}

void on_postal_areas_put(struct decision *out, const struct incoming_message *in)
{
    const struct postal_areas_put *request = request_of(in);
    struct postal_areas_row *stored =
        rows_find(out->rows, &inventory_postal_table, key_text(request->country));
    struct postal_areas_row row = { .country = request->country,
                                    .version = 1,
                                    .areas = lines_of(out->arena, &request->body) };
    bool is_new = stored == NULL;
    bool same = !is_new && text_equal(stored->areas, row.areas);

    if (reply_stale_put(out, in, is_new ? 0 : stored->version, same)) {
        return;
    }
    if (is_new) {
        rows_insert(out->rows, &inventory_postal_table, &row);
    } else if (!same) {
        stored->version++;
        stored->areas = row.areas;
        rows_update(out->rows, &inventory_postal_table, stored);
    }
    reply_done(out, in, is_new ? 201 : 200, request->country);
}

static int64_t next_number(const char **at)
{
    int64_t sign = **at == '-' ? -1 : 1, number = 0;

    for (*at += sign < 0; **at >= '0' && **at <= '9'; (*at)++) {
        number = number * 10 + (**at - '0');
    }
    *at += **at == ' ';
    return sign * number;
}

struct spot postal_find(const struct rows *rows, const char *country, const char *postal_code)
{
    const struct postal_areas_row *row =
        rows_find(rows, &inventory_postal_table, key_text(country));
    const char *code = postal_code == NULL ? "" : postal_code;
    struct spot best = { 0, 0 };
    size_t best_length = 0;

    for (const char *at = row == NULL ? "" : row->areas; *at != '\0';) {
        struct spot spot = { .latitude = next_number(&at) };

        spot.longitude = next_number(&at);
        size_t length = strcspn(at, "\n");
        if (strncmp(at, code, length) == 0 && length >= best_length) {
            best = spot;
            best_length = length;
        }
        at += length + 1;
    }
    return best;
}

static double radians(int64_t microdegrees)
{
    return (double)microdegrees / 1e6 * 0.017453292519943295;
}

bool spot_is_known(struct spot spot)
{
    return spot.latitude != 0 || spot.longitude != 0;
}

/* The haversine formula, on a sphere of the earth's mean radius. */
static double great_circle_km(struct spot from, struct spot to)
{
    const double earth_km = 6371.0088;
    double north = sin((radians(to.latitude) - radians(from.latitude)) / 2);
    double east = sin((radians(to.longitude) - radians(from.longitude)) / 2);
    double half_chord =
        north * north + cos(radians(from.latitude)) * cos(radians(to.latitude)) * east * east;

    return 2 * earth_km * asin(sqrt(half_chord < 1 ? half_chord : 1));
}

int64_t spot_distance_km(struct spot from, struct spot to)
{
    return spot_is_known(from) && spot_is_known(to) ? (int64_t)(great_circle_km(from, to) + 0.5)
                                                    : DISTANCE_UNKNOWN;
}
