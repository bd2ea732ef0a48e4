-- What expires first may leave first: a rule of sourcing.

COMMENT ON COLUMN sourcing_rule.kind IS '1 allowed, 2 single_place, 3 fewest_parcels, 4 nearest, 5 cheapest, 6 capacity, 7 soonest, 8 balance, 9 expiry_first';
COMMENT ON COLUMN sourcing_choice.places IS 'A line a place, its fields with a space between: code, kind, priority, distance in km (-1: not known), cost of a parcel, days until it begins, 1 when full (and behind a plus in how many days the first of what was ordered expires there, where any does), pieces that it had of each item (with commas), pieces taken (- when none), why nothing was (x excluded, f not allowed, l lacks, r and a number from 0: a rule), what that rule made of it and of what was chosen, and the place compared with';

CREATE OR REPLACE FUNCTION sourcing_rules(of_scope text) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(json_agg(json_build_object(
        'kind', (ARRAY['allowed', 'single_place', 'fewest_parcels', 'nearest', 'cheapest', 'capacity', 'soonest',
            'balance', 'expiry_first'])[kind],
        'locations', to_json(string_to_array(nullif(btrim(locations), ''), '  ')),
        'kinds', (SELECT json_agg(word ORDER BY number) FROM unnest(ARRAY['warehouse', 'store', 'supplier', 'showroom',
            'distribution_center', 'third_party']) WITH ORDINALITY AS location_kind (word, number)
            WHERE kinds >> number::integer & 1 = 1),
        'countries', to_json(string_to_array(nullif(btrim(countries), ''), '  ')),
        'band_km', nullif(band_km, 1)) ORDER BY rule_no), '[]'::json)
    FROM sourcing_rule WHERE scope = of_scope
$$;
