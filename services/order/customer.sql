-- Customers, as their orders tell of them.

-- name: read_customers
-- $1 e-mail, $2 the last digits of a phone, $3 the channel's own name, of which one at least is there; $4 channel or NULL; $5
-- cursor: number of the first order of the last customer of the page before; $6 limit
WITH contact AS MATERIALIZED (
    SELECT DISTINCT customer_key(c) AS key FROM (
        (SELECT * FROM order_contact WHERE $1::text IS NOT NULL AND order_search_text(email) COLLATE "C" = order_search_text($1)
         LIMIT 1000)
        UNION ALL
        (SELECT * FROM order_contact WHERE $1 IS NULL AND phone IS NOT NULL AND order_phone_key(phone) COLLATE "C" >= reverse($2::text)
            AND order_phone_key(phone) COLLATE "C" < order_search_end(reverse($2)) LIMIT 1000)
        UNION ALL
        (SELECT * FROM order_contact WHERE $1 IS NULL AND $2 IS NULL AND channel_customer_ref = $3::text LIMIT 1000)) AS c
    WHERE ($2 IS NULL OR starts_with(order_phone_key(phone), reverse($2))) AND ($3 IS NULL OR channel_customer_ref = $3)
      AND ($4::text IS NULL OR EXISTS (SELECT FROM orders o WHERE o.order_no = c.order_no AND channel = $4))
), customer AS MATERIALIZED ( -- merged ones are found by the key of each, and are the same then
    SELECT DISTINCT array_agg(order_no ORDER BY order_no) AS numbers, (array_agg(order_no ORDER BY placed_at, order_no))[1] AS first_no
    FROM contact CROSS JOIN LATERAL customer_keys(contact.key) AS known (key)
        CROSS JOIN LATERAL customer_orders_of(known.key) AS member (order_no) JOIN orders USING (order_no)
    WHERE $4 IS NULL OR channel = $4 GROUP BY contact.key
)
SELECT customer_shown(numbers)::text, first_no::text
FROM customer WHERE $5::bigint IS NULL OR first_no > $5 ORDER BY first_no LIMIT $6::bigint

-- name: read_customer
-- $1 id, $2 channel or NULL
SELECT customer_shown(numbers)::text
FROM (SELECT array_agg(order_no) AS numbers FROM (
          SELECT customer_orders($1::text, $2::text) UNION SELECT customer_erased_orders($1, $2)) AS member (order_no)) AS c
WHERE numbers IS NOT NULL

-- name: read_customer_orders
-- $1 id, $2 channel or NULL, $3 and $4 cursor: instant in microseconds, order number; $5 limit
SELECT json_strip_nulls(json_build_object(
    'id', order_id_text(o.order_id), 'channel', o.channel, 'channel_order_ref', o.channel_order_ref, 'number', o.number,
    'status', order_status_word(o.status), 'payment_status', payment_status_word(o.payment_status),
    'fulfillment_status', fulfillment_status_word(o.fulfillment_status),
    'shopper_status', shopper_status_word(o.shopper_status), 'held', o.open_tasks > 0 OR o.open_holds > 0,
    'currency', o.currency, 'total_minor', o.total_minor,
    'customer_name', (SELECT name FROM order_contact c WHERE c.order_no = o.order_no),
    'created_at', instant_text(o.placed_at)))::text,
    (extract(epoch FROM o.placed_at) * 1000000)::bigint::text, o.order_no::text
FROM orders o
WHERE o.order_no = ANY (ARRAY(SELECT customer_orders($1::text, $2::text) UNION SELECT customer_erased_orders($1, $2)))
  AND ($3::bigint IS NULL OR (o.placed_at, o.order_no) < (to_timestamp(0) + $3::bigint * interval '1 microsecond', $4::bigint))
ORDER BY o.placed_at DESC, o.order_no DESC LIMIT $5::bigint

-- name: read_shopper_orders
-- $1 id of the customer, $2 channel or NULL, $3 and $4 cursor: instant in microseconds, order number; $5 limit
SELECT json_strip_nulls(shopper_order(o))::text, (extract(epoch FROM o.placed_at) * 1000000)::bigint::text, o.order_no::text
FROM orders o
WHERE o.order_no = ANY (ARRAY(SELECT customer_orders($1::text, $2::text)))
  AND ($3::bigint IS NULL OR (o.placed_at, o.order_no) < (to_timestamp(0) + $3::bigint * interval '1 microsecond', $4::bigint))
ORDER BY o.placed_at DESC, o.order_no DESC LIMIT $5::bigint

-- name: read_shopper_order
-- $1 id of the customer, $2 channel or NULL, $3 public id of the order
SELECT json_strip_nulls(shopper_order(o))::text
FROM submission s JOIN orders o USING (order_no)
WHERE s.order_id = $3::bytea AND o.order_no = ANY (ARRAY(SELECT customer_orders($1::text, $2::text)))

-- name: read_customer_traces
-- $1 id, $2 channel or NULL: what is kept of them beside their orders
WITH who AS MATERIALIZED (
    SELECT DISTINCT unnest(ARRAY['email:' || lower(email), 'phone:' || translate(phone, translate(phone, '0123456789', ''), ''),
        'token:' || lower(payment_token)]) AS key
    FROM order_contact WHERE order_no = ANY (ARRAY(SELECT customer_orders($1::text, $2::text)))
)
SELECT json_build_object(
    'ordered_lately', (SELECT coalesce(json_agg(json_build_object('by', split_part(key, ':', 1), 'last_at', instant_text(last_at))
        ORDER BY key), '[]'::json) FROM velocity JOIN who USING (key) WHERE last_at IS NOT NULL),
    'blocked', (SELECT coalesce(json_agg(block_entry_shown(b) ORDER BY entry), '[]'::json)
        FROM block_list b JOIN who ON key = entry WHERE entry NOT LIKE 'token:%'),
    'drafts', (SELECT coalesce(json_agg(draft_shown(d) ORDER BY made_at), '[]'::json)
        FROM draft d WHERE order_id = ANY (ARRAY(SELECT customer_drafts($1, $2)))))::text
FROM (SELECT) AS one WHERE EXISTS (SELECT FROM who) OR EXISTS (SELECT FROM customer_erased_orders($1, $2))

-- name: read_customer_personal
-- $1 id, $2 channel or NULL, $3 and $4 cursor: instant in microseconds, order number; $5 limit
SELECT json_strip_nulls(json_build_object('id', order_id_text(o.order_id), 'channel', o.channel,
    'channel_order_ref', o.channel_order_ref, 'number', o.number, 'status', order_status_word(o.status),
    'currency', o.currency, 'total_minor', o.total_minor, 'placed_at', instant_text(o.placed_at),
    'customer', order_customer(o.order_no), 'ship_to', order_ship_to(o.order_no), 'bill_to', order_bill_to(o.order_no),
    'payment_method', payment_method_word(o.payment_method), 'payment_token_kept', c.payment_token IS NOT NULL,
    'payment_action_url', o.payment_action_url, 'return_url', c.return_url, 'note', c.note,
    'lines', (SELECT coalesce(json_agg(json_build_object('line_no', line_no, 'sku', sku, 'quantity', quantity,
        'unit_price_minor', unit_price_minor, 'customization', customization::json) ORDER BY line_no), '[]'::json)
        FROM order_line WHERE order_no = o.order_no),
    'notes', (SELECT json_agg(json_build_object('note', note, 'written_at', instant_text(written_at)) ORDER BY note_no)
        FROM note WHERE order_no = o.order_no),
    'holds', (SELECT json_agg(json_build_object('reason', hold_reason_word(reason), 'note', note, 'held_at', instant_text(held_at))
        ORDER BY hold_no) FROM hold WHERE order_no = o.order_no),
    'screening', order_screening(o.order_no),
    'edits', (SELECT json_agg(json_build_object('note', note, 'proposed_at', instant_text(proposed_at)) ORDER BY edit_no)
        FROM order_edit WHERE order_no = o.order_no AND note IS NOT NULL)))::text,
    (extract(epoch FROM o.placed_at) * 1000000)::bigint::text, o.order_no::text
FROM orders o JOIN order_contact c USING (order_no)
WHERE o.order_no = ANY (ARRAY(SELECT customer_orders($1::text, $2::text)))
  AND ($3::bigint IS NULL OR (o.placed_at, o.order_no) < (to_timestamp(0) + $3::bigint * interval '1 microsecond', $4::bigint))
ORDER BY o.placed_at DESC, o.order_no DESC LIMIT $5::bigint

-- name: customer_merge_load
SELECT customer_id, version, into_id, into_order_no, order_no, changed_by, changed_at
FROM customer_merge WHERE customer_id = ANY ($1::text[])

-- name: customer_merge_insert
INSERT INTO customer_merge (customer_id, version, into_id, into_order_no, order_no, changed_by, changed_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::timestamptz[])

-- name: customer_merge_update
UPDATE customer_merge
SET version = news.version, into_id = news.into_id, into_order_no = news.into_order_no, order_no = news.order_no,
    changed_by = news.changed_by, changed_at = news.changed_at
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::timestamptz[])
    AS news (customer_id, version, into_id, into_order_no, order_no, changed_by, changed_at)
WHERE customer_merge.customer_id = news.customer_id

-- name: read_customer_merge
-- $1 id of the customer
SELECT customer_merge_shown(m)::text, version::text FROM customer_merge m WHERE customer_id = $1::text

-- name: read_customer_erasure
-- $1 id of the customer
SELECT shown::text FROM customer_erasure_shown($1::text) AS shown WHERE shown IS NOT NULL

-- name: customer_order_load
-- No table: who orders is known by the indexes of the search. One more than are erased at once.
SELECT asked.customer_id, o.order_no, o.order_id, o.step IN (10, 11) AND o.open_tasks = 0
FROM unnest($1::text[]) AS asked (customer_id)
CROSS JOIN LATERAL (
    SELECT * FROM (SELECT customer_orders(asked.customer_id, NULL) UNION
                   SELECT customer_erased_orders(asked.customer_id, NULL)) AS each (order_no)
    ORDER BY order_no LIMIT 2001) AS member
JOIN orders o USING (order_no) ORDER BY asked.customer_id, o.order_no

-- name: customer_erasure_load
SELECT customer_id, request_id, asked_by, asked_at FROM customer_erasure WHERE customer_id = ANY ($1::text[])

-- name: customer_erasure_insert
INSERT INTO customer_erasure (customer_id, request_id, asked_by, asked_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])

-- name: customer_erasure_update
UPDATE customer_erasure SET request_id = news.request_id, asked_by = news.asked_by, asked_at = news.asked_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS news (customer_id, request_id, asked_by, asked_at)
WHERE customer_erasure.customer_id = news.customer_id

-- name: customer_erasure_order_insert
-- Asked again, most of them are there.
INSERT INTO customer_erasure_order (customer_id, order_no) SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (customer_id, order_no) DO NOTHING

-- name: order_erasure_load
SELECT order_no, erased_at FROM order_erasure WHERE order_no = ANY ($1::bigint[])

-- name: order_erasure_insert
INSERT INTO order_erasure (order_no, erased_at) SELECT * FROM unnest($1::bigint[], $2::timestamptz[])
