-- What shipping shows: each first column is the JSON of a document or of an item of a list.

-- name: read_shipment
-- $1 order id, $2 the shipment's id
SELECT json_strip_nulls(view_of(shipment))::text, clock::text
FROM shipment
WHERE order_id = $1::bytea AND shipment_no::text = substring($2::text FROM '-S([1-9][0-9]*)$') AND state <= 8

-- name: read_labels
-- $1 order id, $2 the shipment's id
SELECT json_strip_nulls(json_build_object(
    'shipment_id', $2::text,
    'labels', (
        SELECT coalesce(json_agg(json_build_object('parcel_no', parcel_no, 'tracking_number', tracking_number,
                                                   'url', label_url) ORDER BY parcel_no), '[]')
        FROM parcel
        WHERE parcel.order_no = shipment.order_no AND parcel.shipment_no = shipment.shipment_no
          AND parcel.state = 4 AND label_url IS NOT NULL)))::text
FROM shipment
WHERE order_id = $1::bytea AND shipment_no::text = substring($2::text FROM '-S([1-9][0-9]*)$') AND state <= 8

-- name: read_order_shipments
-- $1 order id, $2 cursor: shipment_no, $3 limit
SELECT json_strip_nulls(view_of(shipment))::text, shipment_no::text
FROM shipment
WHERE order_id = $1::bytea AND state <= 8 AND shipment_no > coalesce($2::bigint, 0)
ORDER BY shipment.shipment_no LIMIT $3::bigint

-- name: read_personal
-- $1 order id: where its parcels go, and who took them
SELECT json_build_object('shipments', json_agg(json_strip_nulls(json_build_object('shipment_no', shipment_no,
    'to_country', to_country, 'consignee', nullif(consignee, '')::json, 'parcels', (
        SELECT coalesce(json_agg(json_build_object('parcel_no', parcel_no, 'carrier', carrier, 'tracking_number', tracking_number,
            'label_url', label_url, 'signed_by', signed_by) ORDER BY parcel_no), '[]'::json)
        FROM parcel WHERE parcel.order_no = shipment.order_no AND parcel.shipment_no = shipment.shipment_no)))
    ORDER BY shipment_no))::text
FROM shipment WHERE order_id = $1::bytea AND state <= 8 HAVING count(*) > 0

-- name: read_left
-- $1 order id: a row as long as something is left of its customer
SELECT json_build_object('left', true)::text
FROM shipment s WHERE order_id = $1::bytea AND state <= 8
  AND (consignee <> '' OR EXISTS (
      SELECT FROM parcel p WHERE p.order_no = s.order_no AND num_nonnulls(signed_by, label_url) > 0))
LIMIT 1
