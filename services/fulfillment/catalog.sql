-- Places and items.  Read without a lock: each row has one lane that writes it.

-- name: place_load
-- $1 codes
SELECT code, clock, automatic, verify_pick FROM place WHERE code = ANY ($1::text[])

-- name: place_insert
INSERT INTO place (code, clock, automatic, verify_pick)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::boolean[], $4::boolean[])

-- name: place_update
UPDATE place SET clock = news.clock, automatic = news.automatic, verify_pick = news.verify_pick
FROM unnest($1::text[], $2::bigint[], $3::boolean[], $4::boolean[]) AS news (code, clock, automatic, verify_pick)
WHERE place.code = news.code

-- name: item_load
-- $1 SKUs
SELECT sku, version, weight_grams, barcodes FROM item WHERE sku = ANY ($1::text[])

-- name: item_insert
INSERT INTO item (sku, version, weight_grams, barcodes)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[])

-- name: item_update
UPDATE item SET version = news.version, weight_grams = news.weight_grams, barcodes = news.barcodes
FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[]) AS news (sku, version, weight_grams, barcodes)
WHERE item.sku = news.sku

-- name: bin_load
-- $1 texts "<place> <code>"
SELECT id, location, code, clock, zone, pick_order FROM bin WHERE id = ANY ($1::text[])

-- name: bin_insert
INSERT INTO bin (id, location, code, clock, zone, pick_order)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::integer[])

-- name: bin_update
UPDATE bin SET clock = news.clock, zone = news.zone, pick_order = news.pick_order
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::integer[])
    AS news (id, location, code, clock, zone, pick_order)
WHERE bin.id = news.id

-- name: bin_stock_load
-- $1 SKUs
SELECT sku, location, bin, clock, quantity FROM bin_stock WHERE sku = ANY ($1::text[])

-- name: bin_stock_insert
INSERT INTO bin_stock (sku, location, bin, clock, quantity)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::integer[])

-- name: bin_stock_update
UPDATE bin_stock SET clock = news.clock, quantity = news.quantity
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::integer[]) AS news (sku, location, bin, clock, quantity)
WHERE bin_stock.sku = news.sku AND bin_stock.location = news.location AND bin_stock.bin = news.bin
