-- What `kervan lanes`, `owners` and `lag` show, and the word that a gap is given up; prepared in each service's schema.

-- name: lanes_list
-- $1 service
SELECT $1::text, l.lane::text, nullif(l.instance, ''),
       CASE WHEN l.lease_until > clock_timestamp()
            THEN (extract(epoch FROM l.lease_until - clock_timestamp()) * 1000)::bigint::text END,
       l.version::text,
       (SELECT count(*) FROM read_position r WHERE r.lane = l.lane
        AND (r.seen_generation, r.seen_number) > (r.generation, r.number))::text,
       (SELECT coalesce(sum(CASE WHEN s.generation = s.cursor_generation THEN s.number - s.cursor_number ELSE s.number END), 0)
        FROM stream s WHERE s.lane = l.lane)::text,
       (SELECT count(*) FROM effect e WHERE e.lane = l.lane)::text,
       (SELECT count(*) FROM timer t WHERE t.lane = l.lane AND t.due_at < business_now())::text,
       (SELECT count(*) FROM input i WHERE i.lane = l.lane)::text,
       (SELECT count(*) FROM parked p WHERE p.lane = l.lane)::text,
       (SELECT count(*) FROM operator_request q WHERE q.lane = l.lane AND q.done_at IS NULL)::text
FROM lane l ORDER BY l.lane

-- name: lane_reads
-- $1 lane
SELECT topic, next_offset::text, generation::text, number::text, seen_generation::text, seen_number::text,
       ((seen_generation, seen_number) > (generation, number))::text,
       to_char(appended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM read_position WHERE lane = $1::bigint ORDER BY topic

-- name: lane_streams
-- $1 lane
SELECT topic, generation::text, number::text, cursor_generation::text, cursor_number::text,
       (CASE WHEN generation = cursor_generation THEN number - cursor_number ELSE number END)::text,
       previous_generation::text, previous_number::text
FROM stream WHERE lane = $1::bigint ORDER BY topic

-- name: lane_requests
-- $1 lane: what people asked of it, the newest first
SELECT id::text, kind, actor, reason, coalesce(nullif(topic, '') || ' to ' || number, nullif(subject_id, ''), parked_id::text),
       to_char(asked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       to_char(done_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), nullif(outcome, ''), nullif(detail, '')
FROM operator_request WHERE lane = $1::bigint ORDER BY operator_request.id DESC LIMIT 50

-- name: gap_show
-- $1 topic, $2 lane
SELECT generation::text, number::text, seen_generation::text, seen_number::text FROM read_position
WHERE topic = $1::text AND lane = $2::bigint

-- name: gap_ask
-- $1 lane, $2 topic, $3 generation, $4 last number given up, $5 who asks, $6 why
INSERT INTO operator_request (lane, kind, topic, generation, number, actor, reason)
VALUES ($1::bigint::smallint, 'skip_gap', $2::text, $3::bigint::integer, $4::bigint, $5::text, $6::text)
RETURNING lane::text, id::text

-- name: owners_list
-- $1 service; a lease is three seconds long unless a service is told otherwise
SELECT $1::text, i.instance, (i.seen_at > clock_timestamp() - interval '3 seconds')::text,
       (extract(epoch FROM clock_timestamp() - i.seen_at) * 1000)::bigint::text,
       (SELECT count(*) FROM lane l WHERE l.instance = i.instance AND l.lease_until > clock_timestamp())::text,
       CASE WHEN i.seen_at > clock_timestamp() - interval '3 seconds' THEN
           (SELECT ceil(count(*)::numeric / (SELECT count(*) FROM instance n
                WHERE n.seen_at > clock_timestamp() - interval '3 seconds'))::text FROM lane) END
FROM instance i ORDER BY i.instance

-- name: lag_positions
-- $1 service; the end of the log and what is left to it are filled in by the caller
SELECT $1::text, r.topic, r.lane::text, r.next_offset::text, NULL::text, NULL::text,
       (CASE WHEN r.seen_generation = r.generation THEN greatest(r.seen_number - r.number, 0)
             WHEN r.seen_generation > r.generation THEN r.seen_number ELSE 0 END)::text
FROM read_position r ORDER BY r.topic, r.lane
