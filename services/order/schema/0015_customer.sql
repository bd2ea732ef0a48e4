-- A customer is who ordered with one e-mail, or where none is known with one phone; found by the indexes of the search, so that
-- taking an order writes nothing for it.

ALTER TABLE order_contact ADD COLUMN channel_customer_ref text COLLATE "C";
COMMENT ON COLUMN order_contact.channel_customer_ref IS 'The channel''s own name of the customer; null: a guest';
CREATE INDEX order_contact_by_customer_ref ON order_contact (channel_customer_ref) WHERE channel_customer_ref IS NOT NULL;

CREATE OR REPLACE FUNCTION order_customer(number bigint) RETURNS json
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('name', name, 'email', email, 'phone', phone, 'locale', locale, 'company', company,
        'channel_customer_ref', channel_customer_ref)
    FROM order_contact WHERE order_no = number AND name IS NOT NULL
$$;

-- What a customer's orders have in common; null: it was erased.
CREATE FUNCTION customer_key(c order_contact) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN c.email IS NOT NULL THEN 'email:' || order_search_text(c.email)
                WHEN c.phone IS NOT NULL THEN 'phone:' || order_phone_key(c.phone)
                WHEN c.name IS NOT NULL THEN 'order:' || c.order_no END
$$;

CREATE FUNCTION customer_orders_of(key text) RETURNS SETOF bigint LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 20 AS $$
    SELECT order_no FROM order_contact
    WHERE starts_with(key, 'email:') AND order_search_text(email) COLLATE "C" = substr(key, 7)
    UNION ALL
    SELECT order_no FROM order_contact
    WHERE starts_with(key, 'phone:') AND phone IS NOT NULL AND email IS NULL AND order_phone_key(phone) COLLATE "C" = substr(key, 7)
    UNION ALL
    SELECT substr(key, 7)::bigint WHERE starts_with(key, 'order:')
$$;

-- A customer goes by the id of an order, the first one being shown: any other of the same customer means the same.
CREATE FUNCTION customer_order_id(customer_id text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN customer_id ~ '^cus_[a-z2-7]{26}$' THEN order_id_bound('ord_' || substr(customer_id, 5), false) END
$$;

-- The orders of a customer, in one channel or (null) in all of them; none where nobody goes by the id there.
CREATE FUNCTION customer_orders(customer_id text, in_channel text) RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE ROWS 20 AS $$
    SELECT o.order_no
    FROM submission s JOIN orders named USING (order_no) JOIN order_contact c USING (order_no)
        CROSS JOIN LATERAL customer_orders_of(customer_key(c)) AS member (order_no)
        JOIN orders o ON o.order_no = member.order_no
    WHERE s.order_id = customer_order_id(customer_id)
      AND (in_channel IS NULL OR (named.channel = in_channel AND o.channel = in_channel))
$$;

-- Who it is, as the orders say; the newest is right where they differ. Null: there are none.
CREATE FUNCTION customer_shown(numbers bigint[]) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
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
        'last_order_at', (SELECT instant_text(max(placed_at)) FROM o)))
    FROM newest
$$;
