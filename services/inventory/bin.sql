-- Bins of places, what lies in them, and its ledger.

-- name: bin_load
-- $1 texts "<place> <code>"
SELECT id, location, code, version, zone, pick_order, kind, active FROM bin WHERE id = ANY ($1::text[])

-- name: bin_insert
INSERT INTO bin (id, location, code, version, zone, pick_order, kind, active)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::integer[], $7::smallint[], $8::boolean[])

-- name: bin_update
UPDATE bin SET version = news.version, zone = news.zone, pick_order = news.pick_order, kind = news.kind, active = news.active
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::integer[], $7::smallint[], $8::boolean[])
    AS news (id, location, code, version, zone, pick_order, kind, active)
WHERE bin.id = news.id

-- name: stock_bin_load
-- $1 SKUs, whose stock is locked
SELECT sku, location, bin, quantity FROM stock_bin WHERE sku = ANY ($1::text[]) ORDER BY sku, location, bin

-- name: stock_bin_insert
INSERT INTO stock_bin (sku, location, bin, quantity) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[])

-- name: stock_bin_update
UPDATE stock_bin SET quantity = news.quantity
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[]) AS news (sku, location, bin, quantity)
WHERE stock_bin.sku = news.sku AND stock_bin.location = news.location AND stock_bin.bin = news.bin

-- name: bin_ledger_insert
INSERT INTO bin_ledger (sku, location, version, bin, kind, quantity, order_no, request_id, actor, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::integer[], $7::bigint[], $8::text[],
                     $9::text[], $10::timestamptz[])

-- name: read_bins
-- $1 place, $2 zone or NULL, $3 and $4 cursor: pick order, code; $5 limit; in the order in which they are picked
SELECT json_strip_nulls(json_build_object('location', b.location, 'bin', b.code, 'body', json_build_object('zone', b.zone,
    'pick_order', b.pick_order, 'kind', (ARRAY['pick', 'bulk'])[b.kind], 'active', b.active),
    'items_count', s.items, 'pieces', s.pieces, 'version', b.version))::text, b.pick_order::text, b.code
FROM (
    SELECT * FROM bin
    WHERE location = $1::text AND ($2::text IS NULL OR zone = $2)
      AND ($3::bigint IS NULL OR (pick_order, code) > ($3::bigint, $4::text))
    ORDER BY pick_order, code LIMIT $5::bigint) AS b
CROSS JOIN LATERAL (SELECT count(*) AS items, coalesce(sum(quantity), 0) AS pieces
                    FROM stock_bin WHERE location = b.location AND bin = b.code AND quantity > 0) AS s
ORDER BY b.pick_order, b.code

-- name: read_bin
-- $1 place, $2 code
SELECT json_strip_nulls(json_build_object('location', b.location, 'bin', b.code, 'body', json_build_object('zone', b.zone,
    'pick_order', b.pick_order, 'kind', (ARRAY['pick', 'bulk'])[b.kind], 'active', b.active),
    'items_count', s.items, 'pieces', s.pieces, 'version', b.version))::text, b.version::text
FROM bin b
CROSS JOIN LATERAL (SELECT count(*) AS items, coalesce(sum(quantity), 0) AS pieces
                    FROM stock_bin WHERE location = b.location AND bin = b.code AND quantity > 0) AS s
WHERE b.id = $1::text || ' ' || $2::text

-- name: read_bin_contents
-- $1 place, $2 code, $3 cursor: SKU, $4 limit
SELECT json_build_object('sku', sku, 'quantity', quantity)::text, sku
FROM stock_bin WHERE location = $1::text AND bin = $2::text AND quantity > 0 AND sku > coalesce($3::text, '')
ORDER BY sku LIMIT $4::bigint

-- name: read_stock_bins
-- $1 SKU, $2 place
SELECT json_build_object('sku', s.sku, 'location', s.location, 'on_hand', s.on_hand, 'unbinned', s.on_hand - s.binned,
    'bins', (SELECT coalesce(json_agg(json_build_object('bin', i.bin, 'quantity', i.quantity) ORDER BY b.pick_order, b.code), '[]')
             FROM stock_bin i JOIN bin b ON b.id = i.location || ' ' || i.bin
             WHERE i.sku = s.sku AND i.location = s.location AND i.quantity > 0))::text
FROM stock s WHERE s.sku = $1::text AND s.location = $2::text

-- name: read_bin_ledger
-- $1 SKU, $2 place, $3 and $4 cursor: version, bin; $5 limit; the latest line first
SELECT json_strip_nulls(json_build_object('version', version, 'bin', bin,
    'kind', (ARRAY['adjusted', 'put_away', 'moved', 'picked', 'sent', 'gone'])[kind], 'quantity', quantity,
    'order_no', nullif(order_no, 0), 'request_id', request_id, 'actor', actor,
    'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text, version::text, bin
FROM bin_ledger
WHERE sku = $1::text AND location = $2::text AND ($3::bigint IS NULL OR (version, bin) < ($3::bigint, $4::text))
ORDER BY version DESC, bin DESC LIMIT $5::bigint

-- name: read_bin_suggestions
-- $1 place, $2 and $3 cursor: picks below zero, kind and SKU; $4 limit; what is picked most first. By what was picked in 30 days:
-- the oftener an item is picked, the earlier its bin should be; a bin that is refilled should hold what a week takes.
WITH picked AS MATERIALIZED (
    SELECT sku, count(*) AS picks, -sum(quantity) AS pieces FROM bin_ledger
    WHERE location = $1::text AND kind = 4 AND at > business_now() - interval '30 days' GROUP BY sku),
lies AS MATERIALIZED (
    SELECT i.sku, i.bin, i.quantity, b.kind, b.pick_order, b.active FROM stock_bin i JOIN bin b ON b.id = i.location || ' ' || i.bin
    WHERE i.location = $1::text),
front AS (
    SELECT DISTINCT ON (l.sku) l.*, coalesce(p.picks, 0) AS picks, coalesce(p.pieces, 0) AS pieces
    FROM lies l LEFT JOIN picked p ON p.sku = l.sku WHERE l.kind = 1 AND l.quantity > 0 ORDER BY l.sku, l.pick_order, l.bin),
late AS (
    SELECT *, row_number() OVER (ORDER BY picks DESC, sku) AS nth FROM (
        SELECT *, rank() OVER (ORDER BY picks DESC) AS by_picks, rank() OVER (ORDER BY pick_order) AS by_way FROM front) AS ranked
    WHERE picks > 0 AND by_picks < by_way
      AND pick_order > (SELECT min(pick_order) FROM bin b WHERE b.location = $1::text AND b.active AND b.kind = 1
                          AND NOT EXISTS (SELECT FROM lies l WHERE l.bin = b.code AND l.quantity > 0))),
empty AS (
    SELECT code, pick_order, row_number() OVER (ORDER BY pick_order, code) AS nth FROM bin b
    WHERE location = $1::text AND active AND kind = 1
      AND NOT EXISTS (SELECT FROM lies l WHERE l.bin = b.code AND l.quantity > 0)),
low AS (
    SELECT p.sku, p.picks, p.pieces, (p.pieces * 7 + 29) / 30 - held.quantity AS missing FROM picked p
    CROSS JOIN LATERAL (SELECT coalesce(sum(quantity), 0) AS quantity FROM lies l WHERE l.sku = p.sku AND l.kind = 1) AS held),
found AS (
    SELECT 'forward' AS kind, l.sku, l.picks, l.pieces, l.bin AS source, l.pick_order AS source_order, e.code AS target,
           e.pick_order AS target_order, l.quantity::bigint
    FROM late l JOIN empty e ON e.nth = l.nth WHERE e.pick_order < l.pick_order
    UNION ALL
    SELECT 'refill', w.sku, w.picks, w.pieces, source.bin, source.pick_order, target.bin, target.pick_order,
           least(w.missing, source.quantity)::bigint
    FROM low w
    CROSS JOIN LATERAL (SELECT * FROM lies l WHERE l.sku = w.sku AND l.kind = 2 AND l.quantity > 0
                        ORDER BY l.quantity DESC, l.bin LIMIT 1) AS source
    CROSS JOIN LATERAL (SELECT * FROM lies l WHERE l.sku = w.sku AND l.kind = 1 AND l.active
                        ORDER BY l.pick_order, l.bin LIMIT 1) AS target
    WHERE w.missing > 0)
SELECT json_build_object('kind', kind, 'picks', picks, 'pieces', pieces, 'from_pick_order', source_order,
    'to_pick_order', target_order, 'move', json_build_object('sku', sku, 'location', $1::text, 'from', source, 'to', target,
    'quantity', quantity))::text, (-picks)::text, kind || ' ' || sku
FROM found WHERE $2::bigint IS NULL OR (-picks, kind || ' ' || sku) > ($2::bigint, $3::text)
ORDER BY -picks, kind || ' ' || sku LIMIT $4::bigint

-- name: audit_stock_bins
-- $1 the item where the window begins ('' for the first), $2 how many items: what lies in bins is the sum of their ledger, and no
-- more than is on hand.
WITH page AS MATERIALIZED (SELECT sku FROM item WHERE sku >= $1::text ORDER BY sku LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(sku) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT s.sku, s.sku || ' at ' || s.location,
       lies || ' in bins by each of them, ' || moved || ' by their ledger, at most ' || s.on_hand || ' on hand', s.binned || ' in bins'
FROM page CROSS JOIN LATERAL (SELECT * FROM stock s WHERE s.sku = page.sku OFFSET 0) AS s
CROSS JOIN LATERAL (SELECT coalesce(sum(quantity), 0) AS lies FROM stock_bin b
                    WHERE b.sku = s.sku AND b.location = s.location) AS bins
CROSS JOIN LATERAL (SELECT coalesce(sum(quantity), 0) AS moved FROM bin_ledger l
                    WHERE l.sku = s.sku AND l.location = s.location) AS ledger
WHERE s.binned <> lies OR s.binned <> moved OR s.binned > s.on_hand
