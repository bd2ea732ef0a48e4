-- Places.  Read without a lock: each row has one lane that writes it.

-- name: location_load
-- $1 networks: all their places
SELECT network, code, version, name, kind, priority, active, automatic, address_name, company, line1, line2,
       city, region, postal_code, country, position_given, latitude, longitude, parcel_cost_minor, orders_a_day,
       pieces_a_day, time_zone, cut_off_minute, open_weekdays, holidays, handling_days
FROM location WHERE network = ANY ($1::smallint[]) ORDER BY network, code

-- name: location_insert
INSERT INTO location (network, code, version, name, kind, priority, active, automatic, address_name, company,
                      line1, line2, city, region, postal_code, country, position_given, latitude, longitude,
                      parcel_cost_minor, orders_a_day, pieces_a_day, time_zone, cut_off_minute, open_weekdays,
                      holidays, handling_days)
SELECT * FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::smallint[],
                     $7::boolean[], $8::boolean[], $9::text[], $10::text[], $11::text[], $12::text[],
                     $13::text[], $14::text[], $15::text[], $16::text[], $17::boolean[], $18::integer[],
                     $19::integer[], $20::bigint[], $21::integer[], $22::integer[], $23::text[],
                     $24::smallint[], $25::smallint[], $26::text[], $27::smallint[])

-- name: location_update
UPDATE location
SET version = news.version, name = news.name, kind = news.kind, priority = news.priority, active = news.active,
    automatic = news.automatic, address_name = news.address_name, company = news.company, line1 = news.line1,
    line2 = news.line2, city = news.city, region = news.region, postal_code = news.postal_code,
    country = news.country, position_given = news.position_given, latitude = news.latitude,
    longitude = news.longitude, parcel_cost_minor = news.parcel_cost_minor, orders_a_day = news.orders_a_day,
    pieces_a_day = news.pieces_a_day, time_zone = news.time_zone, cut_off_minute = news.cut_off_minute,
    open_weekdays = news.open_weekdays, holidays = news.holidays, handling_days = news.handling_days
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::smallint[], $7::boolean[],
            $8::boolean[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
            $15::text[], $16::text[], $17::boolean[], $18::integer[], $19::integer[], $20::bigint[],
            $21::integer[], $22::integer[], $23::text[], $24::smallint[], $25::smallint[], $26::text[], $27::smallint[])
    AS news (network, code, version, name, kind, priority, active, automatic, address_name, company, line1,
             line2, city, region, postal_code, country, position_given, latitude, longitude, parcel_cost_minor,
             orders_a_day, pieces_a_day, time_zone, cut_off_minute, open_weekdays, holidays,
             handling_days)
WHERE location.network = news.network AND location.code = news.code
