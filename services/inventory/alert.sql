-- What crossed a line.

-- name: stock_watch_load
-- $1 SKUs
SELECT sku, location, version, low_set, slow_days, excess_days, reorder_point, band, sellable, better_since, timer_set, look_at,
       demand_milli, counted_at, expiring_days
FROM stock_watch WHERE sku = ANY ($1::text[]) ORDER BY sku, location

-- name: stock_watch_insert
INSERT INTO stock_watch (sku, location, version, low_set, slow_days, excess_days, reorder_point, band, sellable, better_since,
                         timer_set, look_at, demand_milli, counted_at, expiring_days)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::smallint[], $6::smallint[], $7::integer[],
                     $8::smallint[], $9::integer[], $10::timestamptz[], $11::boolean[], $12::timestamptz[], $13::bigint[],
                     $14::timestamptz[], $15::smallint[])

-- name: stock_watch_update
UPDATE stock_watch
SET version = news.version, low_set = news.low_set, slow_days = news.slow_days, excess_days = news.excess_days,
    reorder_point = news.reorder_point, band = news.band, sellable = news.sellable, better_since = news.better_since,
    timer_set = news.timer_set, look_at = news.look_at, demand_milli = news.demand_milli, counted_at = news.counted_at,
    expiring_days = news.expiring_days
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::smallint[], $6::smallint[], $7::integer[], $8::smallint[],
            $9::integer[], $10::timestamptz[], $11::boolean[], $12::timestamptz[], $13::bigint[], $14::timestamptz[],
            $15::smallint[])
    AS news (sku, location, version, low_set, slow_days, excess_days, reorder_point, band, sellable, better_since, timer_set,
             look_at, demand_milli, counted_at, expiring_days)
WHERE stock_watch.sku = news.sku AND stock_watch.location = news.location

-- name: stock_alert_load
-- $1 SKUs
SELECT sku, location, kind, version, state, times, opened_at, closed_at, available, threshold, cover_days, excess, transfer_to,
       transfer_quantity, acknowledged_at, acknowledged_by, note
FROM stock_alert WHERE sku = ANY ($1::text[]) ORDER BY sku, location, kind

-- name: stock_alert_insert
INSERT INTO stock_alert (sku, location, kind, version, state, times, opened_at, closed_at, available, threshold, cover_days,
                         excess, transfer_to, transfer_quantity, acknowledged_at, acknowledged_by, note)
SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[], $5::smallint[], $6::integer[], $7::timestamptz[],
                     $8::timestamptz[], $9::integer[], $10::integer[], $11::integer[], $12::integer[], $13::text[],
                     $14::integer[], $15::timestamptz[], $16::text[], $17::text[])

-- name: stock_alert_update
UPDATE stock_alert
SET version = news.version, state = news.state, times = news.times, opened_at = news.opened_at, closed_at = news.closed_at,
    available = news.available, threshold = news.threshold, cover_days = news.cover_days, excess = news.excess,
    transfer_to = news.transfer_to, transfer_quantity = news.transfer_quantity, acknowledged_at = news.acknowledged_at,
    acknowledged_by = news.acknowledged_by, note = news.note
FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[], $5::smallint[], $6::integer[], $7::timestamptz[],
            $8::timestamptz[], $9::integer[], $10::integer[], $11::integer[], $12::integer[], $13::text[], $14::integer[],
            $15::timestamptz[], $16::text[], $17::text[])
    AS news (sku, location, kind, version, state, times, opened_at, closed_at, available, threshold, cover_days, excess,
             transfer_to, transfer_quantity, acknowledged_at, acknowledged_by, note)
WHERE stock_alert.sku = news.sku AND stock_alert.location = news.location AND stock_alert.kind = news.kind

-- name: read_stock_alerts
-- $1 kind or NULL, $2 place or NULL, $3 SKU or NULL, $4 state or NULL for what is not closed, $5 to $7 cursor: kind, SKU, place,
-- $8 limit; what is open and what is closed has an index of its own
SELECT json_strip_nulls(json_build_object('sku', a.sku, 'location', a.location,
    'kind', (ARRAY['low', 'out', 'back_in_stock', 'slow_moving', 'excess', 'expiring'])[a.kind],
    'state', (ARRAY['open', 'acknowledged', 'closed'])[a.state], 'version', a.version, 'available', a.available,
    'threshold', nullif(a.threshold, -1), 'cover_days', nullif(a.cover_days, -1), 'excess', nullif(a.excess, 0),
    'transfer_to', a.transfer_to, 'transfer_quantity', nullif(a.transfer_quantity, 0), 'times', a.times,
    'opened_at', to_char(a.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'closed_at', to_char(a.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'acknowledged_at', to_char(a.acknowledged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'acknowledged_by', a.acknowledged_by, 'note', a.note))::text, a.kind::text, a.sku, a.location
FROM (
    (SELECT * FROM stock_alert WHERE state < 3 AND $4::text IS DISTINCT FROM 'closed'
        AND ($4 IS NULL OR state = array_position(ARRAY['open', 'acknowledged'], $4))
        AND kind BETWEEN coalesce(array_position(ARRAY['low', 'out', 'back_in_stock', 'slow_moving', 'excess', 'expiring'], $1::text), 1)
                     AND coalesce(array_position(ARRAY['low', 'out', 'back_in_stock', 'slow_moving', 'excess', 'expiring'], $1), 6)
        AND ($2::text IS NULL OR location = $2) AND ($3::text IS NULL OR sku = $3)
        AND (kind, sku, location) > (coalesce($5::bigint, 0), coalesce($6::text, ''), coalesce($7::text, ''))
     ORDER BY kind, sku, location LIMIT $8::bigint)
    UNION ALL
    (SELECT * FROM stock_alert WHERE state = 3 AND $4 = 'closed'
        AND kind BETWEEN coalesce(array_position(ARRAY['low', 'out', 'back_in_stock', 'slow_moving', 'excess', 'expiring'], $1), 1)
                     AND coalesce(array_position(ARRAY['low', 'out', 'back_in_stock', 'slow_moving', 'excess', 'expiring'], $1), 6)
        AND ($2 IS NULL OR location = $2) AND ($3 IS NULL OR sku = $3)
        AND (kind, sku, location) > (coalesce($5::bigint, 0), coalesce($6::text, ''), coalesce($7::text, ''))
     ORDER BY kind, sku, location LIMIT $8::bigint)) AS a
ORDER BY a.kind, a.sku, a.location LIMIT $8::bigint

-- name: read_alert_levels
-- $1 SKU, $2 place
SELECT json_strip_nulls(json_build_object('sku', sku, 'location', location,
    'levels', json_build_object('low', nullif(low_set, -1), 'slow_moving_days', coalesce(nullif(slow_days, -1), 60),
        'excess_days', coalesce(nullif(excess_days, -1), 120),
        'expiring_days', coalesce(nullif(expiring_days, -1), 14)),
    'reorder_point', nullif(reorder_point, -1), 'version', version))::text, version::text
FROM stock_watch WHERE sku = $1::text AND location = $2::text
