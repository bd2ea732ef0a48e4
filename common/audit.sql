-- What the auditor of a service reads and writes.

-- name: audit_document
SELECT audit_document()

-- name: audit_run_ask
-- $1 name of the run, $2 who asks -> document; the same name is the same run
INSERT INTO audit_run (name, actor) VALUES ($1::text, left($2::text, 100))
ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING audit_run_document(audit_run)

-- name: audit_run_show
-- $1 name of the run -> document
SELECT audit_run_document(audit_run) FROM audit_run WHERE name = $1::text

-- name: audit_runs_open
-- -> the newest that waits, or 0
SELECT coalesce(max(id), 0) FROM audit_run WHERE done_at IS NULL

-- name: audit_run_done
-- $1 this one and those before
UPDATE audit_run SET done_at = clock_timestamp() WHERE id <= $1::bigint AND done_at IS NULL

-- name: audit_walk_done
-- $1 rule, $2 ms that it took
INSERT INTO audit_walk AS w (rule, walks, began_at, done_at)
VALUES ($1::text, 1, clock_timestamp() - $2::bigint * interval '1 millisecond', clock_timestamp())
ON CONFLICT (rule) DO UPDATE SET walks = w.walks + 1, began_at = excluded.began_at, done_at = excluded.done_at

-- name: audit_rules_keep
-- $1 rules that there are: what others found is nobody's any more
WITH gone AS (DELETE FROM audit_walk WHERE rule <> ALL ($1::text[]))
UPDATE audit_finding SET ended_at = clock_timestamp() WHERE ended_at IS NULL AND rule <> ALL ($1::text[])

-- name: audit_findings_forget
WITH runs AS (DELETE FROM audit_run WHERE done_at < clock_timestamp() - interval '30 days')
DELETE FROM audit_finding WHERE ended_at < clock_timestamp() - interval '30 days'

-- name: audit_finding_put
-- $1 rule, $2 subject, $3 key, $4 expected, $5 found; at most 1000 a rule are kept -> true when it is new
INSERT INTO audit_finding AS f (rule, subject, key, expected, found)
SELECT $1::text, $2::text, $3::text, $4::text, $5::text
WHERE (SELECT count(*) FROM (SELECT FROM audit_finding WHERE rule = $1 AND ended_at IS NULL LIMIT 1000) AS open) < 1000
ON CONFLICT (rule, subject) WHERE ended_at IS NULL
DO UPDATE SET key = excluded.key, expected = excluded.expected, found = excluded.found, seen_at = clock_timestamp()
RETURNING f.since = f.seen_at

-- name: audit_findings_open
-- -> open ones, those first that were not looked at for longest: rule, subject, key
SELECT rule, subject, key FROM audit_finding WHERE ended_at IS NULL ORDER BY seen_at LIMIT 50

-- name: audit_findings_count
-- -> rule and how many are open
SELECT rule, count(*) FROM audit_finding WHERE ended_at IS NULL GROUP BY rule

-- name: audit_finding_end
-- $1 rule, $2 subject
UPDATE audit_finding SET ended_at = clock_timestamp() WHERE rule = $1::text AND subject = $2::text AND ended_at IS NULL

-- name: audit_marks
-- $1 topic that is written, $2 topic that is read -> lane, how far it was written, how far it was read; generation and
-- number as one
SELECT lane, written, applied FROM audit_marks_of($1::text, $2::text)

-- name: audit_stream_numbers
-- $1 where the window begins (unused: there are few streams), $2 how many
SELECT NULL::text, NULL::text, NULL::text, NULL::text WHERE $1::text IS NOT NULL AND $2::bigint > 0
UNION ALL
SELECT '', topic || '/' || lane, 'acknowledged up to at most ' || generation || '.' || number,
       'acknowledged up to ' || cursor_generation || '.' || cursor_number
FROM stream WHERE (cursor_generation, cursor_number) > (generation, number)
