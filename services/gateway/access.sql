-- Who may call.

-- name: key_find
-- $1 id -> SHA-256 of the secret, of the old one while it works, channel, scopes with blanks between, requests a second
-- and at once, or NULL
SELECT key.secret_hash, CASE WHEN key.old_secret_until > clock_timestamp() THEN key.old_secret_hash END,
       key.channel, array_to_string(key.scopes, ' '), coalesce(key.rate_per_second, channel.rate_per_second),
       coalesce(key.rate_burst, channel.rate_burst)
FROM api_key AS key
LEFT JOIN channel ON channel.code = key.channel
WHERE key.id = $1::text
  AND key.revoked_at IS NULL
  AND (key.expires_at IS NULL OR key.expires_at > clock_timestamp())
  AND (key.channel IS NULL OR channel.active)

-- name: channel_is_active
-- $1 code
SELECT EXISTS (SELECT FROM channel WHERE code = $1::text AND active)

-- name: channel_origins
-- -> lines "origin code" of all active channels, each begun and all ended by a line break
SELECT E'\n' || coalesce(string_agg(origin || ' ' || code || E'\n', ''), '')
FROM channel, unnest(origins) AS origin WHERE active
