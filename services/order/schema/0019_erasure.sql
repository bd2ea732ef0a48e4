-- What is personal of a customer is erased: in the lane of each of their orders, and in the services that were told of them.

CREATE TABLE customer_erasure (
    customer_id text COLLATE "C" PRIMARY KEY,
    request_id text NOT NULL,
    asked_by text,
    asked_at timestamptz NOT NULL
);
COMMENT ON TABLE customer_erasure IS 'Customers of whom people asked that they be forgotten; written by the lane of the id';
COMMENT ON COLUMN customer_erasure.customer_id IS 'By which the customer was named, that of any of their orders';
COMMENT ON COLUMN customer_erasure.request_id IS 'Identity of the request; of the last one, where it was asked again';
COMMENT ON COLUMN customer_erasure.asked_by IS 'Who asked; null: not known';
COMMENT ON COLUMN customer_erasure.asked_at IS 'And when';

CREATE TABLE customer_erasure_order (
    customer_id text COLLATE "C" NOT NULL,
    order_no bigint NOT NULL,
    PRIMARY KEY (customer_id, order_no)
);
COMMENT ON TABLE customer_erasure_order IS 'Their orders then, which nothing says any more once they are erased';
COMMENT ON COLUMN customer_erasure_order.customer_id IS 'As in customer_erasure';
COMMENT ON COLUMN customer_erasure_order.order_no IS 'An order of theirs';
CREATE INDEX customer_erasure_order_by_order ON customer_erasure_order (order_no);

CREATE TABLE order_erasure (
    order_no bigint PRIMARY KEY,
    erased_at timestamptz NOT NULL
);
COMMENT ON TABLE order_erasure IS 'Orders that nothing personal is kept of; written by their own lanes';
COMMENT ON COLUMN order_erasure.order_no IS 'Of the order';
COMMENT ON COLUMN order_erasure.erased_at IS 'When it was erased first';

INSERT INTO timeline_kind (kind, type) VALUES (19, 'kervan.order.erased.v1');

-- The orders with which the one that names the customer was erased, in one channel or (null) in all; none where it never was.
CREATE FUNCTION customer_erased_orders(customer_id text, in_channel text) RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE ROWS 20 AS $$
    SELECT DISTINCT o.order_no
    FROM submission s JOIN orders named USING (order_no) JOIN customer_erasure_order mine USING (order_no)
        JOIN customer_erasure_order theirs ON theirs.customer_id = mine.customer_id
        JOIN orders o ON o.order_no = theirs.order_no
    WHERE s.order_id = customer_order_id(customer_erased_orders.customer_id)
      AND (in_channel IS NULL OR (named.channel = in_channel AND o.channel = in_channel))
$$;

-- When all of these orders were erased; null: one was not.
CREATE FUNCTION orders_erased_at(numbers bigint[]) RETURNS timestamptz LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN count(*) = cardinality(numbers) THEN max(erased_at) END FROM order_erasure WHERE order_no = ANY (numbers)
$$;

-- The erasure by which the customer is named, else that of the order that names them.
CREATE FUNCTION customer_erasure_shown(customer_id text) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    WITH asked AS (
        SELECT e.* FROM customer_erasure e WHERE e.customer_id = customer_erasure_shown.customer_id
        UNION ALL
        SELECT e.* FROM submission s JOIN customer_erasure_order mine USING (order_no) JOIN customer_erasure e
            ON e.customer_id = mine.customer_id
        WHERE s.order_id = customer_order_id(customer_erasure_shown.customer_id)
    )
    SELECT json_strip_nulls(json_build_object('customer_id', asked.customer_id, 'state', 'erasing', 'asked_by', asked_by,
        'asked_at', instant_text(asked_at),
        'orders', (SELECT coalesce(json_agg(json_build_object('id', order_id_text(o.order_id), 'erased_at', instant_text(erased_at))
            ORDER BY o.order_no), '[]'::json)
            FROM customer_erasure_order theirs JOIN orders o USING (order_no) LEFT JOIN order_erasure done USING (order_no)
            WHERE theirs.customer_id = asked.customer_id)))
    FROM asked ORDER BY asked_at DESC LIMIT 1
$$;

-- Who it is, as the orders say; the newest is right where they differ. Of who was erased, what they ordered. Null: there are none.
CREATE OR REPLACE FUNCTION customer_shown(numbers bigint[]) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    WITH o AS MATERIALIZED (
        SELECT order_no, order_id, channel, placed_at, ended_at, status, currency, total_minor, captured_minor, refunded_minor,
               c.*::order_contact AS contact
        FROM orders JOIN order_contact c USING (order_no) WHERE order_no = ANY (numbers)
    ), newest AS (
        SELECT (contact).* FROM o ORDER BY placed_at DESC, order_no DESC LIMIT 1
    ), sums AS (
        SELECT currency, count(*) AS orders, sum(total_minor) AS total, sum(captured_minor) AS captured, sum(refunded_minor) AS refunded
        FROM o WHERE status BETWEEN 2 AND 4 OR captured_minor > 0 GROUP BY currency
    ), places AS (
        SELECT order_ship_to(order_no) AS address, placed_at
        FROM (SELECT DISTINCT ON ((contact).ship_name, (contact).ship_line1, (contact).ship_line2, (contact).ship_city,
                                  (contact).ship_postal_code, (contact).ship_country) order_no, placed_at
              FROM o WHERE (contact).ship_name IS NOT NULL
              ORDER BY (contact).ship_name, (contact).ship_line1, (contact).ship_line2, (contact).ship_city,
                       (contact).ship_postal_code, (contact).ship_country, placed_at DESC) AS each
        ORDER BY placed_at DESC LIMIT 10
    )
    SELECT json_strip_nulls(json_build_object(
        'id', (SELECT 'cus_' || substr(order_id_text(order_id), 5) FROM o ORDER BY placed_at, order_no LIMIT 1),
        'name', newest.name, 'email', newest.email, 'phone', newest.phone, 'locale', newest.locale, 'company', newest.company,
        'emails', (SELECT json_agg(email) FROM (SELECT DISTINCT (contact).email FROM o WHERE (contact).email IS NOT NULL ORDER BY 1 LIMIT 20) AS e),
        'phones', (SELECT json_agg(phone) FROM (SELECT DISTINCT (contact).phone FROM o WHERE (contact).phone IS NOT NULL ORDER BY 1 LIMIT 20) AS p),
        'addresses', (SELECT coalesce(json_agg(address ORDER BY placed_at DESC), '[]'::json) FROM places),
        'known', (SELECT bool_or((contact).channel_customer_ref IS NOT NULL) FROM o),
        'channels', (SELECT json_agg(json_strip_nulls(json_build_object('channel', channel, 'order_count', orders,
            'channel_customer_refs', refs)) ORDER BY channel)
            FROM (SELECT channel, count(*) AS orders, array_agg(DISTINCT (contact).channel_customer_ref)
                      FILTER (WHERE (contact).channel_customer_ref IS NOT NULL) AS refs FROM o GROUP BY channel) AS c),
        'order_count', (SELECT count(*) FROM o), 'open_order_count', (SELECT count(*) FROM o WHERE ended_at IS NULL),
        'sums', (SELECT coalesce(json_agg(json_build_object('currency', currency, 'order_count', orders, 'total_minor', total,
            'captured_minor', captured, 'refunded_minor', refunded) ORDER BY currency), '[]'::json) FROM sums),
        'first_order_at', (SELECT instant_text(min(placed_at)) FROM o),
        'last_order_at', (SELECT instant_text(max(placed_at)) FROM o), 'erased_at', instant_text(orders_erased_at(numbers))))
    FROM newest
$$;
