-- What an order has once it leaves the straight way.

-- name: detour_load
SELECT order_no, hold_count, hold_until, note_count, reservation_no, release_no, waiting_quantity, stock_due_at,
       stock_policy, ask_ms, choice, payment_no, earlier_captured_minor, earlier_refunded_minor, change_count,
       open_change, number_anew, payment_reference, asked, offered, payment_ms, addition_count, stock_expected_at,
       company, purchase_order_number, awaits_credit, alone_minor, document_series, buyer_tax_number, taxes, tax_reason,
       priority, other_digest,
       dispute_count
FROM detour WHERE order_no = ANY ($1::bigint[])

-- name: detour_insert
INSERT INTO detour (order_no, hold_count, hold_until, note_count, reservation_no, release_no, waiting_quantity,
                    stock_due_at, stock_policy, ask_ms, choice, payment_no, earlier_captured_minor,
                    earlier_refunded_minor, change_count, open_change, number_anew, payment_reference,
                    asked, offered, payment_ms, addition_count, stock_expected_at,
                    company, purchase_order_number, awaits_credit, alone_minor, document_series, buyer_tax_number, taxes, tax_reason,
                    priority, other_digest,
                    dispute_count)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::timestamptz[], $4::smallint[], $5::smallint[], $6::smallint[],
                     $7::integer[], $8::timestamptz[], $9::smallint[], $10::bigint[], $11::smallint[],
                     $12::smallint[], $13::bigint[], $14::bigint[], $15::smallint[], $16::smallint[], $17::smallint[],
                     $18::text[], $19::text[], $20::smallint[], $21::bigint[], $22::smallint[], $23::timestamptz[],
                     $24::text[], $25::text[], $26::boolean[], $27::bigint[], $28::text[], $29::text[], $30::text[], $31::text[],
                     $32::smallint[], $33::bytea[], $34::smallint[])

-- name: detour_update
UPDATE detour
SET hold_count = news.hold_count, hold_until = news.hold_until, note_count = news.note_count,
    reservation_no = news.reservation_no, release_no = news.release_no, waiting_quantity = news.waiting_quantity,
    stock_due_at = news.stock_due_at, choice = news.choice, payment_no = news.payment_no,
    earlier_captured_minor = news.earlier_captured_minor, earlier_refunded_minor = news.earlier_refunded_minor,
    change_count = news.change_count, open_change = news.open_change, number_anew = news.number_anew,
    payment_reference = news.payment_reference, asked = news.asked, offered = news.offered,
    addition_count = news.addition_count, stock_expected_at = news.stock_expected_at, priority = news.priority,
    other_digest = news.other_digest, taxes = news.taxes,
    dispute_count = news.dispute_count
FROM unnest($1::bigint[], $2::smallint[], $3::timestamptz[], $4::smallint[], $5::smallint[], $6::smallint[],
            $7::integer[], $8::timestamptz[], $9::smallint[], $10::bigint[], $11::smallint[], $12::smallint[],
            $13::bigint[], $14::bigint[], $15::smallint[], $16::smallint[], $17::smallint[], $18::text[],
            $19::text[], $20::smallint[], $21::bigint[], $22::smallint[], $23::timestamptz[], $24::text[],
            $25::text[], $26::boolean[], $27::bigint[], $28::text[], $29::text[], $30::text[], $31::text[],
            $32::smallint[], $33::bytea[], $34::smallint[])
    AS news (order_no, hold_count, hold_until, note_count, reservation_no, release_no, waiting_quantity, stock_due_at,
             stock_policy, ask_ms, choice, payment_no, earlier_captured_minor, earlier_refunded_minor, change_count,
             open_change, number_anew, payment_reference, asked, offered, payment_ms, addition_count,
             stock_expected_at, company, purchase_order_number, awaits_credit, alone_minor, document_series, buyer_tax_number, taxes,
             tax_reason, priority, other_digest,
             dispute_count)
WHERE detour.order_no = news.order_no

-- name: hold_load
SELECT order_no, hold_no, reason, request_id, placed_by, note, until, held_at, released_at, by_channel, released_by, release_note
FROM hold WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, hold_no

-- name: hold_insert
INSERT INTO hold (order_no, hold_no, reason, request_id, placed_by, note, until, held_at, released_at, by_channel, released_by,
                  release_note)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::text[], $5::text[], $6::text[],
                     $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::boolean[], $11::text[], $12::text[])

-- name: hold_update
UPDATE hold
SET released_at = news.released_at, note = news.note, released_by = news.released_by, release_note = news.release_note
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[], $10::boolean[], $11::text[], $12::text[])
    AS news (order_no, hold_no, reason, request_id, placed_by, note, until, held_at, released_at, by_channel, released_by,
             release_note)
WHERE hold.order_no = news.order_no AND hold.hold_no = news.hold_no

-- name: note_load
SELECT order_no, note_no, request_id, written_by, note, written_at
FROM note WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, note_no

-- name: note_insert
INSERT INTO note (order_no, note_no, request_id, written_by, note, written_at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])

-- name: note_update
-- What was written stays what it is, or is erased.
UPDATE note SET note = news.note
FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    AS news (order_no, note_no, request_id, written_by, note, written_at)
WHERE note.order_no = news.order_no AND note.note_no = news.note_no

-- name: cut_load
SELECT order_no, change_no, fulfillment_no, line_no, quantity, state, held_at
FROM cut WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, change_no, fulfillment_no, line_no

-- name: cut_insert
INSERT INTO cut (order_no, change_no, fulfillment_no, line_no, quantity, state, held_at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::integer[], $6::smallint[],
                     $7::text[])

-- name: cut_update
UPDATE cut
SET state = news.state, quantity = news.quantity
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::integer[], $6::smallint[], $7::text[])
    AS news (order_no, change_no, fulfillment_no, line_no, quantity, state, held_at)
WHERE cut.order_no = news.order_no AND cut.change_no = news.change_no AND cut.fulfillment_no = news.fulfillment_no AND cut.line_no = news.line_no

-- name: refund_load
SELECT order_no, refund_no, payment_no, amount_minor, state
FROM refund WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, refund_no

-- name: refund_insert
INSERT INTO refund (order_no, refund_no, payment_no, amount_minor, state)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::smallint[])

-- name: refund_update
UPDATE refund
SET state = news.state
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::smallint[])
    AS news (order_no, refund_no, payment_no, amount_minor, state)
WHERE refund.order_no = news.order_no AND refund.refund_no = news.refund_no

-- name: past_payment_load
SELECT order_no, payment_no, authorized_minor, captured_minor, refunded_minor, refund_told_minor, edit_no, state
FROM past_payment WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, payment_no

-- name: past_payment_insert
INSERT INTO past_payment (order_no, payment_no, authorized_minor, captured_minor, refunded_minor, refund_told_minor,
                          edit_no, state)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                     $7::smallint[], $8::smallint[])

-- name: past_payment_update
UPDATE past_payment
SET authorized_minor = news.authorized_minor, captured_minor = news.captured_minor,
    refunded_minor = news.refunded_minor, refund_told_minor = news.refund_told_minor, state = news.state
FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::smallint[],
            $8::smallint[])
    AS news (order_no, payment_no, authorized_minor, captured_minor, refunded_minor, refund_told_minor, edit_no, state)
WHERE past_payment.order_no = news.order_no AND past_payment.payment_no = news.payment_no

-- name: dispute_load
SELECT order_no, dispute_no, payment_no, state, amount_minor, lost_minor
FROM order_dispute WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, dispute_no

-- name: dispute_insert
INSERT INTO order_dispute (order_no, dispute_no, payment_no, state, amount_minor, lost_minor)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::bigint[], $6::bigint[])

-- name: dispute_update
UPDATE order_dispute SET state = news.state, amount_minor = news.amount_minor, lost_minor = news.lost_minor
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::bigint[], $6::bigint[])
    AS news (order_no, dispute_no, payment_no, state, amount_minor, lost_minor)
WHERE order_dispute.order_no = news.order_no AND order_dispute.dispute_no = news.dispute_no
