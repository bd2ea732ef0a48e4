-- Tables of the database floor: what a whole order needs to have stored, in rows as compact as they can be, in one schema.

DROP SCHEMA IF EXISTS bench_floor CASCADE;
CREATE SCHEMA bench_floor;
SET search_path = bench_floor;

CREATE SEQUENCE batch;
CREATE TABLE stock (sku integer PRIMARY KEY, on_hand bigint NOT NULL, reserved bigint NOT NULL) WITH (fillfactor = 50);
INSERT INTO stock SELECT sku, 1000000000, 0 FROM generate_series(0, 999) AS sku;
CREATE TABLE stock_ledger (order_no bigint, line_no smallint, kind smallint, quantity integer,
                           PRIMARY KEY (order_no, line_no, kind));

CREATE TABLE orders (order_no bigint PRIMARY KEY, status smallint NOT NULL, payment smallint NOT NULL,
                     fulfillment smallint NOT NULL, total_minor bigint NOT NULL, placed_at timestamptz NOT NULL,
                     changed_at timestamptz NOT NULL, customer bytea NOT NULL) WITH (fillfactor = 50);
CREATE TABLE order_line (order_no bigint, line_no smallint, sku integer NOT NULL, quantity integer NOT NULL,
                         price_minor bigint NOT NULL, PRIMARY KEY (order_no, line_no));
CREATE TABLE reservation (order_no bigint PRIMARY KEY, state smallint NOT NULL) WITH (fillfactor = 70);
CREATE TABLE payment (order_no bigint PRIMARY KEY, state smallint NOT NULL, authorized_minor bigint NOT NULL,
                      captured_minor bigint NOT NULL, provider_ref text) WITH (fillfactor = 50);
CREATE TABLE payment_event (order_no bigint, number smallint, kind smallint NOT NULL, amount_minor bigint NOT NULL,
                            PRIMARY KEY (order_no, number));
CREATE TABLE fulfillment (order_no bigint PRIMARY KEY, state smallint NOT NULL, place smallint NOT NULL)
    WITH (fillfactor = 70);
CREATE TABLE shipment (order_no bigint PRIMARY KEY, state smallint NOT NULL, tracking_number text,
                       changed_at timestamptz NOT NULL) WITH (fillfactor = 50);
CREATE TABLE customer_message (order_no bigint, kind smallint, state smallint NOT NULL, PRIMARY KEY (order_no, kind))
    WITH (fillfactor = 70);
CREATE TABLE effect (order_no bigint, kind smallint, request bytea NOT NULL, PRIMARY KEY (order_no, kind));
CREATE TABLE input (order_no bigint, kind smallint, body bytea NOT NULL, PRIMARY KEY (order_no, kind));
CREATE TABLE outbox (order_no bigint, number smallint, body bytea NOT NULL, PRIMARY KEY (order_no, number));
CREATE TABLE lane (client integer, service smallint, version bigint NOT NULL, PRIMARY KEY (client, service))
    WITH (fillfactor = 40);
INSERT INTO lane SELECT client, service, 0 FROM generate_series(0, 63) AS client, generate_series(1, 6) AS service;
