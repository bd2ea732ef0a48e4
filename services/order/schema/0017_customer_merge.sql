-- A person says that two customers are one.

CREATE TABLE customer_merge (
    customer_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    into_id text COLLATE "C",
    into_order_no bigint NOT NULL,
    order_no bigint NOT NULL,
    changed_by text,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE customer_merge IS 'Customers that people said are another one, too; a row stays when that is taken back';
COMMENT ON COLUMN customer_merge.customer_id IS 'By which the customer was named, that of any of their orders';
COMMENT ON COLUMN customer_merge.version IS 'Counts its changes';
COMMENT ON COLUMN customer_merge.into_id IS 'Whom they are one with; null: taken back';
COMMENT ON COLUMN customer_merge.into_order_no IS 'The order by which that one is named; 0: taken back';
COMMENT ON COLUMN customer_merge.order_no IS 'The order by which this one is named';
COMMENT ON COLUMN customer_merge.changed_by IS 'Who said so last; null: not known';
COMMENT ON COLUMN customer_merge.changed_at IS 'And when';
CREATE INDEX customer_merge_by_order ON customer_merge (order_no) WHERE into_order_no > 0;
CREATE INDEX customer_merge_by_other ON customer_merge (into_order_no) WHERE into_order_no > 0;

-- What orders of the customer with this key have in common, and those of whom they were merged with, by however many steps.
CREATE FUNCTION customer_keys(key text) RETURNS SETOF text LANGUAGE sql STABLE ROWS 2 AS $$
    WITH RECURSIVE known (key) AS (
        SELECT customer_keys.key
        UNION
        SELECT customer_key(c) FROM known
            CROSS JOIN LATERAL customer_orders_of(known.key) AS member (order_no)
            CROSS JOIN LATERAL (
                SELECT into_order_no FROM customer_merge m WHERE m.order_no = member.order_no AND into_order_no > 0
                UNION ALL
                SELECT m.order_no FROM customer_merge m WHERE into_order_no = member.order_no AND into_order_no > 0) AS other (order_no)
            JOIN order_contact c ON c.order_no = other.order_no
    )
    SELECT known.key FROM known WHERE known.key IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION customer_orders(customer_id text, in_channel text) RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE ROWS 20 AS $$
    SELECT o.order_no
    FROM submission s JOIN orders named USING (order_no) JOIN order_contact c USING (order_no)
        CROSS JOIN LATERAL customer_keys(customer_key(c)) AS known (key)
        CROSS JOIN LATERAL customer_orders_of(known.key) AS member (order_no)
        JOIN orders o ON o.order_no = member.order_no
    WHERE s.order_id = customer_order_id(customer_id)
      AND (in_channel IS NULL OR (named.channel = in_channel AND o.channel = in_channel))
$$;

CREATE FUNCTION customer_merge_shown(m customer_merge) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN json_strip_nulls(json_build_object('customer_id', m.customer_id, 'into_customer_id', m.into_id, 'version', m.version,
    'changed_by', m.changed_by, 'changed_at', instant_text(m.changed_at)));
