-- Payments, what was taken and given back of them, their ledger, and which webhooks were seen.

CREATE TABLE payment (
    order_no bigint NOT NULL,
    payment_no smallint NOT NULL,
    state smallint NOT NULL,
    method smallint NOT NULL,
    heard smallint NOT NULL,
    void_reason smallint NOT NULL,
    expiring boolean NOT NULL,
    declined boolean NOT NULL,
    retryable boolean NOT NULL,
    void_count smallint NOT NULL,
    event_count integer NOT NULL,
    clock bigint NOT NULL,
    amount_minor bigint NOT NULL,
    authorized_minor bigint NOT NULL,
    capturing_minor bigint NOT NULL,
    captured_minor bigint NOT NULL,
    released_minor bigint NOT NULL,
    refunding_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    currency text COLLATE "C",
    provider_ref text COLLATE "C",
    code text COLLATE "C",
    action_url text COLLATE "C",
    action_expires_at timestamptz,
    changed_at timestamptz NOT NULL,
    order_id bytea NOT NULL,
    PRIMARY KEY (order_no, payment_no),
    CONSTRAINT payment_never_negative CHECK (
        least(amount_minor, authorized_minor, capturing_minor, captured_minor, released_minor, refunding_minor,
              refunded_minor) >= 0),
    CONSTRAINT payment_authorized_as_asked CHECK (authorized_minor <= amount_minor),
    CONSTRAINT payment_captured_within_authorized CHECK (
        capturing_minor + captured_minor + released_minor <= authorized_minor),
    CONSTRAINT payment_refunded_within_captured CHECK (refunding_minor + refunded_minor <= captured_minor)
) WITH (fillfactor = 60);
COMMENT ON TABLE payment IS 'A payment of an order; written by the order''s lane alone';
COMMENT ON COLUMN payment.order_no IS 'Compact number of the order';
COMMENT ON COLUMN payment.payment_no IS 'Counts the payments of the order: 1 is ...-P1';
COMMENT ON COLUMN payment.state IS '2 requires_action, 3 authorizing, 4 authorized, 5 capturing, 6 partially_captured, 7 captured, 8 voiding, 9 voided, 10 failed, 11 expired';
COMMENT ON COLUMN payment.method IS '1 card; 0 of a payment that was voided before it came';
COMMENT ON COLUMN payment.heard IS 'What the provider told by itself while its answer was awaited: 0 nothing, 1 declined, 2 authorized, 3 gone';
COMMENT ON COLUMN payment.void_reason IS 'Why it is voided, at once or when the answer under way is there: 1 to 11 in the order of cancel_reason in the contract; 0 when nobody asked';
COMMENT ON COLUMN payment.expiring IS 'It is let go because the shopper did not act in time';
COMMENT ON COLUMN payment.declined IS 'Of a failed one: the shopper''s bank said no; otherwise the provider would not do it';
COMMENT ON COLUMN payment.retryable IS 'Of a declined one: another try may succeed';
COMMENT ON COLUMN payment.void_count IS 'Calls to let go so far: each has a key of its own';
COMMENT ON COLUMN payment.event_count IS 'Entries of its ledger';
COMMENT ON COLUMN payment.clock IS 'Causal clock of the last thing said about it';
COMMENT ON COLUMN payment.amount_minor IS 'What was asked for';
COMMENT ON COLUMN payment.authorized_minor IS 'What the provider secured';
COMMENT ON COLUMN payment.capturing_minor IS 'What is being taken';
COMMENT ON COLUMN payment.captured_minor IS 'What was taken';
COMMENT ON COLUMN payment.released_minor IS 'What was secured and let go untaken';
COMMENT ON COLUMN payment.refunding_minor IS 'What is being given back';
COMMENT ON COLUMN payment.refunded_minor IS 'What was given back';
COMMENT ON COLUMN payment.currency IS 'ISO 4217; NULL of a payment that was voided before it came';
COMMENT ON COLUMN payment.provider_ref IS 'The provider''s name of it';
COMMENT ON COLUMN payment.code IS 'Why it failed or expired';
COMMENT ON COLUMN payment.action_url IS 'The provider''s page where the shopper confirms it';
COMMENT ON COLUMN payment.action_expires_at IS 'Until when the shopper may do so';
COMMENT ON COLUMN payment.changed_at IS 'When it last changed';
COMMENT ON COLUMN payment.order_id IS 'Public id of the order, 16 bytes';
COMMENT ON CONSTRAINT payment_captured_within_authorized ON payment IS 'Nothing is taken that was not secured, or twice';
COMMENT ON CONSTRAINT payment_refunded_within_captured ON payment IS 'Nothing is given back that was not taken, or twice';
CREATE INDEX payment_by_order_id ON payment (order_id);
COMMENT ON INDEX payment_by_order_id IS 'Reads by public id';

CREATE TABLE payment_capture (
    order_no bigint NOT NULL,
    capture_no smallint NOT NULL,
    payment_no smallint NOT NULL,
    state smallint NOT NULL,
    final boolean NOT NULL,
    amount_minor bigint NOT NULL,
    code text COLLATE "C",
    at timestamptz NOT NULL,
    PRIMARY KEY (order_no, capture_no),
    CONSTRAINT payment_capture_takes_something CHECK (amount_minor > 0)
) WITH (fillfactor = 80);
COMMENT ON TABLE payment_capture IS 'Takings of money; one at a time is under way';
COMMENT ON COLUMN payment_capture.capture_no IS 'Counts the captures of the order: 1 is ...-C1';
COMMENT ON COLUMN payment_capture.state IS '1 waiting, 2 sent, 3 succeeded, 4 failed';
COMMENT ON COLUMN payment_capture.final IS 'Nothing more will be taken: the provider lets go of the rest';
COMMENT ON COLUMN payment_capture.code IS 'Why it failed';
COMMENT ON COLUMN payment_capture.at IS 'When it was asked for';

CREATE TABLE payment_refund (
    order_no bigint NOT NULL,
    refund_no smallint NOT NULL,
    payment_no smallint NOT NULL,
    state smallint NOT NULL,
    reason smallint NOT NULL,
    failure_heard boolean NOT NULL,
    amount_minor bigint NOT NULL,
    provider_ref text COLLATE "C",
    code text COLLATE "C",
    at timestamptz NOT NULL,
    PRIMARY KEY (order_no, refund_no),
    CONSTRAINT payment_refund_gives_something CHECK (amount_minor > 0)
) WITH (fillfactor = 80);
COMMENT ON TABLE payment_refund IS 'Givings back of money';
COMMENT ON COLUMN payment_refund.refund_no IS 'Counts the refunds of the order: 1 is ...-B1';
COMMENT ON COLUMN payment_refund.state IS '1 waiting for a capture under way, 2 sent, 3 pending at the provider, 4 succeeded, 5 failed';
COMMENT ON COLUMN payment_refund.reason IS '1 to 10 in the order of cancel_reason in the contract';
COMMENT ON COLUMN payment_refund.failure_heard IS 'The provider told that it failed before its answer was there';
COMMENT ON COLUMN payment_refund.provider_ref IS 'The provider''s name of it';
COMMENT ON COLUMN payment_refund.code IS 'Why it failed';
COMMENT ON COLUMN payment_refund.at IS 'When it was asked for';

CREATE TABLE payment_event (
    order_no bigint NOT NULL,
    payment_no smallint NOT NULL,
    event_no integer NOT NULL,
    kind smallint NOT NULL,
    operation smallint NOT NULL,
    operation_no smallint NOT NULL,
    amount_minor bigint NOT NULL,
    code text COLLATE "C",
    at timestamptz NOT NULL,
    PRIMARY KEY (order_no, payment_no, event_no)
);
COMMENT ON TABLE payment_event IS 'The ledger, append-only: what was asked of the provider and what came of it';
COMMENT ON COLUMN payment_event.event_no IS 'Counts the entries of the payment';
COMMENT ON COLUMN payment_event.kind IS '1 request, 2 success, 3 failure, 4 adjustment (the provider changed what was settled)';
COMMENT ON COLUMN payment_event.operation IS '1 authorize, 2 capture, 3 void, 4 refund';
COMMENT ON COLUMN payment_event.operation_no IS 'Which capture or refund of the order; else 0';
COMMENT ON COLUMN payment_event.amount_minor IS 'What it is about';
COMMENT ON COLUMN payment_event.code IS 'Why it failed or was adjusted';
COMMENT ON COLUMN payment_event.at IS 'When it was booked';

CREATE TABLE webhook_seen (
    order_no bigint NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (order_no, event_id)
);
COMMENT ON TABLE webhook_seen IS 'What providers told, so that a repeated webhook changes nothing';
COMMENT ON COLUMN webhook_seen.event_id IS 'The provider''s id of the event: the same at every delivery';
COMMENT ON COLUMN webhook_seen.seen_at IS 'When it first came';
