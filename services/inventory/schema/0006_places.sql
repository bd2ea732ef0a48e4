-- Where places are, what a parcel from there costs, how much they can do a day, and when.

ALTER TABLE location
    ADD COLUMN position_given boolean NOT NULL DEFAULT false,
    ADD COLUMN latitude integer NOT NULL DEFAULT 0,
    ADD COLUMN longitude integer NOT NULL DEFAULT 0,
    ADD COLUMN parcel_cost_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN orders_a_day integer NOT NULL DEFAULT -1,
    ADD COLUMN pieces_a_day integer NOT NULL DEFAULT -1,
    ADD COLUMN time_zone text,
    ADD COLUMN cut_off_minute smallint NOT NULL DEFAULT -1,
    ADD COLUMN open_weekdays smallint NOT NULL DEFAULT 127,
    ADD COLUMN holidays text;
COMMENT ON COLUMN location.kind IS '1 warehouse, 2 store, 3 supplier, 4 showroom, 5 distribution center, 6 third party';
COMMENT ON COLUMN location.position_given IS 'Where it is was told';
COMMENT ON COLUMN location.latitude IS 'Millionths of a degree north; 0 when not told';
COMMENT ON COLUMN location.longitude IS 'Millionths of a degree east; 0 when not told';
COMMENT ON COLUMN location.parcel_cost_minor IS 'What a parcel from here costs the shop';
COMMENT ON COLUMN location.orders_a_day IS 'So many orders it may be given a day; -1: no limit';
COMMENT ON COLUMN location.pieces_a_day IS 'So many pieces it may be given a day; -1: no limit';
COMMENT ON COLUMN location.time_zone IS 'IANA name of the zone that its days are of; UTC when null';
COMMENT ON COLUMN location.cut_off_minute IS 'From this minute of the day on work is begun the next day; -1: never';
COMMENT ON COLUMN location.open_weekdays IS 'A bit each for the days when it is open: 1 Monday to 64 Sunday';
COMMENT ON COLUMN location.holidays IS 'Dates when it is closed, one behind the other with a space between';

CREATE FUNCTION location_opening(place location) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN place.time_zone IS NULL AND place.cut_off_minute < 0 AND place.open_weekdays = 127 AND place.holidays IS NULL
        THEN NULL ELSE json_build_object(
            'time_zone', place.time_zone,
            'cut_off', CASE WHEN place.cut_off_minute >= 0 THEN
                to_char(place.cut_off_minute / 60, 'FM00') || ':' || to_char(place.cut_off_minute % 60, 'FM00') END,
            'weekdays', CASE WHEN place.open_weekdays <> 127 THEN (
                SELECT json_agg(word ORDER BY day) FROM unnest(ARRAY['monday', 'tuesday', 'wednesday', 'thursday',
                    'friday', 'saturday', 'sunday']) WITH ORDINALITY AS weekday (word, day)
                WHERE place.open_weekdays >> (day - 1)::integer & 1 = 1) END,
            'holidays', to_json(string_to_array(place.holidays, ' '))) END
$$;

-- A place as it was put.
CREATE FUNCTION location_body(place location) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object('name', place.name,
        'kind', (ARRAY['warehouse', 'store', 'supplier', 'showroom', 'distribution_center', 'third_party'])[place.kind],
        'address', json_build_object('name', place.address_name, 'company', place.company, 'line1', place.line1,
            'line2', place.line2, 'city', place.city, 'region', place.region, 'postal_code', place.postal_code,
            'country', place.country),
        'priority', place.priority, 'active', place.active, 'automatic', place.automatic,
        'position', CASE WHEN place.position_given THEN json_build_object(
            'latitude_microdegrees', place.latitude, 'longitude_microdegrees', place.longitude) END,
        'parcel_cost_minor', nullif(place.parcel_cost_minor, 0),
        'capacity', CASE WHEN place.orders_a_day >= 0 OR place.pieces_a_day >= 0 THEN json_build_object(
            'orders_a_day', nullif(place.orders_a_day, -1), 'pieces_a_day', nullif(place.pieces_a_day, -1)) END,
        'opening', location_opening(place))
$$;
