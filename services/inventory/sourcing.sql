-- Rules of sourcing, where postal codes are, what places were given, and why pieces come from where they do.

-- name: sourcing_policy_load
SELECT scope, version
FROM sourcing_policy WHERE scope = ANY ($1::text[])

-- name: sourcing_policy_insert
INSERT INTO sourcing_policy (scope, version)
SELECT * FROM unnest($1::text[], $2::bigint[])

-- name: sourcing_policy_update
UPDATE sourcing_policy SET version = news.version
FROM unnest($1::text[], $2::bigint[]) AS news (scope, version)
WHERE sourcing_policy.scope = news.scope

-- name: sourcing_rule_load
SELECT scope, rule_no, kind, band_km, kinds, locations, countries, skus, pieces, percent
FROM sourcing_rule WHERE scope = ANY ($1::text[]) ORDER BY scope, rule_no

-- name: sourcing_rule_insert
INSERT INTO sourcing_rule (scope, rule_no, kind, band_km, kinds, locations, countries, skus, pieces, percent)
SELECT * FROM unnest($1::text[], $2::integer[], $3::smallint[], $4::integer[], $5::integer[],
                     $6::text[], $7::text[], $8::text[], $9::integer[], $10::smallint[])

-- name: sourcing_rule_remove
DELETE FROM sourcing_rule USING unnest($1::text[], $2::integer[]) AS gone (scope, rule_no)
WHERE sourcing_rule.scope = gone.scope AND sourcing_rule.rule_no = gone.rule_no

-- name: channel_rule_load
-- $1 networks, of which there is one: the rules of all channels, none where no channel is limited
SELECT network, scope, rule_no, kind, band_km, kinds, locations, countries, skus, pieces, percent
FROM unnest($1::integer[]) AS network CROSS JOIN sourcing_rule
WHERE EXISTS (SELECT FROM sourcing_rule WHERE kind IN (1, 10)) AND scope NOT LIKE '?%'
ORDER BY network, scope, rule_no

-- name: postal_areas_load
SELECT country, version, areas
FROM postal_areas WHERE country = ANY ($1::text[])

-- name: postal_areas_insert
INSERT INTO postal_areas (country, version, areas)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])

-- name: postal_areas_update
UPDATE postal_areas SET version = news.version, areas = news.areas
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS news (country, version, areas)
WHERE postal_areas.country = news.country

-- name: location_work_load
SELECT location, day, orders, pieces
FROM location_work WHERE location = ANY ($1::text[]) ORDER BY location FOR UPDATE

-- name: location_work_insert
INSERT INTO location_work (location, day, orders, pieces)
SELECT * FROM unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[])

-- name: location_work_update
UPDATE location_work SET day = news.day, orders = news.orders, pieces = news.pieces
FROM unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[]) AS news (location, day, orders, pieces)
WHERE location_work.location = news.location

-- name: sourcing_choice_insert
INSERT INTO sourcing_choice (order_id, hold_no, clock, order_no, at, channel, country, proven, rules, items, places)
SELECT * FROM unnest($1::bytea[], $2::smallint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[],
                     $7::text[], $8::boolean[], $9::text[], $10::text[], $11::text[])

-- name: what_if_load
SELECT name, run, state, request_id, asked_at, channel, from_at, until_at, cursor_order, cursor_hold, orders,
       changed, unserved, parcels_before, parcels_after, distance_before_km, distance_after_km, places,
       examples, examples_count
FROM what_if WHERE name = ANY ($1::text[])

-- name: what_if_insert
INSERT INTO what_if (name, run, state, request_id, asked_at, channel, from_at, until_at, cursor_order,
                     cursor_hold, orders, changed, unserved, parcels_before, parcels_after, distance_before_km,
                     distance_after_km, places, examples, examples_count)
SELECT * FROM unnest($1::text[], $2::integer[], $3::smallint[], $4::text[], $5::timestamptz[], $6::text[],
                     $7::timestamptz[], $8::timestamptz[], $9::bytea[], $10::smallint[], $11::bigint[],
                     $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[],
                     $18::text[], $19::text[], $20::smallint[])

-- name: what_if_update
UPDATE what_if
SET run = news.run, state = news.state, request_id = news.request_id, asked_at = news.asked_at,
    channel = news.channel, from_at = news.from_at, until_at = news.until_at, cursor_order = news.cursor_order,
    cursor_hold = news.cursor_hold, orders = news.orders, changed = news.changed, unserved = news.unserved,
    parcels_before = news.parcels_before, parcels_after = news.parcels_after,
    distance_before_km = news.distance_before_km, distance_after_km = news.distance_after_km,
    places = news.places, examples = news.examples, examples_count = news.examples_count
FROM unnest($1::text[], $2::integer[], $3::smallint[], $4::text[], $5::timestamptz[], $6::text[],
            $7::timestamptz[], $8::timestamptz[], $9::bytea[], $10::smallint[], $11::bigint[], $12::bigint[],
            $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::text[], $19::text[],
            $20::smallint[])
    AS news (name, run, state, request_id, asked_at, channel, from_at, until_at, cursor_order, cursor_hold,
             orders, changed, unserved, parcels_before, parcels_after, distance_before_km, distance_after_km,
             places, examples, examples_count)
WHERE what_if.name = news.name

-- name: replayed_choice_load
-- $1 names of reports: of each the hundred decisions behind the last that it looked at; what was moved later is not decided anew
SELECT report.name, choice.order_id, choice.hold_no, choice.at, choice.channel, choice.country, choice.items, choice.places
FROM what_if AS report CROSS JOIN LATERAL (
    SELECT * FROM sourcing_choice
    WHERE (sourcing_choice.order_id, sourcing_choice.hold_no) > (report.cursor_order, report.cursor_hold) AND clock = 0
    ORDER BY sourcing_choice.order_id, sourcing_choice.hold_no LIMIT 100) AS choice
WHERE report.name = ANY ($1::text[])
ORDER BY report.name, choice.order_id, choice.hold_no
