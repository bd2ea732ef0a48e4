-- Places.  Read without a lock: each row has one lane that writes it.

-- name: location_load
-- $1 networks: all their places
SELECT network, code, version, name, kind, priority, active, automatic, address_name, company, line1, line2, city, region,
       postal_code, country
FROM location WHERE network = ANY ($1::smallint[]) ORDER BY network, code

-- name: location_insert
INSERT INTO location (network, code, version, name, kind, priority, active, automatic, address_name, company, line1, line2, city,
                      region, postal_code, country)
SELECT * FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::smallint[],
                     $7::boolean[], $8::boolean[], $9::text[], $10::text[], $11::text[], $12::text[],
                     $13::text[], $14::text[], $15::text[], $16::text[])

-- name: location_update
UPDATE location
SET version = news.version, name = news.name, kind = news.kind, priority = news.priority, active = news.active,
    automatic = news.automatic,
    address_name = news.address_name, company = news.company, line1 = news.line1, line2 = news.line2,
    city = news.city, region = news.region, postal_code = news.postal_code, country = news.country
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::smallint[], $7::boolean[],
            $8::boolean[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
            $16::text[])
    AS news (network, code, version, name, kind, priority, active, automatic, address_name, company, line1, line2, city, region,
             postal_code, country)
WHERE location.network = news.network AND location.code = news.code
