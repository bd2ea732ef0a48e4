-- Items and places.  Read without a lock: each row has one lane that writes it.

-- name: item_load
-- $1 SKUs
SELECT sku, version, name, barcode, weight_grams, length_mm, width_mm, height_mm, origin_country, customs_code,
       backorder_allowed, backorder_limit, reorder_point, reorder_quantity, active
FROM item WHERE sku = ANY ($1::text[])

-- name: item_insert
INSERT INTO item (sku, version, name, barcode, weight_grams, length_mm, width_mm, height_mm, origin_country, customs_code,
                  backorder_allowed, backorder_limit, reorder_point, reorder_quantity, active)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::integer[],
                     $8::integer[], $9::text[], $10::text[], $11::boolean[], $12::integer[], $13::integer[],
                     $14::integer[], $15::boolean[])

-- name: item_update
UPDATE item
SET version = news.version, name = news.name, barcode = news.barcode, weight_grams = news.weight_grams,
    length_mm = news.length_mm, width_mm = news.width_mm, height_mm = news.height_mm,
    origin_country = news.origin_country, customs_code = news.customs_code,
    backorder_allowed = news.backorder_allowed, backorder_limit = news.backorder_limit,
    reorder_point = news.reorder_point, reorder_quantity = news.reorder_quantity, active = news.active
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::integer[], $8::integer[],
            $9::text[], $10::text[], $11::boolean[], $12::integer[], $13::integer[], $14::integer[], $15::boolean[])
    AS news (sku, version, name, barcode, weight_grams, length_mm, width_mm, height_mm, origin_country, customs_code,
             backorder_allowed, backorder_limit, reorder_point, reorder_quantity, active)
WHERE item.sku = news.sku

-- name: location_load
-- $1 networks: all their places
SELECT network, code, version, name, kind, priority, active, automatic, address_name, company, line1, line2, city, region,
       postal_code, country
FROM location WHERE network = ANY ($1::smallint[]) ORDER BY network, code

-- name: location_insert
INSERT INTO location (network, code, version, name, kind, priority, active, automatic, address_name, company, line1, line2, city,
                      region, postal_code, country)
SELECT * FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::smallint[],
                     $7::boolean[], $8::boolean[], $9::text[], $10::text[], $11::text[], $12::text[],
                     $13::text[], $14::text[], $15::text[], $16::text[])

-- name: location_update
UPDATE location
SET version = news.version, name = news.name, kind = news.kind, priority = news.priority, active = news.active,
    automatic = news.automatic,
    address_name = news.address_name, company = news.company, line1 = news.line1, line2 = news.line2,
    city = news.city, region = news.region, postal_code = news.postal_code, country = news.country
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::smallint[], $7::boolean[],
            $8::boolean[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
            $16::text[])
    AS news (network, code, version, name, kind, priority, active, automatic, address_name, company, line1, line2, city, region,
             postal_code, country)
WHERE location.network = news.network AND location.code = news.code
