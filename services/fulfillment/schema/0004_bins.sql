-- Bins of the places, and what lies in them, as inventory told it last: who picks is led from bin to bin.

CREATE TABLE bin (
    id text COLLATE "C" PRIMARY KEY,
    location text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    clock bigint NOT NULL,
    zone text,
    pick_order integer NOT NULL
);
COMMENT ON TABLE bin IS 'Bins; written by the lane of the place';
COMMENT ON COLUMN bin.id IS 'The place, a space, the code';
COMMENT ON COLUMN bin.clock IS 'Of the fact that told it';
COMMENT ON COLUMN bin.pick_order IS 'Who picks comes by the lowest first';

CREATE TABLE bin_stock (
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    bin text COLLATE "C" NOT NULL,
    clock bigint NOT NULL,
    quantity integer NOT NULL,
    PRIMARY KEY (sku, location, bin)
) WITH (fillfactor = 70);
COMMENT ON TABLE bin_stock IS 'An item in a bin; written by the lane of the SKU';
COMMENT ON COLUMN bin_stock.clock IS 'Of the fact that told it';

-- What open work of a place takes from the shelves: of each item who was opened first takes of the bin that lies first on the way.
CREATE FUNCTION pick_way(at_location text) RETURNS TABLE (rank bigint, order_id bytea, fulfillment_no smallint, sku text, quantity bigint,
                                                    bin text, zone text, pick_order integer)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH wanted AS (
        SELECT w.order_id, w.fulfillment_no, w.order_no, w.opened_at, coalesce(part.sku, line.sku) AS sku,
               sum(line.quantity * coalesce(part.quantity, 1)) AS pieces
        FROM fulfillment w JOIN fulfillment_line line ON line.order_no = w.order_no AND line.fulfillment_no = w.fulfillment_no
        LEFT JOIN LATERAL recipe_of(line.components) AS part ON true
        WHERE w.location = at_location AND w.state = 2 AND NOT w.on_hold AND line.quantity > 0
        GROUP BY w.order_id, w.fulfillment_no, w.order_no, w.opened_at, 5),
    taken AS (
        SELECT *, sum(pieces) OVER (PARTITION BY wanted.sku ORDER BY opened_at, order_no, wanted.fulfillment_no) AS until FROM wanted),
    lying AS (
        SELECT s.sku, s.bin, b.zone, b.pick_order, s.quantity,
               sum(s.quantity) OVER (PARTITION BY s.sku ORDER BY b.pick_order, s.bin) AS until
        FROM bin_stock s JOIN bin b ON b.id = s.location || ' ' || s.bin
        WHERE s.location = at_location AND s.quantity > 0 AND s.sku IN (SELECT wanted.sku FROM wanted)),
    way AS (
        SELECT t.order_id, t.fulfillment_no, t.opened_at, t.sku,
               least(t.until, l.until) - greatest(t.until - t.pieces, l.until - l.quantity) AS pieces, l.bin, l.zone, l.pick_order
        FROM taken t JOIN lying l ON l.sku = t.sku AND l.until - l.quantity < t.until AND t.until - t.pieces < l.until
        UNION ALL
        SELECT t.order_id, t.fulfillment_no, t.opened_at, t.sku, least(t.pieces, t.until - coalesce(known.pieces, 0)), NULL, NULL, NULL
        FROM taken t LEFT JOIN (SELECT lying.sku, sum(lying.quantity) AS pieces FROM lying GROUP BY lying.sku) AS known ON known.sku = t.sku
        WHERE t.until > coalesce(known.pieces, 0))
    SELECT row_number() OVER (ORDER BY way.pick_order NULLS LAST, way.bin, way.sku, opened_at, way.order_id, way.fulfillment_no),
           way.order_id, way.fulfillment_no, way.sku, pieces::bigint, way.bin, way.zone, way.pick_order
    FROM way;
END;
COMMENT ON FUNCTION pick_way IS 'The pick list of a place, in the order of its bins; what lies in none comes last';
