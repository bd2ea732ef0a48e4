-- Items of a place that are counted together.

-- name: count_sheet_load
-- $1 sheet ids
SELECT sheet_id, version, state, location, selection, blind, tolerance_pieces, tolerance_percent, round, last_sku, requested_at,
       changed_at
FROM count_sheet WHERE sheet_id = ANY ($1::text[])

-- name: count_sheet_insert
INSERT INTO count_sheet (sheet_id, version, state, location, selection, blind, tolerance_pieces, tolerance_percent, round,
                         last_sku, requested_at, changed_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::smallint[], $6::boolean[], $7::integer[],
                     $8::smallint[], $9::integer[], $10::text[], $11::timestamptz[], $12::timestamptz[])

-- name: count_sheet_update
UPDATE count_sheet SET version = news.version, state = news.state, round = news.round, changed_at = news.changed_at
FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::smallint[], $6::boolean[], $7::integer[],
            $8::smallint[], $9::integer[], $10::text[], $11::timestamptz[], $12::timestamptz[])
    AS news (sheet_id, version, state, location, selection, blind, tolerance_pieces, tolerance_percent, round, last_sku,
             requested_at, changed_at)
WHERE count_sheet.sheet_id = news.sheet_id

-- name: count_line_load
-- $1 sheet ids
SELECT sheet_id, sku, location, state, round, asked_at, counted, counted_at, counted_by, compared, expected, above_tolerance,
       booked, refused, lots
FROM count_line WHERE sheet_id = ANY ($1::text[]) ORDER BY sheet_id, sku

-- name: count_line_insert
INSERT INTO count_line (sheet_id, sku, location, state, round, asked_at, counted, counted_at, counted_by, compared, expected,
                        above_tolerance, booked, refused, lots)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::integer[], $6::timestamptz[], $7::integer[],
                     $8::timestamptz[], $9::text[], $10::boolean[], $11::integer[], $12::boolean[], $13::integer[],
                     $14::text[], $15::text[])

-- name: count_line_update
UPDATE count_line
SET state = news.state, round = news.round, asked_at = news.asked_at, counted = news.counted, counted_at = news.counted_at,
    counted_by = news.counted_by, compared = news.compared, expected = news.expected, above_tolerance = news.above_tolerance,
    booked = news.booked, refused = news.refused, lots = news.lots
FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::integer[], $6::timestamptz[], $7::integer[],
            $8::timestamptz[], $9::text[], $10::boolean[], $11::integer[], $12::boolean[], $13::integer[], $14::text[],
            $15::text[])
    AS news (sheet_id, sku, location, state, round, asked_at, counted, counted_at, counted_by, compared, expected,
             above_tolerance, booked, refused, lots)
WHERE count_line.sheet_id = news.sheet_id AND count_line.sku = news.sku

-- name: count_step_load
-- $1 sheet ids
SELECT sheet_id, request_id, kind, digest, note, actor, at FROM count_step WHERE sheet_id = ANY ($1::text[])

-- name: count_step_insert
INSERT INTO count_step (sheet_id, request_id, kind, digest, note, actor, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bytea[], $5::text[], $6::text[], $7::timestamptz[])

-- name: countable_load
-- $1 texts "<place> <selection> <limit> <SKU behind which it goes on, or -> <days>": what of a place is to be counted that was not
-- counted in so many days.  `oldest` looks at the whole place.
SELECT asked.key, found.sku
FROM unnest($1::text[]) AS asked (key)
CROSS JOIN LATERAL (
    SELECT split_part(key, ' ', 1) AS place, split_part(key, ' ', 2) AS selection, split_part(key, ' ', 3)::bigint AS most,
           split_part(key, ' ', 4) AS after, business_now() - split_part(key, ' ', 5)::integer * interval '1 day' AS before) AS how
CROSS JOIN LATERAL (
    (SELECT s.sku FROM stock s
     WHERE how.selection = 'place' AND s.location = how.place AND s.sku > how.after AND s.on_hand > 0
       AND NOT EXISTS (SELECT FROM stock_watch w WHERE w.sku = s.sku AND w.location = s.location AND w.counted_at >= how.before)
     ORDER BY s.sku LIMIT how.most)
    UNION ALL
    (SELECT w.sku FROM stock_watch w JOIN stock s ON s.sku = w.sku AND s.location = w.location
     WHERE how.selection = 'movement' AND w.location = how.place AND w.demand_milli > 0 AND s.on_hand > 0
       AND (w.counted_at IS NULL OR w.counted_at < how.before)
     ORDER BY w.demand_milli DESC, w.sku LIMIT how.most)
    UNION ALL
    (SELECT s.sku FROM stock s LEFT JOIN stock_watch w ON w.sku = s.sku AND w.location = s.location
     WHERE how.selection = 'oldest' AND s.location = how.place AND s.on_hand > 0
       AND (w.counted_at IS NULL OR w.counted_at < how.before)
     ORDER BY w.counted_at NULLS FIRST, s.sku LIMIT how.most)) AS found

-- name: read_count_sheet
-- $1 sheet id
SELECT json_strip_nulls(json_build_object('id', s.sheet_id, 'version', s.version,
    'state', (ARRAY['counting', 'submitted', 'approved', 'posted', 'rejected', 'canceled'])[s.state], 'location', s.location,
    'select', (ARRAY['place', 'movement', 'oldest', 'items'])[s.selection], 'blind', s.blind,
    'tolerance_pieces', s.tolerance_pieces, 'tolerance_percent', s.tolerance_percent, 'round', s.round,
    'lines_count', l.lines, 'counted_count', l.counted, 'differing_count', l.differing, 'last_sku', s.last_sku,
    'requested_at', to_char(s.requested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'changed_at', to_char(s.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'steps', (SELECT json_agg(json_build_object('request_id', t.request_id,
                  'kind', (ARRAY['draw', 'enter', 'submit', 'recount', 'approve', 'reject', 'cancel'])[t.kind],
                  'actor', t.actor, 'note', t.note,
                  'at', to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY t.at, t.kind)
              FROM count_step t WHERE t.sheet_id = s.sheet_id)))::text, s.version::text
FROM count_sheet s CROSS JOIN LATERAL (
    SELECT count(*) AS lines, count(*) FILTER (WHERE state IN (2, 3, 4)) AS counted,
           count(*) FILTER (WHERE compared AND counted <> expected) AS differing
    FROM count_line WHERE sheet_id = s.sheet_id) AS l
WHERE s.sheet_id = $1::text

-- name: read_count_sheets
-- $1 state or NULL, $2 place or NULL, $3 and $4 cursor: milliseconds, id; $5 limit; the latest first
SELECT json_strip_nulls(json_build_object('id', s.sheet_id, 'version', s.version,
    'state', (ARRAY['counting', 'submitted', 'approved', 'posted', 'rejected', 'canceled'])[s.state], 'location', s.location,
    'select', (ARRAY['place', 'movement', 'oldest', 'items'])[s.selection], 'blind', s.blind,
    'tolerance_pieces', s.tolerance_pieces, 'tolerance_percent', s.tolerance_percent, 'round', s.round,
    'lines_count', l.lines, 'counted_count', l.counted, 'differing_count', l.differing, 'last_sku', s.last_sku,
    'requested_at', to_char(s.requested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'changed_at', to_char(s.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text,
    (extract(epoch FROM s.requested_at) * 1000)::bigint::text, s.sheet_id
FROM (
    SELECT * FROM count_sheet
    WHERE ($1::text IS NULL OR state = array_position(
            ARRAY['counting', 'submitted', 'approved', 'posted', 'rejected', 'canceled'], $1))
      AND ($2::text IS NULL OR location = $2)
      AND ($3::bigint IS NULL OR (requested_at, sheet_id) < (to_timestamp($3::bigint / 1000.0), $4::text))
    ORDER BY requested_at DESC, sheet_id DESC LIMIT $5::bigint) AS s
CROSS JOIN LATERAL (
    SELECT count(*) AS lines, count(*) FILTER (WHERE state IN (2, 3, 4)) AS counted,
           count(*) FILTER (WHERE compared AND counted <> expected) AS differing
    FROM count_line WHERE sheet_id = s.sheet_id) AS l
ORDER BY s.requested_at DESC, s.sheet_id DESC

-- name: read_count_lines
-- $1 sheet id, $2 state or NULL, $3 cursor: SKU, $4 limit.  What the books say is not shown to who counts blind.
SELECT json_strip_nulls(json_build_object('sku', l.sku,
    'state', (ARRAY['to_count', 'counted', 'posted', 'refused', 'skipped'])[l.state], 'round', l.round,
    'counted', nullif(l.counted, -1), 'counted_at', to_char(l.counted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'counted_by', l.counted_by,
    'expected', CASE WHEN s.state > 1 AND l.compared THEN l.expected WHEN s.state = 1 AND NOT s.blind THEN coalesce(
        (SELECT on_hand FROM stock WHERE stock.sku = l.sku AND stock.location = l.location), 0) END,
    'difference', CASE WHEN l.compared AND s.state > 1 THEN l.counted - l.expected END,
    'above_tolerance', CASE WHEN l.compared AND s.state > 1 THEN l.above_tolerance END,
    'booked', CASE WHEN l.state = 3 THEN l.booked END, 'refused', l.refused))::text, l.sku
FROM count_line l JOIN count_sheet s ON s.sheet_id = l.sheet_id
WHERE l.sheet_id = $1::text
  AND ($2::text IS NULL OR l.state = array_position(ARRAY['to_count', 'counted', 'posted', 'refused', 'skipped'], $2))
  AND l.sku > coalesce($3::text, '')
ORDER BY l.sku LIMIT $4::bigint

-- name: count_policy_load
-- $1 places
SELECT location, version, basis, days, a_percent, b_percent, a_days, b_days, c_days
FROM count_policy WHERE location = ANY ($1::text[])

-- name: count_policy_insert
INSERT INTO count_policy (location, version, basis, days, a_percent, b_percent, a_days, b_days, c_days)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::smallint[],
                     $8::smallint[], $9::smallint[])

-- name: count_policy_update
UPDATE count_policy
SET version = news.version, basis = news.basis, days = news.days, a_percent = news.a_percent, b_percent = news.b_percent,
    a_days = news.a_days, b_days = news.b_days, c_days = news.c_days
FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::smallint[],
            $8::smallint[], $9::smallint[])
    AS news (location, version, basis, days, a_percent, b_percent, a_days, b_days, c_days)
WHERE count_policy.location = news.location

-- name: read_count_policy
-- $1 place
SELECT json_build_object('location', l.code, 'policy', json_build_object('basis', (ARRAY['picks', 'pieces', 'value'])[p.basis],
    'days', p.days, 'a_percent', p.a_percent, 'b_percent', p.b_percent, 'a_days', p.a_days, 'b_days', p.b_days,
    'c_days', p.c_days), 'version', p.version)::text, p.version::text
FROM location l CROSS JOIN LATERAL count_policy_of(l.code) AS p WHERE l.code = $1::text

-- name: read_count_classes
-- $1 place, $2 class or NULL, $3 cursor: SKU, $4 limit
SELECT json_strip_nulls(json_build_object('sku', sku, 'class', (ARRAY['a', 'b', 'c'])[class], 'picks', picks, 'pieces', pieces,
    'value_minor', value_minor, 'counted_at', to_char(counted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'due_at', to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'due', due_at IS NULL OR due_at <= business_now()))::text, sku
FROM count_classes($1::text)
WHERE ($2::text IS NULL OR class = array_position(ARRAY['a', 'b', 'c'], $2)) AND sku > coalesce($3::text, '')
ORDER BY sku LIMIT $4::bigint

-- name: read_count_suggestions
-- $1 place, $2 cursor: class, $3 limit; a sheet for each class of which something is due, what waited longest first
SELECT json_build_object('class', (ARRAY['a', 'b', 'c'])[class], 'items_count', items, 'due_count', due,
    'sheet', json_build_object('location', $1::text, 'select', 'items', 'skus', to_json(skus[1:500])))::text, class::text
FROM (
    SELECT class, count(*) AS items, count(*) FILTER (WHERE due_at IS NULL OR due_at <= business_now()) AS due,
           array_agg(sku ORDER BY due_at NULLS FIRST, sku) FILTER (WHERE due_at IS NULL OR due_at <= business_now()) AS skus
    FROM count_classes($1::text) GROUP BY class) AS classes
WHERE due > 0 AND class > coalesce($2::bigint, 0)
ORDER BY class LIMIT $3::bigint
