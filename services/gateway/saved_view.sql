-- Saved views. A key sees its own and those that are shared by keys bound to the same channel, or to none like it; of two of a
-- name its own.

-- name: read_saved_view
-- $1 key, $2 its channel or NULL, $3 name
SELECT saved_view_document(saved_view)::text, version::text FROM saved_view
WHERE name = $3::text AND (key_id = $1::text OR (shared AND channel IS NOT DISTINCT FROM $2::text))
ORDER BY key_id = $1 DESC LIMIT 1

-- name: read_saved_views
-- $1 key, $2 its channel or NULL; $3 and $4 cursor: name, key; $5 limit
SELECT saved_view_document(saved_view)::text, name, key_id FROM saved_view
WHERE (key_id = $1::text OR (shared AND channel IS NOT DISTINCT FROM $2::text))
  AND (name, key_id) > (coalesce($3::text, ''), coalesce($4::text, ''))
ORDER BY name, key_id LIMIT $5::bigint

-- name: saved_view_pairs
-- $1 key, $2 its channel or NULL, $3 name -> a row a filter, name and text; a single row of nulls of a view without any, none
-- where no view is seen
SELECT key, value FROM (
    SELECT filters FROM saved_view
    WHERE name = $3::text AND (key_id = $1::text OR (shared AND channel IS NOT DISTINCT FROM $2::text))
    ORDER BY key_id = $1 DESC LIMIT 1) AS seen LEFT JOIN jsonb_each_text(filters) ON true

-- name: filter_pairs
-- $1 JSON object -> a row a member: name, text, kind of its value
SELECT key, value #>> '{}', jsonb_typeof(value) FROM jsonb_each($1::text::jsonb)

-- name: saved_view_put
-- $1 key, $2 its channel or NULL, $3 name, $4 title, $5 shared, $6 filters, $7 the version that is replaced, 0 when there must
-- be none, $8 how many a key may have, $9 who and $10 in which request
-- -> 'put', document, version; 'taken' when another shares one of the name; 'full'; no row when another version is there, unless
-- it says just what is asked for. Two at once may both be the last one that fits.
WITH told AS MATERIALIZED (
    SELECT set_config('kervan.actor', $9::text, true), set_config('kervan.request_id', $10::text, true)
), mine AS MATERIALIZED (
    SELECT saved_view.* FROM saved_view, told WHERE key_id = $1::text
), refused AS MATERIALIZED (
    SELECT 'taken' AS why FROM saved_view
    WHERE $5::boolean AND shared AND name = $3::text AND channel IS NOT DISTINCT FROM $2::text AND key_id <> $1
    UNION ALL
    SELECT 'full' WHERE $7::bigint = 0 AND (SELECT count(*) FROM mine) >= $8::bigint
        AND NOT EXISTS (SELECT FROM mine WHERE name = $3)
), put AS (
    INSERT INTO saved_view (key_id, name, channel, shared, title, filters)
    SELECT $1, $3, $2, $5, $4::text, $6::text::jsonb
    WHERE NOT EXISTS (SELECT FROM refused) AND ($7 = 0 OR EXISTS (SELECT FROM mine WHERE name = $3))
    ON CONFLICT (key_id, name) DO UPDATE
    SET channel = excluded.channel, shared = excluded.shared, title = excluded.title, filters = excluded.filters,
        saved_at = excluded.saved_at, version = saved_view.version + 1
    WHERE saved_view.version = $7
    RETURNING saved_view_document(saved_view)::text AS document, version::text)
SELECT 'put', document, version FROM put
UNION ALL
SELECT 'put', saved_view_document(saved_view)::text, version::text FROM saved_view
WHERE key_id = $1 AND name = $3 AND $7 > 0 AND NOT EXISTS (SELECT FROM put) AND NOT EXISTS (SELECT FROM refused)
  AND (shared, title, filters) IS NOT DISTINCT FROM ($5, $4, $6::text::jsonb)
UNION ALL
(SELECT why, NULL, NULL FROM refused LIMIT 1)

-- name: saved_view_remove
-- $1 key, $2 its channel or NULL, $3 name, $4 whether it may remove what others share, $5 its version or NULL, $6 who and $7 in
-- which request -> 'removed', document; 'others' of somebody else's, 'stale' of another version; no row when none is seen
WITH told AS MATERIALIZED (
    SELECT set_config('kervan.actor', $6::text, true), set_config('kervan.request_id', $7::text, true)
), seen AS MATERIALIZED (
    SELECT saved_view.* FROM saved_view, told
    WHERE name = $3::text AND (key_id = $1::text OR (shared AND channel IS NOT DISTINCT FROM $2::text))
    ORDER BY key_id = $1 DESC LIMIT 1
), removed AS (
    DELETE FROM saved_view USING seen
    WHERE saved_view.key_id = seen.key_id AND saved_view.name = seen.name AND (seen.key_id = $1 OR $4::boolean)
      AND saved_view.version = coalesce($5::bigint, saved_view.version)
    RETURNING saved_view_document(saved_view)::text AS document)
SELECT 'removed', document FROM removed
UNION ALL
SELECT CASE WHEN seen.key_id = $1 OR $4 THEN 'stale' ELSE 'others' END, NULL FROM seen WHERE NOT EXISTS (SELECT FROM removed)
