-- The statements of the store's tests.

-- name: slip_load
SELECT order_no, line, note, body, packed_at, fragile, boxes FROM slip WHERE order_no = ANY ($1::bigint[])
ORDER BY order_no, line

-- name: slip_insert
INSERT INTO slip (order_no, line, note, body, packed_at, fragile, boxes)
SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::bytea[], $5::timestamptz[], $6::boolean[], $7::smallint[])

-- name: slip_update
UPDATE slip
SET note = news.note, body = news.body, packed_at = news.packed_at, fragile = news.fragile, boxes = news.boxes
FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::bytea[], $5::timestamptz[], $6::boolean[], $7::smallint[])
    AS news (order_no, line, note, body, packed_at, fragile, boxes)
WHERE slip.order_no = news.order_no AND slip.line = news.line

-- name: slip_remove
DELETE FROM slip USING unnest($1::bigint[], $2::integer[]) AS gone (order_no, line)
WHERE slip.order_no = gone.order_no AND slip.line = gone.line

-- name: shelf_load
SELECT sku, held FROM shelf WHERE sku = ANY ($1::text[]) ORDER BY sku FOR NO KEY UPDATE

-- name: shelf_insert
INSERT INTO shelf (sku, held) SELECT * FROM unnest($1::text[], $2::bigint[])

-- name: shelf_update
UPDATE shelf SET held = news.held FROM unnest($1::text[], $2::bigint[]) AS news (sku, held) WHERE shelf.sku = news.sku
