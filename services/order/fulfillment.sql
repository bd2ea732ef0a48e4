-- Each place's share of an order.

-- name: fulfillment_load
SELECT order_no, fulfillment_no, step, tries, deadline_at, state, replaced, location, value_minor, capture_minor,
       capture_no, shipment_no, carrier, tracking_number, tracking_status, shipped_at, delivered_at, captured,
       reservation_no, sourcing_no, payment_no, begins_on, hand_over_on, promised_earliest, promised_latest,
       zone_minutes, slips, late_at
FROM order_fulfillment WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, fulfillment_no

-- name: fulfillment_insert
INSERT INTO order_fulfillment (order_no, fulfillment_no, step, tries, deadline_at, state, replaced, location,
                               value_minor, capture_minor, capture_no, shipment_no, carrier, tracking_number,
                               tracking_status, shipped_at, delivered_at, captured, reservation_no, sourcing_no,
                               payment_no, begins_on, hand_over_on, promised_earliest, promised_latest,
                               zone_minutes, slips, late_at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::timestamptz[], $6::smallint[],
                     $7::boolean[], $8::text[], $9::bigint[], $10::bigint[], $11::smallint[], $12::smallint[],
                     $13::text[], $14::text[], $15::smallint[], $16::timestamptz[], $17::timestamptz[],
                     $18::boolean[], $19::smallint[], $20::smallint[], $21::smallint[], $22::integer[], $23::integer[],
                     $24::integer[], $25::integer[], $26::smallint[], $27::smallint[], $28::timestamptz[])

-- name: fulfillment_update
UPDATE order_fulfillment
SET step = news.step, tries = news.tries, deadline_at = news.deadline_at, state = news.state,
    replaced = news.replaced, value_minor = news.value_minor, capture_minor = news.capture_minor,
    capture_no = news.capture_no, shipment_no = news.shipment_no, carrier = news.carrier,
    tracking_number = news.tracking_number, tracking_status = news.tracking_status, shipped_at = news.shipped_at,
    delivered_at = news.delivered_at, captured = news.captured, reservation_no = news.reservation_no,
    sourcing_no = news.sourcing_no, payment_no = news.payment_no, begins_on = news.begins_on,
    hand_over_on = news.hand_over_on, promised_earliest = news.promised_earliest,
    promised_latest = news.promised_latest, zone_minutes = news.zone_minutes, slips = news.slips, late_at = news.late_at
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::timestamptz[], $6::smallint[],
            $7::boolean[], $8::text[], $9::bigint[], $10::bigint[], $11::smallint[], $12::smallint[], $13::text[],
            $14::text[], $15::smallint[], $16::timestamptz[], $17::timestamptz[], $18::boolean[],
            $19::smallint[], $20::smallint[], $21::smallint[], $22::integer[], $23::integer[], $24::integer[],
            $25::integer[], $26::smallint[], $27::smallint[], $28::timestamptz[])
    AS news (order_no, fulfillment_no, step, tries, deadline_at, state, replaced, location, value_minor,
             capture_minor, capture_no, shipment_no, carrier, tracking_number, tracking_status, shipped_at,
             delivered_at, captured, reservation_no, sourcing_no, payment_no, begins_on, hand_over_on,
             promised_earliest, promised_latest, zone_minutes, slips, late_at)
WHERE order_fulfillment.order_no = news.order_no AND order_fulfillment.fulfillment_no = news.fulfillment_no

-- name: allocation_load
SELECT order_no, fulfillment_no, line_no, quantity, value_minor, components
FROM order_allocation WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, fulfillment_no, line_no

-- name: allocation_insert
INSERT INTO order_allocation (order_no, fulfillment_no, line_no, quantity, value_minor, components)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::integer[], $5::bigint[], $6::text[])

-- name: allocation_update
-- What a bundle was made of when it was reserved stays.
UPDATE order_allocation
SET quantity = news.quantity, value_minor = news.value_minor
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::integer[], $5::bigint[], $6::text[])
    AS news (order_no, fulfillment_no, line_no, quantity, value_minor, components)
WHERE order_allocation.order_no = news.order_no AND order_allocation.fulfillment_no = news.fulfillment_no AND order_allocation.line_no = news.line_no

-- name: parcel_load
SELECT order_no, fulfillment_no, parcel_no, weight_grams, length_mm, width_mm, height_mm, contents
FROM order_parcel WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, fulfillment_no, parcel_no

-- name: parcel_insert
INSERT INTO order_parcel (order_no, fulfillment_no, parcel_no, weight_grams, length_mm, width_mm, height_mm, contents)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::integer[], $5::integer[], $6::integer[],
                     $7::integer[], $8::text[])
