-- Saved carts and orders that are being entered, and how long a channel's orders may be changed from outside.

ALTER TABLE channel
    ADD COLUMN draft_ttl_ms bigint NOT NULL DEFAULT 0,
    ADD COLUMN edit_window_ms bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN channel.draft_ttl_ms IS 'How long a draft is kept after it was saved last; 0: 14 days';
COMMENT ON COLUMN channel.edit_window_ms IS 'How long after its placement the channel itself may change or cancel an order; 0: as long as it can be done';

CREATE TABLE draft (
    order_id bytea PRIMARY KEY,
    version bigint NOT NULL,
    state smallint NOT NULL,
    channel text COLLATE "C" NOT NULL,
    content text,
    email text,
    phone text,
    line_count integer NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    saved_by text,
    made_at timestamptz NOT NULL,
    saved_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
COMMENT ON TABLE draft IS 'Orders to be: nothing is held, numbered or told to anybody for them';
COMMENT ON COLUMN draft.order_id IS 'Of the order that it becomes; the draft goes by it with -D1 behind';
COMMENT ON COLUMN draft.version IS 'Counts its changes';
COMMENT ON COLUMN draft.state IS '1 open, 2 submitted, 3 expired, 4 discarded';
COMMENT ON COLUMN draft.channel IS 'Whose order it becomes';
COMMENT ON COLUMN draft.content IS 'JSON as the gateway checked it; null once it ended: it is the order''s, or nobody''s';
COMMENT ON COLUMN draft.email IS 'Of its customer, to find it by; null: none, or it ended';
COMMENT ON COLUMN draft.phone IS 'The same';
COMMENT ON COLUMN draft.line_count IS 'How many lines it had when it was saved last';
COMMENT ON COLUMN draft.request_id IS 'Of the request that saved it last';
COMMENT ON COLUMN draft.saved_by IS 'Who saved it last; null: not known';
COMMENT ON COLUMN draft.made_at IS 'When it was saved first';
COMMENT ON COLUMN draft.saved_at IS 'And last';
COMMENT ON COLUMN draft.expires_at IS 'When it ends by itself';
COMMENT ON COLUMN draft.ended_at IS 'When it was submitted, discarded or expired';
CREATE INDEX draft_by_time ON draft (made_at, order_id);
CREATE INDEX draft_by_email ON draft (order_search_text(email) COLLATE "C") WHERE email IS NOT NULL;
CREATE INDEX draft_by_phone ON draft (order_phone_key(phone) COLLATE "C") WHERE phone IS NOT NULL;

CREATE FUNCTION draft_state_word(state smallint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['open', 'submitted', 'expired', 'discarded'])[state];

CREATE FUNCTION draft_shown(d draft) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN json_strip_nulls(json_build_object('id', order_id_text(d.order_id) || '-D1', 'version', d.version,
    'state', draft_state_word(d.state), 'channel', d.channel, 'line_count', d.line_count, 'content', d.content::json,
    'order_id', CASE WHEN d.state = 2 THEN order_id_text(d.order_id) END, 'saved_by', d.saved_by,
    'made_at', instant_text(d.made_at), 'saved_at', instant_text(d.saved_at), 'expires_at', instant_text(d.expires_at),
    'ended_at', instant_text(d.ended_at)));

-- Open drafts with an e-mail or a phone that orders of the customer have. Whoever exports or erases what is known of a customer
-- asks here; somebody who never ordered is no customer, and their drafts expire.
CREATE FUNCTION customer_drafts(customer_id text, in_channel text) RETURNS SETOF bytea LANGUAGE sql STABLE ROWS 2 AS $$
    WITH contact AS MATERIALIZED (
        SELECT order_search_text(email) AS email, order_phone_key(phone) AS phone FROM order_contact
        WHERE order_no = ANY (ARRAY(SELECT customer_orders(customer_drafts.customer_id, in_channel)))
    )
    SELECT d.order_id FROM contact c JOIN draft d ON d.email IS NOT NULL AND order_search_text(d.email) COLLATE "C" = c.email
    WHERE in_channel IS NULL OR d.channel = in_channel
    UNION
    SELECT d.order_id FROM contact c JOIN draft d ON d.phone IS NOT NULL AND order_phone_key(d.phone) COLLATE "C" = c.phone
    WHERE in_channel IS NULL OR d.channel = in_channel
$$;
