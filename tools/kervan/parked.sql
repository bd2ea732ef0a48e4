-- What `kervan parked` shows; prepared in the service's schema.

-- name: parked_list
-- $1 limit
SELECT subject_id, source, topic, key, state, reason, to_char(parked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM parked ORDER BY lane, id LIMIT $1::bigint

-- name: parked_lane_count
SELECT lane_count::bigint FROM (SELECT count(*) AS lane_count FROM lane) AS lanes

-- name: parked_redrive
-- $1 lane, $2 subject, $3 who asks
INSERT INTO operator_request (lane, kind, subject_id, actor, reason)
VALUES ($1::bigint::smallint, 'redrive', $2::text, $3::text, '')
