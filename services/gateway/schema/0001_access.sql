-- Who may call: channels and the API keys of programs.  Nothing of orders is here.

CREATE TABLE channel (
    code text COLLATE "C" PRIMARY KEY CONSTRAINT channel_code_form CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
    version bigint NOT NULL DEFAULT 1,
    name text NOT NULL DEFAULT '',
    active boolean NOT NULL DEFAULT true,
    origins text[] NOT NULL DEFAULT '{}',
    rate_per_second integer,
    rate_burst integer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT channel_rate_whole CHECK ((rate_per_second IS NULL) = (rate_burst IS NULL))
);
COMMENT ON TABLE channel IS 'Where orders come in: a storefront, a marketplace, the phone';
COMMENT ON COLUMN channel.code IS 'As orders name it';
COMMENT ON COLUMN channel.version IS 'Grows with every change; its ETag';
COMMENT ON COLUMN channel.name IS 'What people call it';
COMMENT ON COLUMN channel.active IS 'Keys of a channel that is not active are refused';
COMMENT ON COLUMN channel.origins IS 'Pages from there may call with its keys (CORS)';
COMMENT ON COLUMN channel.rate_per_second IS 'Requests a second of each of its keys; NULL: the installation''s';
COMMENT ON COLUMN channel.rate_burst IS 'As many at once';

CREATE TABLE api_key (
    id text COLLATE "C" PRIMARY KEY CONSTRAINT api_key_id_form CHECK (id ~ '^[0-9a-f]{16}$'),
    secret_hash bytea NOT NULL CONSTRAINT api_key_hash_form CHECK (octet_length(secret_hash) = 32),
    old_secret_hash bytea CONSTRAINT api_key_old_hash_form CHECK (octet_length(old_secret_hash) = 32),
    old_secret_until timestamptz,
    channel text REFERENCES channel,
    scopes text[] NOT NULL CONSTRAINT api_key_scopes_known CHECK (scopes <@ ARRAY[
        'orders:read', 'orders:write', 'inventory:read', 'inventory:write', 'payments:read', 'payments:write',
        'fulfillments:read', 'fulfillments:write', 'shipments:read', 'shipments:write', 'tasks:read', 'tasks:write',
        'admin']),
    note text NOT NULL DEFAULT '',
    rate_per_second integer,
    rate_burst integer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_key_rate_whole CHECK ((rate_per_second IS NULL) = (rate_burst IS NULL)),
    CONSTRAINT api_key_old_whole CHECK ((old_secret_hash IS NULL) = (old_secret_until IS NULL))
);
COMMENT ON TABLE api_key IS 'Keys of programs; a key reads kvn_live_<id>_<secret> and is shown once';
COMMENT ON COLUMN api_key.secret_hash IS 'SHA-256 of the secret, which is 256 random bits';
COMMENT ON COLUMN api_key.old_secret_hash IS 'The same of the secret before the last rotation';
COMMENT ON COLUMN api_key.old_secret_until IS 'The old secret works until then';
COMMENT ON COLUMN api_key.channel IS 'The only channel it sees and submits to; NULL: all';
COMMENT ON COLUMN api_key.scopes IS 'What it may do: as services/gateway/scopes.c lists them';
COMMENT ON COLUMN api_key.note IS 'For people: whose it is';
COMMENT ON COLUMN api_key.rate_per_second IS 'Requests a second; NULL: the channel''s, else the installation''s';
COMMENT ON COLUMN api_key.rate_burst IS 'As many at once';
COMMENT ON COLUMN api_key.expires_at IS 'Refused from then on';
COMMENT ON COLUMN api_key.revoked_at IS 'Refused since then';

-- An instant as answers write it, and the documents that show keys and channels.
CREATE FUNCTION instant_text(instant timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

CREATE FUNCTION channel_document(c channel) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object('code', c.code, 'version', c.version, 'name', c.name,
        'active', c.active, 'origins', c.origins, 'rate_limit', CASE WHEN c.rate_burst IS NOT NULL
            THEN json_build_object('per_second', c.rate_per_second, 'burst', c.rate_burst) END))
$$;

CREATE FUNCTION api_key_document(k api_key) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object('id', k.id, 'channel', k.channel, 'scopes', k.scopes, 'note', k.note,
        'rate_limit', CASE WHEN k.rate_burst IS NOT NULL
            THEN json_build_object('per_second', k.rate_per_second, 'burst', k.rate_burst) END,
        'created_at', instant_text(k.created_at), 'expires_at', instant_text(k.expires_at),
        'old_secret_until', instant_text(k.old_secret_until), 'revoked_at', instant_text(k.revoked_at)))
$$;
