-- Charge-backs: what shoppers and their banks want back of what was taken, and what the shop says to it.

ALTER TABLE payment ADD COLUMN disputed_minor bigint NOT NULL DEFAULT 0, ADD COLUMN lost_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT payment_dispute_never_negative CHECK (least(disputed_minor, lost_minor) >= 0);
COMMENT ON COLUMN payment.disputed_minor IS 'What disputes that are open want back: it cannot be given back until they are over';
COMMENT ON COLUMN payment.lost_minor IS 'What the shop lost by disputes, without fees';
ALTER TABLE payment_capture ADD COLUMN disputed_minor bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN payment_capture.disputed_minor IS 'Disputed or lost of it, where disputes are of captures';

CREATE TABLE payment_dispute (
    order_no bigint NOT NULL,
    dispute_no smallint NOT NULL,
    payment_no smallint NOT NULL,
    provider text COLLATE "C" NOT NULL,
    provider_ref text COLLATE "C" NOT NULL,
    capture_no smallint NOT NULL,
    state smallint NOT NULL,
    reason text COLLATE "C" NOT NULL,
    amount_minor bigint NOT NULL,
    lost_minor bigint NOT NULL,
    withdrawn_minor bigint NOT NULL,
    reinstated_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    due_at timestamptz,
    answer smallint NOT NULL,
    answered boolean NOT NULL,
    answer_count smallint NOT NULL,
    poll_count smallint NOT NULL,
    code text COLLATE "C",
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    closed_at timestamptz,
    CONSTRAINT payment_dispute_key PRIMARY KEY (order_no, dispute_no),
    CONSTRAINT payment_dispute_once UNIQUE (provider_ref, provider),
    CONSTRAINT payment_dispute_amounts CHECK (least(amount_minor, lost_minor, withdrawn_minor, reinstated_minor, fee_minor) >= 0)
);
COMMENT ON TABLE payment_dispute IS 'Charge-backs, as their provider showed them last; written in the lane of the order';
COMMENT ON COLUMN payment_dispute.order_no IS 'Of the order';
COMMENT ON COLUMN payment_dispute.dispute_no IS 'Counts from 1';
COMMENT ON COLUMN payment_dispute.payment_no IS 'Of the payment that is disputed';
COMMENT ON COLUMN payment_dispute.provider IS 'Whose it is';
COMMENT ON COLUMN payment_dispute.provider_ref IS 'The provider''s name of it';
COMMENT ON COLUMN payment_dispute.capture_no IS 'Which capture it is about; 0: the payment';
COMMENT ON COLUMN payment_dispute.state IS '1 inquiry, 2 needs_response, 3 under_review, 4 won, 5 lost, 6 accepted, 7 expired, 8 withdrawn';
COMMENT ON COLUMN payment_dispute.reason IS 'The shopper''s, as the provider words it';
COMMENT ON COLUMN payment_dispute.amount_minor IS 'Disputed';
COMMENT ON COLUMN payment_dispute.lost_minor IS 'What the shop lost by it, without the fee';
COMMENT ON COLUMN payment_dispute.withdrawn_minor IS 'What the provider took out of the shop''s account';
COMMENT ON COLUMN payment_dispute.reinstated_minor IS 'What it put back';
COMMENT ON COLUMN payment_dispute.fee_minor IS 'What it takes for it';
COMMENT ON COLUMN payment_dispute.due_at IS 'Until when the shop may answer';
COMMENT ON COLUMN payment_dispute.answer IS '0 none, 1 evidence, 2 accept';
COMMENT ON COLUMN payment_dispute.answered IS 'The provider has taken the answer';
COMMENT ON COLUMN payment_dispute.answer_count IS 'How often it was tried to answer';
COMMENT ON COLUMN payment_dispute.poll_count IS 'How often the provider was asked about it';
COMMENT ON COLUMN payment_dispute.code IS 'Why the provider did not take the last answer';
COMMENT ON COLUMN payment_dispute.opened_at IS 'When we first heard of it';
COMMENT ON COLUMN payment_dispute.changed_at IS 'When it last changed';
COMMENT ON COLUMN payment_dispute.closed_at IS 'When we heard that it is over';
CREATE INDEX payment_dispute_by_state ON payment_dispute (state, order_no, dispute_no);

CREATE TABLE dispute_evidence (
    order_no bigint NOT NULL,
    dispute_no smallint NOT NULL,
    tracking_number text,
    carrier text,
    shipped_at timestamptz,
    delivered_at timestamptz,
    delivery_proof text,
    product_description text,
    customer_communication text,
    refund_policy text,
    refund_refusal text,
    explanation text,
    CONSTRAINT dispute_evidence_key PRIMARY KEY (order_no, dispute_no)
);
COMMENT ON TABLE dispute_evidence IS 'What people saved to answer a dispute with, or answered; texts are forgotten with the customer';
COMMENT ON COLUMN dispute_evidence.order_no IS 'Of the order';
COMMENT ON COLUMN dispute_evidence.dispute_no IS 'Of the dispute';

CREATE TABLE dispute_watch (
    provider text COLLATE "C" PRIMARY KEY,
    looked_at timestamptz NOT NULL,
    asked_at timestamptz NOT NULL,
    wanted_at timestamptz NOT NULL,
    watching boolean NOT NULL
);
COMMENT ON TABLE dispute_watch IS 'How far the lists of disputes of providers are read';
COMMENT ON COLUMN dispute_watch.provider IS 'Whose list';
COMMENT ON COLUMN dispute_watch.looked_at IS 'All that changed there before is known';
COMMENT ON COLUMN dispute_watch.asked_at IS 'When the list was asked for that is being read';
COMMENT ON COLUMN dispute_watch.wanted_at IS 'When money was taken there that may be disputed';
COMMENT ON COLUMN dispute_watch.watching IS 'It is read now and then; not any more when nothing was taken for half a year';

CREATE FUNCTION dispute_shown(d payment_dispute, order_text text, currency text) RETURNS text LANGUAGE sql STABLE
RETURN (json_strip_nulls(json_build_object(
    'id', order_text || '-X' || (d).dispute_no, 'order_id', order_text, 'payment_id', order_text || '-P' || (d).payment_no,
    'provider', (d).provider, 'provider_ref', (d).provider_ref,
    'capture_id', CASE WHEN (d).capture_no > 0 THEN order_text || '-C' || (d).capture_no END,
    'state', (ARRAY['inquiry', 'needs_response', 'under_review', 'won', 'lost', 'accepted', 'expired', 'withdrawn'])[(d).state],
    'reason', (d).reason, 'currency', currency, 'amount_minor', (d).amount_minor, 'lost_minor', (d).lost_minor,
    'withdrawn_minor', (d).withdrawn_minor, 'reinstated_minor', (d).reinstated_minor, 'fee_minor', (d).fee_minor,
    'due_at', instant_text((d).due_at), 'answer', (ARRAY['evidence', 'accept'])[(d).answer],
    'answered', CASE WHEN (d).answer > 0 THEN (d).answered END, 'code', (d).code,
    'evidence', (SELECT json_strip_nulls(json_build_object('tracking_number', e.tracking_number, 'carrier', e.carrier,
            'shipped_at', instant_text(e.shipped_at), 'delivered_at', instant_text(e.delivered_at),
            'delivery_proof', e.delivery_proof, 'product_description', e.product_description,
            'customer_communication', e.customer_communication, 'refund_policy', e.refund_policy,
            'refund_refusal', e.refund_refusal, 'explanation', e.explanation))
        FROM dispute_evidence e WHERE e.order_no = (d).order_no AND e.dispute_no = (d).dispute_no),
    'opened_at', instant_text((d).opened_at), 'changed_at', instant_text((d).changed_at),
    'closed_at', instant_text((d).closed_at)))::text);
COMMENT ON FUNCTION dispute_shown IS 'A dispute as the contract shows it';

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
    'disputed_minor', nullif((payment).disputed_minor, 0), 'lost_minor', nullif((payment).lost_minor, 0),
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
            'operation', CASE WHEN e.operation = 9 THEN 'receive' WHEN e.operation >= 20 THEN (ARRAY['dispute',
                'dispute_withdrawn', 'dispute_reinstated', 'dispute_fee'])[e.operation - 19]
                ELSE (ARRAY['authorize', 'capture', 'void', 'refund'])[e.operation] END,
            'operation_id', CASE WHEN e.operation = 2 THEN order_text || '-C' || e.operation_no
                WHEN e.operation = 4 THEN order_text || '-B' || e.operation_no
                WHEN e.operation >= 20 THEN order_text || '-X' || e.operation_no END,
            'amount_minor', e.amount_minor, 'code', e.code, 'who', e.who, 'actor', q.actor, 'note', q.note,
            'at', instant_text(e.at)) ORDER BY e.event_no), '[]'::json)
        FROM payment_event e LEFT JOIN payment_request q ON q.order_no = e.order_no AND q.request_id = e.who
        WHERE e.order_no = (payment).order_no AND e.payment_no = (payment).payment_no),
    'changed_at', instant_text((payment).changed_at)))::text);

INSERT INTO posting VALUES
    (19, 2, 21, 0, NULL, 11, 2), (20, 4, 21, 0, NULL, 2, 11), (21, 2, 22, 0, NULL, 2, 11), (22, 4, 22, 0, NULL, 11, 2),
    (23, 2, 23, 0, NULL, 12, 2), (24, 4, 23, 0, NULL, 2, 12);
COMMENT ON COLUMN posting.debit IS 'Account that the amount goes to: 1 receivable, 2 provider, 3 bank, 4 cash_in_transit, 5 deposits, 6 sales, 7 tax, 8 refunds, 9 refunds_payable, 10 differences, 11 disputes, 12 dispute_fees';
CREATE OR REPLACE FUNCTION account_name(account smallint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN (ARRAY['receivable', 'provider', 'bank', 'cash_in_transit', 'deposits', 'sales', 'tax', 'refunds', 'refunds_payable',
              'differences', 'disputes', 'dispute_fees'])[account];
