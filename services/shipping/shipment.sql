-- Shipments and their parcels, keyed by the order.

-- name: shipment_load
-- $1 order ids
SELECT order_id, shipment_no, order_no, state, reason, clock, fulfillment_no, location, service, currency,
       value_minor, cash_on_delivery_minor, consignee, to_country, give_up_at, failure_stage, failure_code, failed_at,
       shipped_at, delivered_at, changed_at
FROM shipment WHERE order_id = ANY ($1::bytea[]) ORDER BY order_id, shipment_no

-- name: shipment_insert
INSERT INTO shipment (order_id, shipment_no, order_no, state, reason, clock, fulfillment_no, location, service,
    currency, value_minor, cash_on_delivery_minor, consignee, to_country, give_up_at, failure_stage, failure_code,
    failed_at, shipped_at, delivered_at, changed_at)
SELECT * FROM unnest($1::bytea[], $2::smallint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::bigint[],
    $7::smallint[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::text[],
    $15::timestamptz[], $16::smallint[], $17::text[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[],
    $21::timestamptz[])

-- name: shipment_update
-- What the command said stays as it was.
UPDATE shipment
SET state = news.state, reason = news.reason, clock = news.clock, consignee = news.consignee,
    give_up_at = news.give_up_at, failure_stage = news.failure_stage, failure_code = news.failure_code,
    failed_at = news.failed_at, shipped_at = news.shipped_at, delivered_at = news.delivered_at,
    changed_at = news.changed_at
FROM unnest($1::bytea[], $2::smallint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::bigint[], $7::smallint[],
    $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::timestamptz[],
    $16::smallint[], $17::text[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[])
    AS news (order_id, shipment_no, order_no, state, reason, clock, fulfillment_no, location, service, currency,
        value_minor, cash_on_delivery_minor, consignee, to_country, give_up_at, failure_stage, failure_code,
        failed_at, shipped_at, delivered_at, changed_at)
WHERE shipment.order_id = news.order_id AND shipment.shipment_no = news.shipment_no

-- name: parcel_load
-- $1 order numbers
SELECT order_no, shipment_no, parcel_no, state, pieces, weight_grams, length_mm, width_mm, height_mm, carrier_ref,
       carrier, service, tracking_number, label_url, cost_minor, cost_currency, tracking_status, tracked_at,
       estimated_at, moved_at, delivered_at, signed_by, estimate_told_at
FROM parcel WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, shipment_no, parcel_no

-- name: parcel_insert
INSERT INTO parcel (order_no, shipment_no, parcel_no, state, pieces, weight_grams, length_mm, width_mm, height_mm,
    carrier_ref, carrier, service, tracking_number, label_url, cost_minor, cost_currency, tracking_status, tracked_at,
    estimated_at, moved_at, delivered_at, signed_by, estimate_told_at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::integer[], $6::integer[],
    $7::integer[], $8::integer[], $9::integer[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
    $15::bigint[], $16::text[], $17::smallint[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[],
    $21::timestamptz[], $22::text[], $23::timestamptz[])

-- name: parcel_update
-- How it was packed stays as it was.
UPDATE parcel
SET state = news.state, carrier_ref = news.carrier_ref, carrier = news.carrier, service = news.service,
    tracking_number = news.tracking_number, label_url = news.label_url, cost_minor = news.cost_minor,
    cost_currency = news.cost_currency, tracking_status = news.tracking_status, tracked_at = news.tracked_at,
    estimated_at = news.estimated_at, moved_at = news.moved_at, delivered_at = news.delivered_at,
    signed_by = news.signed_by, estimate_told_at = news.estimate_told_at
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::integer[], $6::integer[], $7::integer[],
    $8::integer[], $9::integer[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bigint[],
    $16::text[], $17::smallint[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[],
    $22::text[], $23::timestamptz[])
    AS news (order_no, shipment_no, parcel_no, state, pieces, weight_grams, length_mm, width_mm, height_mm,
        carrier_ref, carrier, service, tracking_number, label_url, cost_minor, cost_currency, tracking_status,
        tracked_at, estimated_at, moved_at, delivered_at, signed_by, estimate_told_at)
WHERE parcel.order_no = news.order_no AND parcel.shipment_no = news.shipment_no AND parcel.parcel_no = news.parcel_no
