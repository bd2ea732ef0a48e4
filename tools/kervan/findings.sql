-- What `kervan audit findings` and `kervan audit run` read and write in the schema of a service.

-- name: audit_findings_list
-- $1 the service's name, $2 also those that are gone, $3 limit
SELECT $1::text, rule, subject, expected, found, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM audit_finding WHERE $2::boolean OR ended_at IS NULL ORDER BY since, rule, subject LIMIT $3::bigint

-- name: audit_run_ask
-- $1 the service's name, $2 who asks -> the service's name, the run; nothing where no lanes are held: nobody looks there
INSERT INTO audit_run (actor) SELECT left($2::text, 100) WHERE $1::text <> '' AND EXISTS (SELECT FROM lane)
RETURNING $1::text, id::text

-- name: audit_run_ended
-- $1 run
SELECT (done_at IS NOT NULL)::text FROM audit_run WHERE id = $1::bigint
