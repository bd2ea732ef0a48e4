-- What lies where, who waits for it, and its ledger.

-- name: stock_load
-- $1 SKUs; locks the rows, one order for all: by SKU, then place
SELECT sku, location, on_hand, reserved, owed, safety, damaged, quality_control, incoming, version, level_asked, lots,
       binned, level_at
FROM stock WHERE sku = ANY ($1::text[]) ORDER BY sku, location FOR NO KEY UPDATE

-- name: stock_insert
INSERT INTO stock (sku, location, on_hand, reserved, owed, safety, damaged, quality_control, incoming, version, level_asked, lots,
                   binned, level_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::integer[],
                     $8::integer[], $9::integer[], $10::bigint[], $11::boolean[], $12::text[], $13::integer[],
                     $14::timestamptz[])

-- name: stock_update
UPDATE stock
SET on_hand = news.on_hand, reserved = news.reserved, owed = news.owed, safety = news.safety,
    damaged = news.damaged, quality_control = news.quality_control, incoming = news.incoming, version = news.version,
    level_asked = news.level_asked, lots = news.lots, binned = news.binned, level_at = news.level_at
FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::integer[],
            $9::integer[], $10::bigint[], $11::boolean[], $12::text[], $13::integer[], $14::timestamptz[])
    AS news (sku, location, on_hand, reserved, owed, safety, damaged, quality_control, incoming, version, level_asked, lots, binned,
             level_at)
WHERE stock.sku = news.sku AND stock.location = news.location

-- name: backorder_load
-- $1 SKUs; locks the rows, behind those of the stock
SELECT sku, pieces, bundle, in_bundles, held_until, buy_asked FROM backorder WHERE sku = ANY ($1::text[]) ORDER BY sku
FOR NO KEY UPDATE

-- name: backorder_insert
INSERT INTO backorder (sku, pieces, bundle, in_bundles, held_until, buy_asked)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::boolean[], $4::integer[], $5::integer[], $6::boolean[])

-- name: backorder_update
UPDATE backorder SET pieces = news.pieces, bundle = news.bundle, in_bundles = news.in_bundles, held_until = news.held_until,
    buy_asked = news.buy_asked
FROM unnest($1::text[], $2::bigint[], $3::boolean[], $4::integer[], $5::integer[], $6::boolean[])
    AS news (sku, pieces, bundle, in_bundles, held_until, buy_asked)
WHERE backorder.sku = news.sku

-- name: claimant_load
-- $1 SKUs, whose stock is locked; of each a hundred who hold where pieces are owed, those that are asked first, and a thousand
-- who wait, those that are served first: the rules sort them again
SELECT asked.sku, claim.location, claim.order_no, claim.hold_no, claim.quantity, claim.reserved_at, claim.order_id,
       claim.expected_day
FROM unnest($1::text[]) AS asked (sku) CROSS JOIN LATERAL (
    (SELECT part.location, part.order_no, part.hold_no, sum(part.quantity)::bigint AS quantity, reservation.reserved_at,
            reservation.order_id, 0 AS expected_day
     FROM stock
     JOIN LATERAL (
         SELECT location, order_no, hold_no, quantity::bigint FROM reservation_line AS line
         WHERE line.sku = stock.sku AND line.location = stock.location AND line.state = 1
         UNION ALL SELECT location, order_no, hold_no, quantity FROM held_in_bundles(stock.sku) AS bundled
         WHERE bundled.location = stock.location) AS part ON true
     JOIN reservation ON reservation.order_no = part.order_no AND reservation.hold_no = part.hold_no
     WHERE stock.sku = asked.sku AND stock.owed > 0
     GROUP BY part.location, part.order_no, part.hold_no, reservation.reserved_at, reservation.order_id
     ORDER BY reservation.reserved_at DESC, part.order_no DESC, part.hold_no DESC, part.location
     LIMIT 100)
    UNION ALL
    (SELECT part.location, part.order_no, part.hold_no, sum(part.quantity) AS quantity, reservation.reserved_at,
            reservation.order_id, CASE WHEN min(part.expected_day) > 0 THEN max(part.expected_day) ELSE 0 END AS expected_day
     FROM reservation_line AS part
     JOIN reservation ON reservation.order_no = part.order_no AND reservation.hold_no = part.hold_no
     WHERE part.sku = asked.sku AND part.location = '' AND part.state = 2
     GROUP BY part.location, part.order_no, part.hold_no, reservation.reserved_at, reservation.order_id
     ORDER BY reservation.reserved_at, part.order_no, part.hold_no
     LIMIT 1000)) AS claim

-- name: stock_moved_load
-- $1 texts "<SKU> <place> <milliseconds>", of stock that is locked: what came to the place and left it since then, by at most
-- 10,000 lines of its ledger.  Not: 3 found, 5 audited, and 1 adjusted by 1 a count, which correct what the books said.
SELECT asked.key, coalesce(sum(line.quantity) FILTER (WHERE line.kind NOT IN (3, 5) AND NOT (line.kind = 1 AND line.reason = 1)),
                           0)::bigint, count(line.at) <= 10000
FROM unnest($1::text[]) AS asked (key)
CROSS JOIN LATERAL (SELECT timestamptz 'epoch' + split_part(asked.key, ' ', 3)::bigint * interval '1 millisecond') AS of (since)
LEFT JOIN LATERAL (
    SELECT at, kind, quantity, reason FROM stock_ledger
    WHERE sku = split_part(asked.key, ' ', 1) AND location = split_part(asked.key, ' ', 2) AND counter = 1 AND at > since
    ORDER BY at LIMIT 10001) AS line ON true
GROUP BY asked.key

-- name: ledger_insert
INSERT INTO stock_ledger (sku, location, version, counter, kind, quantity, reason, order_no, fulfillment_no, request_id,
                          actor, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::smallint[], $5::smallint[], $6::integer[], $7::smallint[],
                     $8::bigint[], $9::smallint[], $10::text[], $11::text[], $12::timestamptz[])

-- name: lot_movement_insert
INSERT INTO lot_movement (sku, location, version, kind, lot, on_hand, damaged, quality_control, expires_day, order_no,
                          fulfillment_no, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::smallint[], $5::text[], $6::integer[], $7::integer[],
                     $8::integer[], $9::integer[], $10::bigint[], $11::smallint[], $12::timestamptz[])

-- name: adjustment_load
-- $1 request ids
SELECT request_id, sku, location, version, kind, reason, quantity_change, condition_from, condition_to, quantity, on_hand,
       owed, digest, note, actor, at
FROM adjustment WHERE request_id = ANY ($1::text[])

-- name: adjustment_insert
INSERT INTO adjustment (request_id, sku, location, version, kind, reason, quantity_change, condition_from, condition_to,
                        quantity, on_hand, owed, digest, note, actor, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::smallint[], $6::smallint[], $7::integer[],
                     $8::smallint[], $9::smallint[], $10::integer[], $11::integer[], $12::integer[], $13::bytea[],
                     $14::text[], $15::text[], $16::timestamptz[])
