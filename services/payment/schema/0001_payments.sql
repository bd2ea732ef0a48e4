-- Payments, what was taken and given back of them, their ledger, what people asked for, and which webhooks were seen.

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
    poll_count smallint NOT NULL,
    event_count integer NOT NULL,
    clock bigint NOT NULL,
    amount_minor bigint NOT NULL,
    received_minor bigint NOT NULL,
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
    reference text COLLATE "C",
    action_expires_at timestamptz,
    changed_at timestamptz NOT NULL,
    order_id bytea NOT NULL,
    PRIMARY KEY (order_no, payment_no),
    CONSTRAINT payment_never_negative CHECK (
        least(amount_minor, received_minor, authorized_minor, capturing_minor, captured_minor, released_minor,
              refunding_minor, refunded_minor) >= 0),
    CONSTRAINT payment_authorized_as_asked CHECK (authorized_minor <= amount_minor),
    CONSTRAINT payment_captured_within_authorized CHECK (
        capturing_minor + captured_minor + released_minor <= authorized_minor),
    CONSTRAINT payment_refunded_within_captured CHECK (refunding_minor + refunded_minor <= captured_minor)
) WITH (fillfactor = 60);
COMMENT ON TABLE payment IS 'A payment of an order; written by the order''s lane alone';
COMMENT ON COLUMN payment.order_no IS 'Compact number of the order';
COMMENT ON COLUMN payment.payment_no IS 'Counts the payments of the order: 1 is ...-P1';
COMMENT ON COLUMN payment.state IS '2 requires_action, 3 authorizing, 4 authorized, 5 capturing, 6 partially_captured, 7 captured, 8 voiding, 9 voided, 10 failed, 11 expired';
COMMENT ON COLUMN payment.method IS '1 card, 2 bank_transfer, 3 cash_on_delivery; 0 of a payment that was voided before it came';
COMMENT ON COLUMN payment.heard IS 'What the provider told by itself while its answer was awaited: 0 nothing, 1 declined, 2 authorized, 3 gone';
COMMENT ON COLUMN payment.void_reason IS 'Why it is voided, at once or when the answer under way is there: 1 to 11 in the order of cancel_reason in the contract; 0 when nobody asked';
COMMENT ON COLUMN payment.expiring IS 'It is let go because the shopper did not act in time';
COMMENT ON COLUMN payment.declined IS 'Of a failed one: the shopper''s bank said no; otherwise the provider would not do it';
COMMENT ON COLUMN payment.retryable IS 'Of a declined one: another try may succeed';
COMMENT ON COLUMN payment.void_count IS 'Calls to let go so far: each has a key of its own';
COMMENT ON COLUMN payment.poll_count IS 'Questions to the provider so far: each has a key of its own';
COMMENT ON COLUMN payment.event_count IS 'Entries of its ledger';
COMMENT ON COLUMN payment.clock IS 'Causal clock of the last thing said about it';
COMMENT ON COLUMN payment.amount_minor IS 'What was asked for';
COMMENT ON COLUMN payment.received_minor IS 'What arrived by transfers; may be more than was asked for';
COMMENT ON COLUMN payment.authorized_minor IS 'What is secured: at the provider, on our account, or by a promise to pay on delivery';
COMMENT ON COLUMN payment.capturing_minor IS 'What is being taken';
COMMENT ON COLUMN payment.captured_minor IS 'What was taken';
COMMENT ON COLUMN payment.released_minor IS 'What was secured and let go untaken';
COMMENT ON COLUMN payment.refunding_minor IS 'What is being given back';
COMMENT ON COLUMN payment.refunded_minor IS 'What was given back';
COMMENT ON COLUMN payment.currency IS 'ISO 4217; NULL of a payment that was voided before it came';
COMMENT ON COLUMN payment.provider_ref IS 'The provider''s name of it';
COMMENT ON COLUMN payment.code IS 'Why it failed or expired';
COMMENT ON COLUMN payment.action_url IS 'The provider''s page where the shopper confirms it';
COMMENT ON COLUMN payment.reference IS 'What the shopper writes on the transfer';
COMMENT ON COLUMN payment.action_expires_at IS 'Until when the shopper may confirm or send it';
COMMENT ON COLUMN payment.changed_at IS 'When it last changed';
COMMENT ON COLUMN payment.order_id IS 'Public id of the order, 16 bytes';
COMMENT ON CONSTRAINT payment_captured_within_authorized ON payment IS 'Nothing is taken that was not secured, or twice';
COMMENT ON CONSTRAINT payment_refunded_within_captured ON payment IS 'Nothing is given back that was not taken, or twice';

CREATE TABLE payment_order (
    order_id bytea PRIMARY KEY,
    order_no bigint NOT NULL
);
COMMENT ON TABLE payment_order IS 'Orders with payments by their public ids, which people and readers know';
COMMENT ON COLUMN payment_order.order_id IS 'Public id, 16 bytes';
COMMENT ON COLUMN payment_order.order_no IS 'Compact number';

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
COMMENT ON COLUMN payment_refund.state IS '1 waiting for a capture under way, 2 sent, 3 pending at the provider, 4 succeeded, 5 failed, 6 left to a person';
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
    who text COLLATE "C",
    at timestamptz NOT NULL,
    PRIMARY KEY (order_no, payment_no, event_no)
);
COMMENT ON TABLE payment_event IS 'The ledger, append-only: what was asked for, what came of it, what arrived';
COMMENT ON COLUMN payment_event.event_no IS 'Counts the entries of the payment';
COMMENT ON COLUMN payment_event.kind IS '1 request, 2 success, 3 failure, 4 adjustment (the provider changed what was settled)';
COMMENT ON COLUMN payment_event.operation IS '1 authorize, 2 capture, 3 void, 4 refund, 9 receive';
COMMENT ON COLUMN payment_event.operation_no IS 'Which capture or refund of the order; else 0';
COMMENT ON COLUMN payment_event.amount_minor IS 'What it is about';
COMMENT ON COLUMN payment_event.code IS 'Why it failed or was adjusted';
COMMENT ON COLUMN payment_event.who IS 'Request of the person who had it done; null: the order, the provider or the clock';
COMMENT ON COLUMN payment_event.at IS 'When it was booked';

CREATE TABLE payment_request (
    order_no bigint NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    payment_no smallint NOT NULL,
    subject_id text COLLATE "C" NOT NULL,
    actor text COLLATE "C",
    note text,
    digest bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (order_no, request_id)
);
COMMENT ON TABLE payment_request IS 'What people asked for and we did, each once';
COMMENT ON COLUMN payment_request.request_id IS 'Its own name: a second one is answered as the first was';
COMMENT ON COLUMN payment_request.subject_id IS 'The capture or refund that it made, else the payment';
COMMENT ON COLUMN payment_request.actor IS 'Who asked, as the gateway knows it';
COMMENT ON COLUMN payment_request.note IS 'What the person wrote';
COMMENT ON COLUMN payment_request.digest IS 'SHA-256 of the body';

CREATE TABLE payment_transfer (
    bank_reference text COLLATE "C" NOT NULL,
    order_no bigint NOT NULL,
    payment_no smallint NOT NULL,
    amount_minor bigint NOT NULL,
    late boolean NOT NULL,
    received_at timestamptz NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT payment_transfer_once PRIMARY KEY (bank_reference),
    CONSTRAINT payment_transfer_brings_something CHECK (amount_minor > 0)
);
COMMENT ON TABLE payment_transfer IS 'Transfers that arrived, over all lanes';
COMMENT ON COLUMN payment_transfer.bank_reference IS 'The bank''s own name of the entry: the same one counts once';
COMMENT ON COLUMN payment_transfer.late IS 'Nothing was awaited any more';
COMMENT ON COLUMN payment_transfer.received_at IS 'Value date';
COMMENT ON COLUMN payment_transfer.at IS 'When it was counted';
CREATE INDEX payment_transfer_by_order ON payment_transfer (order_no, payment_no);
COMMENT ON INDEX payment_transfer_by_order IS 'What is shown of a payment';

CREATE TABLE webhook_seen (
    order_no bigint NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (order_no, event_id)
);
COMMENT ON TABLE webhook_seen IS 'What providers told that changed something, so that a repeated webhook changes nothing; gone after four days';
COMMENT ON COLUMN webhook_seen.event_id IS 'The provider''s id of the event: the same at every delivery';
COMMENT ON COLUMN webhook_seen.seen_at IS 'When it first came';

CREATE FUNCTION instant_text(at timestamptz) RETURNS text LANGUAGE sql STABLE
RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
COMMENT ON FUNCTION instant_text IS 'An instant as the contract writes it';

CREATE FUNCTION payment_shown(payment payment, order_text text) RETURNS text LANGUAGE sql STABLE
RETURN (json_strip_nulls(json_build_object(
    'id', order_text || '-P' || (payment).payment_no, 'order_id', order_text,
    'state', (ARRAY['created', 'requires_action', 'authorizing', 'authorized', 'capturing', 'partially_captured',
                    'captured', 'voiding', 'voided', 'failed', 'expired'])[(payment).state],
    'method', (ARRAY['card', 'bank_transfer', 'cash_on_delivery', 'invoice', 'prepaid'])[(payment).method],
    'currency', (payment).currency, 'amount_minor', (payment).amount_minor,
    'received_minor', CASE WHEN (payment).method = 2 THEN (payment).received_minor END,
    'authorized_minor', (payment).authorized_minor, 'captured_minor', (payment).captured_minor,
    'released_minor', (payment).released_minor, 'refunded_minor', (payment).refunded_minor,
    'provider', CASE WHEN (payment).provider_ref IS NOT NULL OR (payment).method <> 1
                     THEN (ARRAY['stripe', 'bank_transfer', 'cash_on_delivery'])[(payment).method] END,
    'provider_ref', (payment).provider_ref, 'code', (payment).code, 'reference', (payment).reference,
    'action_url', CASE WHEN (payment).state = 2 THEN (payment).action_url END,
    'expires_at', CASE WHEN (payment).state = 2 THEN instant_text((payment).action_expires_at) END,
    'transfers', (SELECT json_agg(json_build_object('bank_reference', t.bank_reference, 'amount_minor', t.amount_minor,
            'late', nullif(t.late, false), 'received_at', instant_text(t.received_at)) ORDER BY t.at, t.bank_reference)
        FROM payment_transfer t
        WHERE t.order_no = (payment).order_no AND t.payment_no = (payment).payment_no),
    'captures', (SELECT coalesce(json_agg(json_build_object('id', order_text || '-C' || c.capture_no,
            'state', (ARRAY['waiting', 'sent', 'succeeded', 'failed'])[c.state], 'amount_minor', c.amount_minor,
            'code', c.code, 'at', instant_text(c.at)) ORDER BY c.capture_no), '[]'::json)
        FROM payment_capture c
        WHERE c.order_no = (payment).order_no AND c.payment_no = (payment).payment_no),
    'refunds', (SELECT coalesce(json_agg(json_build_object('id', order_text || '-B' || r.refund_no,
            'state', (ARRAY['waiting', 'sent', 'pending', 'succeeded', 'failed', 'by_hand'])[r.state],
            'amount_minor', r.amount_minor, 'code', r.code, 'provider_ref', r.provider_ref,
            'at', instant_text(r.at)) ORDER BY r.refund_no), '[]'::json)
        FROM payment_refund r
        WHERE r.order_no = (payment).order_no AND r.payment_no = (payment).payment_no),
    'events', (SELECT coalesce(json_agg(json_build_object(
            'kind', (ARRAY['request', 'success', 'failure', 'adjustment'])[e.kind],
            'operation', CASE e.operation WHEN 9 THEN 'receive'
                         ELSE (ARRAY['authorize', 'capture', 'void', 'refund'])[e.operation] END,
            'operation_id', CASE e.operation WHEN 2 THEN order_text || '-C' || e.operation_no
                                             WHEN 4 THEN order_text || '-B' || e.operation_no END,
            'amount_minor', e.amount_minor, 'code', e.code, 'who', e.who, 'actor', q.actor, 'note', q.note,
            'at', instant_text(e.at)) ORDER BY e.event_no), '[]'::json)
        FROM payment_event e LEFT JOIN payment_request q ON q.order_no = e.order_no AND q.request_id = e.who
        WHERE e.order_no = (payment).order_no AND e.payment_no = (payment).payment_no),
    'changed_at', instant_text((payment).changed_at)))::text);
COMMENT ON FUNCTION payment_shown IS 'A payment as the contract shows it';
