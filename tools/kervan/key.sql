-- What `kervan key` reads and writes in the gateway's schema.

-- name: key_actor
-- $1 who changes something in this session, for the log of what people did
SELECT set_config('kervan.actor', 'cli:' || $1::text, false)

-- name: key_make_channel
-- $1 code; one that is there stays as it is
INSERT INTO channel (code) VALUES ($1::text) ON CONFLICT DO NOTHING

-- name: key_make
-- $1 id, $2 SHA-256 of the secret, $3 channel or NULL, $4 scopes with commas between, $5 note
INSERT INTO api_key (id, secret_hash, channel, scopes, note)
VALUES ($1::text, $2::bytea, $3::text, string_to_array($4::text, ','), $5::text)

-- name: key_list
-- $1 channel or NULL, $2 also those that are over
WITH key AS (
    SELECT *, CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= clock_timestamp() THEN 'expired'
                   WHEN expires_at IS NOT NULL THEN 'expiring' ELSE 'live' END AS state
    FROM api_key)
SELECT id, channel, array_to_string(scopes, ','), note, state,
       to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       to_char(revoked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM key WHERE ($1::text IS NULL OR channel = $1) AND ($2::boolean OR state IN ('live', 'expiring'))
ORDER BY created_at, id

-- name: key_rotate
-- $1 id of the old one, $2 new id, $3 SHA-256 of the new secret, $4 hours that the old one still lives; both or nothing
WITH old AS (
    UPDATE api_key SET expires_at = least(coalesce(expires_at, 'infinity'), clock_timestamp() + $4::bigint * interval '1 hour')
    WHERE id = $1::text AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
    RETURNING channel, scopes, note, expires_at
), new AS (
    INSERT INTO api_key (id, secret_hash, channel, scopes, note)
    SELECT $2::text, $3::bytea, channel, scopes, note FROM old RETURNING id
)
SELECT new.id, to_char(old.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') FROM old, new

-- name: key_revoke
-- $1 id
UPDATE api_key SET revoked_at = clock_timestamp() WHERE id = $1::text AND revoked_at IS NULL
