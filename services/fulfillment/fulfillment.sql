-- Fulfillments with their lines and parcels, keyed by the order.

-- name: fulfillment_load
-- $1 order ids
SELECT order_id, fulfillment_no, order_no, state, reason, clock, location, shipping_service, ship_to, note, opened_at,
       changed_at, change_no, order_hold, place_hold, place_note, priority, hand_over_by, promised_by
FROM fulfillment WHERE order_id = ANY ($1::bytea[]) ORDER BY order_id, fulfillment_no

-- name: fulfillment_insert
INSERT INTO fulfillment (order_id, fulfillment_no, order_no, state, reason, clock, location, shipping_service, ship_to,
                         note, opened_at, changed_at, change_no, order_hold, place_hold, place_note, priority,
                         hand_over_by, promised_by)
SELECT * FROM unnest($1::bytea[], $2::smallint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::bigint[], $7::text[],
                     $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::smallint[],
                     $14::smallint[], $15::smallint[], $16::text[], $17::smallint[], $18::timestamptz[], $19::timestamptz[])

-- name: fulfillment_update
-- What the command said stays as it was, or is erased.
UPDATE fulfillment
SET ship_to = news.ship_to, note = news.note, state = news.state, reason = news.reason, clock = news.clock, opened_at = news.opened_at,
    changed_at = news.changed_at, change_no = news.change_no, order_hold = news.order_hold,
    place_hold = news.place_hold, place_note = news.place_note, priority = news.priority
FROM unnest($1::bytea[], $2::smallint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::bigint[], $7::text[],
            $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::smallint[],
            $14::smallint[], $15::smallint[], $16::text[], $17::smallint[], $18::timestamptz[], $19::timestamptz[])
    AS news (order_id, fulfillment_no, order_no, state, reason, clock, location, shipping_service, ship_to, note,
             opened_at, changed_at, change_no, order_hold, place_hold, place_note, priority, hand_over_by, promised_by)
WHERE fulfillment.order_id = news.order_id AND fulfillment.fulfillment_no = news.fulfillment_no

-- name: line_load
-- $1 order numbers
SELECT order_no, fulfillment_no, line_no, sku, quantity, customization, components
FROM fulfillment_line WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, fulfillment_no, line_no

-- name: line_insert
INSERT INTO fulfillment_line (order_no, fulfillment_no, line_no, sku, quantity, customization, components)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::text[], $5::integer[], $6::text[], $7::text[])

-- name: line_update
-- Pieces are taken out, and what is the shopper's own may be erased; all else stays as the command said.
UPDATE fulfillment_line SET quantity = news.quantity, customization = news.customization
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::text[], $5::integer[], $6::text[], $7::text[])
    AS news (order_no, fulfillment_no, line_no, sku, quantity, customization, components)
WHERE fulfillment_line.order_no = news.order_no AND fulfillment_line.fulfillment_no = news.fulfillment_no
  AND fulfillment_line.line_no = news.line_no

-- name: parcel_load
-- $1 order numbers
SELECT order_no, fulfillment_no, parcel_no, weight_grams, length_mm, width_mm, height_mm
FROM parcel WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, fulfillment_no, parcel_no

-- name: parcel_insert
INSERT INTO parcel (order_no, fulfillment_no, parcel_no, weight_grams, length_mm, width_mm, height_mm)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::integer[], $5::integer[], $6::integer[],
                     $7::integer[])

-- name: parcel_line_load
-- $1 order numbers
SELECT order_no, fulfillment_no, parcel_no, line_no, quantity
FROM parcel_line WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, fulfillment_no, parcel_no, line_no

-- name: parcel_line_insert
INSERT INTO parcel_line (order_no, fulfillment_no, parcel_no, line_no, quantity)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::integer[])

-- name: shortage_load
-- $1 order numbers
SELECT order_no, fulfillment_no, report, line_no, quantity, reason, components
FROM shortage WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, fulfillment_no, report, line_no

-- name: shortage_insert
INSERT INTO shortage (order_no, fulfillment_no, report, line_no, quantity, reason, components)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::smallint[], $5::integer[], $6::smallint[],
                     $7::text[])
