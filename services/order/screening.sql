-- What is looked at before an order is taken.

-- name: fraud_rule_load
SELECT code, rule_no, kind, points, at_least_minor, currency, subject, orders, within_ms
FROM fraud_rule WHERE code = ANY ($1::text[]) ORDER BY code, rule_no

-- name: fraud_rule_insert
INSERT INTO fraud_rule (code, rule_no, kind, points, at_least_minor, currency, subject, orders, within_ms)
SELECT * FROM unnest($1::text[], $2::integer[], $3::smallint[], $4::smallint[], $5::bigint[], $6::text[],
                     $7::smallint[], $8::smallint[], $9::bigint[])

-- name: fraud_rule_remove
DELETE FROM fraud_rule USING unnest($1::text[], $2::integer[]) AS gone (code, rule_no)
WHERE fraud_rule.code = gone.code AND fraud_rule.rule_no = gone.rule_no

-- name: velocity_load
-- Made where it is missing, so that two lanes that see somebody for the first time count each other.
INSERT INTO velocity (key, recent)
SELECT key, '' FROM unnest($1::text[]) AS key ORDER BY key COLLATE "C"
ON CONFLICT (key) DO UPDATE SET last_at = velocity.last_at
RETURNING key, recent, last_at

-- name: velocity_insert
-- Not reached: what is looked up is made by then.
INSERT INTO velocity (key, recent, last_at) SELECT * FROM unnest($1::text[], $2::bytea[], $3::timestamptz[])

-- name: velocity_update
UPDATE velocity SET recent = news.recent, last_at = news.last_at
FROM unnest($1::text[], $2::bytea[], $3::timestamptz[]) AS news (key, recent, last_at) WHERE velocity.key = news.key

-- name: velocity_remove
DELETE FROM velocity WHERE key = ANY ($1::text[])

-- name: block_load
SELECT entry, note, placed_by, placed_at FROM block_list WHERE entry = ANY ($1::text[])

-- name: block_insert
INSERT INTO block_list (entry, note, placed_by, placed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])

-- name: block_update
UPDATE block_list SET note = news.note, placed_by = news.placed_by, placed_at = news.placed_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS news (entry, note, placed_by, placed_at)
WHERE block_list.entry = news.entry

-- name: block_remove
DELETE FROM block_list WHERE entry = ANY ($1::text[])

-- name: screening_load
SELECT order_no, reason_no, kind, points, detail
FROM screening WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, reason_no

-- name: screening_insert
INSERT INTO screening (order_no, reason_no, kind, points, detail)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::text[])
