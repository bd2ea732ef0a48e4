-- Payments, what was taken and given back, their ledger, and the webhooks that were seen.

-- name: order_load
-- $1 public ids of orders
SELECT order_id, order_no, company FROM payment_order WHERE order_id = ANY ($1::bytea[])

-- name: order_insert
INSERT INTO payment_order (order_id, order_no, company)
SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::text[])
ON CONFLICT (order_id) DO NOTHING

-- name: payment_load
-- $1 order numbers
SELECT order_no, payment_no, state, method, heard, void_reason, expiring, declined, retryable, void_count, poll_count,
       event_count, clock, amount_minor, received_minor, authorized_minor, capturing_minor, captured_minor,
       released_minor, refunding_minor, refunded_minor, currency, provider_ref, code, action_url, reference,
       action_expires_at, changed_at, answered_at, ended_at, order_id, company, net_days, provider, hold_ref,
       disputed_minor, lost_minor
FROM payment WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, payment_no

-- name: payment_insert
INSERT INTO payment (order_no, payment_no, state, method, heard, void_reason, expiring, declined, retryable,
    void_count, poll_count, event_count, clock, amount_minor, received_minor, authorized_minor, capturing_minor,
    captured_minor, released_minor, refunding_minor, refunded_minor, currency, provider_ref, code, action_url,
    reference, action_expires_at, changed_at, answered_at, ended_at, order_id, company,
    net_days, provider, hold_ref, disputed_minor, lost_minor)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[],
                     $7::boolean[], $8::boolean[], $9::boolean[], $10::smallint[], $11::smallint[], $12::integer[],
                     $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[],
                     $19::bigint[], $20::bigint[], $21::bigint[], $22::text[], $23::text[], $24::text[], $25::text[],
                     $26::text[], $27::timestamptz[], $28::timestamptz[], $29::timestamptz[], $30::timestamptz[],
                     $31::bytea[], $32::text[], $33::integer[], $34::text[], $35::text[], $36::bigint[],
                     $37::bigint[])

-- name: payment_update
UPDATE payment
SET state = news.state, method = news.method, heard = news.heard, void_reason = news.void_reason, expiring =
    news.expiring, declined = news.declined, retryable = news.retryable, void_count = news.void_count, poll_count =
    news.poll_count, event_count = news.event_count, clock = news.clock, amount_minor = news.amount_minor,
    received_minor = news.received_minor, authorized_minor = news.authorized_minor, capturing_minor =
    news.capturing_minor, captured_minor = news.captured_minor, released_minor = news.released_minor, refunding_minor
    = news.refunding_minor, refunded_minor = news.refunded_minor, currency = news.currency, provider_ref =
    news.provider_ref, code = news.code, action_url = news.action_url, reference = news.reference, action_expires_at =
    news.action_expires_at, changed_at = news.changed_at, answered_at = news.answered_at, ended_at = news.ended_at, company = news.company,
    net_days = news.net_days, provider = news.provider, hold_ref = news.hold_ref,
    disputed_minor = news.disputed_minor, lost_minor = news.lost_minor
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[],
            $7::boolean[], $8::boolean[], $9::boolean[], $10::smallint[], $11::smallint[], $12::integer[],
            $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[],
            $20::bigint[], $21::bigint[], $22::text[], $23::text[], $24::text[], $25::text[], $26::text[],
            $27::timestamptz[], $28::timestamptz[], $29::timestamptz[], $30::timestamptz[], $31::bytea[],
            $32::text[], $33::integer[], $34::text[], $35::text[], $36::bigint[], $37::bigint[])
    AS news (order_no, payment_no, state, method, heard, void_reason, expiring, declined, retryable, void_count,
             poll_count, event_count, clock, amount_minor, received_minor, authorized_minor, capturing_minor,
             captured_minor, released_minor, refunding_minor, refunded_minor, currency, provider_ref, code,
             action_url, reference, action_expires_at, changed_at, answered_at, ended_at, order_id,
             company, net_days, provider, hold_ref, disputed_minor, lost_minor)
WHERE payment.order_no = news.order_no AND payment.payment_no = news.payment_no

-- name: capture_load
-- $1 order numbers
SELECT order_no, capture_no, payment_no, state, final, amount_minor, code, at, ended_at, provider_ref,
       disputed_minor
FROM payment_capture WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, capture_no

-- name: capture_insert
INSERT INTO payment_capture (order_no, capture_no, payment_no, state, final, amount_minor, code, at, ended_at,
                             provider_ref, disputed_minor)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::boolean[], $6::bigint[],
                     $7::text[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::bigint[])

-- name: capture_update
UPDATE payment_capture
SET state = news.state, code = news.code, ended_at = news.ended_at, provider_ref = news.provider_ref,
    disputed_minor = news.disputed_minor
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::boolean[], $6::bigint[], $7::text[],
            $8::timestamptz[], $9::timestamptz[], $10::text[], $11::bigint[])
    AS news (order_no, capture_no, payment_no, state, final, amount_minor, code, at, ended_at, provider_ref, disputed_minor)
WHERE payment_capture.order_no = news.order_no AND payment_capture.capture_no = news.capture_no

-- name: refund_load
-- $1 order numbers
SELECT order_no, refund_no, payment_no, state, reason, failure_heard, amount_minor, provider_ref, code, at, ended_at,
       capture_no
FROM payment_refund WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, refund_no

-- name: refund_insert
INSERT INTO payment_refund (order_no, refund_no, payment_no, state, reason, failure_heard, amount_minor, provider_ref,
    code, at, ended_at, capture_no)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::boolean[],
                     $7::bigint[], $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::smallint[])

-- name: refund_update
UPDATE payment_refund
SET state = news.state, failure_heard = news.failure_heard, provider_ref = news.provider_ref, code = news.code,
    ended_at = news.ended_at, capture_no = news.capture_no
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::boolean[], $7::bigint[],
            $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::smallint[])
    AS news (order_no, refund_no, payment_no, state, reason, failure_heard, amount_minor, provider_ref, code, at,
             ended_at, capture_no)
WHERE payment_refund.order_no = news.order_no AND payment_refund.refund_no = news.refund_no

-- name: event_insert
INSERT INTO payment_event (order_no, payment_no, event_no, kind, operation, operation_no, amount_minor, code, who, at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::smallint[], $5::smallint[], $6::smallint[],
                     $7::bigint[], $8::text[], $9::text[], $10::timestamptz[])

-- name: webhook_load
-- $1 order numbers
SELECT order_no, event_id, seen_at
FROM webhook_seen WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, event_id

-- name: webhook_insert
INSERT INTO webhook_seen (order_no, event_id, seen_at)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[])

-- name: webhook_remove
DELETE FROM webhook_seen USING unnest($1::bigint[], $2::text[]) AS gone (order_no, event_id)
WHERE webhook_seen.order_no = gone.order_no AND webhook_seen.event_id = gone.event_id

-- name: request_load
-- $1 order numbers
SELECT order_no, request_id, payment_no, subject_id, actor, note, digest, at
FROM payment_request WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, request_id

-- name: request_insert
INSERT INTO payment_request (order_no, request_id, payment_no, subject_id, actor, note, digest, at)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::bytea[],
                     $8::timestamptz[])

-- name: request_update
-- What was asked for stays; what a person wrote with it may be erased.
UPDATE payment_request SET note = news.note
FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::timestamptz[])
    AS news (order_no, request_id, payment_no, subject_id, actor, note, digest, at)
WHERE payment_request.order_no = news.order_no AND payment_request.request_id = news.request_id

-- name: transfer_load
-- Locked: the same entry of the bank may come to two lanes at once.  $1 the bank's names
SELECT bank_reference, order_no, payment_no, amount_minor, late, received_at, at, kind, line_id
FROM payment_transfer WHERE bank_reference = ANY ($1::text[]) ORDER BY bank_reference FOR UPDATE

-- name: transfer_insert
INSERT INTO payment_transfer (bank_reference, order_no, payment_no, amount_minor, late, received_at, at, kind, line_id)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::bigint[], $5::boolean[], $6::timestamptz[],
                     $7::timestamptz[], $8::smallint[], $9::text[])

-- name: credit_load
-- Locked: orders of one company come to many lanes at once.  $1 companies
SELECT company, version, currency, limit_minor, net_days, active, held_minor, receivable_minor, excess_minor, changed_at
FROM credit WHERE company = ANY ($1::text[]) ORDER BY company FOR NO KEY UPDATE

-- name: credit_insert
INSERT INTO credit (company, version, currency, limit_minor, net_days, active, held_minor, receivable_minor, excess_minor,
                    changed_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::integer[], $6::boolean[], $7::bigint[],
                     $8::bigint[], $9::bigint[], $10::timestamptz[])

-- name: credit_update
UPDATE credit
SET version = news.version, limit_minor = news.limit_minor, net_days = news.net_days, active = news.active,
    held_minor = news.held_minor, receivable_minor = news.receivable_minor, excess_minor = news.excess_minor,
    changed_at = news.changed_at
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::integer[], $6::boolean[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::timestamptz[])
    AS news (company, version, currency, limit_minor, net_days, active, held_minor, receivable_minor, excess_minor,
             changed_at)
WHERE credit.company = news.company

-- name: credit_waiter_load
-- In the order of their age.  $1 companies
SELECT company, order_no, payment_no, amount_minor, since, order_id
FROM credit_waiter WHERE company = ANY ($1::text[]) ORDER BY company, since, order_no, payment_no

-- name: credit_waiter_insert
INSERT INTO credit_waiter (company, order_no, payment_no, amount_minor, since, order_id)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::bigint[], $5::timestamptz[], $6::bytea[])

-- name: credit_waiter_update
UPDATE credit_waiter SET amount_minor = news.amount_minor
FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::bigint[], $5::timestamptz[], $6::bytea[])
    AS news (company, order_no, payment_no, amount_minor, since, order_id)
WHERE credit_waiter.company = news.company AND credit_waiter.order_no = news.order_no
  AND credit_waiter.payment_no = news.payment_no

-- name: credit_waiter_remove
DELETE FROM credit_waiter USING unnest($1::text[], $2::bigint[], $3::smallint[]) AS gone (company, order_no, payment_no)
WHERE credit_waiter.company = gone.company AND credit_waiter.order_no = gone.order_no
  AND credit_waiter.payment_no = gone.payment_no
