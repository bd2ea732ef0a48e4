-- Contacts, messages, and the lines of orders that are not told yet.

-- name: contact_load
-- $1 order numbers
SELECT order_no, clock, order_id, channel, name, email, locale, channel_order_ref, silenced
FROM contact WHERE order_no = ANY ($1::bigint[])

-- name: contact_insert
INSERT INTO contact (order_no, clock, order_id, channel, name, email, locale, channel_order_ref, silenced)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::text[], $9::bigint[])

-- name: contact_update
UPDATE contact
SET clock = news.clock, channel = news.channel, name = news.name, email = news.email, locale = news.locale,
    channel_order_ref = news.channel_order_ref, silenced = news.silenced
FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::bigint[])
    AS news (order_no, clock, order_id, channel, name, email, locale, channel_order_ref, silenced)
WHERE contact.order_no = news.order_no

-- name: customer_message_load
-- $1 order numbers
SELECT order_no, kind, event_no, state, reason, attempts, line_count, clock, happened_at, changed_at, total_minor,
       shipping_price_minor, tax_minor, currency, carrier, tracking_number, amount_minor, until_at, awaited, reference, url,
       promised_earliest, promised_latest
FROM customer_message WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, kind, event_no

-- name: customer_message_insert
INSERT INTO customer_message (order_no, kind, event_no, state, reason, attempts, line_count, clock, happened_at,
    changed_at, total_minor, shipping_price_minor, tax_minor, currency, carrier, tracking_number, amount_minor, until_at,
    awaited, reference, url, promised_earliest, promised_latest)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::integer[],
                     $7::integer[], $8::bigint[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::bigint[],
                     $13::bigint[], $14::text[], $15::text[], $16::text[], $17::bigint[], $18::timestamptz[],
                     $19::smallint[], $20::text[], $21::text[], $22::integer[], $23::integer[])

-- name: customer_message_update
-- What it tells never changes, but for a page that is erased; what became of it does.
UPDATE customer_message
SET url = news.url, state = news.state, reason = news.reason, attempts = news.attempts, changed_at = news.changed_at
FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::integer[],
            $7::integer[], $8::bigint[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::bigint[],
            $13::bigint[], $14::text[], $15::text[], $16::text[], $17::bigint[], $18::timestamptz[],
            $19::smallint[], $20::text[], $21::text[], $22::integer[], $23::integer[])
    AS news (order_no, kind, event_no, state, reason, attempts, line_count, clock, happened_at, changed_at,
             total_minor, shipping_price_minor, tax_minor, currency, carrier, tracking_number, amount_minor, until_at,
             awaited, reference, url, promised_earliest, promised_latest)
WHERE customer_message.order_no = news.order_no AND customer_message.kind = news.kind
  AND customer_message.event_no = news.event_no

-- name: early_line_load
-- $1 order numbers
SELECT order_no, kind, event_no, line_no, quantity, price_minor, sku
FROM early_line WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, kind, event_no, line_no

-- name: early_line_insert
INSERT INTO early_line (order_no, kind, event_no, line_no, quantity, price_minor, sku)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::smallint[], $5::integer[], $6::bigint[], $7::text[])

-- name: early_line_remove
-- $1 order numbers, $2 kinds, $3 which of them, $4 line numbers
DELETE FROM early_line
USING unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::smallint[]) AS gone (order_no, kind, event_no, line_no)
WHERE early_line.order_no = gone.order_no AND early_line.kind = gone.kind AND early_line.event_no = gone.event_no
  AND early_line.line_no = gone.line_no

-- name: share_load
-- $1 order numbers
SELECT order_no, fulfillment_no, canceled FROM share WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, fulfillment_no

-- name: share_insert
INSERT INTO share (order_no, fulfillment_no, canceled)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::boolean[])

-- name: share_update
UPDATE share SET canceled = news.canceled
FROM unnest($1::bigint[], $2::smallint[], $3::boolean[]) AS news (order_no, fulfillment_no, canceled)
WHERE share.order_no = news.order_no AND share.fulfillment_no = news.fulfillment_no

-- name: supplier_message_load
-- $1 ids of purchase orders
SELECT purchase_order_id, mail_no, supplier, state, reason, attempts, asked_at, changed_at
FROM supplier_message WHERE purchase_order_id = ANY ($1::text[]) ORDER BY purchase_order_id, mail_no

-- name: supplier_message_insert
INSERT INTO supplier_message (purchase_order_id, mail_no, supplier, state, reason, attempts, asked_at, changed_at)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::smallint[], $5::smallint[], $6::integer[],
                     $7::timestamptz[], $8::timestamptz[])

-- name: supplier_message_update
UPDATE supplier_message
SET state = news.state, reason = news.reason, attempts = news.attempts, changed_at = news.changed_at
FROM unnest($1::text[], $2::integer[], $3::text[], $4::smallint[], $5::smallint[], $6::integer[],
            $7::timestamptz[], $8::timestamptz[])
    AS news (purchase_order_id, mail_no, supplier, state, reason, attempts, asked_at, changed_at)
WHERE supplier_message.purchase_order_id = news.purchase_order_id AND supplier_message.mail_no = news.mail_no

-- name: invoice_message_load
-- $1 order numbers
SELECT order_no, document_no, mail_no, state, reason, attempts, asked_at, changed_at
FROM invoice_message WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, document_no, mail_no

-- name: invoice_message_insert
INSERT INTO invoice_message (order_no, document_no, mail_no, state, reason, attempts, asked_at, changed_at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::smallint[], $5::smallint[], $6::integer[],
                     $7::timestamptz[], $8::timestamptz[])

-- name: invoice_message_update
UPDATE invoice_message
SET state = news.state, reason = news.reason, attempts = news.attempts, changed_at = news.changed_at
FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::smallint[], $5::smallint[], $6::integer[],
            $7::timestamptz[], $8::timestamptz[])
    AS news (order_no, document_no, mail_no, state, reason, attempts, asked_at, changed_at)
WHERE invoice_message.order_no = news.order_no AND invoice_message.document_no = news.document_no
  AND invoice_message.mail_no = news.mail_no
