-- Purchase orders whose mail did not arrive.

-- name: purchase_alert_load
-- $1 ids of purchase orders
SELECT purchase_order_id, version, supplier, state, times, mail_no, email, reason, opened_at, closed_at, acknowledged_at,
       acknowledged_by, note
FROM purchase_alert WHERE purchase_order_id = ANY ($1::text[])

-- name: purchase_alert_insert
INSERT INTO purchase_alert (purchase_order_id, version, supplier, state, times, mail_no, email, reason, opened_at, closed_at,
                            acknowledged_at, acknowledged_by, note)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::smallint[], $5::integer[], $6::integer[], $7::text[],
                     $8::smallint[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[])

-- name: purchase_alert_update
UPDATE purchase_alert
SET version = news.version, state = news.state, times = news.times, mail_no = news.mail_no, email = news.email,
    reason = news.reason, opened_at = news.opened_at, closed_at = news.closed_at, acknowledged_at = news.acknowledged_at,
    acknowledged_by = news.acknowledged_by, note = news.note
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::smallint[], $5::integer[], $6::integer[], $7::text[],
            $8::smallint[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[])
    AS news (purchase_order_id, version, supplier, state, times, mail_no, email, reason, opened_at, closed_at,
             acknowledged_at, acknowledged_by, note)
WHERE purchase_alert.purchase_order_id = news.purchase_order_id

-- name: read_purchase_alerts
-- $1 state or NULL for what is not closed, $2 supplier or NULL, $3 and $4 cursor: milliseconds, id; $5 limit; what waited longest first
SELECT purchase_alert_shown(a.purchase_order_id)::text, (extract(epoch FROM a.opened_at) * 1000)::bigint::text, a.purchase_order_id
FROM (
    (SELECT * FROM purchase_alert WHERE state < 3 AND $1::text IS DISTINCT FROM 'closed'
        AND ($1 IS NULL OR state = array_position(ARRAY['open', 'acknowledged'], $1))
        AND ($2::text IS NULL OR supplier = $2)
        AND ($3::bigint IS NULL OR (opened_at, purchase_order_id) > (to_timestamp($3::bigint / 1000.0), $4::text))
     ORDER BY opened_at, purchase_order_id LIMIT $5::bigint)
    UNION ALL
    (SELECT * FROM purchase_alert WHERE state = 3 AND $1 = 'closed'
        AND ($2 IS NULL OR supplier = $2)
        AND ($3 IS NULL OR (opened_at, purchase_order_id) > (to_timestamp($3::bigint / 1000.0), $4::text))
     ORDER BY opened_at, purchase_order_id LIMIT $5::bigint)) AS a
ORDER BY a.opened_at, a.purchase_order_id LIMIT $5::bigint
