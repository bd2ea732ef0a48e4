-- A purchase order whose mail did not arrive is a thing that a person sees to.

CREATE TABLE purchase_alert (
    purchase_order_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    supplier text COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    times integer NOT NULL,
    mail_no integer NOT NULL,
    email text NOT NULL,
    reason smallint NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    note text
) WITH (fillfactor = 70);
COMMENT ON TABLE purchase_alert IS 'Purchase orders that their suppliers may know nothing of; written by the lane of the order alone';
COMMENT ON COLUMN purchase_alert.version IS 'Raised by every change';
COMMENT ON COLUMN purchase_alert.state IS '1 open, 2 acknowledged, 3 closed';
COMMENT ON COLUMN purchase_alert.times IS 'How often it was raised';
COMMENT ON COLUMN purchase_alert.mail_no IS 'Of the mail that could not be delivered last';
COMMENT ON COLUMN purchase_alert.email IS 'Where that should have gone';
COMMENT ON COLUMN purchase_alert.reason IS '1 no address, 2 bad address, 3 refused, 4 late, 5 unreachable';
COMMENT ON COLUMN purchase_alert.opened_at IS 'When it was raised last';
COMMENT ON COLUMN purchase_alert.acknowledged_by IS 'Who sees to it';
CREATE INDEX purchase_alert_open ON purchase_alert (opened_at, purchase_order_id) WHERE state < 3;
COMMENT ON INDEX purchase_alert_open IS 'Lists what is to be seen to, the oldest first';
CREATE INDEX purchase_alert_closed ON purchase_alert (opened_at, purchase_order_id) WHERE state = 3;
COMMENT ON INDEX purchase_alert_closed IS 'Lists what was seen to';

-- Of an order, for people; null when there was never one.
CREATE FUNCTION purchase_alert_shown(of_order text) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_strip_nulls(json_build_object('purchase_order_id', purchase_order_id, 'supplier', supplier,
        'state', (ARRAY['open', 'acknowledged', 'closed'])[state], 'version', version, 'times', times,
        'mail_no', mail_no, 'email', email,
        'reason', (ARRAY['no_address', 'bad_address', 'refused', 'late', 'unreachable'])[reason],
        'opened_at', to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'closed_at', to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'acknowledged_at', to_char(acknowledged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'acknowledged_by', acknowledged_by, 'note', note))
    FROM purchase_alert WHERE purchase_order_id = of_order
$$;
