-- Where the pieces of a lot are, and where they went.

-- name: read_lots
-- $1 SKU, $2 location, $3 pieces that are wanted or NULL: lots in the order in which they are to leave
WITH there AS (
    SELECT stock.sku, stock.location, stock.version, left(stock.lots, 1) AS kept, entry.*,
        sum(greatest(entry.sellable, 0)) FILTER (WHERE entry.order_no = 0) OVER leaving AS upto
    FROM stock LEFT JOIN LATERAL lots_of(stock.lots) AS entry ON true
    WHERE stock.sku = $1::text AND stock.location = $2::text AND stock.lots IS NOT NULL
    WINDOW leaving AS (ORDER BY entry.lot <> '', nullif(entry.expires_day, -1), entry.received_day, entry.lot COLLATE "C",
                       entry.order_no)),
by_lot AS (
    SELECT lot, min(upto) AS upto, nullif(max(expires_day), -1) AS expires_day, min(received_day) AS received_day,
        coalesce(sum(sellable) FILTER (WHERE order_no = 0), 0) AS available,
        coalesce(sum(sellable) FILTER (WHERE order_no > 0), 0) AS picked, sum(damaged) AS damaged,
        sum(quality_control) AS quality_control
    FROM there WHERE lot IS NOT NULL GROUP BY lot)
SELECT json_strip_nulls(json_build_object('sku', sku, 'location', location, 'version', version,
    'kept_by', CASE kept WHEN 'S' THEN 'serial_number' ELSE 'lot' END, 'quantity', $3::bigint,
    'lots', (SELECT coalesce(json_agg(json_build_object('lot', lot,
            'expires_on', date '1970-01-01' + expires_day, 'received_on', date '1970-01-01' + received_day,
            'available', available, 'picked', picked, 'damaged', damaged, 'quality_control', quality_control,
            'take', CASE WHEN $3 > 0 AND available > 0 THEN greatest(least(available, $3 - (upto - available)), 0) END)
            ORDER BY lot <> '', expires_day, received_day, lot COLLATE "C"), '[]'::json) FROM by_lot)))::text
FROM there LIMIT 1

-- name: read_lot
-- $1 SKU, $2 lot or serial number, which there is or was
WITH moved AS (
    SELECT location, sum(on_hand) AS on_hand, sum(damaged) AS damaged, sum(quality_control) AS quality_control,
        max(expires_day) AS expires_day, min(at) AS since, -sum(on_hand) FILTER (WHERE kind = 2) AS shipped
    FROM lot_movement WHERE lot = $2::text AND sku = $1::text GROUP BY location)
SELECT json_strip_nulls(json_build_object('sku', $1::text, 'lot', $2::text,
    'expires_on', date '1970-01-01' + nullif(max(expires_day), -1),
    'since', to_char(min(since) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'on_hand', sum(on_hand), 'shipped', coalesce(sum(shipped), 0),
    'locations', coalesce(json_agg(json_build_object('location', location, 'on_hand', on_hand, 'damaged', damaged,
        'quality_control', quality_control) ORDER BY location) FILTER (WHERE on_hand <> 0), '[]'::json)))::text
FROM moved HAVING count(*) > 0

-- name: read_lot_orders
-- $1 SKU, $2 lot or serial number, $3 and $4 cursor: order number and place, $5 limit: to whom it went
SELECT json_strip_nulls(json_build_object('order_id', audit_order_id(reservation.order_id), 'order_no', went.order_no,
    'fulfillment_no', nullif(went.fulfillment_no, 0), 'location', went.location, 'quantity', went.quantity,
    'at', to_char(went.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text, went.order_no::text, went.location
FROM (SELECT order_no, location, max(fulfillment_no) AS fulfillment_no, -sum(on_hand) AS quantity, max(at) AS at
      FROM lot_movement
      WHERE lot = $2::text AND sku = $1::text AND kind = 2 AND order_no > 0
        AND (order_no, location) > (coalesce($3::bigint, 0), coalesce($4::text, '') COLLATE "C")
      GROUP BY order_no, location ORDER BY order_no, location LIMIT $5::bigint) AS went
LEFT JOIN LATERAL (SELECT order_id FROM reservation WHERE reservation.order_no = went.order_no LIMIT 1) AS reservation ON true
ORDER BY went.order_no, went.location

-- name: pick_holder_load
-- $1 texts "<SKU> <place> <order id>", of stock that is locked: what the order holds there, also as components of bundles
SELECT asked.key, held.order_no, held.pieces
FROM unnest($1::text[]) AS asked (key) CROSS JOIN LATERAL (
    SELECT part.order_no, sum(part.quantity)::bigint AS pieces
    FROM (SELECT order_no, hold_no, quantity::bigint FROM reservation_line AS line
          WHERE line.sku = split_part(asked.key, ' ', 1) AND line.location = split_part(asked.key, ' ', 2) AND line.state = 1
            AND line.components IS NULL
          UNION ALL
          SELECT order_no, hold_no, quantity FROM held_in_bundles(split_part(asked.key, ' ', 1)) AS bundled
          WHERE bundled.location = split_part(asked.key, ' ', 2)) AS part
    JOIN reservation ON reservation.order_no = part.order_no AND reservation.hold_no = part.hold_no
    WHERE audit_order_id(reservation.order_id) = split_part(asked.key, ' ', 3)
    GROUP BY part.order_no) AS held
