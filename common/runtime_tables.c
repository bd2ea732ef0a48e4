/* runtime_tables.c - the runtime's own tables as data.
 *
 * The memory store gives an `id` of 0 the next number, as the identity columns of the database do.
 */
#include "common/runtime_tables.h"

#include "sql/runtime_sql.h"

#include <string.h>

static const struct column read_position_columns[] = {
    COLUMN(struct read_position_row, lane, COLUMN_INT2),
    COLUMN(struct read_position_row, topic, COLUMN_TEXT),
    COLUMN(struct read_position_row, next_offset, COLUMN_INT8),
    COLUMN(struct read_position_row, appended_at, COLUMN_INSTANT),
    COLUMN(struct read_position_row, generation, COLUMN_INT4),
    COLUMN(struct read_position_row, number, COLUMN_INT8),
    COLUMN(struct read_position_row, seen_generation, COLUMN_INT4),
    COLUMN(struct read_position_row, seen_number, COLUMN_INT8),
};
const struct table read_position_table = {
    .name = "read_position",
    .columns = read_position_columns,
    .column_count = COLUMN_COUNT(read_position_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct read_position_row),
    .load = STATEMENT_NONE,
    .insert = RUNTIME_SQL_READ_POSITION_INSERT,
    .update = RUNTIME_SQL_READ_POSITION_UPDATE,
    .remove = STATEMENT_NONE,
    .runtime = true,
};

static const struct column stream_columns[] = {
    COLUMN(struct stream_row, lane, COLUMN_INT2),
    COLUMN(struct stream_row, topic, COLUMN_TEXT),
    COLUMN(struct stream_row, generation, COLUMN_INT4),
    COLUMN(struct stream_row, number, COLUMN_INT8),
    COLUMN(struct stream_row, cursor_generation, COLUMN_INT4),
    COLUMN(struct stream_row, cursor_number, COLUMN_INT8),
    COLUMN(struct stream_row, previous_generation, COLUMN_INT4),
    COLUMN(struct stream_row, previous_number, COLUMN_INT8),
};
const struct table stream_table = {
    .name = "stream",
    .columns = stream_columns,
    .column_count = COLUMN_COUNT(stream_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct stream_row),
    .load = STATEMENT_NONE,
    .insert = RUNTIME_SQL_STREAM_INSERT,
    .update = RUNTIME_SQL_STREAM_UPDATE,
    .remove = STATEMENT_NONE,
    .runtime = true,
};

static const struct column outbox_columns[] = {
    COLUMN(struct outbox_row, lane, COLUMN_INT2),
    COLUMN(struct outbox_row, topic, COLUMN_TEXT),
    COLUMN(struct outbox_row, generation, COLUMN_INT4),
    COLUMN(struct outbox_row, number, COLUMN_INT8),
    COLUMN(struct outbox_row, day, COLUMN_INT4),
    COLUMN(struct outbox_row, type, COLUMN_TEXT),
    COLUMN(struct outbox_row, key, COLUMN_TEXT),
    COLUMN(struct outbox_row, clock, COLUMN_INT8),
    COLUMN(struct outbox_row, cause, COLUMN_TEXT),
    COLUMN(struct outbox_row, trace, COLUMN_TEXT),
    COLUMN(struct outbox_row, written_at, COLUMN_INSTANT),
    COLUMN(struct outbox_row, body, COLUMN_BYTES),
};
const struct table outbox_table = {
    .name = "outbox",
    .columns = outbox_columns,
    .column_count = COLUMN_COUNT(outbox_columns),
    .key_columns = 4,
    .row_bytes = sizeof(struct outbox_row),
    .load = STATEMENT_NONE,
    .insert = RUNTIME_SQL_OUTBOX_INSERT,
    .update = STATEMENT_NONE,
    .remove = STATEMENT_NONE,
    .runtime = true,
};

static const struct column timer_columns[] = {
    COLUMN(struct timer_row, lane, COLUMN_INT2),
    COLUMN(struct timer_row, due_at, COLUMN_INSTANT),
    COLUMN(struct timer_row, subject_id, COLUMN_TEXT),
    COLUMN(struct timer_row, kind, COLUMN_TEXT),
    COLUMN(struct timer_row, step, COLUMN_INT8),
    COLUMN(struct timer_row, subject_number, COLUMN_INT8),
    COLUMN(struct timer_row, trace, COLUMN_TEXT),
};
const struct table timer_table = {
    .name = "timer",
    .columns = timer_columns,
    .column_count = COLUMN_COUNT(timer_columns),
    .key_columns = 5,
    .row_bytes = sizeof(struct timer_row),
    .load = STATEMENT_NONE,
    .insert = RUNTIME_SQL_TIMER_INSERT,
    .update = STATEMENT_NONE,
    .remove = RUNTIME_SQL_TIMER_REMOVE,
    .insert_again = true,
    .runtime = true,
};

static const struct column effect_columns[] = {
    COLUMN(struct effect_row, lane, COLUMN_INT2),
    COLUMN(struct effect_row, id, COLUMN_INT8),
    COLUMN(struct effect_row, kind, COLUMN_TEXT),
    COLUMN(struct effect_row, key, COLUMN_TEXT),
    COLUMN(struct effect_row, subject_id, COLUMN_TEXT),
    COLUMN(struct effect_row, subject_number, COLUMN_INT8),
    COLUMN(struct effect_row, not_before, COLUMN_INSTANT),
    COLUMN(struct effect_row, decided_at, COLUMN_INSTANT),
    COLUMN(struct effect_row, clock, COLUMN_INT8),
    COLUMN(struct effect_row, trace, COLUMN_TEXT),
    COLUMN(struct effect_row, payload, COLUMN_BYTES),
    COLUMN(struct effect_row, request, COLUMN_BYTES),
};
const struct table effect_table = {
    .name = "effect",
    .columns = effect_columns,
    .column_count = COLUMN_COUNT(effect_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct effect_row),
    .load = STATEMENT_NONE,
    .insert = RUNTIME_SQL_EFFECT_INSERT,
    .update = STATEMENT_NONE,
    .remove = RUNTIME_SQL_EFFECT_CLOSE,
    .remove_must_hit = true,
    .runtime = true,
};

static const struct column input_columns[] = {
    COLUMN(struct input_row, lane, COLUMN_INT2),  COLUMN(struct input_row, id, COLUMN_INT8),
    COLUMN(struct input_row, key, COLUMN_TEXT),   COLUMN(struct input_row, headers, COLUMN_TEXT),
    COLUMN(struct input_row, body, COLUMN_BYTES),
};
const struct table input_table = {
    .name = "input",
    .columns = input_columns,
    .column_count = COLUMN_COUNT(input_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct input_row),
    .load = STATEMENT_NONE,
    .insert = RUNTIME_SQL_INPUT_INSERT,
    .update = STATEMENT_NONE,
    .remove = RUNTIME_SQL_INPUT_CLOSE,
    .remove_must_hit = true,
    .numbered_by_store = true,
    .runtime = true,
};

static const struct column parked_columns[] = {
    COLUMN(struct parked_row, lane, COLUMN_INT2),
    COLUMN(struct parked_row, id, COLUMN_INT8),
    COLUMN(struct parked_row, subject_id, COLUMN_TEXT),
    COLUMN(struct parked_row, source, COLUMN_TEXT),
    COLUMN(struct parked_row, topic, COLUMN_TEXT),
    COLUMN(struct parked_row, record_offset, COLUMN_INT8),
    COLUMN(struct parked_row, key, COLUMN_TEXT),
    COLUMN(struct parked_row, headers, COLUMN_TEXT),
    COLUMN(struct parked_row, body, COLUMN_BYTES),
    COLUMN(struct parked_row, reason, COLUMN_TEXT),
    COLUMN(struct parked_row, state, COLUMN_TEXT),
    COLUMN(struct parked_row, parked_at, COLUMN_INSTANT),
};
const struct table parked_table = {
    .name = "parked",
    .columns = parked_columns,
    .column_count = COLUMN_COUNT(parked_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct parked_row),
    .load = STATEMENT_NONE,
    .insert = RUNTIME_SQL_PARKED_INSERT,
    .update = RUNTIME_SQL_PARKED_UPDATE,
    .remove = RUNTIME_SQL_PARKED_REMOVE,
    .numbered_by_store = true,
    .runtime = true,
};

static const struct column operator_request_columns[] = {
    COLUMN(struct operator_request_row, lane, COLUMN_INT2),
    COLUMN(struct operator_request_row, id, COLUMN_INT8),
    COLUMN(struct operator_request_row, kind, COLUMN_TEXT),
    COLUMN(struct operator_request_row, parked_id, COLUMN_INT8),
    COLUMN(struct operator_request_row, subject_id, COLUMN_TEXT),
    COLUMN(struct operator_request_row, topic, COLUMN_TEXT),
    COLUMN(struct operator_request_row, generation, COLUMN_INT4),
    COLUMN(struct operator_request_row, number, COLUMN_INT8),
    COLUMN(struct operator_request_row, done_at, COLUMN_INSTANT),
    COLUMN(struct operator_request_row, outcome, COLUMN_TEXT),
    COLUMN(struct operator_request_row, detail, COLUMN_TEXT),
};
/* Rows are made by the kervan command. */
const struct table operator_request_table = {
    .name = "operator_request",
    .columns = operator_request_columns,
    .column_count = COLUMN_COUNT(operator_request_columns),
    .key_columns = 2,
    .row_bytes = sizeof(struct operator_request_row),
    .load = STATEMENT_NONE,
    .insert = STATEMENT_NONE,
    .update = RUNTIME_SQL_OPERATOR_REQUEST_UPDATE,
    .remove = STATEMENT_NONE,
    .numbered_by_store = true,
    .runtime = true,
};

static bool read_position_in_lane(const void *row, const struct key *arguments)
{
    const struct read_position_row *position = row;

    return position->lane == arguments[0].number;
}

static bool stream_in_lane(const void *row, const struct key *arguments)
{
    const struct stream_row *stream = row;

    return stream->lane == arguments[0].number;
}

static bool outbox_is_after(const void *row, const struct key *arguments)
{
    const struct outbox_row *out = row;
    bool same_stream =
        out->lane == arguments[0].number && strcmp(out->topic, arguments[1].text) == 0;

    if (out->generation != arguments[2].number) {
        return same_stream && out->generation > arguments[2].number;
    }
    return same_stream && out->number > arguments[3].number;
}

static bool timer_is_due(const void *row, const struct key *arguments)
{
    const struct timer_row *timer = row;

    return timer->lane == arguments[0].number && timer->due_at <= arguments[1].number;
}

static bool effect_is_after(const void *row, const struct key *arguments)
{
    const struct effect_row *effect = row;

    return effect->lane == arguments[0].number && effect->id > arguments[1].number;
}

static bool input_is_after(const void *row, const struct key *arguments)
{
    const struct input_row *input = row;

    return input->lane == arguments[0].number && input->id > arguments[1].number;
}

static bool parked_is_after(const void *row, const struct key *arguments)
{
    const struct parked_row *parked = row;

    return parked->lane == arguments[0].number && parked->id > arguments[1].number;
}

static bool operator_request_is_open(const void *row, const struct key *arguments)
{
    const struct operator_request_row *request = row;

    return request->lane == arguments[0].number && request->id > arguments[1].number &&
           request->done_at == 0;
}

const struct scan read_positions_of_lane = {
    .table = &read_position_table,
    .statement = RUNTIME_SQL_READ_POSITION_OF_LANES,
    .argument_kinds = { COLUMN_INT2 },
    .argument_count = 1,
    .match = read_position_in_lane,
};
const struct scan streams_of_lane = {
    .table = &stream_table,
    .statement = RUNTIME_SQL_STREAM_OF_LANES,
    .argument_kinds = { COLUMN_INT2 },
    .argument_count = 1,
    .match = stream_in_lane,
};
const struct scan outbox_after = {
    .table = &outbox_table,
    .statement = RUNTIME_SQL_OUTBOX_AFTER,
    .argument_kinds = { COLUMN_INT2, COLUMN_TEXT, COLUMN_INT4, COLUMN_INT8 },
    .argument_count = 4,
    .match = outbox_is_after,
};
const struct scan timers_due = {
    .table = &timer_table,
    .statement = RUNTIME_SQL_TIMER_DUE,
    .argument_kinds = { COLUMN_INT2, COLUMN_INSTANT },
    .argument_count = 2,
    .match = timer_is_due,
};
const struct scan effects_after = {
    .table = &effect_table,
    .statement = RUNTIME_SQL_EFFECT_AFTER,
    .argument_kinds = { COLUMN_INT2, COLUMN_INT8 },
    .argument_count = 2,
    .match = effect_is_after,
};
const struct scan inputs_after = {
    .table = &input_table,
    .statement = RUNTIME_SQL_INPUT_AFTER,
    .argument_kinds = { COLUMN_INT2, COLUMN_INT8 },
    .argument_count = 2,
    .match = input_is_after,
};
const struct scan parked_after = {
    .table = &parked_table,
    .statement = RUNTIME_SQL_PARKED_AFTER,
    .argument_kinds = { COLUMN_INT2, COLUMN_INT8 },
    .argument_count = 2,
    .match = parked_is_after,
};
const struct scan operator_requests_open = {
    .table = &operator_request_table,
    .statement = RUNTIME_SQL_OPERATOR_REQUEST_OPEN,
    .argument_kinds = { COLUMN_INT2, COLUMN_INT8 },
    .argument_count = 2,
    .match = operator_request_is_open,
};
