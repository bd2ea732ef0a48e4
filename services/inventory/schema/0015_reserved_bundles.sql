-- Reservations hold bundles by their components.

ALTER TABLE reservation_line ADD COLUMN components text COLLATE "C";
COMMENT ON COLUMN reservation_line.components IS 'Of a bundle as item.components was when it was reserved; NULL is no bundle';
COMMENT ON COLUMN reservation_line.quantity IS 'Pieces, or bundles; of a line of a reservation that was short what was asked for';
CREATE INDEX reservation_line_open_bundle ON reservation_line USING gin (bundle_skus(components)) WITH (fastupdate = off)
    WHERE components IS NOT NULL AND state <= 2;
COMMENT ON INDEX reservation_line_open_bundle IS 'Who holds an item in bundles: only while they do';

CREATE FUNCTION held_in_bundles(sku text) RETURNS TABLE (location text, order_no bigint, hold_no smallint, quantity bigint)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT line.location, line.order_no, line.hold_no, line.quantity * made_of.quantity
    FROM reservation_line AS line CROSS JOIN LATERAL bundle_components(line.components) AS made_of
    WHERE bundle_skus(line.components) @> ARRAY[$1] AND line.components IS NOT NULL AND line.state <= 2 AND line.state = 1
      AND made_of.component = $1;
END;
COMMENT ON FUNCTION held_in_bundles(text) IS 'Pieces of an item that are held as components of bundles';
