/* lag.c - `kervan lag`: how much of each topic's log is not handled yet. */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/text.h"
#include "common/topic_admin.h"
#include "tools/kervan/session.h"

#include <stdlib.h>
#include <string.h>

/* The order of the cells that lag_positions answers; two of them are filled in here. */
enum { SERVICE, TOPIC, LANE, NEXT_OFFSET, END_OFFSET, LAG, MISSING, CELL_COUNT };

static const struct field fields[CELL_COUNT] = {
    [SERVICE] = { "service", "SERVICE", CELL_TEXT },
    [TOPIC] = { "topic", "TOPIC", CELL_TEXT },
    [LANE] = { "lane", "LANE", CELL_NUMBER },
    [NEXT_OFFSET] = { "next_offset", "OFFSET", CELL_NUMBER },
    [END_OFFSET] = { "end_offset", "END", CELL_NUMBER },
    [LAG] = { "lag", "LAG", CELL_NUMBER },
    [MISSING] = { "missing", "MISSING", CELL_NUMBER },
};

static int64_t number_of(const char *cell)
{
    int64_t number = 0;

    (void)text_to_int(cell == NULL ? "0" : cell, &number);
    return number;
}

static const char *text_of(struct ctx *ctx, int64_t number)
{
    return text_format(ctx->arena, "%lld", (long long)number);
}

static enum err read_ends(struct ctx *ctx, struct topic_end *ends, size_t count)
{
    struct topic_admin *admin = NULL;
    enum err err = topic_admin_open(ctx, environment("KERVAN_KAFKA"),
                                    environment("KERVAN_KAFKA_PROPERTIES"), &admin);

    if (!err) {
        err = topic_admin_ends(ctx, admin, ends, count);
    }
    topic_admin_close(admin);
    return err;
}

/* The ends are asked for after the positions, so nothing is behind what it has read. */
static enum err fill_ends(struct ctx *ctx, struct listing *lag)
{
    struct topic_end *ends = arena_alloc(ctx->arena, (lag->rows + 1) * sizeof *ends);

    for (size_t row = 0; row < lag->rows; row++) {
        const char **cells = lag->cells + row * CELL_COUNT;

        ends[row] =
            (struct topic_end){ .topic = cells[TOPIC], .partition = number_of(cells[LANE]) };
    }
    enum err err = lag->rows == 0 ? OK : read_ends(ctx, ends, lag->rows);
    for (size_t row = 0; row < lag->rows && !err; row++) {
        const char **cells = lag->cells + row * CELL_COUNT;
        int64_t left = ends[row].offset - number_of(cells[NEXT_OFFSET]);

        cells[END_OFFSET] = text_of(ctx, ends[row].offset);
        cells[LAG] = text_of(ctx, left > 0 ? left : 0);
    }
    return err;
}

/* One row a service and topic: sums over its lanes, which stand together. */
static void sum_lanes(struct ctx *ctx, struct listing *lag)
{
    size_t kept = 0;

    for (size_t row = 0; row < lag->rows; row++) {
        const char **cells = lag->cells + row * CELL_COUNT;
        const char **last = kept == 0 ? NULL : lag->cells + (kept - 1) * CELL_COUNT;

        if (last == NULL || !text_equal(last[SERVICE], cells[SERVICE]) ||
            !text_equal(last[TOPIC], cells[TOPIC])) {
            memmove(lag->cells + kept++ * CELL_COUNT, cells, CELL_COUNT * sizeof *cells);
            continue;
        }
        for (size_t i = LANE; i < CELL_COUNT; i++) {
            last[i] = i == LANE ? NULL : text_of(ctx, number_of(last[i]) + number_of(cells[i]));
        }
    }
    lag->rows = kept;
}

enum err run_lag(struct invocation *call)
{
    const struct question question = { .statements = SQL_RANGE(LANES_LIST, LAG_POSITIONS),
                                       .statement = SQL(LAG_POSITIONS),
                                       .field_count = CELL_COUNT };
    struct section lag = { .fields = fields, .field_count = CELL_COUNT };
    int64_t most = option_number(call, "--max");
    enum err err = ask_services(call, &question, &lag.listing);

    if (!err) {
        err = fill_ends(call->ctx, &lag.listing);
    }
    if (err) {
        return err;
    }
    if (!option_is_given(call, "--lanes")) {
        sum_lanes(call->ctx, &lag.listing);
    }
    for (size_t row = 0; row < lag.listing.rows; row++) {
        bool too_much = number_of(listing_cell(&lag.listing, CELL_COUNT, row, LAG)) > most &&
                        option_is_given(call, "--max");

        call->status = too_much ? EXIT_WRONG : call->status;
    }
    return print_list(call, &lag, "no service has read anything");
}
