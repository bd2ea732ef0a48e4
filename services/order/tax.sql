-- What is charged where, and how items are taxed.

-- name: tax_area_load
-- $1 codes
SELECT code, version, name, shipping_class, rates, changed_at FROM tax_area WHERE code = ANY ($1::text[])

-- name: tax_area_insert
INSERT INTO tax_area (code, version, name, shipping_class, rates, changed_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::smallint[], $5::text[], $6::timestamptz[])

-- name: tax_area_update
UPDATE tax_area
SET version = news.version, name = news.name, shipping_class = news.shipping_class, rates = news.rates, changed_at = news.changed_at
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::smallint[], $5::text[], $6::timestamptz[])
    AS news (code, version, name, shipping_class, rates, changed_at)
WHERE tax_area.code = news.code

-- name: tax_area_version_load
-- $1 codes
SELECT code, version, name, shipping_class, rates, changed_at
FROM tax_area_version WHERE code = ANY ($1::text[]) ORDER BY code, version

-- name: tax_area_version_insert
INSERT INTO tax_area_version (code, version, name, shipping_class, rates, changed_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::smallint[], $5::text[], $6::timestamptz[])

-- name: tax_item_load
-- $1 SKUs
SELECT sku, version, tax_class FROM tax_item WHERE sku = ANY ($1::text[])

-- name: tax_item_insert
INSERT INTO tax_item (sku, version, tax_class) SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[])

-- name: tax_item_update
UPDATE tax_item SET version = news.version, tax_class = news.tax_class
FROM unnest($1::text[], $2::bigint[], $3::smallint[]) AS news (sku, version, tax_class) WHERE tax_item.sku = news.sku

-- name: read_tax_areas
-- $1 cursor: code, $2 limit
SELECT tax_rates_shown(code, version, name, shipping_class, rates, changed_at)::text, code
FROM tax_area WHERE code > coalesce($1::text, '') ORDER BY code LIMIT $2::bigint

-- name: read_tax_area
-- $1 code
SELECT tax_rates_shown(code, version, name, shipping_class, rates, changed_at)::text, version::text
FROM tax_area WHERE code = $1::text

-- name: read_tax_area_versions
-- $1 code, $2 cursor: version, $3 limit; the newest first
SELECT tax_rates_shown(code, version, name, shipping_class, rates, changed_at)::text, version::text
FROM tax_area_version WHERE code = $1::text AND version < coalesce($2::bigint, 9223372036854775807)
ORDER BY version DESC LIMIT $3::bigint

-- name: read_tax_classes
-- $1 cursor: SKU, $2 limit
SELECT json_build_object('sku', sku, 'tax_class', tax_class_word(tax_class), 'version', version)::text, sku
FROM tax_item WHERE sku > coalesce($1::text, '') ORDER BY sku LIMIT $2::bigint

-- name: read_tax_class
-- $1 SKU
SELECT json_build_object('sku', sku, 'tax_class', tax_class_word(tax_class), 'version', version)::text, version::text
FROM tax_item WHERE sku = $1::text
