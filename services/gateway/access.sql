-- Who may call.

-- name: key_find
-- $1 id -> SHA-256 of the secret, channel, scopes with blanks between
SELECT key.secret_hash, key.channel, array_to_string(key.scopes, ' ')
FROM api_key AS key
LEFT JOIN channel ON channel.code = key.channel
WHERE key.id = $1::text
  AND key.revoked_at IS NULL
  AND (key.expires_at IS NULL OR key.expires_at > clock_timestamp())
  AND (key.channel IS NULL OR channel.active)

-- name: channel_is_active
-- $1 code
SELECT EXISTS (SELECT FROM channel WHERE code = $1::text AND active)
