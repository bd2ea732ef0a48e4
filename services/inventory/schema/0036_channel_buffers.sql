-- Pieces are kept back from a channel, so that one that is slow to hear of a level sells nothing twice.

ALTER TABLE sourcing_rule ADD COLUMN skus text, ADD COLUMN pieces integer NOT NULL DEFAULT 0,
    ADD COLUMN percent smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN sourcing_rule.kind IS '1 allowed, 2 single_place, 3 fewest_parcels, 4 nearest, 5 cheapest, 6 capacity, 7 soonest, 8 balance, 9 expiry_first, 10 buffer';
COMMENT ON COLUMN sourcing_rule.skus IS 'Of buffer: SKUs, each with a space before and behind it; all items when null';
COMMENT ON COLUMN sourcing_rule.pieces IS 'Of buffer: so many pieces of each item are kept back; else 0';
COMMENT ON COLUMN sourcing_rule.percent IS 'Of buffer: so many of a hundred sellable pieces are kept back; else 0';
CREATE INDEX sourcing_rule_limits ON sourcing_rule (scope) WHERE kind IN (1, 10);
COMMENT ON INDEX sourcing_rule_limits IS 'Says whether any channel may sell less than what is available';

CREATE OR REPLACE FUNCTION sourcing_rules(of_scope text) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(json_agg(json_build_object(
        'kind', (ARRAY['allowed', 'single_place', 'fewest_parcels', 'nearest', 'cheapest', 'capacity', 'soonest',
            'balance', 'expiry_first', 'buffer'])[kind],
        'locations', to_json(string_to_array(nullif(btrim(locations), ''), '  ')),
        'kinds', (SELECT json_agg(word ORDER BY number) FROM unnest(ARRAY['warehouse', 'store', 'supplier', 'showroom',
            'distribution_center', 'third_party']) WITH ORDINALITY AS location_kind (word, number)
            WHERE kinds >> number::integer & 1 = 1),
        'countries', to_json(string_to_array(nullif(btrim(countries), ''), '  ')),
        'band_km', nullif(band_km, 1),
        'skus', to_json(string_to_array(nullif(btrim(skus), ''), '  ')),
        'pieces', CASE WHEN kind = 10 AND percent = 0 THEN pieces END,
        'percent', nullif(percent, 0)) ORDER BY rule_no), '[]'::json)
    FROM sourcing_rule WHERE scope = of_scope
$$;
