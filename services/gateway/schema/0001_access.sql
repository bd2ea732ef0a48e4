-- Who may call: channels and the API keys of programs.  Nothing of orders is here.

CREATE TABLE channel (
    code text COLLATE "C" PRIMARY KEY CONSTRAINT channel_code_form CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE channel IS 'Where orders come in: a storefront, a marketplace, the phone';
COMMENT ON COLUMN channel.code IS 'As orders name it';
COMMENT ON COLUMN channel.active IS 'Keys of a channel that is not active are refused';

CREATE TABLE api_key (
    id text COLLATE "C" PRIMARY KEY CONSTRAINT api_key_id_form CHECK (id ~ '^[0-9a-f]{16}$'),
    secret_hash bytea NOT NULL CONSTRAINT api_key_hash_form CHECK (octet_length(secret_hash) = 32),
    channel text REFERENCES channel,
    scopes text[] NOT NULL CONSTRAINT api_key_scopes_known CHECK (scopes <@ ARRAY[
        'orders:read', 'orders:write', 'inventory:read', 'inventory:write', 'payments:read', 'fulfillments:read',
        'fulfillments:write', 'shipments:read', 'tasks:read']),
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);
COMMENT ON TABLE api_key IS 'Keys of programs; a key reads kvn_live_<id>_<secret> and is shown once';
COMMENT ON COLUMN api_key.secret_hash IS 'SHA-256 of the secret, which is 256 random bits';
COMMENT ON COLUMN api_key.channel IS 'The only channel it sees and submits to; NULL: all';
COMMENT ON COLUMN api_key.scopes IS 'What it may do: as services/gateway/scopes.c lists them';
COMMENT ON COLUMN api_key.note IS 'For people: whose it is';
COMMENT ON COLUMN api_key.revoked_at IS 'Refused since then';
