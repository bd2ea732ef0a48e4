-- While few reservations are open the planner reads all of reservation_line_open for each item, as its condition follows from that
-- of the bundles; where many become open before the table is analyzed again that takes a thousand times longer. A cast is another
-- expression: only the index of bundles answers.

DROP INDEX reservation_line_open_bundle;
CREATE INDEX reservation_line_open_bundle ON reservation_line USING gin (bundle_skus(components)) WITH (fastupdate = off)
    WHERE components IS NOT NULL AND state::integer <= 2;
COMMENT ON INDEX reservation_line_open_bundle IS 'Who holds an item in bundles: only while they do';

CREATE OR REPLACE FUNCTION held_in_bundles(sku text)
RETURNS TABLE (location text, order_no bigint, hold_no smallint, quantity bigint)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT line.location, line.order_no, line.hold_no, line.quantity * made_of.quantity
    FROM reservation_line AS line CROSS JOIN LATERAL bundle_components(line.components) AS made_of
    WHERE bundle_skus(line.components) @> ARRAY[$1] AND line.components IS NOT NULL AND line.state::integer = 1
      AND made_of.component = $1;
END;
