-- Disputes, what is said to them, and how far the lists of providers are read.

-- name: dispute_load
-- $1 order numbers
SELECT order_no, dispute_no, payment_no, provider, provider_ref, capture_no, state, reason, amount_minor, lost_minor,
       withdrawn_minor, reinstated_minor, fee_minor, due_at, answer, answered, answer_count, poll_count, code,
       opened_at, changed_at, closed_at
FROM payment_dispute WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, dispute_no

-- name: dispute_insert
INSERT INTO payment_dispute (order_no, dispute_no, payment_no, provider, provider_ref, capture_no, state, reason, amount_minor, lost_minor,
    withdrawn_minor, reinstated_minor, fee_minor, due_at, answer, answered, answer_count, poll_count, code,
    opened_at, changed_at, closed_at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::text[], $5::text[], $6::smallint[], $7::smallint[],
                     $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::timestamptz[],
                     $15::smallint[], $16::boolean[], $17::smallint[], $18::smallint[], $19::text[], $20::timestamptz[],
                     $21::timestamptz[], $22::timestamptz[])

-- name: dispute_update
UPDATE payment_dispute
SET state = news.state, reason = news.reason, amount_minor = news.amount_minor, lost_minor = news.lost_minor,
    withdrawn_minor = news.withdrawn_minor, reinstated_minor = news.reinstated_minor, fee_minor = news.fee_minor,
    due_at = news.due_at, answer = news.answer, answered = news.answered, answer_count = news.answer_count,
    poll_count = news.poll_count, code = news.code, changed_at = news.changed_at, closed_at = news.closed_at
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::text[], $5::text[], $6::smallint[], $7::smallint[],
            $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::timestamptz[],
            $15::smallint[], $16::boolean[], $17::smallint[], $18::smallint[], $19::text[], $20::timestamptz[],
            $21::timestamptz[], $22::timestamptz[])
    AS news (order_no, dispute_no, payment_no, provider, provider_ref, capture_no, state, reason, amount_minor, lost_minor,
             withdrawn_minor, reinstated_minor, fee_minor, due_at, answer, answered, answer_count, poll_count, code,
             opened_at, changed_at, closed_at)
WHERE payment_dispute.order_no = news.order_no AND payment_dispute.dispute_no = news.dispute_no

-- name: evidence_load
-- $1 order numbers
SELECT order_no, dispute_no, tracking_number, carrier, shipped_at, delivered_at, delivery_proof, product_description,
       customer_communication, refund_policy, refund_refusal, explanation
FROM dispute_evidence WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, dispute_no

-- name: evidence_insert
INSERT INTO dispute_evidence (order_no, dispute_no, tracking_number, carrier, shipped_at, delivered_at, delivery_proof, product_description,
    customer_communication, refund_policy, refund_refusal, explanation)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[],
                     $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])

-- name: evidence_update
UPDATE dispute_evidence
SET tracking_number = news.tracking_number, carrier = news.carrier, shipped_at = news.shipped_at, delivered_at =
    news.delivered_at, delivery_proof = news.delivery_proof, product_description = news.product_description,
    customer_communication = news.customer_communication, refund_policy = news.refund_policy, refund_refusal =
    news.refund_refusal, explanation = news.explanation
FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[],
            $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
    AS news (order_no, dispute_no, tracking_number, carrier, shipped_at, delivered_at, delivery_proof, product_description,
             customer_communication, refund_policy, refund_refusal, explanation)
WHERE dispute_evidence.order_no = news.order_no AND dispute_evidence.dispute_no = news.dispute_no

-- name: dispute_watch_load
-- $1 providers
SELECT provider, looked_at, asked_at, wanted_at, watching
FROM dispute_watch WHERE provider = ANY ($1::text[]) ORDER BY provider

-- name: dispute_watch_insert
INSERT INTO dispute_watch (provider, looked_at, asked_at, wanted_at, watching)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::boolean[])

-- name: dispute_watch_update
UPDATE dispute_watch
SET looked_at = news.looked_at, asked_at = news.asked_at, wanted_at = news.wanted_at, watching = news.watching
FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::boolean[])
    AS news (provider, looked_at, asked_at, wanted_at, watching)
WHERE dispute_watch.provider = news.provider
