-- Changes of an order that are shown before they are made.

-- name: edit_load
SELECT order_no, edit_no, state, reason, request_id, order_clock, lines, shipping_service, shipping_price_minor, note,
       pieces, late_pieces, refusals, total_before_minor, total_minor, release_minor, refund_minor, edited_minor,
       proposed_at, expires_at, ended_at, restarted, authorize_minor, reservation_no, payment_no, held, reply_request_id,
       reply_partition
FROM order_edit WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, edit_no

-- name: edit_insert
INSERT INTO order_edit (order_no, edit_no, state, reason, request_id, order_clock, lines, shipping_service, shipping_price_minor, note,
                        pieces, late_pieces, refusals, total_before_minor, total_minor, release_minor, refund_minor, edited_minor,
                        proposed_at, expires_at, ended_at, restarted, authorize_minor, reservation_no, payment_no, held,
                        reply_request_id, reply_partition)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::text[], $6::bigint[], $7::text[],
                     $8::text[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::smallint[], $14::bigint[], $15::bigint[],
                     $16::bigint[], $17::bigint[], $18::bigint[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[],
                     $22::text[], $23::bigint[], $24::smallint[], $25::smallint[], $26::text[], $27::text[], $28::integer[])

-- name: edit_update
UPDATE order_edit
SET state = news.state, reason = news.reason, edited_minor = news.edited_minor, ended_at = news.ended_at,
    reservation_no = news.reservation_no, payment_no = news.payment_no, held = news.held,
    reply_request_id = news.reply_request_id, reply_partition = news.reply_partition, note = news.note
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::text[], $6::bigint[], $7::text[],
            $8::text[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::smallint[], $14::bigint[], $15::bigint[],
            $16::bigint[], $17::bigint[], $18::bigint[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[],
            $22::text[], $23::bigint[], $24::smallint[], $25::smallint[], $26::text[], $27::text[], $28::integer[])
    AS news (order_no, edit_no, state, reason, request_id, order_clock, lines, shipping_service, shipping_price_minor, note,
             pieces, late_pieces, refusals, total_before_minor, total_minor, release_minor, refund_minor, edited_minor,
             proposed_at, expires_at, ended_at, restarted, authorize_minor, reservation_no, payment_no, held,
             reply_request_id, reply_partition)
WHERE order_edit.order_no = news.order_no AND order_edit.edit_no = news.edit_no

-- name: edit_line_load
SELECT order_no, edit_no, line_no, sku, quantity, unit_price_minor, discount_minor, tax_minor, customization,
       tax_category, tax_rate_ppm
FROM order_edit_line WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, edit_no, line_no

-- name: edit_line_insert
INSERT INTO order_edit_line (order_no, edit_no, line_no, sku, quantity, unit_price_minor, discount_minor, tax_minor,
                             customization, tax_category, tax_rate_ppm)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::text[], $5::integer[], $6::bigint[], $7::bigint[],
                     $8::bigint[], $9::text[], $10::smallint[], $11::integer[])

-- name: edit_line_update
UPDATE order_edit_line SET customization = news.customization
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::text[], $5::integer[], $6::bigint[], $7::bigint[],
            $8::bigint[], $9::text[], $10::smallint[], $11::integer[])
    AS news (order_no, edit_no, line_no, sku, quantity, unit_price_minor, discount_minor, tax_minor, customization,
             tax_category, tax_rate_ppm)
WHERE order_edit_line.order_no = news.order_no AND order_edit_line.edit_no = news.edit_no
  AND order_edit_line.line_no = news.line_no
