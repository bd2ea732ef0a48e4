-- What a provider holds, and what it took, have names of their own at some providers.

ALTER TABLE payment ADD COLUMN hold_ref text COLLATE "C";
COMMENT ON COLUMN payment.hold_ref IS 'The provider''s name of what it holds, where that has one of its own; another one when it is renewed';
COMMENT ON COLUMN payment.method IS '1 card, 2 bank_transfer, 3 cash_on_delivery, 4 invoice, 6 wallet; 0 of a payment that was voided before it came';
ALTER TABLE payment_capture ADD COLUMN provider_ref text COLLATE "C";
COMMENT ON COLUMN payment_capture.provider_ref IS 'The provider''s name of it, where refunds are made of captures';
ALTER TABLE payment_refund ADD COLUMN capture_no smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN payment_refund.capture_no IS 'Which capture it is made of; 0: of the payment';

CREATE OR REPLACE FUNCTION payment_shown(payment payment, order_text text) RETURNS text LANGUAGE sql STABLE
RETURN (json_strip_nulls(json_build_object(
    'id', order_text || '-P' || (payment).payment_no, 'order_id', order_text,
    'state', (ARRAY['created', 'requires_action', 'authorizing', 'authorized', 'capturing', 'partially_captured',
                    'captured', 'voiding', 'voided', 'failed', 'expired'])[(payment).state],
    'method', (ARRAY['card', 'bank_transfer', 'cash_on_delivery', 'invoice', 'prepaid', 'wallet'])[(payment).method],
    'currency', (payment).currency, 'company', (payment).company, 'amount_minor', (payment).amount_minor,
    'received_minor', CASE WHEN (payment).method IN (2, 4) THEN (payment).received_minor END,
    'authorized_minor', (payment).authorized_minor, 'captured_minor', (payment).captured_minor,
    'released_minor', (payment).released_minor, 'refunded_minor', (payment).refunded_minor,
    'provider', coalesce((payment).provider,
                         (ARRAY['stripe', 'bank_transfer', 'cash_on_delivery', 'invoice'])[(payment).method]),
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
