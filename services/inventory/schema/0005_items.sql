-- Items in depth: units, packs, barcodes, variants, substitutes, and how their pieces are told apart.

ALTER TABLE item
    ADD COLUMN unit text,
    ADD COLUMN product text COLLATE "C",
    ADD COLUMN lot_tracked boolean NOT NULL DEFAULT false,
    ADD COLUMN expires boolean NOT NULL DEFAULT false,
    ADD COLUMN serial_tracked boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN item.unit IS 'Base unit, which stock and orders count; NULL is piece';
COMMENT ON COLUMN item.product IS 'The product that it is a variant of';
COMMENT ON COLUMN item.lot_tracked IS 'Kept apart by lots';
COMMENT ON COLUMN item.expires IS 'Its lots have a last day';
COMMENT ON COLUMN item.serial_tracked IS 'Each piece has a number of its own';
CREATE INDEX item_by_product ON item (product, sku) WHERE product IS NOT NULL;
COMMENT ON INDEX item_by_product IS 'Lists the variants of a product';

CREATE TABLE item_barcode (
    sku text COLLATE "C" NOT NULL,
    position smallint NOT NULL,
    barcode text NOT NULL,
    PRIMARY KEY (sku, position)
);
COMMENT ON TABLE item_barcode IS 'Barcodes of one base unit; written by the lane of the SKU, as are the other lists of an item';
COMMENT ON COLUMN item_barcode.position IS 'Counts from 1, in the order in which they were given';
COMMENT ON COLUMN item_barcode.barcode IS 'GTIN as it was given';

CREATE TABLE item_pack (
    sku text COLLATE "C" NOT NULL,
    position smallint NOT NULL,
    unit text NOT NULL,
    quantity integer NOT NULL,
    barcode text,
    PRIMARY KEY (sku, position)
);
COMMENT ON TABLE item_pack IS 'Larger units of an item';
COMMENT ON COLUMN item_pack.position IS 'Counts from 1, in the order in which they were given';
COMMENT ON COLUMN item_pack.unit IS 'What it is called';
COMMENT ON COLUMN item_pack.quantity IS 'So many base units are in it';
COMMENT ON COLUMN item_pack.barcode IS 'GTIN as it was given, if it has its own';

CREATE TABLE item_option (
    sku text COLLATE "C" NOT NULL,
    position smallint NOT NULL,
    name text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (sku, position)
);
COMMENT ON TABLE item_option IS 'Which variant of its product an item is';
COMMENT ON COLUMN item_option.position IS 'Counts from 1, in the order in which they were given';
COMMENT ON COLUMN item_option.name IS 'What is chosen, such as size';
COMMENT ON COLUMN item_option.value IS 'And how it is here';

CREATE TABLE item_substitute (
    sku text COLLATE "C" NOT NULL,
    position smallint NOT NULL,
    substitute text COLLATE "C" NOT NULL,
    PRIMARY KEY (sku, position)
);
COMMENT ON TABLE item_substitute IS 'What may be offered instead';
COMMENT ON COLUMN item_substitute.position IS 'Counts from 1, the best first';
COMMENT ON COLUMN item_substitute.substitute IS 'SKU; perhaps of no item yet';

CREATE TABLE barcode (
    gtin bigint PRIMARY KEY,
    sku text COLLATE "C" NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE barcode IS 'Whose a barcode is, of an item or its pack; locked by its number by every batch that gives or takes one';
COMMENT ON COLUMN barcode.gtin IS 'Its number, which zeros before it do not change';
COMMENT ON COLUMN barcode.sku IS 'The item that has it; empty where none has';

-- What was a barcode of another kind is no GTIN; of two items with the same the first in the alphabet keeps it.
INSERT INTO barcode (gtin, sku)
SELECT barcode::bigint, min(sku) FROM item
WHERE barcode ~ '^([0-9]{8}|[0-9]{12,14})$' AND (
    SELECT sum(CASE WHEN (length(barcode) - digit) % 2 = 1 THEN 3 ELSE 1 END * substr(barcode, digit, 1)::integer) % 10
    FROM generate_series(1, length(barcode)) AS digit) = 0
GROUP BY barcode::bigint;
INSERT INTO item_barcode (sku, position, barcode)
SELECT item.sku, 1, item.barcode
FROM item JOIN barcode ON barcode.sku = item.sku
WHERE item.barcode ~ '^([0-9]{8}|[0-9]{12,14})$' AND item.barcode::bigint = barcode.gtin;
ALTER TABLE item DROP COLUMN barcode;

CREATE FUNCTION item_document(item) RETURNS text
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
    'lot_tracked', $1.lot_tracked, 'expires', $1.expires, 'serial_tracked', $1.serial_tracked,
    'weight_grams', nullif($1.weight_grams, -1), 'length_mm', nullif($1.length_mm, -1),
    'width_mm', nullif($1.width_mm, -1), 'height_mm', nullif($1.height_mm, -1),
    'origin_country', $1.origin_country, 'customs_code', $1.customs_code,
    'backorder_allowed', $1.backorder_allowed, 'backorder_limit', nullif($1.backorder_limit, -1),
    'reorder_point', nullif($1.reorder_point, -1), 'reorder_quantity', nullif($1.reorder_quantity, -1),
    'active', $1.active)))::text;
COMMENT ON FUNCTION item_document(item) IS 'An item as it is shown';
