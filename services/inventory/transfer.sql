-- Pieces that go from place to place.

-- name: transfer_load
-- $1 transfer ids
SELECT transfer_id, version, state, source, destination, requested_at, changed_at
FROM transfer WHERE transfer_id = ANY ($1::text[])

-- name: transfer_insert
INSERT INTO transfer (transfer_id, version, state, source, destination, requested_at, changed_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])

-- name: transfer_update
UPDATE transfer SET version = news.version, state = news.state, changed_at = news.changed_at
FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
    AS news (transfer_id, version, state, source, destination, requested_at, changed_at)
WHERE transfer.transfer_id = news.transfer_id

-- name: transfer_line_load
-- $1 transfer ids
SELECT transfer_id, sku, source, destination, quantity, held, shipped, in_transit, received, damaged, lost, lots
FROM transfer_line WHERE transfer_id = ANY ($1::text[]) ORDER BY transfer_id, sku

-- name: transfer_line_insert
INSERT INTO transfer_line (transfer_id, sku, source, destination, quantity, held, shipped, in_transit, received, damaged, lost, lots)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::integer[],
                     $8::integer[], $9::integer[], $10::integer[], $11::integer[], $12::text[])

-- name: transfer_line_update
UPDATE transfer_line
SET held = news.held, shipped = news.shipped, in_transit = news.in_transit, received = news.received, damaged = news.damaged,
    lost = news.lost, lots = news.lots
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::integer[], $8::integer[],
            $9::integer[], $10::integer[], $11::integer[], $12::text[])
    AS news (transfer_id, sku, source, destination, quantity, held, shipped, in_transit, received, damaged, lost, lots)
WHERE transfer_line.transfer_id = news.transfer_id AND transfer_line.sku = news.sku

-- name: transfer_step_load
-- $1 transfer ids
SELECT transfer_id, request_id, kind, digest, note, actor, at FROM transfer_step WHERE transfer_id = ANY ($1::text[])

-- name: transfer_step_insert
INSERT INTO transfer_step (transfer_id, request_id, kind, digest, note, actor, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bytea[], $5::text[], $6::text[], $7::timestamptz[])

-- name: transfer_claim_load
-- $1 SKUs, whose stock is locked: of each a hundred transfers that hold pieces where some are owed
SELECT asked.sku, claim.location, claim.transfer_id, claim.quantity
FROM unnest($1::text[]) AS asked (sku) CROSS JOIN LATERAL (
    SELECT stock.location, line.transfer_id, line.held AS quantity
    FROM stock
    JOIN transfer_line AS line ON line.sku = stock.sku AND line.source = stock.location AND line.held > 0
        AND (line.held > 0 OR line.in_transit > 0) -- as the index says it
    WHERE stock.sku = asked.sku AND stock.owed > 0
    ORDER BY line.transfer_id LIMIT 100) AS claim

-- name: read_transfer
-- $1 transfer id
SELECT json_strip_nulls(json_build_object('id', t.transfer_id, 'version', t.version,
    'state', (ARRAY['requested', 'in_transit', 'partially_received', 'received', 'closed', 'canceled'])[t.state],
    'from', t.source, 'to', t.destination,
    'requested_at', to_char(t.requested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'changed_at', to_char(t.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'lines', (SELECT json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity, 'held', l.held, 'shipped', l.shipped,
                  'in_transit', l.in_transit, 'received', l.received, 'damaged', l.damaged, 'lost', l.lost) ORDER BY l.sku)
              FROM transfer_line l WHERE l.transfer_id = t.transfer_id),
    'steps', (SELECT json_agg(json_build_object('request_id', s.request_id,
                  'kind', (ARRAY['request', 'ship', 'receive', 'close', 'cancel'])[s.kind], 'actor', s.actor, 'note', s.note,
                  'at', to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY s.at, s.kind)
              FROM transfer_step s WHERE s.transfer_id = t.transfer_id)))::text, t.version::text
FROM transfer t WHERE t.transfer_id = $1::text

-- name: read_transfers
-- $1 state or NULL, $2 place that it comes from or goes to or NULL, $3 and $4 cursor: milliseconds, id; $5 limit; the latest first
SELECT json_strip_nulls(json_build_object('id', transfer_id, 'version', version,
    'state', (ARRAY['requested', 'in_transit', 'partially_received', 'received', 'closed', 'canceled'])[state],
    'from', source, 'to', destination,
    'requested_at', to_char(requested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'changed_at', to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text,
    (extract(epoch FROM requested_at) * 1000)::bigint::text, transfer_id
FROM transfer
WHERE ($1::text IS NULL
       OR state = array_position(ARRAY['requested', 'in_transit', 'partially_received', 'received', 'closed', 'canceled'], $1))
  AND ($2::text IS NULL OR source = $2 OR destination = $2)
  AND ($3::bigint IS NULL OR (requested_at, transfer_id) < (to_timestamp($3::bigint / 1000.0), $4::text))
ORDER BY requested_at DESC, transfer_id DESC LIMIT $5::bigint
