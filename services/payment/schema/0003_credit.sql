-- Companies that buy on account: what they are granted, and what of it is held and owed.

CREATE TABLE credit (
    company text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    currency text COLLATE "C" NOT NULL,
    limit_minor bigint NOT NULL,
    net_days integer NOT NULL,
    active boolean NOT NULL,
    held_minor bigint NOT NULL,
    receivable_minor bigint NOT NULL,
    excess_minor bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT credit_never_negative CHECK (least(limit_minor, net_days, held_minor, receivable_minor, excess_minor) >= 0),
    CONSTRAINT credit_within_limit CHECK (held_minor + receivable_minor <= limit_minor + excess_minor)
) WITH (fillfactor = 50);
COMMENT ON TABLE credit IS 'What companies may buy on account and have, over all lanes: a batch locks the rows that it may touch';
COMMENT ON COLUMN credit.company IS 'The shop''s own code of the company';
COMMENT ON COLUMN credit.version IS 'Counts changes of the terms';
COMMENT ON COLUMN credit.currency IS 'ISO 4217; never changes';
COMMENT ON COLUMN credit.limit_minor IS 'What is held and what is owed come to no more together';
COMMENT ON COLUMN credit.net_days IS 'From a capture to the day when it is to be paid';
COMMENT ON COLUMN credit.active IS 'May buy on account';
COMMENT ON COLUMN credit.held_minor IS 'Authorized for orders, neither captured nor released';
COMMENT ON COLUMN credit.receivable_minor IS 'Captured, neither refunded nor paid';
COMMENT ON COLUMN credit.excess_minor IS 'By how much the limit was lowered below what is used; only shrinks';
COMMENT ON COLUMN credit.changed_at IS 'When the terms last changed';
COMMENT ON CONSTRAINT credit_within_limit ON credit IS 'No company buys more than it is granted, however many orders come at once';

ALTER TABLE payment_order ADD COLUMN company text COLLATE "C";
COMMENT ON COLUMN payment_order.company IS 'On whose account it is bought; null: on nobody''s';
ALTER TABLE payment ADD COLUMN company text COLLATE "C", ADD COLUMN net_days integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN payment.company IS 'On whose account it is bought; null: on nobody''s';
COMMENT ON COLUMN payment.net_days IS 'From a capture to the day when it is to be paid; of a payment on account';
COMMENT ON COLUMN payment.method IS '1 card, 2 bank_transfer, 3 cash_on_delivery, 4 invoice; 0 of a payment that was voided before it came';
COMMENT ON COLUMN payment.received_minor IS 'What arrived by transfers; may be more than was asked for, or is owed';
CREATE INDEX payment_by_company ON payment (company, order_no, payment_no) WHERE company IS NOT NULL;
COMMENT ON INDEX payment_by_company IS 'What a company owes, and the sums of its account';

CREATE FUNCTION payment_receivable(payment payment) RETURNS bigint LANGUAGE sql IMMUTABLE
RETURN CASE WHEN (payment).method = 4
            THEN greatest((payment).captured_minor - (payment).refunded_minor - (payment).received_minor, 0) ELSE 0 END;
COMMENT ON FUNCTION payment_receivable IS 'What is owed for a payment on account';

CREATE OR REPLACE FUNCTION payment_shown(payment payment, order_text text) RETURNS text LANGUAGE sql STABLE
RETURN (json_strip_nulls(json_build_object(
    'id', order_text || '-P' || (payment).payment_no, 'order_id', order_text,
    'state', (ARRAY['created', 'requires_action', 'authorizing', 'authorized', 'capturing', 'partially_captured',
                    'captured', 'voiding', 'voided', 'failed', 'expired'])[(payment).state],
    'method', (ARRAY['card', 'bank_transfer', 'cash_on_delivery', 'invoice', 'prepaid'])[(payment).method],
    'currency', (payment).currency, 'company', (payment).company, 'amount_minor', (payment).amount_minor,
    'received_minor', CASE WHEN (payment).method IN (2, 4) THEN (payment).received_minor END,
    'authorized_minor', (payment).authorized_minor, 'captured_minor', (payment).captured_minor,
    'released_minor', (payment).released_minor, 'refunded_minor', (payment).refunded_minor,
    'provider', CASE WHEN (payment).provider_ref IS NOT NULL OR (payment).method <> 1
                     THEN (ARRAY['stripe', 'bank_transfer', 'cash_on_delivery', 'invoice'])[(payment).method] END,
    'provider_ref', (payment).provider_ref, 'code', (payment).code, 'reference', (payment).reference,
    'action_url', CASE WHEN (payment).state = 2 THEN (payment).action_url END,
    'expires_at', CASE WHEN (payment).state = 2 THEN instant_text((payment).action_expires_at) END,
    'transfers', (SELECT json_agg(json_build_object('bank_reference', t.bank_reference, 'amount_minor', t.amount_minor,
            'late', nullif(t.late, false), 'received_at', instant_text(t.received_at)) ORDER BY t.at, t.bank_reference)
        FROM payment_transfer t
        WHERE t.order_no = (payment).order_no AND t.payment_no = (payment).payment_no),
    'captures', (SELECT coalesce(json_agg(json_build_object('id', order_text || '-C' || c.capture_no,
            'state', (ARRAY['waiting', 'sent', 'succeeded', 'failed'])[c.state], 'amount_minor', c.amount_minor,
            'code', c.code, 'at', instant_text(c.at), 'due_at', CASE WHEN (payment).method = 4 AND c.state = 3
                THEN instant_text(c.ended_at + (payment).net_days * interval '1 day') END) ORDER BY c.capture_no), '[]'::json)
        FROM payment_capture c
        WHERE c.order_no = (payment).order_no AND c.payment_no = (payment).payment_no),
    'refunds', (SELECT coalesce(json_agg(json_build_object('id', order_text || '-B' || r.refund_no,
            'state', (ARRAY['waiting', 'sent', 'pending', 'succeeded', 'failed', 'by_hand', 'succeeded'])[r.state],
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
