-- Items and their lists, read without a lock: each row has one lane that writes it; and whose a barcode is.

-- name: item_load
-- $1 SKUs
SELECT sku, version, name, unit, product, weight_grams, length_mm, width_mm, height_mm, origin_country, customs_code,
       backorder_allowed, backorder_limit, reorder_point, reorder_quantity, active, lot_tracked, expires, serial_tracked,
       components, minimum_shelf_life_days, available_day, preorder_limit
FROM item WHERE sku = ANY ($1::text[])

-- name: item_insert
INSERT INTO item (sku, version, name, unit, product, weight_grams, length_mm, width_mm, height_mm, origin_country,
                  customs_code, backorder_allowed, backorder_limit, reorder_point, reorder_quantity, active, lot_tracked,
                  expires, serial_tracked, components, minimum_shelf_life_days, available_day, preorder_limit)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[],
                     $8::integer[], $9::integer[], $10::text[], $11::text[], $12::boolean[], $13::integer[],
                     $14::integer[], $15::integer[], $16::boolean[], $17::boolean[], $18::boolean[], $19::boolean[],
                     $20::text[], $21::smallint[], $22::integer[], $23::integer[])

-- name: item_update
UPDATE item
SET version = news.version, name = news.name, unit = news.unit, product = news.product,
    weight_grams = news.weight_grams, length_mm = news.length_mm, width_mm = news.width_mm,
    height_mm = news.height_mm, origin_country = news.origin_country, customs_code = news.customs_code,
    backorder_allowed = news.backorder_allowed, backorder_limit = news.backorder_limit,
    reorder_point = news.reorder_point, reorder_quantity = news.reorder_quantity, active = news.active,
    lot_tracked = news.lot_tracked, expires = news.expires, serial_tracked = news.serial_tracked,
    components = news.components, minimum_shelf_life_days = news.minimum_shelf_life_days,
    available_day = news.available_day, preorder_limit = news.preorder_limit
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[], $8::integer[],
            $9::integer[], $10::text[], $11::text[], $12::boolean[], $13::integer[], $14::integer[], $15::integer[],
            $16::boolean[], $17::boolean[], $18::boolean[], $19::boolean[], $20::text[], $21::smallint[],
            $22::integer[], $23::integer[])
    AS news (sku, version, name, unit, product, weight_grams, length_mm, width_mm, height_mm, origin_country,
             customs_code, backorder_allowed, backorder_limit, reorder_point, reorder_quantity, active, lot_tracked,
             expires, serial_tracked, components, minimum_shelf_life_days, available_day, preorder_limit)
WHERE item.sku = news.sku

-- name: item_barcode_load
-- $1 SKUs
SELECT sku, position, barcode FROM item_barcode WHERE sku = ANY ($1::text[])

-- name: item_barcode_insert
INSERT INTO item_barcode (sku, position, barcode)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[])

-- name: item_barcode_update
UPDATE item_barcode SET barcode = news.barcode
FROM unnest($1::text[], $2::smallint[], $3::text[]) AS news (sku, position, barcode)
WHERE item_barcode.sku = news.sku AND item_barcode.position = news.position

-- name: item_barcode_remove
DELETE FROM item_barcode USING unnest($1::text[], $2::smallint[]) AS gone (sku, position)
WHERE item_barcode.sku = gone.sku AND item_barcode.position = gone.position

-- name: item_pack_load
-- $1 SKUs
SELECT sku, position, unit, quantity, barcode FROM item_pack WHERE sku = ANY ($1::text[])

-- name: item_pack_insert
INSERT INTO item_pack (sku, position, unit, quantity, barcode)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[], $4::integer[], $5::text[])

-- name: item_pack_update
UPDATE item_pack SET unit = news.unit, quantity = news.quantity, barcode = news.barcode
FROM unnest($1::text[], $2::smallint[], $3::text[], $4::integer[], $5::text[]) AS news (sku, position, unit, quantity, barcode)
WHERE item_pack.sku = news.sku AND item_pack.position = news.position

-- name: item_pack_remove
DELETE FROM item_pack USING unnest($1::text[], $2::smallint[]) AS gone (sku, position)
WHERE item_pack.sku = gone.sku AND item_pack.position = gone.position

-- name: item_option_load
-- $1 SKUs
SELECT sku, position, name, value FROM item_option WHERE sku = ANY ($1::text[])

-- name: item_option_insert
INSERT INTO item_option (sku, position, name, value)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[])

-- name: item_option_update
UPDATE item_option SET name = news.name, value = news.value
FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[]) AS news (sku, position, name, value)
WHERE item_option.sku = news.sku AND item_option.position = news.position

-- name: item_option_remove
DELETE FROM item_option USING unnest($1::text[], $2::smallint[]) AS gone (sku, position)
WHERE item_option.sku = gone.sku AND item_option.position = gone.position

-- name: item_substitute_load
-- $1 SKUs
SELECT sku, position, substitute FROM item_substitute WHERE sku = ANY ($1::text[])

-- name: item_substitute_insert
INSERT INTO item_substitute (sku, position, substitute)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[])

-- name: item_substitute_update
UPDATE item_substitute SET substitute = news.substitute
FROM unnest($1::text[], $2::smallint[], $3::text[]) AS news (sku, position, substitute)
WHERE item_substitute.sku = news.sku AND item_substitute.position = news.position

-- name: item_substitute_remove
DELETE FROM item_substitute USING unnest($1::text[], $2::smallint[]) AS gone (sku, position)
WHERE item_substitute.sku = gone.sku AND item_substitute.position = gone.position

-- name: bundle_use_load
-- $1 components
SELECT component, bundle FROM bundle_use WHERE component = ANY ($1::text[])

-- name: bundle_use_insert
INSERT INTO bundle_use (component, bundle) SELECT * FROM unnest($1::text[], $2::text[])

-- name: bundle_use_remove
DELETE FROM bundle_use USING unnest($1::text[], $2::text[]) AS gone (component, bundle)
WHERE bundle_use.component = gone.component AND bundle_use.bundle = gone.bundle

-- name: barcode_load
-- $1 numbers.  Made where it is missing, and locked: of two lanes one finds it taken.
INSERT INTO barcode (gtin, sku) SELECT gtin, '' FROM unnest($1::bigint[]) AS gtin ORDER BY gtin
ON CONFLICT (gtin) DO UPDATE SET sku = barcode.sku
RETURNING gtin, sku

-- name: barcode_insert
-- Not reached: what is looked up is made by then.
INSERT INTO barcode (gtin, sku) SELECT * FROM unnest($1::bigint[], $2::text[])

-- name: barcode_update
UPDATE barcode SET sku = news.sku
FROM unnest($1::bigint[], $2::text[]) AS news (gtin, sku) WHERE barcode.gtin = news.gtin
