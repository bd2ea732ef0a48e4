-- Numbers of orders in a channel's own series.

-- name: series_load
-- Made where it is missing, and locked: lanes take numbers one after the other.
INSERT INTO number_series (code) SELECT code FROM unnest($1::text[]) AS code ORDER BY code COLLATE "C"
ON CONFLICT (code) DO UPDATE SET last = number_series.last
RETURNING code, year, last

-- name: series_insert
-- Not reached: what is looked up is made by then.
INSERT INTO number_series (code, year, last) SELECT * FROM unnest($1::text[], $2::smallint[], $3::bigint[])

-- name: series_update
UPDATE number_series SET year = news.year, last = news.last
FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS news (code, year, last) WHERE number_series.code = news.code
