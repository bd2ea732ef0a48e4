-- Orders are looked at before they are taken.

ALTER TABLE channel
    ADD COLUMN address_check smallint NOT NULL DEFAULT 0,
    ADD COLUMN hold_at smallint NOT NULL DEFAULT 0,
    ADD COLUMN reject_at smallint NOT NULL DEFAULT 0,
    ADD COLUMN counted smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN channel.address_check IS 'What becomes of an order whose address lacks what its country needs: 0 not said, 1 hold, 2 reject, 3 none';
COMMENT ON COLUMN channel.hold_at IS 'From this score of the rules against fraud an order is held; 0: never';
COMMENT ON COLUMN channel.reject_at IS 'From this score it is refused; 0: never';
COMMENT ON COLUMN channel.counted IS 'By what its rules count orders: 2 email, 4 phone, 8 token, 16 address';

CREATE TABLE fraud_rule (
    code text COLLATE "C" NOT NULL,
    rule_no integer NOT NULL,
    kind smallint NOT NULL,
    points smallint NOT NULL,
    at_least_minor bigint NOT NULL,
    currency text,
    subject smallint NOT NULL,
    orders smallint NOT NULL,
    within_ms bigint NOT NULL,
    PRIMARY KEY (code, rule_no)
);
COMMENT ON TABLE fraud_rule IS 'What a channel looks for in its orders against fraud';
COMMENT ON COLUMN fraud_rule.code IS 'Of the channel';
COMMENT ON COLUMN fraud_rule.rule_no IS 'Counts up: rules that are put anew take new numbers';
COMMENT ON COLUMN fraud_rule.kind IS '1 amount, 2 countries, 3 velocity, 4 blocked';
COMMENT ON COLUMN fraud_rule.points IS 'What it adds to the score';
COMMENT ON COLUMN fraud_rule.at_least_minor IS 'Of an amount: from what total';
COMMENT ON COLUMN fraud_rule.currency IS 'Of an amount: its currency';
COMMENT ON COLUMN fraud_rule.subject IS 'Of a velocity: 1 email, 2 phone, 3 token, 4 address; else 0';
COMMENT ON COLUMN fraud_rule.orders IS 'Of a velocity: from which order on';
COMMENT ON COLUMN fraud_rule.within_ms IS 'Of a velocity: within what time';

CREATE TABLE velocity (
    key text COLLATE "C" PRIMARY KEY,
    recent bytea NOT NULL,
    last_at timestamptz
) WITH (fillfactor = 60);
COMMENT ON TABLE velocity IS 'When somebody ordered lately, where a channel has a rule about it; forgotten after the longest time that a rule can name';
COMMENT ON COLUMN velocity.key IS 'email:, phone:, token: or address: and its value';
COMMENT ON COLUMN velocity.recent IS 'Instants of the last orders, 8 bytes each: milliseconds since 1970';
COMMENT ON COLUMN velocity.last_at IS 'The last of them; null: none yet';
CREATE INDEX velocity_by_time ON velocity (last_at);

CREATE TABLE block_list (
    entry text COLLATE "C" PRIMARY KEY,
    note text NOT NULL,
    placed_by text,
    placed_at timestamptz NOT NULL
);
COMMENT ON TABLE block_list IS 'What rules against fraud look for in every order';
COMMENT ON COLUMN block_list.entry IS 'email:, domain:, phone: or token: and its value';
COMMENT ON COLUMN block_list.note IS 'Why it is there';
COMMENT ON COLUMN block_list.placed_by IS 'Who put it there; null: not known';
COMMENT ON COLUMN block_list.placed_at IS 'Since when';

CREATE TABLE screening (
    order_no bigint NOT NULL,
    reason_no smallint NOT NULL,
    kind smallint NOT NULL,
    points smallint NOT NULL,
    detail text NOT NULL,
    PRIMARY KEY (order_no, reason_no)
);
COMMENT ON TABLE screening IS 'Rules against fraud that an order met when it was taken or refused';
COMMENT ON COLUMN screening.order_no IS 'Of the order';
COMMENT ON COLUMN screening.reason_no IS 'Counts from 1';
COMMENT ON COLUMN screening.kind IS 'As fraud_rule.kind';
COMMENT ON COLUMN screening.points IS 'What it added to the score';
COMMENT ON COLUMN screening.detail IS 'What was found, without personal data';

CREATE FUNCTION fraud_kind_word(kind smallint) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (ARRAY['amount', 'countries', 'velocity', 'blocked'])[kind];

CREATE FUNCTION block_entry_shown(b block_list) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN json_strip_nulls(json_build_object('entry', b.entry, 'note', b.note, 'placed_by', b.placed_by,
    'placed_at', instant_text(b.placed_at)));

-- What spoke for fraud when the order was taken; null: nothing did.
CREATE FUNCTION order_screening(of_order bigint) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('score', sum(points), 'reasons', json_agg(json_build_object(
        'kind', fraud_kind_word(kind), 'points', points, 'detail', detail) ORDER BY reason_no))
    FROM screening WHERE order_no = of_order HAVING count(*) > 0
$$;

-- Who ordered when is forgotten a day after the longest time that a rule can name. What a batch has in hand is left for the next hour.
CREATE OR REPLACE FUNCTION forget_old() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    WITH gone AS (
        DELETE FROM velocity WHERE key IN (
            SELECT key FROM velocity WHERE last_at < business_now() - interval '31 days' OR last_at IS NULL
            LIMIT 100000 FOR UPDATE SKIP LOCKED)
        RETURNING 1)
    SELECT count(*) FROM gone
$$;

INSERT INTO timeline_kind (kind, type) VALUES (16, 'kervan.order.readdressed.v1');
