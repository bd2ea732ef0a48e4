-- Places.  Read without a lock: each row has one lane that writes it.

-- name: place_load
-- $1 codes
SELECT code, clock, name, company, line1, line2, city, region, postal_code, country
FROM place WHERE code = ANY ($1::text[])

-- name: place_insert
INSERT INTO place (code, clock, name, company, line1, line2, city, region, postal_code, country)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[])

-- name: place_update
UPDATE place
SET clock = news.clock, name = news.name, company = news.company, line1 = news.line1, line2 = news.line2,
    city = news.city, region = news.region, postal_code = news.postal_code, country = news.country
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[])
    AS news (code, clock, name, company, line1, line2, city, region, postal_code, country)
WHERE place.code = news.code
