-- What `kervan key` writes in the gateway's schema.

-- name: key_make_channel
-- $1 code; one that is there stays as it is
INSERT INTO channel (code) VALUES ($1::text) ON CONFLICT DO NOTHING

-- name: key_make
-- $1 id, $2 SHA-256 of the secret, $3 channel or NULL, $4 scopes with commas between, $5 note
INSERT INTO api_key (id, secret_hash, channel, scopes, note)
VALUES ($1::text, $2::bytea, $3::text, string_to_array($4::text, ','), $5::text)

-- name: key_revoke
-- $1 id
UPDATE api_key SET revoked_at = clock_timestamp() WHERE id = $1::text AND revoked_at IS NULL
