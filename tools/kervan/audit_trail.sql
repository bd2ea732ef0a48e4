-- What `kervan audit log` reads in the gateway's schema, and what commands of people write there.

-- name: audit_log_list
-- $1 subject or NULL, $2 only behind this entry, $3 limit
SELECT entry_no::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), actor, action, subject, before,
       after, request_id, encode(previous_hash, 'hex'), encode(hash, 'hex')
FROM audit_log WHERE ($1::text IS NULL OR subject = $1) AND entry_no > $2::bigint ORDER BY audit_log.entry_no LIMIT $3::bigint

-- name: audit_log_append
-- $1 who, $2 what, $3 of what, $4 JSON of what is there then or NULL, $5 request or NULL -> number of the entry
SELECT audit_log_append('cli:' || $1::text, $2::text, $3::text, NULL, $4::text, $5::text)::text

-- name: audit_log_is_kept
-- -> whether the gateway's tables were made here
SELECT (to_regprocedure('audit_log_append(text, text, text, text, text, text)') IS NOT NULL)::text
