-- The runtime's statements; every service prepares them beside its own.

-- name: begin
-- Starts a batch explicitly: the answer to the fence must come before the commit.
BEGIN

-- name: commit
COMMIT

-- name: rollback
ROLLBACK

-- name: lane_fence
-- $1 lanes, $2 holders, $3 versions, $4 lease in ms -> business now
SELECT lane_fence($1::smallint[], $2::bytea[], $3::bigint[], $4::bigint)

-- name: lane_heartbeat
-- $1 instance, $2 process, $3 new holder, $4 lanes held, $5 lanes in all, $6 lease in ms, $7 code version, $8 starting
SELECT taken_lane, taken_version, lanes_fair, instances_live, displaced, code_too_old,
       requests_open
FROM lane_heartbeat($1::text, $2::bytea, $3::bytea, $4::smallint[], $5::bigint::integer, $6::bigint, $7::bigint::integer, $8::boolean)

-- name: lane_release
-- $1 lanes, $2 holders
SELECT lane_release($1::smallint[], $2::bytea[])

-- name: stream_generation
-- $1 at least this one
SELECT stream_generation($1::bigint::integer)::bigint

-- name: outbox_make_days
-- $1 how many days ahead
SELECT outbox_make_days($1::bigint::integer)

-- name: outbox_drop_days
-- $1 how many whole days are kept
SELECT outbox_drop_days($1::bigint::integer)::bigint

-- name: read_position_of_lanes
-- $1 lane, $2 limit
SELECT lane, topic, next_offset, appended_at, generation, number, seen_generation, seen_number
FROM read_position WHERE lane = $1 ORDER BY lane, topic LIMIT $2::bigint

-- name: read_position_insert
INSERT INTO read_position (lane, topic, next_offset, appended_at, generation, number, seen_generation, seen_number)
SELECT * FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::timestamptz[], $5::integer[], $6::bigint[],
                     $7::integer[], $8::bigint[])

-- name: read_position_update
UPDATE read_position
SET next_offset = news.next_offset, appended_at = news.appended_at, generation = news.generation, number = news.number,
    seen_generation = news.seen_generation, seen_number = news.seen_number
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::timestamptz[], $5::integer[], $6::bigint[], $7::integer[],
            $8::bigint[])
    AS news (lane, topic, next_offset, appended_at, generation, number, seen_generation, seen_number)
WHERE read_position.lane = news.lane AND read_position.topic = news.topic

-- name: stream_of_lanes
-- $1 lane, $2 limit
SELECT lane, topic, generation, number, cursor_generation, cursor_number, previous_generation, previous_number
FROM stream WHERE lane = $1 ORDER BY lane, topic LIMIT $2::bigint

-- name: stream_insert
INSERT INTO stream (lane, topic, generation, number, cursor_generation, cursor_number, previous_generation,
                    previous_number)
SELECT * FROM unnest($1::smallint[], $2::text[], $3::integer[], $4::bigint[], $5::integer[], $6::bigint[],
                     $7::integer[], $8::bigint[])

-- name: stream_update
UPDATE stream
SET generation = news.generation, number = news.number,
    cursor_generation = news.cursor_generation, cursor_number = news.cursor_number,
    previous_generation = news.previous_generation, previous_number = news.previous_number
FROM unnest($1::smallint[], $2::text[], $3::integer[], $4::bigint[], $5::integer[], $6::bigint[], $7::integer[],
            $8::bigint[])
    AS news (lane, topic, generation, number, cursor_generation, cursor_number, previous_generation, previous_number)
WHERE stream.lane = news.lane AND stream.topic = news.topic

-- name: outbox_insert
INSERT INTO outbox (lane, topic, generation, number, day, type, key, clock, cause, trace, written_at, body)
SELECT * FROM unnest($1::smallint[], $2::text[], $3::integer[], $4::bigint[], $5::integer[], $6::text[], $7::text[],
                     $8::bigint[], $9::text[], $10::text[], $11::timestamptz[], $12::bytea[])

-- name: outbox_after
-- $1 lane, $2 topic, $3 generation, $4 number, $5 limit: the rows behind this number, in order
SELECT lane, topic, generation, number, day, type, key, clock, cause, trace, written_at, body
FROM outbox
WHERE lane = $1 AND topic = $2 AND (generation, number) > ($3, $4)
ORDER BY generation, number LIMIT $5::bigint

-- name: timer_due
-- $1 lane, $2 due not after, $3 limit
SELECT lane, due_at, subject_id, kind, step, subject_number, trace
FROM timer WHERE lane = $1 AND due_at <= $2
ORDER BY lane, due_at, subject_id, kind, step LIMIT $3::bigint

-- name: timer_insert
-- The same deadline decided twice is one deadline.
INSERT INTO timer (lane, due_at, subject_id, kind, step, subject_number, trace)
SELECT * FROM unnest($1::smallint[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
                     $7::text[])
ON CONFLICT DO NOTHING

-- name: timer_remove
DELETE FROM timer
USING unnest($1::smallint[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[])
    AS fired (lane, due_at, subject_id, kind, step)
WHERE timer.lane = fired.lane AND timer.due_at = fired.due_at AND timer.subject_id = fired.subject_id
  AND timer.kind = fired.kind AND timer.step = fired.step

-- name: effect_after
-- $1 lane, $2 id, $3 limit: the effects decided later than this one, in order
SELECT lane, id, kind, key, subject_id, subject_number, not_before, decided_at, clock, trace, payload, request
FROM effect WHERE lane = $1 AND id > $2 ORDER BY lane, id LIMIT $3::bigint

-- name: effect_insert
INSERT INTO effect (lane, id, kind, key, subject_id, subject_number, not_before, decided_at, clock, trace, payload,
                    request)
SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[],
                     $8::timestamptz[], $9::bigint[], $10::text[], $11::bytea[], $12::bytea[])

-- name: effect_close
SELECT effect_close($1::smallint[], $2::bigint[])

-- name: input_after
-- $1 lane, $2 id, $3 limit: inputs later than this one, in order
SELECT lane, id, key, headers, body
FROM input WHERE lane = $1 AND id > $2 ORDER BY lane, id LIMIT $3::bigint

-- name: input_insert
-- $2, the id, is given by the table.
INSERT INTO input (lane, key, headers, body)
SELECT news.lane, news.key, news.headers, news.body
FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::bytea[]) AS news (lane, id, key, headers, body)

-- name: input_close
SELECT input_close($1::smallint[], $2::bigint[])

-- name: parked_after
-- $1 lane, $2 id, $3 limit: what is parked in this lane, in the order of parking
SELECT lane, id, subject_id, source, topic, record_offset, key, headers, body, reason, state, parked_at
FROM parked WHERE lane = $1 AND id > $2 ORDER BY lane, id LIMIT $3::bigint

-- name: parked_insert
-- $2, the id, is given by the table.
INSERT INTO parked (lane, subject_id, source, topic, record_offset, key, headers, body, reason, state, parked_at)
SELECT news.lane, news.subject_id, news.source, news.topic, news.record_offset, news.key, news.headers, news.body,
       news.reason, news.state, news.parked_at
FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
            $9::bytea[], $10::text[], $11::text[], $12::timestamptz[])
    AS news (lane, id, subject_id, source, topic, record_offset, key, headers, body, reason, state, parked_at)

-- name: parked_update
UPDATE parked SET reason = news.reason, state = news.state
FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
            $9::bytea[], $10::text[], $11::text[], $12::timestamptz[])
    AS news (lane, id, subject_id, source, topic, record_offset, key, headers, body, reason, state, parked_at)
WHERE parked.lane = news.lane AND parked.id = news.id

-- name: parked_remove
DELETE FROM parked USING unnest($1::smallint[], $2::bigint[]) AS gone (lane, id)
WHERE parked.lane = gone.lane AND parked.id = gone.id

-- name: operator_request_open
-- $1 lane, $2 id, $3 limit: what people asked of this lane and what is not done yet, in order
SELECT lane, id, kind, parked_id, subject_id, topic, generation, number, done_at, outcome, detail
FROM operator_request WHERE lane = $1 AND id > $2 AND done_at IS NULL ORDER BY lane, id LIMIT $3::bigint

-- name: operator_request_update
UPDATE operator_request SET done_at = news.done_at, outcome = news.outcome, detail = news.detail
FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::integer[],
            $8::bigint[], $9::timestamptz[], $10::text[], $11::text[])
    AS news (lane, id, kind, parked_id, subject_id, topic, generation, number, done_at, outcome, detail)
WHERE operator_request.lane = news.lane AND operator_request.id = news.id

-- name: ready
-- Whether the database answers.
SELECT 1

-- name: forget_old
SELECT forget_old()
