-- Orders as they were submitted, and where they are.

-- name: order_load
SELECT order_no, clock, entry_count, step, tries, deadline_at, watch_at, status, payment_status, fulfillment_status,
       return_status, shopper_status, payment_state, payment_method, tax_mode, cancel_reason, fulfillment_count,
       refund_count, task_count, open_tasks, open_cancels, open_holds, detour, total_minor, shipping_price_minor,
       authorized_minor, captured_minor, refunded_minor, refund_told_minor, order_id, channel, channel_order_ref,
       currency, shipping_service, payment_action_url, payment_code, reply_request_id, reply_partition, placed_at,
       confirmed_at, ended_at, ship_not_before, number, delivery_terms, promised_earliest, promised_latest,
       promised_first, promise_outcome
FROM orders WHERE order_no = ANY ($1::bigint[])

-- name: order_insert
INSERT INTO orders (order_no, clock, entry_count, step, tries, deadline_at, watch_at, status, payment_status,
                    fulfillment_status, return_status, shopper_status, payment_state, payment_method, tax_mode,
                    cancel_reason, fulfillment_count, refund_count, task_count, open_tasks, open_cancels, open_holds,
                    detour, total_minor, shipping_price_minor, authorized_minor, captured_minor, refunded_minor,
                    refund_told_minor, order_id, channel, channel_order_ref, currency, shipping_service,
                    payment_action_url, payment_code, reply_request_id, reply_partition, placed_at, confirmed_at,
                    ended_at, ship_not_before, number, delivery_terms, promised_earliest,
                    promised_latest, promised_first, promise_outcome)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::smallint[], $5::smallint[], $6::timestamptz[],
                     $7::timestamptz[], $8::smallint[], $9::smallint[], $10::smallint[], $11::smallint[],
                     $12::smallint[], $13::smallint[], $14::smallint[], $15::smallint[], $16::smallint[],
                     $17::smallint[], $18::smallint[], $19::smallint[], $20::smallint[], $21::smallint[],
                     $22::smallint[], $23::boolean[], $24::bigint[], $25::bigint[], $26::bigint[], $27::bigint[],
                     $28::bigint[], $29::bigint[], $30::bytea[], $31::text[], $32::text[], $33::text[], $34::text[],
                     $35::text[], $36::text[], $37::text[], $38::integer[], $39::timestamptz[], $40::timestamptz[],
                     $41::timestamptz[], $42::timestamptz[], $43::text[], $44::text[],
                     $45::integer[], $46::integer[], $47::integer[], $48::smallint[])

-- name: order_update
UPDATE orders
SET clock = news.clock, entry_count = news.entry_count, step = news.step, tries = news.tries,
    deadline_at = news.deadline_at, watch_at = news.watch_at, status = news.status,
    payment_status = news.payment_status, fulfillment_status = news.fulfillment_status,
    return_status = news.return_status, shopper_status = news.shopper_status, payment_state = news.payment_state,
    cancel_reason = news.cancel_reason, fulfillment_count = news.fulfillment_count, refund_count = news.refund_count,
    task_count = news.task_count, open_tasks = news.open_tasks, open_cancels = news.open_cancels,
    open_holds = news.open_holds, detour = news.detour, total_minor = news.total_minor,
    shipping_service = news.shipping_service, shipping_price_minor = news.shipping_price_minor, authorized_minor = news.authorized_minor,
    captured_minor = news.captured_minor, refunded_minor = news.refunded_minor,
    refund_told_minor = news.refund_told_minor,
    payment_action_url = news.payment_action_url, payment_code = news.payment_code,
    reply_request_id = news.reply_request_id, confirmed_at = news.confirmed_at, ended_at = news.ended_at,
    promised_earliest = news.promised_earliest,
    promised_latest = news.promised_latest, promised_first = news.promised_first, promise_outcome = news.promise_outcome
FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::smallint[], $5::smallint[], $6::timestamptz[],
            $7::timestamptz[], $8::smallint[], $9::smallint[], $10::smallint[], $11::smallint[], $12::smallint[],
            $13::smallint[], $14::smallint[], $15::smallint[], $16::smallint[], $17::smallint[], $18::smallint[],
            $19::smallint[], $20::smallint[], $21::smallint[], $22::smallint[], $23::boolean[], $24::bigint[],
            $25::bigint[], $26::bigint[], $27::bigint[], $28::bigint[], $29::bigint[], $30::bytea[], $31::text[],
            $32::text[], $33::text[], $34::text[], $35::text[], $36::text[], $37::text[], $38::integer[],
            $39::timestamptz[], $40::timestamptz[], $41::timestamptz[], $42::timestamptz[], $43::text[],
            $44::text[], $45::integer[], $46::integer[], $47::integer[], $48::smallint[])
    AS news (order_no, clock, entry_count, step, tries, deadline_at, watch_at, status, payment_status,
             fulfillment_status, return_status, shopper_status, payment_state, payment_method, tax_mode,
             cancel_reason, fulfillment_count, refund_count, task_count, open_tasks, open_cancels, open_holds, detour,
             total_minor, shipping_price_minor, authorized_minor, captured_minor, refunded_minor, refund_told_minor,
             order_id, channel, channel_order_ref, currency, shipping_service, payment_action_url, payment_code,
             reply_request_id, reply_partition, placed_at, confirmed_at, ended_at, ship_not_before, number, delivery_terms,
             promised_earliest, promised_latest, promised_first, promise_outcome)
WHERE orders.order_no = news.order_no

-- name: line_load
SELECT order_no, line_no, sku, quantity, unit_price_minor, discount_minor, tax_minor, canceled_quantity,
       canceled_minor, customization
FROM order_line WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, line_no

-- name: line_insert
INSERT INTO order_line (order_no, line_no, sku, quantity, unit_price_minor, discount_minor, tax_minor,
                        canceled_quantity, canceled_minor, customization)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::integer[], $5::bigint[], $6::bigint[],
                     $7::bigint[], $8::integer[], $9::bigint[], $10::text[])

-- name: line_update
UPDATE order_line
SET canceled_quantity = news.canceled_quantity, canceled_minor = news.canceled_minor, customization = news.customization
FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::integer[], $9::bigint[], $10::text[])
    AS news (order_no, line_no, sku, quantity, unit_price_minor, discount_minor, tax_minor, canceled_quantity,
             canceled_minor, customization)
WHERE order_line.order_no = news.order_no AND order_line.line_no = news.line_no

-- name: contact_load
SELECT order_no, name, email, phone, locale, company, ship_name, ship_company, ship_line1, ship_line2, ship_city,
       ship_region, ship_postal_code, ship_country, bill_name, bill_company, bill_line1, bill_line2, bill_city,
       bill_region, bill_postal_code, bill_country, payment_token, return_url, note, channel_customer_ref
FROM order_contact WHERE order_no = ANY ($1::bigint[])

-- name: contact_insert
INSERT INTO order_contact (order_no, name, email, phone, locale, company, ship_name, ship_company, ship_line1,
                           ship_line2, ship_city, ship_region, ship_postal_code, ship_country, bill_name,
                           bill_company, bill_line1, bill_line2, bill_city, bill_region, bill_postal_code,
                           bill_country, payment_token, return_url, note, channel_customer_ref)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
                     $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[],
                     $23::text[], $24::text[], $25::text[], $26::text[])

-- name: contact_update
UPDATE order_contact
SET name = news.name, email = news.email, phone = news.phone, locale = news.locale, company = news.company,
    ship_name = news.ship_name, ship_company = news.ship_company, ship_line1 = news.ship_line1,
    ship_line2 = news.ship_line2, ship_city = news.ship_city, ship_region = news.ship_region,
    ship_postal_code = news.ship_postal_code, ship_country = news.ship_country,
    bill_name = news.bill_name, bill_company = news.bill_company, bill_line1 = news.bill_line1, bill_line2 = news.bill_line2,
    bill_city = news.bill_city, bill_region = news.bill_region, bill_postal_code = news.bill_postal_code,
    bill_country = news.bill_country, payment_token = news.payment_token, return_url = news.return_url, note = news.note,
    channel_customer_ref = news.channel_customer_ref
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
            $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[],
            $25::text[], $26::text[])
    AS news (order_no, name, email, phone, locale, company, ship_name, ship_company, ship_line1, ship_line2,
             ship_city, ship_region, ship_postal_code, ship_country, bill_name, bill_company, bill_line1, bill_line2,
             bill_city, bill_region, bill_postal_code, bill_country, payment_token, return_url, note, channel_customer_ref)
WHERE order_contact.order_no = news.order_no

-- name: refusal_load
SELECT order_no, error_no, pointer, detail
FROM order_refusal WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, error_no

-- name: refusal_insert
INSERT INTO order_refusal (order_no, error_no, pointer, detail)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[])

-- name: submission_load
SELECT order_id, order_no, digest
FROM submission WHERE order_id = ANY ($1::bytea[])

-- name: submission_insert
INSERT INTO submission (order_id, order_no, digest)
SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[])

-- name: request_load
-- Locked: two lanes may get the same key at once.
SELECT key, order_no, digest
FROM request WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE

-- name: request_insert
INSERT INTO request (key, order_no, digest)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[])

-- name: counter_load
SELECT lane, last
FROM order_counter WHERE lane = ANY ($1::smallint[])

-- name: counter_insert
INSERT INTO order_counter (lane, last)
SELECT * FROM unnest($1::smallint[], $2::bigint[])

-- name: counter_update
UPDATE order_counter
SET last = news.last
FROM unnest($1::smallint[], $2::bigint[])
    AS news (lane, last)
WHERE order_counter.lane = news.lane
