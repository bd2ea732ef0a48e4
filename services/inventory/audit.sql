-- What must hold of stock. $1 the item where the window begins ('' for the first), $2 how many items
-- -> first where the next window begins, null at the end; then what is wrong: item, subject, expected, found.
-- What belongs to the rows of a window is found by key, one by one: OFFSET 0 keeps the planner, who knows nothing of the
-- window, from reading the whole table instead.

-- name: audit_stock_on_hand
WITH page AS MATERIALIZED (SELECT sku FROM item WHERE sku >= $1::text ORDER BY sku LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(sku) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT s.sku, s.sku || ' at ' || s.location, moved || ' on hand, the sum of its ledger', s.on_hand || ' on hand'
FROM page CROSS JOIN LATERAL (SELECT * FROM stock s WHERE s.sku = page.sku OFFSET 0) AS s
CROSS JOIN LATERAL (SELECT coalesce(sum(l.quantity), 0) AS moved FROM stock_ledger l
                    WHERE l.sku = s.sku AND l.location = s.location AND l.counter = 1) AS ledger
WHERE s.on_hand <> moved

-- name: audit_stock_counters
-- Of the other counters, which have a ledger as well.
WITH page AS MATERIALIZED (SELECT sku FROM item WHERE sku >= $1::text ORDER BY sku LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(sku) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT s.sku, s.sku || ' at ' || s.location, moved || ' ' || name || ', the sum of its ledger', pieces || ' ' || name
FROM page CROSS JOIN LATERAL (SELECT * FROM stock s WHERE s.sku = page.sku OFFSET 0) AS s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(l.quantity) FILTER (WHERE l.counter = 2), 0) AS damaged,
           coalesce(sum(l.quantity) FILTER (WHERE l.counter = 3), 0) AS quality_control,
           coalesce(sum(l.quantity) FILTER (WHERE l.counter = 4), 0) AS safety,
           coalesce(sum(l.quantity) FILTER (WHERE l.counter = 5), 0) AS incoming
    FROM stock_ledger l WHERE l.sku = s.sku AND l.location = s.location AND l.counter > 1) AS l
CROSS JOIN LATERAL (VALUES ('damaged', s.damaged, l.damaged), ('in quality control', s.quality_control, l.quality_control),
                           ('kept back', s.safety, l.safety), ('incoming', s.incoming, l.incoming))
    AS counter (name, pieces, moved)
WHERE pieces <> moved

-- name: audit_stock_reserved
WITH page AS MATERIALIZED (SELECT sku FROM item WHERE sku >= $1::text ORDER BY sku LIMIT $2::bigint),
held AS MATERIALIZED (
    SELECT l.sku, l.location, sum(l.quantity) AS quantity
    FROM page CROSS JOIN LATERAL (
        SELECT sku, location, quantity::bigint FROM reservation_line l
        WHERE l.sku = page.sku AND l.state = 1 AND l.components IS NULL
        UNION ALL
        SELECT page.sku, location, quantity FROM held_in_bundles(page.sku)
        UNION ALL
        SELECT sku, source, held FROM transfer_line t
        WHERE t.sku = page.sku AND (held > 0 OR in_transit > 0) AND held > 0 OFFSET 0) AS l
    GROUP BY l.sku, l.location)
SELECT CASE WHEN count(*) = $2 THEN max(sku) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT sku, sku || ' at ' || location, coalesce(h.quantity, 0) || ' reserved, the sum of open reservations and transfers',
       coalesce(s.reserved, 0) || ' reserved'
FROM (SELECT s.sku, s.location, s.reserved
      FROM page CROSS JOIN LATERAL (SELECT * FROM stock s WHERE s.sku = page.sku OFFSET 0) AS s) AS s FULL JOIN held h USING (sku, location)
WHERE coalesce(s.reserved, 0) <> coalesce(h.quantity, 0)

-- name: audit_stock_incoming
-- What transfers and purchase orders bring is booked by another lane a moment later.
WITH page AS MATERIALIZED (SELECT sku FROM item WHERE sku >= $1::text ORDER BY sku LIMIT $2::bigint),
brought AS MATERIALIZED (
    SELECT l.sku, l.location, sum(l.pieces) AS pieces
    FROM page CROSS JOIN LATERAL (
        SELECT sku, destination AS location, in_transit AS pieces FROM transfer_line t
        WHERE t.sku = page.sku AND (held > 0 OR in_transit > 0) AND in_transit > 0
        UNION ALL
        SELECT sku, location, outstanding FROM purchase_order_line p
        WHERE p.sku = page.sku AND outstanding > 0 OFFSET 0) AS l
    GROUP BY l.sku, l.location)
SELECT CASE WHEN count(*) = $2 THEN max(sku) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT sku, sku || ' at ' || location, coalesce(b.pieces, 0) || ' incoming, the sum of what transfers and purchase orders bring',
       coalesce(s.incoming, 0) || ' incoming'
FROM (SELECT s.sku, s.location, s.incoming
      FROM page CROSS JOIN LATERAL (SELECT * FROM stock s WHERE s.sku = page.sku OFFSET 0) AS s) AS s FULL JOIN brought b USING (sku, location)
WHERE coalesce(s.incoming, 0) <> coalesce(b.pieces, 0)

-- name: audit_stock_buying
-- The lane of an item and that of a draft say the same, a moment later.
WITH page AS MATERIALIZED (SELECT sku FROM item WHERE sku >= $1::text ORDER BY sku LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(sku) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT sku, sku, asked.pieces || ' in drafts for who waits', coalesce(line.quantity, 0) || ' in drafts for who waits'
FROM page CROSS JOIN LATERAL (SELECT purchase_order_id, pieces FROM stock_buying b WHERE b.sku = page.sku OFFSET 0) AS asked
LEFT JOIN LATERAL (SELECT state FROM purchase_order p WHERE p.purchase_order_id = asked.purchase_order_id OFFSET 0) AS ordered
    ON ordered.state = 1
LEFT JOIN LATERAL (SELECT quantity FROM purchase_order_line l
    WHERE l.purchase_order_id = asked.purchase_order_id AND l.sku = page.sku OFFSET 0) AS line ON ordered.state IS NOT NULL
WHERE asked.pieces <> coalesce(line.quantity, 0)

-- name: audit_stock_promised
WITH page AS MATERIALIZED (SELECT sku FROM item WHERE sku >= $1::text ORDER BY sku LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(sku) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT s.sku, s.sku || ' at ' || s.location, 'at most ' || sellable + s.owed || ' reserved (' || s.on_hand || ' on hand, '
       || sellable || ' of it sellable, ' || s.owed || ' owed), nothing below 0', s.reserved || ' reserved'
FROM page CROSS JOIN LATERAL (
    SELECT *, on_hand - damaged - quality_control AS sellable FROM stock s WHERE s.sku = page.sku OFFSET 0) AS s
WHERE s.reserved > sellable + s.owed
   OR least(s.on_hand, s.reserved, s.owed, s.damaged, s.quality_control, s.safety, s.incoming, sellable) < 0

-- name: audit_stock_owed
WITH page AS MATERIALIZED (SELECT sku FROM item WHERE sku >= $1::text ORDER BY sku LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(sku) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT s.sku, s.sku || ' at ' || s.location, 'nothing owed for long', s.owed || ' owed'
FROM page CROSS JOIN LATERAL (SELECT * FROM stock s WHERE s.sku = page.sku AND s.owed > 0 OFFSET 0) AS s

-- name: audit_backorders
WITH page AS MATERIALIZED (SELECT sku FROM item WHERE sku >= $1::text ORDER BY sku LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(sku) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT page.sku, page.sku, waiting || ' waited for, the sum of who waits', coalesce(b.pieces, 0) || ' waited for'
FROM page LEFT JOIN LATERAL (SELECT * FROM backorder b WHERE b.sku = page.sku OFFSET 0) AS b ON true
CROSS JOIN LATERAL (SELECT coalesce(sum(l.quantity), 0) AS waiting FROM reservation_line l
                    WHERE l.sku = page.sku AND l.state = 2) AS line
WHERE coalesce(b.pieces, 0) <> waiting

-- name: audit_reservation_lines
-- Here the window is one of orders.
WITH page AS MATERIALIZED (
    SELECT DISTINCT order_no FROM (
        SELECT order_no FROM reservation_line WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0)
        ORDER BY order_no LIMIT $2::bigint) AS line)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT l.order_no::text, 'order ' || l.order_no || ', reservation ' || l.hold_no, 'nothing held: it is not open',
       sum(l.quantity) || ' pieces held or waited for'
FROM page
CROSS JOIN LATERAL (SELECT * FROM reservation_line l WHERE l.order_no = page.order_no OFFSET 0) AS l
LEFT JOIN LATERAL (
    SELECT * FROM reservation r WHERE r.order_no = l.order_no AND r.hold_no = l.hold_no OFFSET 0) AS r ON true
WHERE l.state <= 2 AND coalesce(r.state, 0) NOT IN (1, 2)
GROUP BY l.order_no, l.hold_no

-- name: audit_held_stock
-- $1 and $2 the first and the last order -> what is held for them, as the order service asks for it
SELECT json_build_object(
    'items', (SELECT coalesce(json_agg(json_build_object('key', order_no::text, 'subject', order_text, 'held', what,
                 'told', what)), '[]'::json)
              FROM (SELECT l.order_no, audit_order_id(r.order_id) AS order_text,
                           'holds ' || sum(l.quantity) || ' pieces' AS what
                    FROM reservation r CROSS JOIN LATERAL (
                        SELECT * FROM reservation_line l
                        WHERE l.order_no = r.order_no AND l.hold_no = r.hold_no OFFSET 0) AS l
                    WHERE r.order_no BETWEEN $1::bigint AND $2::bigint AND r.state IN (1, 2) AND l.state <= 2
                    GROUP BY l.order_no, r.order_id ORDER BY l.order_no LIMIT 1000) AS held),
    'marks', (SELECT coalesce(json_agg(json_build_object('lane', lane, 'written', written, 'applied', applied)), '[]'::json)
              FROM audit_marks_of('inventory.events', 'inventory.commands')))::text

-- name: audit_stock_lots
-- Where lots are kept apart they are all that is there, and each is what its movements say.
WITH page AS MATERIALIZED (SELECT sku FROM item WHERE sku >= $1::text ORDER BY sku LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(sku) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT s.sku, s.sku || ' at ' || s.location, found.expected, found.found
FROM page CROSS JOIN LATERAL (SELECT * FROM stock s WHERE s.sku = page.sku AND s.lots IS NOT NULL OFFSET 0) AS s
CROSS JOIN LATERAL (
    SELECT s.on_hand || ' on hand, ' || s.damaged || ' damaged, ' || s.quality_control || ' in quality control' AS expected,
           'lots of ' || coalesce(sum(sellable + damaged + quality_control), 0) || ', ' || coalesce(sum(damaged), 0) || ' and '
           || coalesce(sum(quality_control), 0) AS found
    FROM lots_of(s.lots)
    HAVING coalesce(sum(sellable + damaged + quality_control), 0) <> s.on_hand OR coalesce(sum(damaged), 0) <> s.damaged
        OR coalesce(sum(quality_control), 0) <> s.quality_control
    UNION ALL
    SELECT 'lot "' || lot || '": ' || coalesce(moved, 0) || ' on hand, the sum of its movements',
           coalesce(pieces, 0) || ' on hand'
    FROM (SELECT lot, sum(sellable + damaged + quality_control) AS pieces FROM lots_of(s.lots) GROUP BY lot) AS entry
    FULL JOIN (SELECT lot, sum(on_hand) AS moved FROM lot_movement m WHERE m.sku = s.sku AND m.location = s.location
               GROUP BY lot) AS ledger USING (lot)
    WHERE coalesce(pieces, 0) <> coalesce(moved, 0)) AS found
