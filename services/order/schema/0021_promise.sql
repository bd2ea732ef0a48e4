-- When the shopper was told that the goods arrive.

CREATE TABLE place (
    network smallint NOT NULL,
    code text COLLATE "C" NOT NULL,
    clock bigint NOT NULL,
    time_zone text,
    cut_off_minute smallint NOT NULL,
    open_weekdays smallint NOT NULL,
    holidays text,
    handling_days smallint NOT NULL,
    PRIMARY KEY (network, code)
);
COMMENT ON TABLE place IS 'Places that send goods, as inventory told of them; each is written by the lane of its code. One that is not here is always open';
COMMENT ON COLUMN place.network IS '1: batches read all places at once';
COMMENT ON COLUMN place.code IS 'The shop''s own name of the place';
COMMENT ON COLUMN place.clock IS 'Of the last change that was taken; an older one is passed over';
COMMENT ON COLUMN place.time_zone IS 'Name in the IANA database; null: UTC';
COMMENT ON COLUMN place.cut_off_minute IS 'From this minute of the day on work is begun the next day; -1: never';
COMMENT ON COLUMN place.open_weekdays IS 'Bits 1 << 0 Monday to 1 << 6 Sunday';
COMMENT ON COLUMN place.holidays IS 'Dates with a space between; null: none';
COMMENT ON COLUMN place.handling_days IS 'Open days from the one on which work is begun to that on which the carrier has it';

ALTER TABLE orders
    ADD COLUMN delivery_terms text,
    ADD COLUMN promised_earliest integer NOT NULL DEFAULT 0,
    ADD COLUMN promised_latest integer NOT NULL DEFAULT 0,
    ADD COLUMN promised_first integer NOT NULL DEFAULT 0,
    ADD COLUMN promise_outcome smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN orders.delivery_terms IS 'As channel.delivery_options was when it was placed';
COMMENT ON COLUMN orders.promised_earliest IS 'Day since 1970-01-01 before which nothing arrives, as the shopper was told last; 0: nothing is promised';
COMMENT ON COLUMN orders.promised_latest IS 'Day on which the last of it arrives, as the shopper was told last';
COMMENT ON COLUMN orders.promised_first IS 'The latest day as it was promised first';
COMMENT ON COLUMN orders.promise_outcome IS '1 kept: all delivered by promised_first; 2 moved: by promised_latest; 3 missed; 0: not delivered, or nothing was promised';

ALTER TABLE order_fulfillment
    ADD COLUMN begins_on integer NOT NULL DEFAULT 0,
    ADD COLUMN hand_over_on integer NOT NULL DEFAULT 0,
    ADD COLUMN promised_earliest integer NOT NULL DEFAULT 0,
    ADD COLUMN promised_latest integer NOT NULL DEFAULT 0,
    ADD COLUMN zone_minutes smallint NOT NULL DEFAULT 0,
    ADD COLUMN slips smallint NOT NULL DEFAULT 0,
    ADD COLUMN late_at timestamptz;
COMMENT ON COLUMN order_fulfillment.begins_on IS 'Day since 1970-01-01 before which the place has no room for it; 0: it has';
COMMENT ON COLUMN order_fulfillment.hand_over_on IS 'Day on which the carrier is to have it, by the calendar of the place; 0: nothing is promised';
COMMENT ON COLUMN order_fulfillment.promised_earliest IS 'Day before which it does not arrive';
COMMENT ON COLUMN order_fulfillment.promised_latest IS 'Day on which it is there';
COMMENT ON COLUMN order_fulfillment.zone_minutes IS 'Of the place, east of UTC: what these days are reckoned by';
COMMENT ON COLUMN order_fulfillment.slips IS 'How often it was late';
COMMENT ON COLUMN order_fulfillment.late_at IS 'When it is late if it is no further by then; null: it cannot be';

ALTER TABLE detour ADD COLUMN stock_expected_at timestamptz;
COMMENT ON COLUMN detour.stock_expected_at IS 'When the pieces that wait should be there; null: nobody says';

ALTER TABLE channel ADD COLUMN delivery_options text;
COMMENT ON COLUMN channel.delivery_options IS 'A service, and a carrier''s days at least and at most, again and again: standard 2 4 express 1 1; null: what words say';

INSERT INTO timeline_kind (kind, type) VALUES (100, 'kervan.order.promise_changed.v1');

CREATE FUNCTION promised_delivery(earliest integer, latest integer) RETURNS json LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN latest > 0 THEN json_build_object('earliest', date '1970-01-01' + earliest, 'latest', date '1970-01-01' + latest) END;
COMMENT ON FUNCTION promised_delivery IS 'A promise as the read API shows it; null: nothing is promised';

CREATE OR REPLACE FUNCTION customer_message_words(messages bigint) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg((ARRAY['received', 'confirmed', 'shipped', 'delivered', 'canceled', 'rejected', 'expired',
        'payment_awaited', 'payment_failed', 'choice_asked', 'reduced', 'partly_shipped', 'delayed', 'refunded',
        'completed', 'refund_reversed', 'promise_changed'])[n] ORDER BY n)
    FROM generate_series(1, 17) AS n WHERE messages >> n & 1 = 1
$$;
