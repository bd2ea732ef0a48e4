-- Pieces are kept apart by lots, or by serial numbers, where their item says so. What is there now is not, until its item is put again.

ALTER TABLE item ADD COLUMN minimum_shelf_life_days smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN item.minimum_shelf_life_days IS 'With fewer days left a lot is not sold any more';

ALTER TABLE stock ADD COLUMN lots text;
COMMENT ON COLUMN stock.lots IS 'Which lots the pieces are of, read by lots_of(); none: they are not kept apart';

ALTER TABLE count_line ADD COLUMN lots text;
COMMENT ON COLUMN count_line.lots IS 'Lots as they were counted, read by lots_of(); none where none was named';

ALTER TABLE transfer_line ADD COLUMN lots text;
COMMENT ON COLUMN transfer_line.lots IS 'Lots as they were shipped, read by lots_of(); none where none was named';

CREATE TABLE lot_movement (
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    kind smallint NOT NULL,
    lot text COLLATE "C" NOT NULL,
    on_hand integer NOT NULL,
    damaged integer NOT NULL,
    quality_control integer NOT NULL,
    expires_day integer NOT NULL,
    order_no bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (sku, location, version, kind, lot)
);
COMMENT ON TABLE lot_movement IS 'What a movement of the ledger did to each lot, append-only: its sum is what is there of the lot';
COMMENT ON COLUMN lot_movement.version IS 'Version of the stock row that the movement made, as in the ledger';
COMMENT ON COLUMN lot_movement.kind IS 'As in stock_ledger; 5 what was there when lots began to be kept apart, 6 also what was kept apart in another way until then';
COMMENT ON COLUMN lot_movement.lot IS 'Number of the lot, or serial number of the piece; empty: nobody named it';
COMMENT ON COLUMN lot_movement.on_hand IS 'Added to what is on hand of it';
COMMENT ON COLUMN lot_movement.damaged IS 'Added to what of it is damaged';
COMMENT ON COLUMN lot_movement.quality_control IS 'Added to what of it is in quality control';
COMMENT ON COLUMN lot_movement.expires_day IS 'The last day on which it is good, since 1970-01-01; -1 when none is known';
COMMENT ON COLUMN lot_movement.order_no IS 'The order that it happened for, else 0';
COMMENT ON COLUMN lot_movement.fulfillment_no IS 'And which fulfillment of it, else 0';
CREATE INDEX lot_movement_by_lot ON lot_movement (lot, sku, at);
COMMENT ON INDEX lot_movement_by_lot IS 'Where a lot came, and to whom it went';

CREATE FUNCTION lots_of(lots text)
RETURNS TABLE (lot text, expires_day integer, received_day integer, order_no bigint, sellable integer, damaged integer,
               quality_control integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT split_part(entry, '|', 1), split_part(entry, '|', 2)::integer, split_part(entry, '|', 3)::integer,
           split_part(entry, '|', 4)::bigint, split_part(entry, '|', 5)::integer, split_part(entry, '|', 6)::integer,
           split_part(entry, '|', 7)::integer
    FROM unnest((string_to_array(lots, ' '))[4:]) AS entry
$$;
COMMENT ON FUNCTION lots_of IS 'The lots that a text of lot.c names: what is picked for an order stands by itself';

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
    'active', $1.active)))::text;
