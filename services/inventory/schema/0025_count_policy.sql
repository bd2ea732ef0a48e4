-- Classes of items by what left with orders, and how often each is counted.

CREATE TABLE count_policy (
    location text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    basis smallint NOT NULL,
    days smallint NOT NULL,
    a_percent smallint NOT NULL,
    b_percent smallint NOT NULL,
    a_days smallint NOT NULL,
    b_days smallint NOT NULL,
    c_days smallint NOT NULL
);
COMMENT ON TABLE count_policy IS 'How items of a place are put into classes, and how often each is counted; written by the lane of the place';
COMMENT ON COLUMN count_policy.version IS 'Raised by every change';
COMMENT ON COLUMN count_policy.basis IS '1 picks, 2 pieces, 3 value';
COMMENT ON COLUMN count_policy.days IS 'Of so many days';
COMMENT ON COLUMN count_policy.a_percent IS 'Class a makes up so much of all';
COMMENT ON COLUMN count_policy.b_percent IS 'Classes a and b do together';
COMMENT ON COLUMN count_policy.a_days IS 'Days from one count to the next, of class a';

CREATE FUNCTION count_policy_of(place text) RETURNS count_policy LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce((SELECT p FROM count_policy p WHERE p.location = place), ROW(place, 0, 1, 90, 80, 95, 30, 90, 365)::count_policy)
$$;
COMMENT ON FUNCTION count_policy_of IS 'As last put, else what holds without';

CREATE FUNCTION count_classes(place text)
RETURNS TABLE (sku text, class smallint, picks bigint, pieces bigint, value_minor numeric, counted_at timestamptz, due_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH moved AS MATERIALIZED (
        SELECT s.sku, l.picks, l.pieces, l.pieces::numeric * coalesce((SELECT i.price_minor FROM supplier_item i
                   WHERE i.sku = s.sku AND i.active ORDER BY i.priority, i.supplier LIMIT 1), 0) AS value_minor,
               w.counted_at, p.basis, p.a_percent, p.b_percent, ARRAY[p.a_days, p.b_days, p.c_days] AS every
        FROM count_policy_of(place) AS p
        CROSS JOIN LATERAL (SELECT stock.sku, stock.location FROM stock WHERE stock.location = place AND on_hand > 0) AS s
        CROSS JOIN LATERAL (
            SELECT count(*) AS picks, coalesce(-sum(quantity), 0)::bigint AS pieces FROM stock_ledger l
            WHERE l.sku = s.sku AND l.location = s.location AND l.counter = 1 AND l.kind = 2
              AND l.at > business_now() - p.days * interval '1 day') AS l
        LEFT JOIN stock_watch w ON w.sku = s.sku AND w.location = s.location),
    weighed AS (
        SELECT m.*, CASE m.basis WHEN 1 THEN m.picks WHEN 2 THEN m.pieces ELSE m.value_minor END AS weight FROM moved m),
    summed AS (
        SELECT w.*, sum(weight) OVER () AS total, sum(weight) OVER (ORDER BY weight DESC, w.sku) - weight AS above FROM weighed w),
    classed AS (
        SELECT s.*, (CASE WHEN weight = 0 THEN 3 WHEN above * 100 < a_percent * total THEN 1
                          WHEN above * 100 < b_percent * total THEN 2 ELSE 3 END)::smallint AS class FROM summed s)
    SELECT c.sku, c.class, c.picks, c.pieces, c.value_minor, c.counted_at, c.counted_at + c.every[c.class] * interval '1 day'
    FROM classed c
$$;
COMMENT ON FUNCTION count_classes IS 'What is on hand at a place, by what left of it with orders: the few that make up most are class 1, those behind them 2, the rest 3';
