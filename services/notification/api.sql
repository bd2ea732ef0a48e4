-- What the notification service shows.

-- name: read_messages
-- $1 order's public id, $2 its text, $3 to $5 cursor: clock, kind, which of them, $6 limit
SELECT json_strip_nulls(json_build_object('order_id', left($2::text, 30),
    'message', (ARRAY['received', 'confirmed', 'shipped', 'delivered', 'canceled', 'rejected', 'expired', 'payment_awaited',
        'payment_failed', 'choice_asked', 'reduced', 'partly_shipped', 'delayed', 'refunded', 'completed',
        'refund_reversed', 'promise_changed'])[kind],
    'shipment_id', CASE WHEN kind IN (3, 4, 12) THEN left($2::text, 30) || '-S' || event_no END,
    'state', (ARRAY['waiting', 'sending', 'told', 'undeliverable', 'silenced'])[state],
    'way', CASE WHEN state IN (2, 3) THEN 'email' END,
    'reason', (ARRAY['no_address', 'bad_address', 'refused', 'late', 'unreachable'])[nullif(reason, 0)],
    'attempts', attempts,
    'happened_at', to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'changed_at', to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text,
    customer_message.clock::text, kind::text, event_no::text
FROM contact JOIN customer_message USING (order_no)
WHERE contact.order_id = $1::bytea
  AND (customer_message.clock, kind, event_no) >
      (coalesce($3::bigint, -1), coalesce($4::bigint, 0), coalesce($5::bigint, 0))
ORDER BY customer_message.clock, customer_message.kind, customer_message.event_no LIMIT $6::bigint

-- name: read_personal
-- $1 order's public id: what is kept of its customer, and what they were told
SELECT json_strip_nulls(json_build_object('name', name, 'email', email, 'locale', locale, 'channel_order_ref', channel_order_ref,
    'messages', (SELECT coalesce(json_agg(json_build_object('message', (ARRAY['received', 'confirmed', 'shipped', 'delivered',
        'canceled', 'rejected', 'expired', 'payment_awaited', 'payment_failed', 'choice_asked', 'reduced', 'partly_shipped',
        'delayed', 'refunded', 'completed', 'refund_reversed', 'promise_changed'])[kind],
        'state', (ARRAY['waiting', 'sending', 'told', 'undeliverable', 'silenced'])[state], 'reference', reference, 'url', url,
        'tracking_number', tracking_number,
        'happened_at', to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        ORDER BY m.clock, kind, event_no), '[]'::json) FROM customer_message m WHERE m.order_no = contact.order_no)))::text
FROM contact WHERE order_id = $1::bytea

-- name: read_left
-- $1 order's public id: a row as long as something is left of its customer
SELECT json_build_object('left', true)::text
FROM contact c WHERE order_id = $1::bytea
  AND (name <> '' OR email IS NOT NULL
       OR EXISTS (SELECT FROM customer_message m WHERE m.order_no = c.order_no AND url IS NOT NULL))

-- name: read_supplier_messages
-- $1 id of a purchase order, $2 cursor: number of the mail, $3 limit
SELECT json_strip_nulls(json_build_object('purchase_order_id', purchase_order_id, 'mail_no', mail_no, 'supplier', supplier,
    'state', (ARRAY['sending', 'told', 'undeliverable'])[state],
    'reason', (ARRAY['no_address', 'bad_address', 'refused', 'late', 'unreachable'])[nullif(reason, 0)],
    'attempts', attempts,
    'asked_at', to_char(asked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'changed_at', to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text, mail_no::text
FROM supplier_message WHERE purchase_order_id = $1::text AND mail_no > coalesce($2::bigint, 0)
ORDER BY mail_no LIMIT $3::bigint
