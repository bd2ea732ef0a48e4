-- What fulfillment shows: each first column is the JSON of a document or of an item of a list.

-- name: read_fulfillment
-- $1 order id, $2 the fulfillment's id
SELECT view_of(fulfillment)::text, clock::text
FROM fulfillment
WHERE order_id = $1::bytea AND fulfillment_no::text = substring($2::text FROM '-F([1-9][0-9]*)$') AND state <= 5

-- name: read_order_fulfillments
-- $1 order id, $2 cursor: fulfillment_no, $3 limit
SELECT view_of(fulfillment)::text, fulfillment_no::text
FROM fulfillment
WHERE order_id = $1::bytea AND state <= 5 AND fulfillment_no > coalesce($2::bigint, 0)
ORDER BY fulfillment.fulfillment_no LIMIT $3::bigint

-- name: read_fulfillments
-- $1 state or NULL, $2 location or NULL, $3 to $5 cursor: opened_at in ms, order_no, fulfillment_no; $6 limit.
-- Each state is read by its own stretch of the index, so that old packed work is not walked over to find what is open.
SELECT view_of(found)::text, (extract(epoch FROM found.opened_at) * 1000)::bigint::text,
       found.order_no::text, found.fulfillment_no::text
FROM (VALUES ('scheduled', 1, false), ('open', 2, false), ('picked', 3, false), ('packed', 4, false),
             ('canceled', 5, false), ('on_hold', 1, true), ('on_hold', 2, true), ('on_hold', 3, true))
    AS known (name, number, held)
CROSS JOIN LATERAL (
    SELECT * FROM fulfillment
    WHERE state = known.number AND on_hold = known.held AND ($2::text IS NULL OR location = $2)
      AND (opened_at, order_no, fulfillment_no) > (to_timestamp(coalesce($3::bigint, 0) / 1000.0),
                                                   coalesce($4::bigint, 0), coalesce($5::bigint, 0))
    ORDER BY opened_at, order_no, fulfillment_no LIMIT $6::bigint) AS found
WHERE $1::text IS NULL OR known.name = $1
ORDER BY found.opened_at, found.order_no, found.fulfillment_no LIMIT $6::bigint

-- name: read_personal
-- $1 order id: what the places know of its customer
SELECT json_build_object('fulfillments', json_agg(json_strip_nulls(json_build_object('fulfillment_no', fulfillment_no,
    'ship_to', ship_to::json, 'note', note, 'place_note', place_note)) ORDER BY fulfillment_no))::text
FROM fulfillment WHERE order_id = $1::bytea AND state <= 5 HAVING count(*) > 0

-- name: read_left
-- $1 order id: a row as long as something is left of its customer
SELECT json_build_object('left', true)::text
FROM fulfillment f WHERE order_id = $1::bytea
  AND (num_nonnulls(ship_to, note, place_note) > 0
       OR EXISTS (SELECT FROM fulfillment_line l WHERE l.order_no = f.order_no AND customization IS NOT NULL))
LIMIT 1

-- name: read_pick_list
-- $1 place, $2 zone or NULL, $3 cursor: rank, $4 limit
SELECT json_strip_nulls(json_build_object('fulfillment_id', order_id_text(order_id) || '-F' || fulfillment_no, 'sku', sku,
    'quantity', quantity, 'bin', bin, 'zone', zone, 'pick_order', pick_order))::text, rank::text
FROM pick_way($1::text)
WHERE rank > coalesce($3::bigint, 0) AND ($2::text IS NULL OR zone = $2)
ORDER BY rank LIMIT $4::bigint

-- name: read_queue
-- $1 place, $2 state or NULL, $3 to $8 cursor: priority, then hand_over_by, promised_by, opened_at in ms, order_no, fulfillment_no;
-- $9 limit.  Each state is read by its own stretch of the index, in order.
SELECT view_of(found)::text, found.priority::text, (extract(epoch FROM found.hand_over_by) * 1000)::bigint::text,
       (extract(epoch FROM found.promised_by) * 1000)::bigint::text, (extract(epoch FROM found.opened_at) * 1000)::bigint::text,
       found.order_no::text, found.fulfillment_no::text
FROM (VALUES ('scheduled', 1, false), ('open', 2, false), ('picked', 3, false),
             ('on_hold', 1, true), ('on_hold', 2, true), ('on_hold', 3, true)) AS known (name, number, held)
CROSS JOIN LATERAL (
    SELECT * FROM fulfillment
    WHERE location = $1::text AND state = known.number AND state <= 3 AND on_hold = known.held
      AND (priority, hand_over_by, promised_by, opened_at, order_no, fulfillment_no)
          > (coalesce($3::bigint, 0), to_timestamp(coalesce($4::bigint, 0) / 1000.0), to_timestamp(coalesce($5::bigint, 0) / 1000.0),
             to_timestamp(coalesce($6::bigint, 0) / 1000.0), coalesce($7::bigint, 0), coalesce($8::bigint, 0))
    ORDER BY priority, hand_over_by, promised_by, opened_at, order_no, fulfillment_no LIMIT $9::bigint) AS found
WHERE $2::text IS NULL OR known.name = $2
ORDER BY found.priority, found.hand_over_by, found.promised_by, found.opened_at, found.order_no, found.fulfillment_no
LIMIT $9::bigint

-- name: read_pick_lists
-- $1 place or NULL, $2 state or NULL, $3 and $4 cursor: made_at in ms, list_id; $5 limit
SELECT pick_list_head(pick_list)::text, (extract(epoch FROM made_at) * 1000)::bigint::text, list_id
FROM pick_list
WHERE ($1::text IS NULL OR location = $1) AND ($2::text IS NULL OR state = array_position(ARRAY['open', 'picking', 'done', 'canceled'], $2))
  AND (made_at, list_id) > (to_timestamp(coalesce($3::bigint, 0) / 1000.0), coalesce($4::text, ''))
ORDER BY made_at, list_id LIMIT $5::bigint

-- name: read_pick_list_named
-- $1 id
SELECT pick_list_view(pick_list)::text, version::text FROM pick_list WHERE list_id = $1::text

-- name: read_verification
-- $1 place
SELECT json_build_object('location', code, 'pick', verify_pick)::text FROM place WHERE code = $1::text
