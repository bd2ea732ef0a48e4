-- Places and items.  Read without a lock: each row has one lane that writes it.

-- name: place_load
-- $1 codes
SELECT code, clock, automatic FROM place WHERE code = ANY ($1::text[])

-- name: place_insert
INSERT INTO place (code, clock, automatic) SELECT * FROM unnest($1::text[], $2::bigint[], $3::boolean[])

-- name: place_update
UPDATE place SET clock = news.clock, automatic = news.automatic
FROM unnest($1::text[], $2::bigint[], $3::boolean[]) AS news (code, clock, automatic)
WHERE place.code = news.code

-- name: item_load
-- $1 SKUs
SELECT sku, version, weight_grams FROM item WHERE sku = ANY ($1::text[])

-- name: item_insert
INSERT INTO item (sku, version, weight_grams) SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[])

-- name: item_update
UPDATE item SET version = news.version, weight_grams = news.weight_grams
FROM unnest($1::text[], $2::bigint[], $3::integer[]) AS news (sku, version, weight_grams)
WHERE item.sku = news.sku
