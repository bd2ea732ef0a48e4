-- What the inventory shows: each first column is the JSON of a document or of an item of a list.

-- name: read_item
-- $1 SKU
SELECT item_document(item), version::text FROM item WHERE sku = $1::text

-- name: read_items
-- $1 number of a barcode or NULL, $2 product or NULL, $3 cursor: SKU, $4 limit; each way of asking has its own index
SELECT item_document(item), item.sku
FROM (SELECT sku FROM barcode WHERE gtin = $1::bigint
      UNION ALL
      (SELECT sku FROM item WHERE $1 IS NULL AND product = $2::text AND sku > coalesce($3::text, '')
       ORDER BY sku LIMIT $4::bigint)
      UNION ALL
      (SELECT sku FROM item WHERE $1 IS NULL AND $2 IS NULL AND sku > coalesce($3::text, '')
       ORDER BY sku LIMIT $4::bigint)) AS asked
JOIN item USING (sku)
WHERE ($2 IS NULL OR item.product = $2) AND item.sku > coalesce($3::text, '')
ORDER BY item.sku LIMIT $4::bigint

-- name: read_location
-- $1 code
SELECT json_strip_nulls(json_build_object('code', code, 'location', location_body(location), 'version', version))::text,
       version::text
FROM location WHERE network = 1 AND code = $1::text

-- name: read_locations
-- $1 cursor: code, $2 limit
SELECT json_strip_nulls(json_build_object('code', code, 'location', location_body(location), 'version', version))::text,
       code
FROM location WHERE network = 1 AND code > coalesce($1::text, '') ORDER BY code LIMIT $2::bigint

-- name: read_stock
-- $1 SKU; of an item that never had stock all is 0
SELECT json_strip_nulls(json_build_object('sku', item.sku, 'version', 1 + coalesce(sum(stock.version), 0),
    'on_hand', coalesce(sum(on_hand), 0), 'reserved', coalesce(sum(reserved), 0), 'owed', coalesce(sum(owed), 0),
    'damaged', coalesce(sum(damaged), 0), 'quality_control', coalesce(sum(quality_control), 0),
    'safety', coalesce(sum(safety), 0), 'incoming', coalesce(sum(incoming), 0), 'available', coalesce(sum(free), 0),
    'available_from', held_until(item.sku),
    'locations', coalesce(json_agg(json_build_object('location', stock.location, 'on_hand', on_hand,
        'reserved', reserved, 'owed', owed, 'damaged', damaged, 'quality_control', quality_control, 'safety', safety,
        'incoming', incoming, 'available', free) ORDER BY stock.location)
        FILTER (WHERE stock.sku IS NOT NULL), '[]'::json)))::text, (1 + coalesce(sum(stock.version), 0))::text
FROM item
LEFT JOIN stock ON stock.sku = item.sku
LEFT JOIN location ON location.network = 1 AND location.code = stock.location
CROSS JOIN LATERAL (SELECT CASE WHEN location.active AND held_until(item.sku) IS NULL THEN stock_available(stock) ELSE 0 END AS free)
    AS promised
WHERE item.sku = $1::text AND item.components IS NULL
GROUP BY item.sku
UNION ALL
SELECT json_build_object('sku', item.sku, 'version', bundle_version(item), 'on_hand', 0, 'reserved', 0,
    'available', coalesce(sum(available), 0),
    'locations', coalesce(json_agg(json_build_object('location', location, 'on_hand', 0, 'reserved', 0,
        'available', available) ORDER BY location) FILTER (WHERE location IS NOT NULL), '[]'::json))::text,
    bundle_version(item)::text
FROM item LEFT JOIN LATERAL bundle_stock(item.components) ON true
WHERE item.sku = $1::text AND item.components IS NOT NULL
GROUP BY item.sku

-- name: read_stock_availability
-- $1 SKU, $2 pieces or NULL. Who waits is served first, so what comes counts for others as far as it is more. A purchase order
-- that is late, and what comes today, is there tomorrow at the earliest; one that nobody has dated does not count. Of a pre-order
-- what is there, and what comes before, counts from its day on.
WITH now_ AS (SELECT (now() AT TIME ZONE 'UTC')::date AS today),
known AS (
    SELECT item.sku, coalesce((SELECT sum(stock_available(stock)) FROM stock JOIN location
                ON location.network = 1 AND location.code = stock.location AND location.active WHERE stock.sku = item.sku), 0)
            + coalesce((SELECT sum(available) FROM bundle_stock(item.components)), 0) AS free,
        coalesce((SELECT pieces FROM backorder WHERE backorder.sku = item.sku), 0) AS waiting,
        greatest(held_until(item.sku), (SELECT today + 1 FROM now_)) AS first_day, held_until(item.sku) AS held_until
    FROM item WHERE item.sku = $1::text),
coming AS (
    SELECT day, sum(pieces) AS pieces FROM (
        SELECT greatest(date '1970-01-01' + said.day, first_day) AS day, line.outstanding AS pieces
        FROM purchase_order_line AS line JOIN purchase_order AS ordered USING (purchase_order_id) CROSS JOIN known
        CROSS JOIN LATERAL (SELECT CASE WHEN line.expected_day >= 0 THEN line.expected_day ELSE ordered.expected_day END) AS said (day)
        WHERE line.sku = $1 AND line.outstanding > 0 AND said.day >= 0
        UNION ALL SELECT held_until, 0 FROM known WHERE held_until IS NOT NULL) AS arrival
    GROUP BY day),
promised AS (
    SELECT day, pieces, greatest(free + sum(pieces) OVER (ORDER BY day) - waiting, 0) AS available FROM coming CROSS JOIN known),
at_once AS (SELECT CASE WHEN held_until IS NULL THEN greatest(free - waiting, 0) ELSE 0 END AS pieces FROM known)
SELECT json_strip_nulls(json_build_object('sku', sku, 'available', at_once.pieces, 'waiting', waiting, 'available_from', held_until,
    'dates', (SELECT coalesce(json_agg(json_build_object('date', day, 'incoming', pieces, 'available', available) ORDER BY day),
        '[]'::json) FROM promised),
    'undated', (SELECT coalesce(sum(line.outstanding), 0) FROM purchase_order_line AS line
        JOIN purchase_order AS ordered USING (purchase_order_id)
        WHERE line.sku = $1 AND line.outstanding > 0 AND ordered.expected_day < 0 AND line.expected_day < 0),
    'quantity', $2::bigint,
    'available_on', CASE WHEN $2 <= at_once.pieces THEN today
        ELSE (SELECT min(day) FROM promised WHERE available >= $2) END))::text
FROM known CROSS JOIN now_ CROSS JOIN at_once

-- name: read_stock_list
-- $1 SKU or NULL, $2 location or NULL, $3 and $4 cursor: SKU and location, $5 limit
SELECT json_strip_nulls(json_build_object('sku', sku, 'location', location, 'version', stock.version, 'on_hand', on_hand,
    'reserved', reserved, 'owed', owed, 'damaged', damaged, 'quality_control', quality_control, 'safety', safety,
    'incoming', incoming,
    'available', CASE WHEN location.active AND held_until(sku) IS NULL THEN stock_available(stock) ELSE 0 END))::text,
    sku, location
FROM stock JOIN location ON location.network = 1 AND location.code = stock.location
WHERE ($1::text IS NULL OR sku = $1) AND ($2::text IS NULL OR location = $2)
  AND (sku, location) > (coalesce($3::text, ''), coalesce($4::text, ''))
ORDER BY sku, location LIMIT $5::bigint

-- name: read_ledger
-- $1 SKU, $2 location, $3 to $5 cursor: version, counter, kind; $6 limit; the latest line first
SELECT json_strip_nulls(json_build_object('version', version,
    'counter', (ARRAY['on_hand', 'damaged', 'quality_control', 'safety', 'incoming'])[counter],
    'kind', (ARRAY['adjusted', 'shipped', 'found', 'lost', 'audited', 'moved', 'written_off', 'gone',
        'sent', 'arrived', 'ordered', 'received', 'undelivered'])[kind],
    'quantity', quantity, 'reason', (ARRAY['count', 'damage', 'loss', 'found', 'correction', 'received', 'returned',
        'other', 'audit', 'inspection', 'recall', 'repaired', 'expired'])[reason],
    'order_no', nullif(order_no, 0), 'fulfillment_no', nullif(fulfillment_no, 0), 'request_id', request_id, 'actor', actor,
    'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text,
    version::text, counter::text, kind::text
FROM stock_ledger
WHERE sku = $1::text AND location = $2::text
  AND ($3::bigint IS NULL OR (version, counter, kind) < ($3::bigint, $4::bigint, $5::bigint))
ORDER BY version DESC, counter DESC, kind DESC LIMIT $6::bigint

-- name: read_adjustment
-- $1 request id
SELECT json_strip_nulls(json_build_object('request_id', request_id, 'sku', sku, 'location', location,
    'kind', (ARRAY['adjusted', 'moved', 'safety', 'imported', 'picked', 'bin_moved', 'bin_taken'])[kind], 'quantity_change', quantity_change,
    'from', (ARRAY['sellable', 'damaged', 'quality_control'])[condition_from],
    'to', (ARRAY['sellable', 'damaged', 'quality_control', 'written_off'])[condition_to],
    'quantity', CASE WHEN kind > 1 THEN quantity END, 'reason',
    (ARRAY['count', 'damage', 'loss', 'found', 'correction', 'received', 'returned', 'other', 'audit', 'inspection',
           'recall', 'repaired', 'expired'])[reason],
    'note', note, 'actor', actor, 'on_hand', on_hand, 'owed', owed, 'version', version,
    'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text
FROM adjustment WHERE request_id = $1::text AND location <> '' ORDER BY sku LIMIT 1

-- name: read_sourcing_policy
-- $1 scope
SELECT json_strip_nulls(json_build_object('scope', scope, 'policy', json_build_object('rules', sourcing_rules(scope)),
    'version', version))::text, version::text
FROM sourcing_policy WHERE scope = $1::text

-- name: read_sourcing_policies
-- $1 cursor: scope, $2 limit
SELECT json_strip_nulls(json_build_object('scope', scope, 'policy', json_build_object('rules', sourcing_rules(scope)),
    'version', version))::text, scope
FROM sourcing_policy WHERE scope > coalesce($1::text, '') ORDER BY scope LIMIT $2::bigint

-- name: read_postal_areas
-- $1 country
SELECT json_build_object('country', country, 'postal_areas', json_build_object('areas', (
    SELECT json_agg(json_build_object('prefix', substr(line, 2 + length(split_part(line, ' ', 1))
            + 1 + length(split_part(line, ' ', 2))), 'position', json_build_object(
        'latitude_microdegrees', split_part(line, ' ', 1)::integer,
        'longitude_microdegrees', split_part(line, ' ', 2)::integer)) ORDER BY n)
    FROM unnest(string_to_array(rtrim(areas, E'\n'), E'\n')) WITH ORDINALITY AS area (line, n))),
    'version', version)::text, version::text
FROM postal_areas WHERE country = $1::text

-- name: read_order_sourcing
-- $1 order id, $2 cursor: hold_no and clock in one number, $3 limit
SELECT json_strip_nulls(json_build_object(
    'reservation_id', audit_order_id(order_id) || '-H' || hold_no,
    'decided_at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'cause', CASE clock WHEN 0 THEN 'placed' ELSE 'moved' END, 'clock', nullif(clock, 0),
    'channel', channel, 'ship_country', country, 'proven', proven,
    'rules', to_json(string_to_array(rules, ' ')),
    'places', (SELECT json_agg(sourcing_place(choice, string_to_array(line, ' ')) ORDER BY n)
        FROM unnest(string_to_array(places, E'\n')) WITH ORDINALITY AS place (line, n))))::text, (hold_no * 4294967296 + clock)::text
FROM sourcing_choice AS choice
WHERE order_id = $1::bytea AND hold_no * 4294967296 + clock > coalesce($2::bigint, 0)
ORDER BY hold_no, clock LIMIT $3::bigint

-- name: read_what_if
-- $1 name
SELECT json_strip_nulls(json_build_object('name', name, 'state', (ARRAY['running', 'done'])[state],
    'asked_at', to_char(asked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'rules', sourcing_rules('?' || name), 'channel', channel,
    'from', to_char(from_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'until', to_char(until_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'orders', orders, 'changed', changed, 'unserved', unserved,
    'parcels', json_build_object('before', parcels_before, 'after', parcels_after),
    'distance_km', json_build_object('before', distance_before_km, 'after', distance_after_km),
    'places', (SELECT coalesce(json_agg(json_build_object('location', split_part(line, ' ', 1), 'orders', json_build_object(
            'before', split_part(line, ' ', 2)::bigint, 'after', split_part(line, ' ', 3)::bigint))
            ORDER BY split_part(line, ' ', 1) COLLATE "C"), '[]'::json)
        FROM unnest(string_to_array(rtrim(places, E'\n'), E'\n')) AS place (line)),
    'examples', (SELECT coalesce(json_agg(json_build_object('order_id', split_part(line, ' ', 1),
            'before', array_remove(string_to_array(split_part(line, ' ', 2), ','), ''),
            'after', array_remove(string_to_array(split_part(line, ' ', 3), ','), '')) ORDER BY n), '[]'::json)
        FROM unnest(string_to_array(rtrim(examples, E'\n'), E'\n')) WITH ORDINALITY AS example (line, n))))::text
FROM what_if WHERE name = $1::text
