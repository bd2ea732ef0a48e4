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
SELECT scope, rule_no, kind, band_km, kinds, locations, countries
FROM sourcing_rule WHERE scope = ANY ($1::text[]) ORDER BY scope, rule_no

-- name: sourcing_rule_insert
INSERT INTO sourcing_rule (scope, rule_no, kind, band_km, kinds, locations, countries)
SELECT * FROM unnest($1::text[], $2::integer[], $3::smallint[], $4::integer[], $5::integer[],
                     $6::text[], $7::text[])

-- name: sourcing_rule_remove
DELETE FROM sourcing_rule USING unnest($1::text[], $2::integer[]) AS gone (scope, rule_no)
WHERE sourcing_rule.scope = gone.scope AND sourcing_rule.rule_no = gone.rule_no

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
INSERT INTO sourcing_choice (order_id, hold_no, order_no, at, channel, country, proven, rules, items, places)
SELECT * FROM unnest($1::bytea[], $2::smallint[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[],
                     $7::boolean[], $8::text[], $9::text[], $10::text[])
