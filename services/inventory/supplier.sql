-- Who sells to the shop, and on which terms.

-- name: supplier_load
-- $1 codes
SELECT code, version, name, email, language, currency, lead_time_days, location, active, buying, gather_minutes,
       address_name, company, line1, line2, city, region, postal_code, country
FROM supplier WHERE code = ANY ($1::text[])

-- name: supplier_insert
INSERT INTO supplier (code, version, name, email, language, currency, lead_time_days, location, active, buying, gather_minutes,
                      address_name, company, line1, line2, city, region, postal_code, country)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[],
                     $9::boolean[], $10::smallint[], $11::smallint[], $12::text[], $13::text[], $14::text[], $15::text[],
                     $16::text[], $17::text[], $18::text[], $19::text[])

-- name: supplier_update
UPDATE supplier
SET version = news.version, name = news.name, email = news.email, language = news.language, currency = news.currency,
    lead_time_days = news.lead_time_days, location = news.location, active = news.active, buying = news.buying,
    gather_minutes = news.gather_minutes, address_name = news.address_name, company = news.company, line1 = news.line1,
    line2 = news.line2, city = news.city, region = news.region, postal_code = news.postal_code, country = news.country
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[], $9::boolean[],
            $10::smallint[], $11::smallint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[])
    AS news (code, version, name, email, language, currency, lead_time_days, location, active, buying, gather_minutes,
             address_name, company, line1, line2, city, region, postal_code, country)
WHERE supplier.code = news.code

-- name: supplier_item_load
-- $1 SKUs
SELECT sku, supplier, version, supplier_sku, pack_size, minimum_quantity, price_minor, lead_time_days, priority, active,
       service_percent, cover_days, buying
FROM supplier_item WHERE sku = ANY ($1::text[])

-- name: supplier_item_insert
INSERT INTO supplier_item (sku, supplier, version, supplier_sku, pack_size, minimum_quantity, price_minor, lead_time_days,
                           priority, active, service_percent, cover_days, buying)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::integer[], $6::integer[], $7::bigint[],
                     $8::integer[], $9::smallint[], $10::boolean[], $11::smallint[], $12::smallint[], $13::smallint[])

-- name: supplier_item_update
UPDATE supplier_item
SET version = news.version, supplier_sku = news.supplier_sku, pack_size = news.pack_size,
    minimum_quantity = news.minimum_quantity, price_minor = news.price_minor, lead_time_days = news.lead_time_days,
    priority = news.priority, active = news.active, service_percent = news.service_percent, cover_days = news.cover_days, buying = news.buying
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::integer[], $6::integer[], $7::bigint[], $8::integer[],
            $9::smallint[], $10::boolean[], $11::smallint[], $12::smallint[], $13::smallint[])
    AS news (sku, supplier, version, supplier_sku, pack_size, minimum_quantity, price_minor, lead_time_days, priority, active,
             service_percent, cover_days, buying)
WHERE supplier_item.sku = news.sku AND supplier_item.supplier = news.supplier

-- name: purchase_gathering_load
-- $1 codes; locks the rows, behind those of stock
SELECT supplier, buying, round, location, purchase_order_id, gathers_until, items
FROM purchase_gathering WHERE supplier = ANY ($1::text[]) ORDER BY supplier, buying FOR NO KEY UPDATE

-- name: purchase_gathering_insert
INSERT INTO purchase_gathering (supplier, buying, round, location, purchase_order_id, gathers_until, items)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::integer[])

-- name: purchase_gathering_update
UPDATE purchase_gathering
SET round = news.round, location = news.location, purchase_order_id = news.purchase_order_id,
    gathers_until = news.gathers_until, items = news.items
FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::integer[])
    AS news (supplier, buying, round, location, purchase_order_id, gathers_until, items)
WHERE purchase_gathering.supplier = news.supplier AND purchase_gathering.buying = news.buying

-- name: stock_buying_load
-- $1 SKUs
SELECT sku, supplier, buying, purchase_order_id, pieces, dismissed FROM stock_buying WHERE sku = ANY ($1::text[])

-- name: stock_buying_insert
INSERT INTO stock_buying (sku, supplier, buying, purchase_order_id, pieces, dismissed)
SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[], $5::integer[], $6::bigint[])

-- name: stock_buying_update
UPDATE stock_buying
SET supplier = news.supplier, buying = news.buying, purchase_order_id = news.purchase_order_id, pieces = news.pieces,
    dismissed = news.dismissed
FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[], $5::integer[], $6::bigint[])
    AS news (sku, supplier, buying, purchase_order_id, pieces, dismissed)
WHERE stock_buying.sku = news.sku

-- name: read_supplier
-- $1 code
SELECT json_strip_nulls(json_build_object('code', code, 'supplier', json_build_object('name', name, 'email', email,
    'language', language, 'currency', currency, 'lead_time_days', lead_time_days, 'location', location, 'active', active,
    'buying', (ARRAY['no', 'draft', 'send'])[buying], 'gather_minutes', gather_minutes,
    'address', CASE WHEN line1 IS NOT NULL THEN json_build_object('name', address_name, 'company', company, 'line1', line1,
        'line2', line2, 'city', city, 'region', region, 'postal_code', postal_code, 'country', country) END),
    'version', version))::text, version::text
FROM supplier WHERE code = $1::text

-- name: read_suppliers
-- $1 cursor: code, $2 limit
SELECT json_strip_nulls(json_build_object('code', code, 'supplier', json_build_object('name', name, 'email', email,
    'language', language, 'currency', currency, 'lead_time_days', lead_time_days, 'location', location, 'active', active,
    'buying', (ARRAY['no', 'draft', 'send'])[buying], 'gather_minutes', gather_minutes,
    'address', CASE WHEN line1 IS NOT NULL THEN json_build_object('name', address_name, 'company', company, 'line1', line1,
        'line2', line2, 'city', city, 'region', region, 'postal_code', postal_code, 'country', country) END),
    'version', version))::text, code
FROM supplier WHERE code > coalesce($1::text, '') ORDER BY code LIMIT $2::bigint

-- name: read_supplier_item
-- $1 code, $2 SKU
SELECT json_strip_nulls(json_build_object('supplier', supplier, 'sku', sku, 'terms', json_build_object(
    'supplier_sku', supplier_sku, 'pack_size', pack_size, 'minimum_quantity', minimum_quantity, 'price_minor', price_minor,
    'lead_time_days', CASE WHEN lead_time_days >= 0 THEN lead_time_days END, 'priority', priority,
    'service_percent', service_percent, 'cover_days', cover_days, 'active', active,
    'buying', (ARRAY['no', 'draft', 'send'])[buying]), 'version', version))::text, version::text
FROM supplier_item WHERE supplier = $1::text AND sku = $2::text

-- name: read_supplier_items
-- $1 code, $2 cursor: SKU, $3 limit
SELECT json_strip_nulls(json_build_object('supplier', supplier, 'sku', sku, 'terms', json_build_object(
    'supplier_sku', supplier_sku, 'pack_size', pack_size, 'minimum_quantity', minimum_quantity, 'price_minor', price_minor,
    'lead_time_days', CASE WHEN lead_time_days >= 0 THEN lead_time_days END, 'priority', priority,
    'service_percent', service_percent, 'cover_days', cover_days, 'active', active,
    'buying', (ARRAY['no', 'draft', 'send'])[buying]), 'version', version))::text, sku
FROM supplier_item WHERE supplier = $1::text AND sku > coalesce($2::text, '') ORDER BY sku LIMIT $3::bigint
