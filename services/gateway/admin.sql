-- Channels and keys, as people with the scope admin see and change them.

-- name: read_channel
-- $1 code
SELECT channel_document(channel)::text, version::text FROM channel WHERE code = $1::text

-- name: read_channels
-- $1 cursor: code, $2 limit
SELECT channel_document(channel)::text, code FROM channel WHERE code > coalesce($1::text, '') ORDER BY code
LIMIT $2::bigint

-- name: channel_put
-- $1 code, $2 name, $3 active, $4 origins with blanks between, $5 requests a second and $6 at once or NULL, $7 the
-- version that is replaced, 0 when there must be none, $8 who and $9 in which request
-- -> document, version; no row when another version is there, unless it says just what is asked for: that was made before
WITH told AS MATERIALIZED (
    SELECT set_config('kervan.actor', $8::text, true), set_config('kervan.request_id', $9::text, true)),
put AS (
INSERT INTO channel (code, name, active, origins, rate_per_second, rate_burst)
SELECT $1::text, $2::text, $3::boolean, string_to_array($4::text, ' '), $5::integer, $6::integer FROM told
WHERE $7::bigint = 0 OR EXISTS (SELECT FROM channel WHERE code = $1)
ON CONFLICT (code) DO UPDATE
SET name = excluded.name, active = excluded.active, origins = excluded.origins,
    rate_per_second = excluded.rate_per_second, rate_burst = excluded.rate_burst, version = channel.version + 1
WHERE channel.version = $7
RETURNING channel_document(channel)::text AS document, version::text)
SELECT document, version FROM put
UNION ALL
SELECT channel_document(channel)::text, version::text FROM channel
WHERE code = $1 AND $7 > 0 AND NOT EXISTS (SELECT FROM put)
  AND (name, active, origins, rate_per_second, rate_burst)
      IS NOT DISTINCT FROM ($2, $3, string_to_array($4, ' '), $5, $6)

-- name: read_key
-- $1 id
SELECT api_key_document(api_key)::text FROM api_key WHERE id = $1::text

-- name: read_keys
-- $1 channel or NULL; $2 cursor: id, $3 limit
SELECT api_key_document(api_key)::text, id FROM api_key
WHERE ($1::text IS NULL OR channel = $1) AND id > coalesce($2::text, '') ORDER BY id LIMIT $3::bigint

-- name: key_make
-- $1 id, $2 SHA-256 of the secret, $3 channel or NULL, $4 scopes with blanks between, $5 note, $6 end or NULL,
-- $7 requests a second and $8 at once or NULL, $9 who and $10 in which request
-- -> document; no row when the id is taken
WITH told AS MATERIALIZED (
    SELECT set_config('kervan.actor', $9::text, true), set_config('kervan.request_id', $10::text, true))
INSERT INTO api_key (id, secret_hash, channel, scopes, note, expires_at, rate_per_second, rate_burst)
SELECT $1::text, $2::bytea, $3::text, string_to_array($4::text, ' '), $5::text, $6::timestamptz, $7::integer, $8::integer
FROM told
ON CONFLICT (id) DO NOTHING
RETURNING api_key_document(api_key)::text

-- name: key_rotate
-- $1 id, $2 SHA-256 of the new secret, $3 ms that the old one works on, $4 who and $5 in which request
-- -> document; no row when there is no such key
WITH told AS MATERIALIZED (
    SELECT set_config('kervan.actor', $4::text, true), set_config('kervan.request_id', $5::text, true))
UPDATE api_key SET old_secret_hash = secret_hash,
    old_secret_until = clock_timestamp() + $3::bigint * interval '1 millisecond', secret_hash = $2::bytea
FROM told WHERE id = $1::text AND revoked_at IS NULL
RETURNING api_key_document(api_key)::text

-- name: key_revoke
-- $1 id, $2 who and $3 in which request; one that is revoked stays as it is
WITH told AS MATERIALIZED (
    SELECT set_config('kervan.actor', $2::text, true), set_config('kervan.request_id', $3::text, true))
UPDATE api_key SET revoked_at = coalesce(revoked_at, clock_timestamp()) FROM told WHERE id = $1::text
RETURNING api_key_document(api_key)::text

-- name: audit_log_append
-- $1 who, $2 what, $3 of what, $4 before and $5 after or NULL, $6 request -> number of the entry
SELECT audit_log_append($1::text, $2::text, $3::text, $4::text, $5::text, $6::text)

-- name: read_audit_log
-- $1 subject or NULL; $2 cursor: entry_no, $3 limit
SELECT audit_log_document(audit_log)::text, entry_no::text FROM audit_log
WHERE ($1::text IS NULL OR subject = $1) AND entry_no > coalesce($2::bigint, 0) ORDER BY audit_log.entry_no LIMIT $3::bigint
