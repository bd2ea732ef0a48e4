-- What `kervan parked` shows and asks for, and what `kervan stuck` finds parked; prepared in each service's schema.

-- name: parked_list
-- $1 service, $2 subject, $3 state: NULL for any; $4 limit
SELECT $1::text || '/' || p.lane || '/' || p.id, $1::text, p.lane::text, p.subject_id, p.source, p.topic,
       p.record_offset::text, coalesce(substring(p.headers FROM 'ce_type: ([^\n]*)'), p.key), p.state, p.reason,
       to_char(p.parked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       (SELECT min(r.kind) FROM operator_request r WHERE r.lane = p.lane AND r.done_at IS NULL
        AND (r.parked_id = p.id OR (r.kind = 'redrive' AND r.subject_id = p.subject_id)))
FROM parked p
WHERE ($2::text IS NULL OR p.subject_id = $2) AND ($3::text IS NULL OR p.state = $3)
ORDER BY p.lane, p.id LIMIT $4::bigint

-- name: parked_show
-- $1 service, $2 lane, $3 id
SELECT $1::text || '/' || p.lane || '/' || p.id, $1::text, p.lane::text, p.subject_id, p.source, p.topic,
       p.record_offset::text, coalesce(substring(p.headers FROM 'ce_type: ([^\n]*)'), p.key), p.state, p.reason,
       to_char(p.parked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), p.key, p.headers,
       encode(p.body, 'escape'),
       (SELECT count(*) FROM parked b WHERE b.lane = p.lane AND b.id > p.id AND b.subject_id = p.subject_id
        AND p.subject_id <> '')::text
FROM parked p WHERE p.lane = $2::bigint AND p.id = $3::bigint

-- name: parked_ask
-- $1 redrive or discard, $2 lane, $3 id, $4 who asks, $5 why
INSERT INTO operator_request (lane, kind, parked_id, subject_id, actor, reason)
SELECT lane, $1::text, id, subject_id, $4::text, $5::text FROM parked WHERE lane = $2::bigint AND id = $3::bigint
RETURNING lane::text, id::text

-- name: parked_ask_all
-- $1 who asks, $2 why: redrives every subject that has something parked, once each
INSERT INTO operator_request (lane, kind, parked_id, subject_id, actor, reason)
SELECT lane, 'redrive', min(id), subject_id, $1::text, $2::text FROM parked
GROUP BY lane, subject_id, CASE WHEN subject_id = '' THEN id END ORDER BY lane, min(id)
RETURNING lane::text, id::text

-- name: request_state
-- $1 service, $2 lane, $3 id
SELECT $1::text, lane::text, id::text, kind, outcome, detail FROM operator_request
WHERE lane = $2::bigint AND id = $3::bigint AND done_at IS NOT NULL

-- name: stuck_parked
-- $1 service, $2 public id of an order or NULL, $3 limit: a row an order
SELECT substr(subject_id, 1, 30), 'parked', $1::text, count(*) || ' parked',
       to_char(min(parked_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       (array_agg(reason ORDER BY id))[1]
FROM parked
WHERE subject_id ~ '^ord_[a-z2-7]{26}(-|$)' AND ($2::text IS NULL OR substr(subject_id, 1, 30) = $2)
GROUP BY 1 ORDER BY min(parked_at) LIMIT $3::bigint
