-- Stock held for orders.

-- name: reservation_load
-- $1 order numbers
SELECT order_no, hold_no, state, reason, clock, expires_at, reserved_at, release_no, order_id, sourcing
FROM reservation WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, hold_no

-- name: reservation_insert
INSERT INTO reservation (order_no, hold_no, state, reason, clock, expires_at, reserved_at, release_no, order_id, sourcing)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::bigint[], $6::timestamptz[],
                     $7::timestamptz[], $8::smallint[], $9::bytea[], $10::text[])

-- name: reservation_update
UPDATE reservation
SET state = news.state, reason = news.reason, clock = news.clock, expires_at = news.expires_at, release_no = news.release_no
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::bigint[], $6::timestamptz[],
            $7::timestamptz[], $8::smallint[], $9::bytea[], $10::text[])
    AS news (order_no, hold_no, state, reason, clock, expires_at, reserved_at, release_no, order_id, sourcing)
WHERE reservation.order_no = news.order_no AND reservation.hold_no = news.hold_no

-- name: reservation_line_load
-- $1 order numbers
SELECT order_no, hold_no, line_no, part_no, state, fulfillment_no, release_no, quantity, available, sku, location, components,
       expected_day
FROM reservation_line WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, hold_no, line_no, part_no

-- name: reservation_line_insert
INSERT INTO reservation_line (order_no, hold_no, line_no, part_no, state, fulfillment_no, release_no, quantity, available,
                              sku, location, components, expected_day)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[],
                     $7::smallint[], $8::integer[], $9::integer[], $10::text[], $11::text[], $12::text[], $13::integer[])

-- name: reservation_line_update
UPDATE reservation_line
SET state = news.state, fulfillment_no = news.fulfillment_no, release_no = news.release_no, quantity = news.quantity,
    location = news.location, expected_day = news.expected_day
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::smallint[],
            $8::integer[], $9::integer[], $10::text[], $11::text[], $12::text[], $13::integer[])
    AS news (order_no, hold_no, line_no, part_no, state, fulfillment_no, release_no, quantity, available, sku, location,
             components, expected_day)
WHERE reservation_line.order_no = news.order_no AND reservation_line.hold_no = news.hold_no
  AND reservation_line.line_no = news.line_no AND reservation_line.part_no = news.part_no
