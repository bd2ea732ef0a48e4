-- Places, as inventory tells of them.  Read without a lock: each row has one lane that writes it.

-- name: place_load
-- $1 networks: all their places
SELECT network, code, clock, time_zone, cut_off_minute, open_weekdays, holidays, handling_days
FROM place WHERE network = ANY ($1::smallint[]) ORDER BY network, code

-- name: place_insert
INSERT INTO place (network, code, clock, time_zone, cut_off_minute, open_weekdays, holidays, handling_days)
SELECT * FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::smallint[], $7::text[],
                     $8::smallint[])

-- name: place_update
UPDATE place
SET clock = news.clock, time_zone = news.time_zone, cut_off_minute = news.cut_off_minute,
    open_weekdays = news.open_weekdays, holidays = news.holidays, handling_days = news.handling_days
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::smallint[], $7::text[],
            $8::smallint[])
    AS news (network, code, clock, time_zone, cut_off_minute, open_weekdays, holidays, handling_days)
WHERE place.network = news.network AND place.code = news.code
