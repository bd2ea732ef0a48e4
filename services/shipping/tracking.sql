-- What is known of tracking numbers, each in the lane of the number.

-- name: tracking_load
-- $1 tracking numbers
SELECT tracking_number, order_id, order_no, shipment_no, parcel_no
FROM tracking WHERE tracking_number = ANY ($1::text[])

-- name: tracking_insert
INSERT INTO tracking (tracking_number, order_id, order_no, shipment_no, parcel_no)
SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::smallint[], $5::smallint[])

-- name: tracking_update
-- A carrier gives a number out again when it is old enough: the newest label counts.
UPDATE tracking
SET order_id = news.order_id, order_no = news.order_no, shipment_no = news.shipment_no, parcel_no = news.parcel_no
FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::smallint[], $5::smallint[])
    AS news (tracking_number, order_id, order_no, shipment_no, parcel_no)
WHERE tracking.tracking_number = news.tracking_number

-- name: early_load
-- $1 tracking numbers
SELECT tracking_number, event_id, provider, account, body, received_at
FROM early_event WHERE tracking_number = ANY ($1::text[]) ORDER BY tracking_number, event_id

-- name: early_insert
INSERT INTO early_event (tracking_number, event_id, provider, account, body, received_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])

-- name: early_remove
DELETE FROM early_event
USING unnest($1::text[], $2::text[]) AS gone (tracking_number, event_id)
WHERE early_event.tracking_number = gone.tracking_number AND early_event.event_id = gone.event_id
