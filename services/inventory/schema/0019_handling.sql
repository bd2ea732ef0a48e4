-- How long a place takes until the carrier has what it begins.

ALTER TABLE location ADD COLUMN handling_days smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN location.handling_days IS 'Open days from the one on which work is begun to the one on which the carrier has it';

CREATE OR REPLACE FUNCTION location_opening(place location) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN place.time_zone IS NULL AND place.cut_off_minute < 0 AND place.open_weekdays = 127 AND place.holidays IS NULL
            AND place.handling_days = 0
        THEN NULL ELSE json_build_object(
            'time_zone', place.time_zone,
            'cut_off', CASE WHEN place.cut_off_minute >= 0 THEN
                to_char(place.cut_off_minute / 60, 'FM00') || ':' || to_char(place.cut_off_minute % 60, 'FM00') END,
            'weekdays', CASE WHEN place.open_weekdays <> 127 THEN (
                SELECT json_agg(word ORDER BY day) FROM unnest(ARRAY['monday', 'tuesday', 'wednesday', 'thursday',
                    'friday', 'saturday', 'sunday']) WITH ORDINALITY AS weekday (word, day)
                WHERE place.open_weekdays >> (day - 1)::integer & 1 = 1) END,
            'holidays', to_json(string_to_array(place.holidays, ' ')),
            'handling_days', nullif(place.handling_days, 0)) END
$$;
