-- Bundles: items without stock of their own, made of components.

ALTER TABLE item ADD COLUMN components text COLLATE "C";
COMMENT ON COLUMN item.components IS 'Of a bundle: component and pieces in one bundle, words with a space between ("A 2 B 1"); NULL is no bundle';

ALTER TABLE backorder
    ADD COLUMN bundle boolean NOT NULL DEFAULT false,
    ADD COLUMN in_bundles integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT backorder_bundles_never_negative CHECK (in_bundles >= 0);
COMMENT ON TABLE backorder IS 'What lanes have to agree on about an item, one row each, made with it: pieces that orders wait for, and bundles; locked behind the stock by every batch that promises';
COMMENT ON COLUMN backorder.bundle IS 'The item is a bundle: only the lane of the SKU changes it';
COMMENT ON COLUMN backorder.in_bundles IS 'So many bundles have the item as a component';

CREATE FUNCTION bundle_components(components text) RETURNS TABLE (component text, quantity bigint, "position" bigint)
    LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT word[2 * i - 1], word[2 * i]::bigint, i::bigint
    FROM string_to_array($1, ' ') AS word CROSS JOIN generate_series(1, cardinality(word) / 2) AS i;
END;
COMMENT ON FUNCTION bundle_components(text) IS 'Components of a bundle as rows';

CREATE FUNCTION bundle_skus(components text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
RETURN (SELECT array_agg(word ORDER BY n) FROM unnest(string_to_array($1, ' ')) WITH ORDINALITY AS of (word, n) WHERE n % 2 = 1);
COMMENT ON FUNCTION bundle_skus(text) IS 'SKUs of the components of a bundle, for indexes';

CREATE INDEX item_by_component ON item USING gin (bundle_skus(components)) WHERE components IS NOT NULL;
COMMENT ON INDEX item_by_component IS 'Bundles that have an item as a component';

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
    'weight_grams', nullif($1.weight_grams, -1), 'length_mm', nullif($1.length_mm, -1),
    'width_mm', nullif($1.width_mm, -1), 'height_mm', nullif($1.height_mm, -1),
    'origin_country', $1.origin_country, 'customs_code', $1.customs_code,
    'backorder_allowed', $1.backorder_allowed, 'backorder_limit', nullif($1.backorder_limit, -1),
    'reorder_point', nullif($1.reorder_point, -1), 'reorder_quantity', nullif($1.reorder_quantity, -1),
    'active', $1.active)))::text;
