-- What the payment service shows: the first column is the JSON of a document or of an item of a list.

-- name: read_payment
-- $1 public id of the order, $2 public id of the payment
SELECT json_strip_nulls(json_build_object('id', left($2::text, 30) || '-P' || payment_no, 'order_id', left($2::text, 30),
    'state', (ARRAY['created', 'requires_action', 'authorizing', 'authorized', 'capturing', 'partially_captured',
                    'captured', 'voiding', 'voided', 'failed', 'expired'])[state],
    'method', (ARRAY['card', 'bank_transfer', 'cash_on_delivery', 'invoice', 'prepaid'])[method], 'currency', currency,
    'amount_minor', amount_minor, 'authorized_minor', authorized_minor, 'captured_minor', captured_minor,
    'released_minor', released_minor, 'refunded_minor', refunded_minor,
    'provider', CASE WHEN provider_ref IS NOT NULL THEN 'stripe' END, 'provider_ref', provider_ref, 'code', code,
    'action_url', CASE WHEN state = 2 THEN action_url END,
    'expires_at', CASE WHEN state = 2 THEN to_char(action_expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END,
    'captures', (SELECT coalesce(json_agg(json_build_object('id', left($2::text, 30) || '-C' || capture_no,
            'state', (ARRAY['waiting', 'sent', 'succeeded', 'failed'])[c.state], 'amount_minor', c.amount_minor,
            'code', c.code, 'at', to_char(c.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
            ORDER BY capture_no), '[]'::json)
        FROM payment_capture c WHERE c.order_no = payment.order_no AND c.payment_no = payment.payment_no),
    'refunds', (SELECT coalesce(json_agg(json_build_object('id', left($2::text, 30) || '-B' || refund_no,
            'state', (ARRAY['waiting', 'sent', 'pending', 'succeeded', 'failed'])[r.state], 'amount_minor', r.amount_minor,
            'code', r.code, 'provider_ref', r.provider_ref,
            'at', to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
            ORDER BY refund_no), '[]'::json)
        FROM payment_refund r WHERE r.order_no = payment.order_no AND r.payment_no = payment.payment_no),
    'events', (SELECT coalesce(json_agg(json_build_object(
            'kind', (ARRAY['request', 'success', 'failure', 'adjustment'])[kind],
            'operation', (ARRAY['authorize', 'capture', 'void', 'refund'])[operation],
            'operation_id', CASE operation WHEN 2 THEN left($2::text, 30) || '-C' || operation_no
                                           WHEN 4 THEN left($2::text, 30) || '-B' || operation_no END,
            'amount_minor', e.amount_minor, 'code', e.code,
            'at', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
            ORDER BY event_no), '[]'::json)
        FROM payment_event e WHERE e.order_no = payment.order_no AND e.payment_no = payment.payment_no),
    'changed_at', to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text
FROM payment WHERE order_id = $1::bytea AND '-P' || payment_no = substr($2::text, 31)

-- name: read_payments
-- $1 and $2 public id of the order as bytes and text, $3 cursor: payment_no, $4 limit
SELECT json_strip_nulls(json_build_object('id', left($2::text, 30) || '-P' || payment_no, 'order_id', left($2::text, 30),
    'state', (ARRAY['created', 'requires_action', 'authorizing', 'authorized', 'capturing', 'partially_captured',
                    'captured', 'voiding', 'voided', 'failed', 'expired'])[state],
    'method', (ARRAY['card', 'bank_transfer', 'cash_on_delivery', 'invoice', 'prepaid'])[method], 'currency', currency,
    'amount_minor', amount_minor, 'authorized_minor', authorized_minor, 'captured_minor', captured_minor,
    'released_minor', released_minor, 'refunded_minor', refunded_minor,
    'provider', CASE WHEN provider_ref IS NOT NULL THEN 'stripe' END, 'provider_ref', provider_ref, 'code', code,
    'action_url', CASE WHEN state = 2 THEN action_url END,
    'expires_at', CASE WHEN state = 2 THEN to_char(action_expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END,
    'captures', (SELECT coalesce(json_agg(json_build_object('id', left($2::text, 30) || '-C' || capture_no,
            'state', (ARRAY['waiting', 'sent', 'succeeded', 'failed'])[c.state], 'amount_minor', c.amount_minor,
            'code', c.code, 'at', to_char(c.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
            ORDER BY capture_no), '[]'::json)
        FROM payment_capture c WHERE c.order_no = payment.order_no AND c.payment_no = payment.payment_no),
    'refunds', (SELECT coalesce(json_agg(json_build_object('id', left($2::text, 30) || '-B' || refund_no,
            'state', (ARRAY['waiting', 'sent', 'pending', 'succeeded', 'failed'])[r.state], 'amount_minor', r.amount_minor,
            'code', r.code, 'provider_ref', r.provider_ref,
            'at', to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
            ORDER BY refund_no), '[]'::json)
        FROM payment_refund r WHERE r.order_no = payment.order_no AND r.payment_no = payment.payment_no),
    'events', (SELECT coalesce(json_agg(json_build_object(
            'kind', (ARRAY['request', 'success', 'failure', 'adjustment'])[kind],
            'operation', (ARRAY['authorize', 'capture', 'void', 'refund'])[operation],
            'operation_id', CASE operation WHEN 2 THEN left($2::text, 30) || '-C' || operation_no
                                           WHEN 4 THEN left($2::text, 30) || '-B' || operation_no END,
            'amount_minor', e.amount_minor, 'code', e.code,
            'at', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
            ORDER BY event_no), '[]'::json)
        FROM payment_event e WHERE e.order_no = payment.order_no AND e.payment_no = payment.payment_no),
    'changed_at', to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text, payment_no
FROM payment WHERE order_id = $1::bytea AND payment_no > coalesce($3::bigint, 0)
ORDER BY payment_no LIMIT $4::bigint
