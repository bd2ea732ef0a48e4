-- Items are sold before they exist: until their day orders wait for them, and nothing is given to anybody.

ALTER TABLE item
    ADD COLUMN available_day integer NOT NULL DEFAULT 0,
    ADD COLUMN preorder_limit integer NOT NULL DEFAULT -1;
COMMENT ON COLUMN item.available_day IS 'A pre-order until this day comes, since 1970-01-01 (UTC); 0: it is none';
COMMENT ON COLUMN item.preorder_limit IS 'So many pieces are pre-ordered at most, of all orders together; -1: any number';

ALTER TABLE backorder ADD COLUMN held_until integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN backorder.held_until IS 'The day, since 1970-01-01, until which nothing of the item is given to who waits; 0: it is not held back';

CREATE FUNCTION held_until(sku text) RETURNS date
    LANGUAGE sql STABLE
RETURN (SELECT date '1970-01-01' + nullif(backorder.held_until, 0) FROM backorder WHERE backorder.sku = $1);
COMMENT ON FUNCTION held_until(text) IS 'The day until which an item is held back, the rule of stock_held_until() in stock.c; none: it is not';

CREATE OR REPLACE FUNCTION bundle_stock(components text) RETURNS TABLE (location text, available bigint)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT stock.location, min(CASE WHEN location.active AND held_until(stock.sku) IS NULL THEN stock_available(stock) ELSE 0 END
                               / made_of.quantity)
    FROM bundle_components($1) AS made_of JOIN stock ON stock.sku = made_of.component
    JOIN location ON location.network = 1 AND location.code = stock.location
    GROUP BY stock.location HAVING count(*) = cardinality(bundle_skus($1));
END;

CREATE OR REPLACE FUNCTION item_document(item) RETURNS text
    LANGUAGE sql STABLE
RETURN json_strip_nulls(json_build_object('sku', $1.sku, 'version', $1.version, 'item', json_build_object(
    'name', $1.name, 'unit', $1.unit,
    'barcodes', (SELECT json_agg(barcode ORDER BY position) FROM item_barcode WHERE sku = $1.sku),
    'packs', (SELECT json_agg(json_build_object('unit', unit, 'quantity', quantity, 'barcode', barcode) ORDER BY position)
              FROM item_pack WHERE sku = $1.sku),
    'product', $1.product,
    'options', (SELECT json_agg(json_build_object('name', name, 'value', value) ORDER BY position)
                FROM item_option WHERE sku = $1.sku),
    'substitutes', (SELECT json_agg(substitute ORDER BY position) FROM item_substitute WHERE sku = $1.sku),
    'components', (SELECT json_agg(json_build_object('sku', component, 'quantity', quantity) ORDER BY "position")
                   FROM bundle_components($1.components)),
    'lot_tracked', $1.lot_tracked, 'expires', $1.expires, 'serial_tracked', $1.serial_tracked,
    'minimum_shelf_life_days', nullif($1.minimum_shelf_life_days, 0),
    'weight_grams', nullif($1.weight_grams, -1), 'length_mm', nullif($1.length_mm, -1),
    'width_mm', nullif($1.width_mm, -1), 'height_mm', nullif($1.height_mm, -1),
    'origin_country', $1.origin_country, 'customs_code', $1.customs_code,
    'backorder_allowed', $1.backorder_allowed, 'backorder_limit', nullif($1.backorder_limit, -1),
    'reorder_point', nullif($1.reorder_point, -1), 'reorder_quantity', nullif($1.reorder_quantity, -1),
    'available_from', CASE WHEN $1.available_day > 0 THEN date '1970-01-01' + $1.available_day END,
    'preorder_limit', nullif($1.preorder_limit, -1),
    'active', $1.active)))::text;
