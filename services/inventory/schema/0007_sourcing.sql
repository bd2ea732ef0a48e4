-- Rules of sourcing, where postal codes are, how much a place was given today, and why orders come from where they do.

CREATE TABLE sourcing_policy (
    scope text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL
);
COMMENT ON TABLE sourcing_policy IS 'Who has rules of sourcing; written by the lane of its scope alone';
COMMENT ON COLUMN sourcing_policy.scope IS 'A channel, or * for all that have none of their own';
COMMENT ON COLUMN sourcing_policy.version IS 'Raised by every change';

CREATE TABLE sourcing_rule (
    scope text COLLATE "C" NOT NULL,
    rule_no integer NOT NULL,
    kind smallint NOT NULL,
    band_km integer NOT NULL,
    kinds integer NOT NULL,
    locations text,
    countries text,
    PRIMARY KEY (scope, rule_no)
);
COMMENT ON TABLE sourcing_rule IS 'What makes one set of places better than another, in order';
COMMENT ON COLUMN sourcing_rule.scope IS 'Of a policy';
COMMENT ON COLUMN sourcing_rule.rule_no IS 'Counts up: rules that are put anew take new numbers';
COMMENT ON COLUMN sourcing_rule.kind IS '1 allowed, 2 single_place, 3 fewest_parcels, 4 nearest, 5 cheapest, 6 capacity, 7 soonest, 8 balance';
COMMENT ON COLUMN sourcing_rule.band_km IS 'Of nearest: distances within one step are the same; else 1';
COMMENT ON COLUMN sourcing_rule.kinds IS 'Of allowed: bits 1 << location.kind';
COMMENT ON COLUMN sourcing_rule.locations IS 'Of allowed: codes, each with a space before and behind it';
COMMENT ON COLUMN sourcing_rule.countries IS 'Of allowed: where parcels go, each with a space before and behind it; everywhere when null';

CREATE TABLE postal_areas (
    country text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    areas text NOT NULL
);
COMMENT ON TABLE postal_areas IS 'Where the postal codes of a country are; written by the lane of the country alone';
COMMENT ON COLUMN postal_areas.version IS 'Raised by every change';
COMMENT ON COLUMN postal_areas.areas IS 'A line each: latitude and longitude in millionths of a degree, and how the codes begin';

CREATE TABLE location_work (
    location text COLLATE "C" PRIMARY KEY,
    day integer NOT NULL,
    orders integer NOT NULL,
    pieces bigint NOT NULL
) WITH (fillfactor = 30);
COMMENT ON TABLE location_work IS 'What a place with a capacity was given; made with it, locked behind the stock by every batch that promises while there is one';
COMMENT ON COLUMN location_work.day IS 'The day on which that is begun, by the calendar of the place: days since 1970-01-01';
COMMENT ON COLUMN location_work.orders IS 'Given for that day; what is given back is not counted off';
COMMENT ON COLUMN location_work.pieces IS 'Given for that day';

CREATE TABLE sourcing_choice (
    order_id bytea NOT NULL,
    hold_no smallint NOT NULL,
    order_no bigint NOT NULL,
    at timestamptz NOT NULL,
    channel text NOT NULL,
    country text NOT NULL,
    proven boolean NOT NULL,
    rules text NOT NULL,
    items text NOT NULL,
    places text NOT NULL,
    PRIMARY KEY (order_id, hold_no)
);
COMMENT ON TABLE sourcing_choice IS 'Why a reservation is held where it is, where several places had some of it; append-only, forgotten after 90 days';
COMMENT ON COLUMN sourcing_choice.order_id IS 'Public id of the order, 16 bytes';
COMMENT ON COLUMN sourcing_choice.hold_no IS 'Which reservation of it: 1 is ...-H1';
COMMENT ON COLUMN sourcing_choice.order_no IS 'Compact number of the order';
COMMENT ON COLUMN sourcing_choice.at IS 'When it was decided';
COMMENT ON COLUMN sourcing_choice.country IS 'Where the parcel goes, ISO 3166; nothing else of the address is kept';
COMMENT ON COLUMN sourcing_choice.proven IS 'No set of places is better';
COMMENT ON COLUMN sourcing_choice.rules IS 'Words of the rules that were compared, in order, with a space between';
COMMENT ON COLUMN sourcing_choice.items IS 'SKU:pieces of each item that was to be served, with a space between';
COMMENT ON COLUMN sourcing_choice.places IS 'A line a place, its fields with a space between: code, kind, priority, distance in km (-1: not known), cost of a parcel, days until it begins, 1 when full, pieces that it had of each item (with commas), pieces taken (- when none), why nothing was (x excluded, f not allowed, l lacks, r and a number from 0: a rule), what that rule made of it and of what was chosen, and the place compared with';

-- Decisions are kept for 90 days.
CREATE OR REPLACE FUNCTION forget_old() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    WITH gone AS (
        DELETE FROM sourcing_choice WHERE (order_id, hold_no) IN (
            SELECT order_id, hold_no FROM sourcing_choice WHERE at < business_now() - interval '90 days' LIMIT 100000)
        RETURNING 1)
    SELECT count(*) FROM gone
$$;

-- Rules as they were put; null: there are none.
CREATE FUNCTION sourcing_rules(of_scope text) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(json_agg(json_build_object(
        'kind', (ARRAY['allowed', 'single_place', 'fewest_parcels', 'nearest', 'cheapest', 'capacity', 'soonest',
            'balance'])[kind],
        'locations', to_json(string_to_array(nullif(btrim(locations), ''), '  ')),
        'kinds', (SELECT json_agg(word ORDER BY number) FROM unnest(ARRAY['warehouse', 'store', 'supplier', 'showroom',
            'distribution_center', 'third_party']) WITH ORDINALITY AS location_kind (word, number)
            WHERE kinds >> number::integer & 1 = 1),
        'countries', to_json(string_to_array(nullif(btrim(countries), ''), '  ')),
        'band_km', nullif(band_km, 1)) ORDER BY rule_no), '[]'::json)
    FROM sourcing_rule WHERE scope = of_scope
$$;

-- What was taken from a place: pieces of each item, and which lines of the order have it.
CREATE FUNCTION sourcing_taken(of_choice sourcing_choice, taken text) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_agg(json_build_object('sku', sku, 'quantity', pieces::integer, 'lines', (
            SELECT json_agg(DISTINCT line.line_no) FROM reservation_line line
            WHERE line.order_no = of_choice.order_no AND line.hold_no = of_choice.hold_no AND line.sku = item.sku))
        ORDER BY n)
    FROM unnest(string_to_array(taken, ',')) WITH ORDINALITY AS part (pieces, n)
    JOIN LATERAL (SELECT split_part(split_part(of_choice.items, ' ', n::integer), ':', 1) AS sku) AS item ON true
    WHERE taken <> '-' AND pieces <> '0'
$$;

-- One line of `places`, for people.
CREATE FUNCTION sourcing_place(of_choice sourcing_choice, field text[]) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object('location', field[1],
        'distance_km', nullif(field[4], '-1')::integer,
        'taken', sourcing_taken(of_choice, field[9]),
        'why_not', CASE WHEN field[9] = '-' THEN json_build_object(
            'reason', CASE left(field[10], 1) WHEN 'x' THEN 'excluded' WHEN 'f' THEN 'not_allowed' WHEN 'l' THEN 'lacks'
                ELSE 'rule' END,
            'rule', CASE WHEN field[10] LIKE 'r%' THEN
                split_part(of_choice.rules, ' ', 1 + substr(field[10], 2)::integer) END,
            'value', CASE WHEN field[10] LIKE 'r%' THEN field[11]::bigint END,
            'best', CASE WHEN field[10] LIKE 'r%' THEN field[12]::bigint END,
            'instead_of', field[13]) END)
$$;
