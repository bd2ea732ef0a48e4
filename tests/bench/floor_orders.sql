-- The pure database work of 500 whole orders, as pgbench runs it: each batch of each service is a transaction of
-- set-based statements with its fence. The rows are made by the server, so the client costs nothing.

SELECT nextval('bench_floor.batch') * 500 AS base \gset

-- orders: placed; reserve is asked
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 1;
INSERT INTO bench_floor.orders SELECT :base + n, 1, 1, 1, 4999, now(), now(), decode(repeat('4b', 200), 'hex')
    FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.order_line SELECT :base + n, line, (power(random(), 3) * 999)::integer, 1, 1999
    FROM generate_series(0, 499) AS n, generate_series(1, (ARRAY[1,1,1,1,2,2,3,3,4,7])[(:base + n) % 10 + 1]) AS line;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(1, 2) AS m;
COMMIT;

-- inventory: reserved
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 2;
SELECT count(*) FROM (
    SELECT FROM bench_floor.stock
    WHERE sku IN (SELECT sku FROM bench_floor.order_line WHERE order_no BETWEEN :base AND :base + 499)
    ORDER BY sku FOR UPDATE) AS locked;
UPDATE bench_floor.stock SET reserved = reserved + taken.quantity FROM (
    SELECT sku, sum(quantity) AS quantity FROM bench_floor.order_line
    WHERE order_no BETWEEN :base AND :base + 499 GROUP BY sku) AS taken
    WHERE stock.sku = taken.sku;
INSERT INTO bench_floor.reservation SELECT :base + n, 1 FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.stock_ledger SELECT order_no, line_no, 1, quantity FROM bench_floor.order_line WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(3, 3) AS m;
COMMIT;

-- notification: placed: a mail is decided
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 6;
INSERT INTO bench_floor.customer_message SELECT :base + n, 1, 1 FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.effect SELECT :base + n, 11, decode(repeat('4b', 200), 'hex') FROM generate_series(0, 499) AS n;
COMMIT;

-- notification: placed: the customer is told
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 6;
UPDATE bench_floor.customer_message SET state = 2 WHERE order_no BETWEEN :base AND :base + 499 AND kind = 1;
DELETE FROM bench_floor.effect WHERE order_no BETWEEN :base AND :base + 499 AND kind = 11;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(4, 4) AS m;
COMMIT;

-- orders: reserved; authorize is asked
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 1;
UPDATE bench_floor.orders SET status = 2, changed_at = now() WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(5, 5) AS m;
COMMIT;

-- payment: the provider is asked
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 3;
INSERT INTO bench_floor.payment SELECT :base + n, 1, 0, 0, NULL FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.payment_event SELECT :base + n, 1, 1, 4999 FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.effect SELECT :base + n, 1, decode(repeat('4b', 200), 'hex') FROM generate_series(0, 499) AS n;
COMMIT;

-- payment: authorized
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 3;
UPDATE bench_floor.payment SET state = 2, authorized_minor = 4999, provider_ref = 'pi_0123456789abcdef01234567' WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.payment_event SELECT :base + n, 2, 2, 4999 FROM generate_series(0, 499) AS n;
DELETE FROM bench_floor.effect WHERE order_no BETWEEN :base AND :base + 499 AND kind = 1;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(6, 6) AS m;
COMMIT;

-- orders: confirmed; fulfill is asked
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 1;
UPDATE bench_floor.orders SET payment = 2, status = 3, changed_at = now() WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(7, 8) AS m;
COMMIT;

-- notification: confirmed: a mail is decided
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 6;
INSERT INTO bench_floor.customer_message SELECT :base + n, 2, 1 FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.effect SELECT :base + n, 12, decode(repeat('4b', 200), 'hex') FROM generate_series(0, 499) AS n;
COMMIT;

-- notification: confirmed: the customer is told
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 6;
UPDATE bench_floor.customer_message SET state = 2 WHERE order_no BETWEEN :base AND :base + 499 AND kind = 2;
DELETE FROM bench_floor.effect WHERE order_no BETWEEN :base AND :base + 499 AND kind = 12;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(9, 9) AS m;
COMMIT;

-- fulfillment: opened, picked, packed by an automatic place
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 4;
INSERT INTO bench_floor.fulfillment SELECT :base + n, 3, 1 FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(10, 12) AS m;
COMMIT;

-- orders: packed; capture is asked
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 1;
UPDATE bench_floor.orders SET fulfillment = 3, changed_at = now() WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(13, 13) AS m;
COMMIT;

-- payment: the provider is asked
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 3;
INSERT INTO bench_floor.payment_event SELECT :base + n, 3, 3, 4999 FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.effect SELECT :base + n, 2, decode(repeat('4b', 200), 'hex') FROM generate_series(0, 499) AS n;
COMMIT;

-- payment: captured
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 3;
UPDATE bench_floor.payment SET state = 3, captured_minor = 4999 WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.payment_event SELECT :base + n, 4, 4, 4999 FROM generate_series(0, 499) AS n;
DELETE FROM bench_floor.effect WHERE order_no BETWEEN :base AND :base + 499 AND kind = 2;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(14, 14) AS m;
COMMIT;

-- orders: captured; ship is asked
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 1;
UPDATE bench_floor.orders SET payment = 3, changed_at = now() WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(15, 15) AS m;
COMMIT;

-- shipping: the carrier is asked
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 5;
INSERT INTO bench_floor.shipment SELECT :base + n, 1, NULL, now() FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.effect SELECT :base + n, 3, decode(repeat('4b', 200), 'hex') FROM generate_series(0, 499) AS n;
COMMIT;

-- shipping: labeled
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 5;
UPDATE bench_floor.shipment SET state = 2, tracking_number = 'EZ4000' || order_no, changed_at = now() WHERE order_no BETWEEN :base AND :base + 499;
DELETE FROM bench_floor.effect WHERE order_no BETWEEN :base AND :base + 499 AND kind = 3;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(16, 16) AS m;
COMMIT;

-- orders: labeled
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 1;
UPDATE bench_floor.orders SET fulfillment = 4, changed_at = now() WHERE order_no BETWEEN :base AND :base + 499;
COMMIT;

-- shipping: a webhook is kept
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 5;
INSERT INTO bench_floor.input SELECT :base + n, 1, decode(repeat('4b', 300), 'hex') FROM generate_series(0, 499) AS n;
COMMIT;

-- shipping: shipped
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 5;
UPDATE bench_floor.shipment SET state = 3, changed_at = now() WHERE order_no BETWEEN :base AND :base + 499;
DELETE FROM bench_floor.input WHERE order_no BETWEEN :base AND :base + 499 AND kind = 1;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(17, 17) AS m;
COMMIT;

-- orders: shipped; consume is asked
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 1;
UPDATE bench_floor.orders SET fulfillment = 5, changed_at = now() WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(18, 18) AS m;
COMMIT;

-- inventory: consumed
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 2;
SELECT count(*) FROM (
    SELECT FROM bench_floor.stock
    WHERE sku IN (SELECT sku FROM bench_floor.order_line WHERE order_no BETWEEN :base AND :base + 499)
    ORDER BY sku FOR UPDATE) AS locked;
UPDATE bench_floor.stock SET reserved = reserved - left_us.quantity, on_hand = on_hand - left_us.quantity FROM (
    SELECT sku, sum(quantity) AS quantity FROM bench_floor.order_line
    WHERE order_no BETWEEN :base AND :base + 499 GROUP BY sku) AS left_us
    WHERE stock.sku = left_us.sku;
UPDATE bench_floor.reservation SET state = 2 WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.stock_ledger SELECT order_no, line_no, 2, -quantity FROM bench_floor.order_line WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(19, 19) AS m;
COMMIT;

-- notification: shipped: a mail is decided
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 6;
INSERT INTO bench_floor.customer_message SELECT :base + n, 3, 1 FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.effect SELECT :base + n, 13, decode(repeat('4b', 200), 'hex') FROM generate_series(0, 499) AS n;
COMMIT;

-- notification: shipped: the customer is told
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 6;
UPDATE bench_floor.customer_message SET state = 2 WHERE order_no BETWEEN :base AND :base + 499 AND kind = 3;
DELETE FROM bench_floor.effect WHERE order_no BETWEEN :base AND :base + 499 AND kind = 13;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(20, 20) AS m;
COMMIT;

-- shipping: a webhook is kept
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 5;
INSERT INTO bench_floor.input SELECT :base + n, 2, decode(repeat('4b', 300), 'hex') FROM generate_series(0, 499) AS n;
COMMIT;

-- shipping: delivered
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 5;
UPDATE bench_floor.shipment SET state = 4, changed_at = now() WHERE order_no BETWEEN :base AND :base + 499;
DELETE FROM bench_floor.input WHERE order_no BETWEEN :base AND :base + 499 AND kind = 2;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(21, 21) AS m;
COMMIT;

-- orders: completed
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 1;
UPDATE bench_floor.orders SET status = 4, fulfillment = 6, changed_at = now() WHERE order_no BETWEEN :base AND :base + 499;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(22, 22) AS m;
COMMIT;

-- notification: delivered: a mail is decided
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 6;
INSERT INTO bench_floor.customer_message SELECT :base + n, 4, 1 FROM generate_series(0, 499) AS n;
INSERT INTO bench_floor.effect SELECT :base + n, 14, decode(repeat('4b', 200), 'hex') FROM generate_series(0, 499) AS n;
COMMIT;

-- notification: delivered: the customer is told
BEGIN;
UPDATE bench_floor.lane SET version = version + 1 WHERE client = :client_id AND service = 6;
UPDATE bench_floor.customer_message SET state = 2 WHERE order_no BETWEEN :base AND :base + 499 AND kind = 4;
DELETE FROM bench_floor.effect WHERE order_no BETWEEN :base AND :base + 499 AND kind = 14;
INSERT INTO bench_floor.outbox SELECT :base + n, m, decode(repeat('4b', 300), 'hex')
    FROM generate_series(0, 499) AS n, generate_series(23, 23) AS m;
COMMIT;
