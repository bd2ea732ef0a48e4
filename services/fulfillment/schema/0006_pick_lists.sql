-- Pick lists: what somebody takes from the shelves in one walk, and the scans that verify it.

ALTER TABLE place ADD COLUMN verify_pick boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN place.verify_pick IS 'A pick list is done only when every piece was scanned';
ALTER TABLE item ADD COLUMN barcodes text;
COMMENT ON COLUMN item.barcodes IS 'GTINs without zeros before them, and how many pieces each stands for: 4006381333931 1 14006381333938 12';

CREATE TABLE pick_list (
    list_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    state smallint NOT NULL,
    location text COLLATE "C" NOT NULL,
    picker text,
    digest bytea NOT NULL,
    scan_count integer NOT NULL,
    made_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE pick_list IS 'Work of a place that is picked together; written by the lane of its id';
COMMENT ON COLUMN pick_list.list_id IS 'The request that made it';
COMMENT ON COLUMN pick_list.version IS 'Grows with each change';
COMMENT ON COLUMN pick_list.state IS '1 open, 2 picking, 3 done, 4 canceled';
COMMENT ON COLUMN pick_list.picker IS 'Who has it';
COMMENT ON COLUMN pick_list.digest IS 'Of the request''s body';
COMMENT ON COLUMN pick_list.scan_count IS 'Scans, with those that were undone';
CREATE INDEX pick_list_by_place ON pick_list (location, state, made_at, list_id);
COMMENT ON INDEX pick_list_by_place IS 'Lists of a place, the oldest first';

CREATE TABLE pick_list_line (
    list_id text COLLATE "C" NOT NULL,
    rank smallint NOT NULL,
    order_id bytea NOT NULL,
    fulfillment_no smallint NOT NULL,
    order_no bigint NOT NULL,
    sku text NOT NULL,
    quantity integer NOT NULL,
    verified integer NOT NULL,
    bin text,
    zone text,
    PRIMARY KEY (list_id, rank),
    CONSTRAINT pick_list_line_has_pieces CHECK (quantity > 0 AND verified >= 0)
);
COMMENT ON TABLE pick_list_line IS 'Pieces of an item out of a bin, for one fulfillment';
COMMENT ON COLUMN pick_list_line.rank IS 'The way through the bins';
COMMENT ON COLUMN pick_list_line.quantity IS 'As it was planned; what became short or was left out since is less';
COMMENT ON COLUMN pick_list_line.verified IS 'Of these: scanned';
COMMENT ON COLUMN pick_list_line.bin IS 'NULL: in none, as far as was known';

CREATE TABLE pick_claim (
    order_id bytea NOT NULL,
    fulfillment_no smallint NOT NULL,
    list_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (order_id, fulfillment_no)
);
COMMENT ON TABLE pick_claim IS 'Which list that is not over has a fulfillment: one at most. Written by the lanes of lists, under a lock';

CREATE TABLE pick_scan (
    list_id text COLLATE "C" NOT NULL,
    scan_id text COLLATE "C" NOT NULL,
    scan_no integer NOT NULL,
    barcode text NOT NULL,
    sku text NOT NULL,
    quantity integer NOT NULL,
    bin text,
    taken text NOT NULL,
    actor text,
    scanned_at timestamptz NOT NULL,
    undone boolean NOT NULL,
    PRIMARY KEY (list_id, scan_id)
);
COMMENT ON TABLE pick_scan IS 'What a hand-held said at the shelf';
COMMENT ON COLUMN pick_scan.scan_id IS 'The hand-held''s own: the same one counts once';
COMMENT ON COLUMN pick_scan.scan_no IS 'Counts the scans of a list from 1';
COMMENT ON COLUMN pick_scan.taken IS 'Ranks of lines and pieces: 1 2 4 1 is two for the line of rank 1 and one for that of 4';

-- Pieces that a fulfillment still needs, by item: of bundles their components.
CREATE FUNCTION pieces_needed(order_number bigint, number smallint) RETURNS TABLE (sku text, quantity bigint)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(part.sku, line.sku), sum(line.quantity * coalesce(part.quantity, 1))::bigint
    FROM fulfillment_line AS line LEFT JOIN LATERAL recipe_of(line.components) AS part ON true
    WHERE line.order_no = order_number AND line.fulfillment_no = number AND line.quantity > 0
    GROUP BY 1;
END;
COMMENT ON FUNCTION pieces_needed IS 'What is to be taken for a fulfillment';

-- The way for these fulfillments of a place: of each item who is due first takes of the bin that lies first on the way and that no other list
-- that is not over empties.
CREATE FUNCTION pick_plan(at_location text, orders bytea[], numbers integer[])
RETURNS TABLE (rank bigint, order_id bytea, fulfillment_no smallint, order_no bigint, sku text, quantity bigint, bin text, zone text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH chosen AS (
        SELECT w.order_id, w.fulfillment_no, w.order_no, at AS place
        FROM unnest(orders, numbers) WITH ORDINALITY AS named (order_id, number, at)
        JOIN fulfillment w ON w.order_id = named.order_id AND w.fulfillment_no = named.number),
    taken AS (
        SELECT c.order_id, c.fulfillment_no, c.order_no, c.place, need.sku, need.quantity AS pieces,
               sum(need.quantity) OVER (PARTITION BY need.sku ORDER BY c.place) AS until
        FROM chosen c CROSS JOIN LATERAL pieces_needed(c.order_no, c.fulfillment_no) AS need),
    planned AS (
        SELECT line.sku, line.bin, sum(line.quantity) AS pieces
        FROM pick_list list JOIN pick_list_line line ON line.list_id = list.list_id
        WHERE list.location = at_location AND list.state IN (1, 2) AND line.bin IS NOT NULL
        GROUP BY line.sku, line.bin),
    lying AS (
        SELECT s.sku, s.bin, b.zone, b.pick_order, s.quantity - coalesce(planned.pieces, 0) AS quantity,
               sum(s.quantity - coalesce(planned.pieces, 0)) OVER (PARTITION BY s.sku ORDER BY b.pick_order, s.bin) AS until
        FROM bin_stock s JOIN bin b ON b.id = s.location || ' ' || s.bin
        LEFT JOIN planned ON planned.sku = s.sku AND planned.bin = s.bin
        WHERE s.location = at_location AND s.quantity > coalesce(planned.pieces, 0)
          AND s.sku = ANY (ARRAY(SELECT DISTINCT taken.sku FROM taken))),
    way AS (
        SELECT t.order_id, t.fulfillment_no, t.order_no, t.place, t.sku,
               least(t.until, l.until) - greatest(t.until - t.pieces, l.until - l.quantity) AS pieces, l.bin, l.zone, l.pick_order
        FROM taken t JOIN lying l ON l.sku = t.sku AND l.until - l.quantity < t.until AND t.until - t.pieces < l.until
        UNION ALL
        SELECT t.order_id, t.fulfillment_no, t.order_no, t.place, t.sku, least(t.pieces, t.until - coalesce(known.pieces, 0)), NULL, NULL, NULL
        FROM taken t LEFT JOIN (SELECT lying.sku, sum(lying.quantity) AS pieces FROM lying GROUP BY lying.sku) AS known ON known.sku = t.sku
        WHERE t.until > coalesce(known.pieces, 0))
    SELECT row_number() OVER (ORDER BY way.zone NULLS LAST, way.pick_order NULLS LAST, way.bin, way.sku, way.place),
           way.order_id, way.fulfillment_no, way.order_no, way.sku, pieces::bigint, way.bin, way.zone
    FROM way;
END;
COMMENT ON FUNCTION pick_plan IS 'Lines of a pick list, by zone and then the way through its bins; what lies in none comes last';

-- What the lines of a list are worth now: nothing for what is not to be picked any more, and no more than is still needed.
CREATE FUNCTION pick_list_now(list text)
RETURNS TABLE (rank smallint, fulfillment_id text, status text, sku text, bin text, zone text, wanted bigint, verified bigint)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT line.rank, order_id_text(line.order_id) || '-F' || line.fulfillment_no,
           CASE WHEN w.on_hold THEN 'on_hold' ELSE (ARRAY['scheduled', 'open', 'picked', 'packed', 'canceled', 'canceled'])[w.state] END,
           line.sku, line.bin, line.zone,
           CASE WHEN w.state = 2 AND NOT w.on_hold THEN
               greatest(least(line.quantity, coalesce(need.quantity, 0)
                   - (sum(line.quantity) OVER (PARTITION BY line.order_id, line.fulfillment_no, line.sku ORDER BY line.rank) - line.quantity)), 0)
           ELSE 0 END::bigint, line.verified::bigint
    FROM pick_list_line line
    JOIN fulfillment w ON w.order_id = line.order_id AND w.fulfillment_no = line.fulfillment_no
    LEFT JOIN LATERAL pieces_needed(line.order_no, line.fulfillment_no) AS need ON need.sku = line.sku
    WHERE line.list_id = list;
END;
COMMENT ON FUNCTION pick_list_now IS 'Lines of a pick list, as its fulfillments are now';

CREATE FUNCTION pick_list_head(list pick_list) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
RETURN jsonb_strip_nulls(jsonb_build_object('id', (list).list_id, 'version', (list).version,
    'state', (ARRAY['open', 'picking', 'done', 'canceled'])[(list).state], 'location', (list).location, 'picker', (list).picker,
    'made_at', instant_text((list).made_at), 'changed_at', instant_text((list).changed_at)));
COMMENT ON FUNCTION pick_list_head IS 'A pick list without its lines';

CREATE FUNCTION pick_list_view(list pick_list) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH now AS (SELECT * FROM pick_list_now((list).list_id))
    SELECT pick_list_head(list) || jsonb_build_object(
        'fulfillments', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('id', fulfillment_id, 'state', status) ORDER BY first), '[]')
            FROM (SELECT fulfillment_id, status, min(rank) AS first FROM now GROUP BY 1, 2) AS member),
        'lines', (
            SELECT coalesce(jsonb_agg(shown ORDER BY first), '[]')
            FROM (SELECT min(rank) AS first, jsonb_strip_nulls(jsonb_build_object('sku', sku, 'bin', bin, 'zone', zone,
                             'quantity', sum(wanted), 'verified', sum(least(verified, wanted)),
                             'orders', jsonb_agg(jsonb_build_object('fulfillment_id', fulfillment_id, 'quantity', wanted,
                                                                    'verified', least(verified, wanted)) ORDER BY rank))) AS shown
                  FROM now WHERE wanted > 0 GROUP BY zone, bin, sku) AS line),
        'put_back', (
            SELECT coalesce(jsonb_agg(shown ORDER BY first), '[]')
            FROM (SELECT min(rank) AS first, jsonb_strip_nulls(jsonb_build_object('sku', sku, 'bin', bin,
                             'quantity', sum(verified - wanted))) AS shown
                  FROM now WHERE verified > wanted AND ((list).state = 4 OR status IN ('open', 'on_hold', 'canceled'))
                  GROUP BY bin, sku) AS back));
END;
COMMENT ON FUNCTION pick_list_view IS 'A pick list as the read API shows it';
