-- What lies where, and its ledger.

-- name: stock_load
-- $1 SKUs; locks the rows, one order for all: by SKU, then place
SELECT sku, location, on_hand, reserved, owed, safety, version, level_asked
FROM stock WHERE sku = ANY ($1::text[]) ORDER BY sku, location FOR NO KEY UPDATE

-- name: stock_insert
INSERT INTO stock (sku, location, on_hand, reserved, owed, safety, version, level_asked)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::bigint[],
                     $8::boolean[])

-- name: stock_update
UPDATE stock
SET on_hand = news.on_hand, reserved = news.reserved, owed = news.owed, safety = news.safety, version = news.version,
    level_asked = news.level_asked
FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::bigint[], $8::boolean[])
    AS news (sku, location, on_hand, reserved, owed, safety, version, level_asked)
WHERE stock.sku = news.sku AND stock.location = news.location

-- name: ledger_insert
INSERT INTO stock_ledger (sku, location, version, kind, quantity, reason, order_no, fulfillment_no, request_id, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::smallint[], $5::integer[], $6::smallint[], $7::bigint[],
                     $8::smallint[], $9::text[], $10::timestamptz[])

-- name: adjustment_load
-- $1 request ids
SELECT request_id, sku, location, version, reason, quantity_change, on_hand, owed, digest, note, at
FROM adjustment WHERE request_id = ANY ($1::text[])

-- name: adjustment_insert
INSERT INTO adjustment (request_id, sku, location, version, reason, quantity_change, on_hand, owed, digest, note, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::smallint[], $6::integer[], $7::integer[],
                     $8::integer[], $9::bytea[], $10::text[], $11::timestamptz[])
