-- How orders of the past would have been sourced by other rules.

CREATE TABLE what_if (
    name text COLLATE "C" PRIMARY KEY,
    run integer NOT NULL,
    state smallint NOT NULL,
    request_id text NOT NULL,
    asked_at timestamptz NOT NULL,
    channel text,
    from_at timestamptz,
    until_at timestamptz,
    cursor_order bytea NOT NULL,
    cursor_hold smallint NOT NULL,
    orders bigint NOT NULL,
    changed bigint NOT NULL,
    unserved bigint NOT NULL,
    parcels_before bigint NOT NULL,
    parcels_after bigint NOT NULL,
    distance_before_km bigint NOT NULL,
    distance_after_km bigint NOT NULL,
    places text NOT NULL,
    examples text NOT NULL,
    examples_count smallint NOT NULL
);
COMMENT ON TABLE what_if IS 'Reports; each is written by the lane of its name alone. Its rules are rows of sourcing_rule with the scope ?name';
COMMENT ON COLUMN what_if.run IS 'Counts how often a report of this name was asked for';
COMMENT ON COLUMN what_if.state IS '1 running, 2 done';
COMMENT ON COLUMN what_if.request_id IS 'The request that asked for it';
COMMENT ON COLUMN what_if.asked_at IS 'When: decisions made later are not looked at';
COMMENT ON COLUMN what_if.channel IS 'Only orders of this one; all when null';
COMMENT ON COLUMN what_if.from_at IS 'Only decisions of this time or later';
COMMENT ON COLUMN what_if.until_at IS 'Only decisions before it';
COMMENT ON COLUMN what_if.cursor_order IS 'The last decision that was looked at: its order';
COMMENT ON COLUMN what_if.cursor_hold IS 'And which reservation of it';
COMMENT ON COLUMN what_if.orders IS 'Decisions that were made again';
COMMENT ON COLUMN what_if.changed IS 'Of them, with another result';
COMMENT ON COLUMN what_if.unserved IS 'Of them, such that the places allowed could not have served';
COMMENT ON COLUMN what_if.parcels_before IS 'Places that served them, one a decision and place';
COMMENT ON COLUMN what_if.parcels_after IS 'Places that would have';
COMMENT ON COLUMN what_if.distance_before_km IS 'Sum over parcels whose distance is known';
COMMENT ON COLUMN what_if.distance_after_km IS 'The same by the other rules';
COMMENT ON COLUMN what_if.places IS 'A line a place: code, decisions that took from it, decisions that would have';
COMMENT ON COLUMN what_if.examples IS 'A line each for the first that changed: order, places then and places by the other rules, with a comma before each';
