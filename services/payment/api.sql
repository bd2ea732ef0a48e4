-- What the payment service shows: the first column is the JSON of a document or of an item of a list.

-- name: read_payment
-- $1 public id of the order, $2 public id of the payment
SELECT payment_shown(payment, left($2::text, 30)), clock::text
FROM payment JOIN payment_order USING (order_no)
WHERE payment_order.order_id = $1::bytea AND '-P' || payment_no = substr($2::text, 31)

-- name: read_payments
-- $1 and $2 public id of the order as bytes and text, $3 cursor: payment_no, $4 limit
SELECT payment_shown(payment, left($2::text, 30)), payment_no
FROM payment JOIN payment_order USING (order_no)
WHERE payment_order.order_id = $1::bytea AND payment_no > coalesce($3::bigint, 0)
ORDER BY payment_no LIMIT $4::bigint

-- name: read_credit
-- $1 company
SELECT json_build_object('company', company, 'terms', json_build_object('currency', currency, 'limit_minor', limit_minor,
    'net_days', net_days, 'active', active), 'held_minor', held_minor, 'receivable_minor', receivable_minor,
    'available_minor', greatest(limit_minor - held_minor - receivable_minor, 0), 'version', version)::text, version::text
FROM credit WHERE company = $1::text

-- name: read_receivables
-- $1 company, $2 cursor: order and payment as one number, $3 limit: what it owes, oldest orders first
WITH owed AS (
    SELECT p.*, payment_receivable(p) AS receivable_minor, audit_order_id(p.order_id) AS order_text,
           (SELECT min(ended_at) FROM payment_capture c WHERE c.order_no = p.order_no AND c.payment_no = p.payment_no
            AND c.state = 3) + p.net_days * interval '1 day' AS due_at
    FROM payment p
    WHERE p.company = $1::text AND payment_receivable(p) > 0
      AND (p.order_no, p.payment_no) > (coalesce($2::bigint, 0) / 32768, coalesce($2::bigint, 0) % 32768)
    ORDER BY p.order_no, p.payment_no LIMIT $3::bigint)
SELECT json_build_object('payment_id', order_text || '-P' || payment_no, 'order_id', order_text, 'currency', currency,
    'captured_minor', captured_minor, 'refunded_minor', refunded_minor, 'received_minor', received_minor,
    'receivable_minor', receivable_minor, 'due_at', instant_text(due_at), 'overdue', due_at < business_now())::text,
    order_no * 32768 + payment_no
FROM owed ORDER BY order_no, payment_no

-- name: read_personal
-- $1 public id of the order: what its payments are known by outside, and what people wrote about them
SELECT json_build_object('payments', json_agg(json_strip_nulls(json_build_object('payment_no', payment_no,
    'provider_ref', provider_ref, 'reference', reference, 'action_url', nullif(action_url, ''), 'notes', (
        SELECT json_agg(note) FROM payment_request q
        WHERE q.order_no = payment.order_no AND q.payment_no = payment.payment_no AND note IS NOT NULL),
    'evidence', (SELECT json_agg(json_build_object('delivery_proof', e.delivery_proof,
            'customer_communication', e.customer_communication, 'explanation', e.explanation))
        FROM payment_dispute d JOIN dispute_evidence e USING (order_no, dispute_no)
        WHERE d.order_no = payment.order_no AND d.payment_no = payment.payment_no)))
    ORDER BY payment_no))::text
FROM payment JOIN payment_order USING (order_no) WHERE payment_order.order_id = $1::bytea HAVING count(*) > 0

-- name: read_left
-- $1 public id of the order: a row as long as something is left of its customer
SELECT json_build_object('left', true)::text
FROM payment_order WHERE order_id = $1::bytea
  AND (EXISTS (SELECT FROM payment p WHERE p.order_no = payment_order.order_no AND action_url <> '')
       OR EXISTS (SELECT FROM payment_request q WHERE q.order_no = payment_order.order_no AND note IS NOT NULL)
       OR EXISTS (SELECT FROM document_mail m WHERE m.order_no = payment_order.order_no AND (email IS NOT NULL OR name <> ''))
       OR EXISTS (SELECT FROM dispute_evidence e WHERE e.order_no = payment_order.order_no
                  AND coalesce(delivery_proof, customer_communication, refund_refusal, explanation) IS NOT NULL))

-- name: read_dispute
-- $1 public id of the order, $2 public id of the dispute
SELECT dispute_shown(d, left($2::text, 30), p.currency), p.clock::text
FROM payment_dispute d JOIN payment p USING (order_no, payment_no) JOIN payment_order o USING (order_no)
WHERE o.order_id = $1::bytea AND '-X' || d.dispute_no = substr($2::text, 31)

-- name: read_order_disputes
-- $1 and $2 public id of the order as bytes and text, $3 cursor: dispute_no, $4 limit
SELECT dispute_shown(d, left($2::text, 30), p.currency), d.dispute_no
FROM payment_dispute d JOIN payment p USING (order_no, payment_no) JOIN payment_order o USING (order_no)
WHERE o.order_id = $1::bytea AND d.dispute_no > coalesce($3::bigint, 0)
ORDER BY d.dispute_no LIMIT $4::bigint

-- name: read_disputes
-- $1 a state, or null for any that is open, $2 cursor: order and dispute as one number, $3 limit: oldest orders first
WITH page AS (
    SELECT d.* FROM payment_dispute d
    WHERE d.state = ANY (CASE WHEN $1::text IS NULL THEN ARRAY[1, 2, 3]::smallint[] ELSE ARRAY[array_position(
        ARRAY['inquiry', 'needs_response', 'under_review', 'won', 'lost', 'accepted', 'expired', 'withdrawn'],
        $1::text)]::smallint[] END)
      AND (d.order_no, d.dispute_no) > (coalesce($2::bigint, 0) / 32768, coalesce($2::bigint, 0) % 32768)
    ORDER BY d.order_no, d.dispute_no LIMIT $3::bigint)
SELECT dispute_shown(d, audit_order_id(p.order_id), p.currency), d.order_no * 32768 + d.dispute_no
FROM page d JOIN payment p USING (order_no, payment_no) ORDER BY d.order_no, d.dispute_no
