-- What the order service shows: each first column is the JSON of a document or of an item of a list.
-- Words stand in the order of the numbers that schema/ lists.

-- name: read_order
-- $1 public id
SELECT json_strip_nulls(json_build_object(
    'id', order_id_text(o.order_id), 'order_no', o.order_no, 'clock', o.clock, 'channel', o.channel,
    'channel_order_ref', o.channel_order_ref, 'number', o.number, 'status', order_status_word(o.status),
    'payment_status', payment_status_word(o.payment_status),
    'fulfillment_status', fulfillment_status_word(o.fulfillment_status),
    'return_status', (ARRAY['none', 'requested', 'in_progress', 'partially_returned', 'returned'])[o.return_status],
    'shopper_status', shopper_status_word(o.shopper_status), 'currency', o.currency,
    'tax_mode', (ARRAY['inclusive', 'exclusive'])[o.tax_mode], 'total_minor', o.total_minor,
    'customer', order_customer(o.order_no), 'ship_to', order_ship_to(o.order_no), 'bill_to', order_bill_to(o.order_no),
    'lines', (SELECT coalesce(json_agg(json_build_object('line_no', line_no, 'sku', sku, 'quantity', quantity,
        'unit_price_minor', unit_price_minor, 'discount_minor', nullif(discount_minor, 0),
        'tax_minor', nullif(tax_minor, 0), 'canceled_quantity', nullif(canceled_quantity, 0), 'customization', customization::json) ORDER BY line_no), '[]'::json)
        FROM order_line WHERE order_no = o.order_no),
    'shipping_service', o.shipping_service, 'shipping_price_minor', o.shipping_price_minor,
    'payment_method', payment_method_word(o.payment_method),
    'company', d.company, 'purchase_order_number', d.purchase_order_number, 'priority', nullif(d.priority, 0),
    'taxes', order_taxes_shown(d.taxes, o.shipping_price_minor), 'tax_reason', d.tax_reason,
    'note', (SELECT note FROM order_contact WHERE order_no = o.order_no),
    'holds', (SELECT coalesce(json_agg(json_build_object('hold_no', hold_no,
        'id', order_id_text(o.order_id) || '-W' || hold_no, 'reason', hold_reason_word(reason), 'note', note,
        'placed_by', placed_by, 'until', instant_text(until), 'held_at', instant_text(held_at),
        'released_at', instant_text(released_at), 'released_by', released_by, 'release_note', release_note) ORDER BY hold_no),
        '[]'::json) FROM hold WHERE order_no = o.order_no),
    'screening', order_screening(o.order_no),
    'notes', (SELECT json_agg(json_build_object('note_no', note_no, 'note', note, 'written_by', written_by,
        'written_at', instant_text(written_at)) ORDER BY note_no) FROM note WHERE order_no = o.order_no),
    'waiting', order_waiting(o), 'question', order_question(o),
    'payments', (SELECT coalesce(json_agg(payment ORDER BY payment_no), '[]'::json) FROM (
        SELECT payment_no, json_build_object('id', order_id_text(o.order_id) || '-P' || payment_no,
            'state', coalesce(payment_state_word(nullif(state, 0::smallint)), 'expired'),
            'method', payment_method_word(o.payment_method), 'authorized_minor', authorized_minor,
            'captured_minor', captured_minor, 'refunded_minor', refunded_minor) AS payment
        FROM past_payment WHERE order_no = o.order_no
        UNION ALL
        SELECT coalesce(d.payment_no, 1), json_build_object(
            'id', order_id_text(o.order_id) || '-P' || coalesce(d.payment_no, 1),
            'state', payment_state_word(o.payment_state), 'method', payment_method_word(o.payment_method),
            'authorized_minor', o.authorized_minor, 'captured_minor', o.captured_minor,
            'refunded_minor', o.refunded_minor, 'reference', d.payment_reference,
            'action_url', o.payment_action_url, 'code', o.payment_code)
        WHERE o.payment_state > 0) AS payments),
    'fulfillments', (SELECT coalesce(json_agg(json_build_object(
        'id', order_id_text(o.order_id) || '-F' || f.fulfillment_no, 'state', fulfillment_state_word(f.state),
        'location', f.location, 'hand_over_on', date '1970-01-01' + nullif(f.hand_over_on, 0),
        'promised_delivery', promised_delivery(f.promised_earliest, f.promised_latest), 'lines', (SELECT coalesce(json_agg(json_build_object('line_no', a.line_no, 'sku', l.sku,
            'quantity', a.quantity) ORDER BY a.line_no), '[]'::json)
            FROM order_allocation a JOIN order_line l USING (order_no, line_no)
            WHERE a.order_no = o.order_no AND a.fulfillment_no = f.fulfillment_no AND a.quantity > 0)) ORDER BY f.fulfillment_no),
        '[]'::json) FROM order_fulfillment f WHERE f.order_no = o.order_no),
    'shipments', (SELECT coalesce(json_agg(json_build_object(
        'id', order_id_text(o.order_id) || '-S' || coalesce(nullif(f.shipment_no, 0), f.fulfillment_no),
        'fulfillment_id', order_id_text(o.order_id) || '-F' || f.fulfillment_no,
        'state', shipment_state_word(f.step, f.shipped_at),
        'tracking_status', tracking_status_word(f.tracking_status), 'carrier', f.carrier,
        'tracking_number', f.tracking_number, 'shipped_at', instant_text(f.shipped_at),
        'delivered_at', instant_text(f.delivered_at)) ORDER BY f.fulfillment_no), '[]'::json)
        FROM order_fulfillment f WHERE f.order_no = o.order_no AND (f.step BETWEEN 7 AND 10 OR f.step BETWEEN 17 AND 19 OR f.step = 23 OR f.shipped_at IS NOT NULL)),
    'tasks', (SELECT coalesce(json_agg(task_shown(t, o.order_id) ORDER BY t.task_no), '[]'::json)
        FROM task t WHERE t.order_no = o.order_no AND t.state = 1),
    'cancel_reason', cancel_reason_word(nullif(o.cancel_reason, 0)),
    'refusal', (SELECT json_agg(json_build_object('pointer', pointer, 'detail', detail) ORDER BY error_no)
        FROM order_refusal WHERE order_no = o.order_no),
    'created_at', instant_text(o.placed_at),
    'placed_at', CASE WHEN EXISTS (SELECT FROM order_line WHERE order_no = o.order_no) THEN instant_text(o.placed_at) END,
    'confirmed_at', instant_text(o.confirmed_at),
    'completed_at', CASE WHEN o.step = 11 THEN instant_text(o.ended_at) END,
    'ended_at', CASE WHEN o.step <> 11 THEN instant_text(o.ended_at) END,
    'ship_not_before', instant_text(o.ship_not_before),
    'promised_delivery', promised_delivery(o.promised_earliest, o.promised_latest),
    'promise', (ARRAY['kept', 'moved', 'missed'])[nullif(o.promise_outcome, 0)],
    'links', json_build_object('self', '/v1/orders/' || order_id_text(o.order_id),
        'timeline', '/v1/orders/' || order_id_text(o.order_id) || '/timeline')))::text, o.clock::text
FROM submission s JOIN orders o USING (order_no) LEFT JOIN detour d USING (order_no)
WHERE s.order_id = $1::bytea

-- name: read_order_past
-- $1 public id, $2 instant: the order as it was then, by its timeline; no row before it was there.  Personal data and the pieces
-- of a share are as they are now; what it waited for is not kept.
WITH o AS MATERIALIZED (
    SELECT o.* FROM submission s JOIN orders o USING (order_no) WHERE s.order_id = $1::bytea
), t AS MATERIALIZED (
    SELECT t.* FROM timeline t JOIN o USING (order_no) WHERE t.at <= $2::timestamptz
), then_ AS MATERIALIZED (
    SELECT (SELECT axes FROM t ORDER BY entry_no DESC LIMIT 1) AS axes, (SELECT max(t.clock) FROM t) AS clock,
        (SELECT string_to_array(amounts, ',')::bigint[] FROM t WHERE amounts IS NOT NULL ORDER BY entry_no DESC LIMIT 1) AS amounts,
        coalesce((SELECT max(substr(subject, 2)::integer) FROM t WHERE subject LIKE 'P%' AND substr(subject, 2)::integer
            NOT IN (SELECT p.payment_no FROM past_payment p JOIN o USING (order_no) WHERE p.edit_no > 0)), 1) AS payment_no
), taken_off AS MATERIALIZED (
    SELECT split_part(piece, '*', 1)::integer AS line_no, sum(split_part(piece, '*', 2)::integer) AS quantity
    FROM t, string_to_table(pieces, ',') AS piece GROUP BY 1
), share AS MATERIALIZED (
    SELECT f.*, f.fulfillment_no || '' AS number, 'S' || coalesce(nullif(f.shipment_no, 0), f.fulfillment_no) AS parcel,
        'C' || coalesce(nullif(f.capture_no, 0), f.fulfillment_no) AS capture
    FROM order_fulfillment f JOIN o USING (order_no)
), work AS MATERIALIZED (
    SELECT share.*,
        (SELECT (CASE t.kind WHEN 60 THEN 2 WHEN 67 THEN 3 WHEN 68 THEN 2 WHEN 61 THEN 5 WHEN 62 THEN 6 WHEN 63 THEN 7
                 WHEN 64 THEN 10 ELSE 8 END)::smallint
         FROM t WHERE (t.subject = 'F' || share.number AND t.kind IN (60, 61, 62, 63, 64, 67, 68))
                   OR (t.subject = share.parcel AND t.kind IN (81, 82)) ORDER BY t.entry_no DESC LIMIT 1) AS state_then,
        (SELECT max(t.kind) FROM t WHERE t.subject = share.parcel AND t.kind IN (80, 81, 82)) AS sent,
        EXISTS (SELECT FROM t WHERE t.subject = share.capture AND t.kind = 43) AS paid_then,
        (SELECT t.detail FROM t WHERE t.subject = share.parcel AND t.kind = 83 AND t.detail IS NOT NULL
         ORDER BY t.entry_no DESC LIMIT 1) AS tracked
    FROM share
)
SELECT json_strip_nulls(json_build_object(
    'id', order_id_text(o.order_id), 'order_no', o.order_no, 'clock', then_.clock, 'channel', o.channel,
    'channel_order_ref', o.channel_order_ref, 'number', o.number, 'status', order_status_word((axes & 15)::smallint),
    'payment_status', payment_status_word((axes >> 4 & 15)::smallint),
    'fulfillment_status', fulfillment_status_word((axes >> 8 & 15)::smallint),
    'return_status', (ARRAY['none', 'requested', 'in_progress', 'partially_returned', 'returned'])[axes >> 12 & 15],
    'shopper_status', shopper_status_word((axes >> 16 & 15)::smallint), 'currency', o.currency,
    'tax_mode', (ARRAY['inclusive', 'exclusive'])[o.tax_mode], 'total_minor', amounts[1],
    'customer', order_customer(o.order_no), 'ship_to', order_ship_to(o.order_no), 'bill_to', order_bill_to(o.order_no),
    'lines', (SELECT coalesce(json_agg(json_build_object('line_no', line_no, 'sku', sku, 'quantity', l.quantity,
        'unit_price_minor', unit_price_minor, 'discount_minor', nullif(discount_minor, 0),
        'tax_minor', nullif(tax_minor, 0), 'canceled_quantity', nullif(taken_off.quantity, 0),
        'customization', customization::json) ORDER BY line_no), '[]'::json)
        FROM order_line l LEFT JOIN taken_off USING (line_no) WHERE l.order_no = o.order_no AND NOT EXISTS (
            SELECT FROM order_edit_line a JOIN order_edit e USING (order_no, edit_no)
            WHERE a.order_no = o.order_no AND a.line_no = l.line_no AND e.state = 3 AND e.ended_at > $2)),
    'shipping_service', o.shipping_service, 'shipping_price_minor', o.shipping_price_minor,
    'payment_method', payment_method_word(o.payment_method),
    'company', d.company, 'purchase_order_number', d.purchase_order_number, 'priority', nullif(d.priority, 0),
    'taxes', order_taxes_shown(d.taxes, o.shipping_price_minor), 'tax_reason', d.tax_reason,
    'note', (SELECT note FROM order_contact WHERE order_no = o.order_no),
    'holds', (SELECT coalesce(json_agg(json_build_object('hold_no', hold_no,
        'id', order_id_text(o.order_id) || '-W' || hold_no, 'reason', hold_reason_word(reason), 'note', note,
        'placed_by', placed_by, 'until', instant_text(until), 'held_at', instant_text(held_at),
        'released_at', CASE WHEN released_at <= $2 THEN instant_text(released_at) END,
        'released_by', CASE WHEN released_at <= $2 THEN released_by END,
        'release_note', CASE WHEN released_at <= $2 THEN release_note END) ORDER BY hold_no), '[]'::json)
        FROM hold WHERE order_no = o.order_no AND held_at <= $2),
    'screening', order_screening(o.order_no),
    'notes', (SELECT json_agg(json_build_object('note_no', note_no, 'note', note, 'written_by', written_by,
        'written_at', instant_text(written_at)) ORDER BY note_no) FROM note WHERE order_no = o.order_no AND written_at <= $2),
    'payments', (SELECT coalesce(json_agg(payment ORDER BY payment_no), '[]'::json) FROM (
        SELECT p.payment_no, json_build_object('id', order_id_text(o.order_id) || '-P' || p.payment_no,
            'state', coalesce(payment_state_word(nullif(p.state, 0::smallint)), 'expired'),
            'method', payment_method_word(o.payment_method), 'authorized_minor', p.authorized_minor,
            'captured_minor', p.captured_minor, 'refunded_minor', p.refunded_minor) AS payment
        FROM past_payment p WHERE p.order_no = o.order_no AND CASE WHEN p.edit_no > 0
            THEN EXISTS (SELECT FROM t WHERE t.subject = 'P' || p.payment_no) ELSE p.payment_no < then_.payment_no END
        UNION ALL
        SELECT then_.payment_no, json_build_object('id', order_id_text(o.order_id) || '-P' || then_.payment_no,
            'state', payment_state_word((axes >> 20 & 15)::smallint), 'method', payment_method_word(o.payment_method),
            'authorized_minor', amounts[2], 'captured_minor', amounts[3], 'refunded_minor', amounts[4])
        WHERE axes >> 20 & 15 > 0) AS payments),
    'fulfillments', (SELECT coalesce(json_agg(json_build_object(
        'id', order_id_text(o.order_id) || '-F' || w.number, 'state', fulfillment_state_word(w.state_then),
        'location', w.location, 'lines', (SELECT coalesce(json_agg(json_build_object('line_no', a.line_no, 'sku', l.sku,
            'quantity', a.quantity) ORDER BY a.line_no), '[]'::json)
            FROM order_allocation a JOIN order_line l USING (order_no, line_no)
            WHERE a.order_no = o.order_no AND a.fulfillment_no = w.fulfillment_no AND a.quantity > 0))
        ORDER BY w.fulfillment_no), '[]'::json) FROM work w WHERE w.state_then IS NOT NULL),
    'shipments', (SELECT coalesce(json_agg(json_build_object(
        'id', order_id_text(o.order_id) || '-' || w.parcel, 'fulfillment_id', order_id_text(o.order_id) || '-F' || w.number,
        'state', CASE w.sent WHEN 80 THEN 'labeled' WHEN 81 THEN 'shipped' WHEN 82 THEN 'delivered' ELSE 'created' END,
        'tracking_status', w.tracked, 'carrier', CASE WHEN w.sent > 0 THEN w.carrier END,
        'tracking_number', CASE WHEN w.sent > 0 THEN w.tracking_number END,
        'shipped_at', CASE WHEN w.sent > 80 THEN instant_text(w.shipped_at) END,
        'delivered_at', CASE WHEN w.sent > 81 THEN instant_text(w.delivered_at) END) ORDER BY w.fulfillment_no), '[]'::json)
        FROM work w WHERE w.sent > 0 OR w.paid_then),
    'tasks', (SELECT coalesce(json_agg((task_shown(k, o.order_id)::jsonb || '{"state": "open"}') - 'closed_at' - 'choice'
        ORDER BY k.task_no), '[]'::json)
        FROM task k WHERE k.order_no = o.order_no AND k.opened_at <= $2 AND (k.closed_at IS NULL OR k.closed_at > $2)),
    'cancel_reason', cancel_reason_word(nullif(axes >> 24 & 15, 0)::smallint),
    'refusal', (SELECT json_agg(json_build_object('pointer', pointer, 'detail', detail) ORDER BY error_no)
        FROM order_refusal WHERE order_no = o.order_no),
    'created_at', instant_text(o.placed_at),
    'placed_at', CASE WHEN EXISTS (SELECT FROM order_line WHERE order_no = o.order_no) THEN instant_text(o.placed_at) END,
    'confirmed_at', CASE WHEN o.confirmed_at <= $2 THEN instant_text(o.confirmed_at) END,
    'completed_at', CASE WHEN axes & 15 = 4 THEN instant_text(o.ended_at) END,
    'ended_at', CASE WHEN axes & 15 > 4 THEN instant_text(o.ended_at) END,
    'ship_not_before', instant_text(o.ship_not_before),
    'links', json_build_object('self', '/v1/orders/' || order_id_text(o.order_id),
        'timeline', '/v1/orders/' || order_id_text(o.order_id) || '/timeline')))::text
FROM o CROSS JOIN then_ LEFT JOIN detour d USING (order_no) WHERE then_.axes IS NOT NULL

-- name: read_orders
-- $1 status, $2 payment status, $3 fulfillment status, $4 return status, $5 shopper status, $6 channel: words or NULL; $7 id,
-- reference or number or the beginning of one; $8 reference; $9 order number; $10 beginning of the customer's name; $11 e-mail; $12 beginning
-- of it; $13 the last digits of the phone; $14 SKU; $15 tracking number; $16 country; $17 placed from, $18 placed before; $19 least
-- and $20 most in total; $21 currency; $22 "any" or the reason of an open hold; $23 "any" or the kind of an open task; $24 "true":
-- those with an open task, and those whose deadline should have been dealt with a minute ago; each of them NULL when not asked for;
-- $25 and $26 cursor: instant in microseconds, order number; $27 limit; $28 what
-- is shown of each: NULL, or for a table "orders", or "lines", too; $29 the company's number of it, $30 the company
-- -> items; the last row has none when more orders were looked at than one page may: it says where to go on.
--
-- One thing that was asked for is looked up (source). Where an index knows few orders of it (found), they are all there is;
-- else orders are looked at from the newest on (way), as many as a page may take time for, and what fits is shown.
WITH asked AS MATERIALIZED (
    SELECT order_status_number($1::text) AS status, payment_status_number($2::text) AS payment_status,
        fulfillment_status_number($3::text) AS fulfillment_status,
        array_position(ARRAY['none', 'requested', 'in_progress', 'partially_returned', 'returned'], $4::text) AS return_status,
        array_position(ARRAY['pending', 'processing', 'partially_shipped', 'shipped', 'partially_delivered', 'delivered',
            'completed', 'canceled', 'partially_returned', 'returned'], $5::text) AS shopper_status,
        order_search_text($10::text) AS name, order_search_text(coalesce($11::text, $12::text)) AS email,
        order_search_text($12) AS email_prefix, reverse($13::text) AS phone, upper($15::text) AS tracking_number,
        array_position(ARRAY['payment', 'fraud', 'address', 'stock', 'manual', 'scheduled', 'return_items', 'other',
            'approval', 'credit'], $22::text) AS hold_reason,
        array_position(ARRAY['stock', 'payment', 'fulfillment', 'shipping', 'cancellation'], $23::text) AS task_kind,
        coalesce($17::timestamptz, '-infinity') AS placed_from, coalesce($18::timestamptz, 'infinity') AS placed_to,
        coalesce(to_timestamp(0) + $25::bigint * interval '1 microsecond', 'infinity') AS before_at, $26::bigint AS before_no,
        coalesce($10, $11, $12, $13, $16::text) IS NOT NULL AS contact_asked,
        CASE WHEN coalesce($10, $11, $12, $13, $16, $14::text, $15, $22, $23, $24::text, $29::text, $30::text) IS NULL THEN 6000 ELSE 2000
             END AS looked_at_max, 1000 AS known_max,
        CASE WHEN $9::bigint IS NOT NULL THEN 'number' WHEN $15 IS NOT NULL THEN 'tracking'
             WHEN $29 IS NOT NULL THEN 'purchase' WHEN $7::text IS NOT NULL THEN 'name'
             WHEN $8::text IS NOT NULL THEN 'reference' WHEN $24 = 'true' THEN 'stuck' WHEN $11 IS NOT NULL THEN 'email'
             WHEN $13 IS NOT NULL THEN 'phone' WHEN $22 IS NOT NULL THEN 'hold' WHEN $23 IS NOT NULL THEN 'task'
             WHEN $12 IS NOT NULL THEN 'email' WHEN $10 IS NOT NULL THEN 'customer'
             WHEN $30 IS NOT NULL THEN 'company' WHEN $14 IS NOT NULL THEN 'sku'
             WHEN $16 IS NOT NULL THEN 'country' END AS source,
        CASE WHEN $23 IS NOT NULL THEN 'task' WHEN $1 <> 'completed' THEN 'status' WHEN $2 <> 'paid' THEN 'payment'
             WHEN $3 <> 'delivered' THEN 'fulfillment' WHEN $6::text IS NOT NULL THEN 'channel' WHEN $1 IS NOT NULL THEN 'status'
             WHEN $2 IS NOT NULL THEN 'payment' WHEN $3 IS NOT NULL THEN 'fulfillment' ELSE 'time' END AS way
), bound AS MATERIALIZED ( -- of what comes before the cursor, and was placed before
    SELECT least(before_at, placed_to) AS at, CASE WHEN before_at < placed_to THEN before_no ELSE -1 END AS no FROM asked
), overdue AS MATERIALIZED (
    SELECT subject_number AS order_no FROM lane CROSS JOIN LATERAL (
        SELECT subject_number FROM timer WHERE timer.lane = lane.lane AND due_at < now() - interval '1 minute') AS late
    LIMIT 1000
), found AS MATERIALIZED (
    SELECT order_no FROM (
        SELECT $9 AS order_no FROM asked WHERE source = 'number'
        UNION ALL
        SELECT order_no FROM order_fulfillment WHERE (SELECT source FROM asked) = 'tracking' AND tracking_number IS NOT NULL
            AND upper(tracking_number) COLLATE "C" = (SELECT tracking_number FROM asked)
        UNION ALL
        (SELECT order_no FROM submission WHERE (SELECT source FROM asked) = 'name'
            AND order_id BETWEEN order_id_bound($7, false) AND order_id_bound($7, true) LIMIT (SELECT known_max FROM asked))
        UNION ALL
        (SELECT order_no FROM orders WHERE (SELECT source FROM asked) = 'name'
            AND channel_order_ref >= $7 AND channel_order_ref < order_search_end($7) LIMIT (SELECT known_max FROM asked))
        UNION ALL
        (SELECT order_no FROM orders WHERE (SELECT source FROM asked) = 'name'
            AND number >= $7 AND number < order_search_end($7) LIMIT (SELECT known_max FROM asked))
        UNION ALL
        SELECT order_no FROM orders WHERE (SELECT source FROM asked) = 'reference' AND channel_order_ref = $8
        UNION ALL
        SELECT order_no FROM orders WHERE (SELECT source FROM asked) = 'stuck' AND open_tasks > 0
        UNION ALL
        SELECT order_no FROM overdue WHERE (SELECT source FROM asked) = 'stuck'
        UNION ALL
        (SELECT order_no FROM order_contact WHERE (SELECT source FROM asked) = 'email'
            AND order_search_text(email) COLLATE "C" >= (SELECT email FROM asked)
            AND order_search_text(email) COLLATE "C" <= (SELECT coalesce(order_search_end(email_prefix), email) FROM asked)
            LIMIT (SELECT known_max FROM asked))
        UNION ALL
        (SELECT order_no FROM order_contact WHERE (SELECT source FROM asked) = 'phone' AND phone IS NOT NULL
            AND order_phone_key(phone) COLLATE "C" >= (SELECT phone FROM asked)
            AND order_phone_key(phone) COLLATE "C" < (SELECT order_search_end(phone) FROM asked)
            LIMIT (SELECT known_max FROM asked))
        UNION ALL
        SELECT order_no FROM hold WHERE (SELECT source FROM asked) = 'hold' AND released_at IS NULL
            AND reason = ANY (ARRAY(SELECT reason::smallint FROM asked, generate_series(1, 10) AS reason
                                    WHERE $22 = 'any' OR reason = hold_reason))
        UNION ALL
        SELECT order_no FROM task WHERE (SELECT source FROM asked) = 'task' AND state = 1
            AND ($23 = 'any' OR kind = (SELECT task_kind FROM asked))
        UNION ALL
        (SELECT order_no FROM order_contact WHERE (SELECT source FROM asked) = 'customer'
            AND order_search_text(name) COLLATE "C" >= (SELECT name FROM asked)
            AND order_search_text(name) COLLATE "C" < (SELECT order_search_end(name) FROM asked)
            LIMIT (SELECT known_max FROM asked))
        UNION ALL
        SELECT order_no FROM detour WHERE (SELECT source FROM asked) = 'purchase' AND purchase_order_number = $29
        UNION ALL
        (SELECT order_no FROM detour WHERE (SELECT source FROM asked) = 'company' AND company = $30
            LIMIT (SELECT known_max FROM asked))
        UNION ALL
        (SELECT order_no FROM order_line WHERE (SELECT source FROM asked) = 'sku' AND sku COLLATE "C" = $14
            LIMIT (SELECT known_max FROM asked))
        UNION ALL
        (SELECT order_no FROM order_contact WHERE (SELECT source FROM asked) = 'country' AND ship_country = $16
            LIMIT (SELECT known_max FROM asked))
    ) AS known LIMIT (SELECT known_max FROM asked)
), chosen AS MATERIALIZED (
    SELECT CASE WHEN source IS NOT NULL AND (SELECT count(*) FROM found) < known_max THEN 'found' ELSE way END AS way FROM asked
), looked_at AS MATERIALIZED (
    SELECT * FROM (
        (SELECT order_no, order_id, placed_at, status, payment_status, fulfillment_status, return_status, shopper_status, open_tasks,
                open_holds, total_minor, currency, channel, channel_order_ref, number
         FROM orders WHERE (SELECT way FROM chosen) = 'found' AND order_no = ANY (ARRAY(SELECT order_no FROM found))
            AND placed_at >= (SELECT placed_from FROM asked) AND (placed_at, order_no) < (SELECT at, no FROM bound)
         ORDER BY placed_at DESC, order_no DESC)
        UNION ALL
        (SELECT order_no, order_id, placed_at, status, payment_status, fulfillment_status, return_status, shopper_status, open_tasks,
                open_holds, total_minor, currency, channel, channel_order_ref, number
         FROM orders WHERE (SELECT way FROM chosen) = 'time'
            AND placed_at >= (SELECT placed_from FROM asked) AND (placed_at, order_no) < (SELECT at, no FROM bound)
         ORDER BY placed_at DESC, order_no DESC LIMIT (SELECT looked_at_max FROM asked))
        UNION ALL
        (SELECT order_no, order_id, placed_at, status, payment_status, fulfillment_status, return_status, shopper_status, open_tasks,
                open_holds, total_minor, currency, channel, channel_order_ref, number
         FROM orders WHERE (SELECT way FROM chosen) = 'channel' AND channel = $6
            AND placed_at >= (SELECT placed_from FROM asked) AND (placed_at, order_no) < (SELECT at, no FROM bound)
         ORDER BY placed_at DESC, order_no DESC LIMIT (SELECT looked_at_max FROM asked))
        UNION ALL
        (SELECT order_no, order_id, placed_at, status, payment_status, fulfillment_status, return_status, shopper_status, open_tasks,
                open_holds, total_minor, currency, channel, channel_order_ref, number
         FROM orders WHERE (SELECT way FROM chosen) = 'status' AND status = (SELECT status FROM asked)
            AND placed_at >= (SELECT placed_from FROM asked) AND (placed_at, order_no) < (SELECT at, no FROM bound)
         ORDER BY placed_at DESC, order_no DESC LIMIT (SELECT looked_at_max FROM asked))
        UNION ALL
        (SELECT order_no, order_id, placed_at, status, payment_status, fulfillment_status, return_status, shopper_status, open_tasks,
                open_holds, total_minor, currency, channel, channel_order_ref, number
         FROM orders WHERE (SELECT way FROM chosen) = 'payment' AND payment_status = (SELECT payment_status FROM asked)
            AND placed_at >= (SELECT placed_from FROM asked) AND (placed_at, order_no) < (SELECT at, no FROM bound)
         ORDER BY placed_at DESC, order_no DESC LIMIT (SELECT looked_at_max FROM asked))
        UNION ALL
        (SELECT order_no, order_id, placed_at, status, payment_status, fulfillment_status, return_status, shopper_status, open_tasks,
                open_holds, total_minor, currency, channel, channel_order_ref, number
         FROM orders WHERE (SELECT way FROM chosen) = 'fulfillment' AND fulfillment_status = (SELECT fulfillment_status FROM asked)
            AND placed_at >= (SELECT placed_from FROM asked) AND (placed_at, order_no) < (SELECT at, no FROM bound)
         ORDER BY placed_at DESC, order_no DESC LIMIT (SELECT looked_at_max FROM asked))
        UNION ALL
        (SELECT order_no, order_id, placed_at, status, payment_status, fulfillment_status, return_status, shopper_status, open_tasks,
                open_holds, total_minor, currency, channel, channel_order_ref, number
         FROM orders WHERE (SELECT way FROM chosen) = 'task' AND open_tasks > 0
            AND placed_at >= (SELECT placed_from FROM asked) AND (placed_at, order_no) < (SELECT at, no FROM bound)
         ORDER BY placed_at DESC, order_no DESC LIMIT (SELECT looked_at_max FROM asked))
    ) AS o ORDER BY placed_at DESC, order_no DESC LIMIT (SELECT looked_at_max FROM asked)
), fitting AS MATERIALIZED (
    SELECT * FROM looked_at AS o
    WHERE ($1 IS NULL OR status = (SELECT status FROM asked))
      AND ($2 IS NULL OR payment_status = (SELECT payment_status FROM asked))
      AND ($3 IS NULL OR fulfillment_status = (SELECT fulfillment_status FROM asked))
      AND ($4 IS NULL OR return_status = (SELECT return_status FROM asked))
      AND ($5 IS NULL OR shopper_status = (SELECT shopper_status FROM asked))
      AND ($6 IS NULL OR channel = $6) AND ($8 IS NULL OR channel_order_ref = $8) AND ($9 IS NULL OR order_no = $9)
      AND ($7 IS NULL OR order_id BETWEEN order_id_bound($7, false) AND order_id_bound($7, true)
           OR (channel_order_ref >= $7 AND channel_order_ref < order_search_end($7))
           OR (number >= $7 AND number < order_search_end($7)))
      AND ($19::bigint IS NULL OR total_minor >= $19) AND ($20::bigint IS NULL OR total_minor <= $20) AND ($21::text IS NULL OR currency = $21)
      AND ($22 IS NULL OR open_holds > 0) AND ($23 IS NULL OR open_tasks > 0)
      AND ($24 IS DISTINCT FROM 'true' OR open_tasks > 0 OR order_no IN (SELECT order_no FROM overdue))
      AND ($22 IS NULL OR $22 = 'any' OR EXISTS (SELECT FROM hold WHERE hold.order_no = o.order_no AND released_at IS NULL
           AND reason = (SELECT hold_reason FROM asked)))
      AND ($23 IS NULL OR $23 = 'any' OR EXISTS (SELECT FROM task WHERE task.order_no = o.order_no AND state = 1
           AND kind = (SELECT task_kind FROM asked)))
      AND (NOT (SELECT contact_asked FROM asked) OR EXISTS (SELECT FROM order_contact c WHERE c.order_no = o.order_no
           AND ($10 IS NULL OR starts_with(order_search_text(name), (SELECT asked.name FROM asked)))
           AND ($11 IS NULL OR order_search_text(email) = order_search_text($11))
           AND ($12 IS NULL OR starts_with(order_search_text(email), (SELECT asked.email_prefix FROM asked)))
           AND ($13 IS NULL OR starts_with(order_phone_key(phone), (SELECT asked.phone FROM asked)))
           AND ($16 IS NULL OR ship_country = $16)))
      AND ($14 IS NULL OR EXISTS (SELECT FROM order_line l WHERE l.order_no = o.order_no AND sku = $14))
      AND ($15 IS NULL OR EXISTS (SELECT FROM order_fulfillment f WHERE f.order_no = o.order_no
           AND upper(f.tracking_number) = (SELECT asked.tracking_number FROM asked)))
      AND (coalesce($29, $30) IS NULL OR EXISTS (SELECT FROM detour WHERE detour.order_no = o.order_no
           AND ($29 IS NULL OR purchase_order_number = $29) AND ($30 IS NULL OR company = $30)))
    LIMIT $27::bigint
)
(SELECT CASE WHEN $28::text IS NULL THEN json_strip_nulls(json_build_object(
    'id', order_id_text(o.order_id), 'channel', o.channel, 'channel_order_ref', o.channel_order_ref, 'number', o.number,
    'status', order_status_word(o.status), 'payment_status', payment_status_word(o.payment_status),
    'fulfillment_status', fulfillment_status_word(o.fulfillment_status),
    'shopper_status', shopper_status_word(o.shopper_status), 'held', o.open_tasks > 0 OR o.open_holds > 0,
    'currency', o.currency, 'total_minor', o.total_minor,
    'customer_name', (SELECT name FROM order_contact c WHERE c.order_no = o.order_no),
    'created_at', instant_text(o.placed_at)))::text
    ELSE (SELECT json_strip_nulls(json_build_object(
        'id', order_id_text(o.order_id), 'channel', o.channel, 'channel_order_ref', o.channel_order_ref,
        'number', o.number, 'status', order_status_word(o.status), 'payment_status', payment_status_word(o.payment_status),
        'fulfillment_status', fulfillment_status_word(o.fulfillment_status),
        'return_status', (ARRAY['none', 'requested', 'in_progress', 'partially_returned', 'returned'])[o.return_status],
        'shopper_status', shopper_status_word(o.shopper_status), 'currency', o.currency, 'total_minor', o.total_minor,
        'customer_name', c.name, 'email', c.email, 'phone', c.phone, 'country', c.ship_country,
        'placed_at', instant_text(o.placed_at), 'confirmed_at', instant_text(whole.confirmed_at),
        'ended_at', instant_text(whole.ended_at),
        'tracking_numbers', (SELECT string_agg(tracking_number, ' ' ORDER BY fulfillment_no) FROM order_fulfillment AS f
                             WHERE f.order_no = o.order_no),
        'lines', CASE WHEN $28 = 'lines' THEN (SELECT json_agg(json_build_object('line_no', line_no, 'sku', sku,
            'quantity', quantity, 'canceled_quantity', canceled_quantity, 'unit_price_minor', unit_price_minor,
            'discount_minor', discount_minor, 'tax_minor', tax_minor) ORDER BY line_no)
            FROM order_line AS l WHERE l.order_no = o.order_no) END))::text
        FROM orders AS whole LEFT JOIN order_contact AS c USING (order_no) WHERE whole.order_no = o.order_no) END,
    (extract(epoch FROM o.placed_at) * 1000000)::bigint::text, o.order_no::text
FROM fitting AS o)
UNION ALL
(SELECT NULL, (extract(epoch FROM placed_at) * 1000000)::bigint::text, order_no::text
 FROM looked_at WHERE (SELECT way FROM chosen) <> 'found' OFFSET (SELECT looked_at_max FROM asked) - 1 LIMIT 1)
LIMIT $27

-- name: read_tracking
-- $1 public id: what the holder of a link to follow the order sees
SELECT json_strip_nulls(json_build_object(
    'id', order_id_text(o.order_id), 'number', o.number, 'channel_order_ref', o.channel_order_ref,
    'shopper_status', shopper_status_word(o.shopper_status),
    'locale', (SELECT locale FROM order_contact c WHERE c.order_no = o.order_no),
    'promised_delivery', promised_delivery(o.promised_earliest, o.promised_latest),
    'placed_at', instant_text(o.placed_at), 'ended_at', instant_text(o.ended_at),
    'lines', (SELECT coalesce(json_agg(json_build_object('sku', sku, 'quantity', quantity,
        'canceled_quantity', nullif(canceled_quantity, 0)) ORDER BY line_no), '[]'::json)
        FROM order_line WHERE order_no = o.order_no),
    'shipments', (SELECT coalesce(json_agg(json_build_object(
        'id', order_id_text(o.order_id) || '-S' || coalesce(nullif(f.shipment_no, 0), f.fulfillment_no),
        'state', CASE WHEN f.step IN (10, 19) THEN 'delivered' WHEN f.step IN (18, 22) OR f.replaced THEN 'failed'
                      WHEN f.shipped_at IS NOT NULL THEN 'shipped' WHEN f.step IN (8, 23) THEN 'ready' ELSE 'preparing' END,
        'carrier', f.carrier, 'tracking_number', f.tracking_number,
        'tracking_status', tracking_status_word(f.tracking_status), 'shipped_at', instant_text(f.shipped_at),
        'delivered_at', instant_text(f.delivered_at),
        'promised_delivery', promised_delivery(f.promised_earliest, f.promised_latest),
        'lines', (SELECT coalesce(json_agg(json_build_object('sku', l.sku, 'quantity', a.quantity) ORDER BY a.line_no), '[]'::json)
            FROM order_allocation a JOIN order_line l USING (order_no, line_no)
            WHERE a.order_no = o.order_no AND a.fulfillment_no = f.fulfillment_no AND a.quantity > 0)) ORDER BY f.fulfillment_no),
        '[]'::json)
        FROM (SELECT * FROM order_fulfillment WHERE order_no = o.order_no
                AND (shipped_at IS NOT NULL OR (NOT replaced AND step NOT IN (11, 12, 21, 24, 25)))
              ORDER BY fulfillment_no LIMIT 100) AS f),
    'events', (SELECT coalesce(json_agg(json_build_object('what', e.what, 'at', instant_text(e.at),
        'shipment_id', CASE WHEN e.subject LIKE 'S%' THEN order_id_text(o.order_id) || '-' || e.subject
            WHEN e.subject LIKE 'F%' THEN (
                SELECT order_id_text(o.order_id) || '-S' || coalesce(nullif(f.shipment_no, 0), f.fulfillment_no)
                FROM order_fulfillment f WHERE f.order_no = o.order_no AND f.fulfillment_no::text = substr(e.subject, 2)) END)
        ORDER BY e.entry_no DESC), '[]'::json)
        FROM (SELECT t.entry_no, t.at, t.subject, coalesce(k.what, t.detail) AS what
              FROM timeline t JOIN (VALUES (1, 'placed'), (2, 'rejected'), (3, 'confirmed'), (4, 'canceled'), (5, 'expired'),
                    (6, 'completed'), (11, 'reduced'), (47, 'refunded'), (63, 'packed'), (83, NULL), (100, 'promise_changed'))
                    AS k (kind, what) USING (kind)
              WHERE t.order_no = o.order_no AND (t.kind <> 83 OR t.detail <> 'pre_transit')
              ORDER BY t.entry_no DESC LIMIT 60) AS e)))::text
FROM submission s JOIN orders o USING (order_no)
WHERE s.order_id = $1::bytea

-- name: read_timeline
-- $1 public id, $2 and $3 cursor: clock and entry number, $4 limit
SELECT json_strip_nulls(json_build_object('clock', t.clock, 'entry_no', t.entry_no, 'type', k.type,
    'recorded_at', instant_text(t.at), 'cause_no', nullif(t.cause_no, 0), 'request_id', t.request_id,
    'data', json_strip_nulls(json_build_object('order_id', order_id_text($1),
        'subject_id', order_id_text($1) || '-' || t.subject, 'detail', t.detail))))::text,
    t.clock::text, t.entry_no::text
FROM submission s JOIN timeline t USING (order_no) JOIN timeline_kind k USING (kind)
WHERE s.order_id = $1::bytea AND ($2::bigint IS NULL OR (t.clock, t.entry_no) > ($2, $3::bigint))
ORDER BY t.clock, t.entry_no LIMIT $4::bigint

-- name: read_events
-- $1 channel; $2, $3 and $4 cursor: instant in ms, order and entry number; $5 limit; $6 not before this instant, without a
-- cursor.  The last row has no item: where to go on when no more than these are there.
-- Each batch of a lane is later than the one before, so nothing new comes at or before what all lanes have passed.
WITH asked AS MATERIALIZED (
    SELECT coalesce(to_timestamp(0) + $2::bigint * interval '1 millisecond', $6::timestamptz, to_timestamp(0)) AS at,
           coalesce($3::bigint, -1) AS order_no, coalesce($4::bigint, 0) AS entry_no
), passed AS MATERIALIZED (
    SELECT min(now_floor) AS at FROM lane
), page AS MATERIALIZED ( -- whole batches that hold enough: the index knows instants alone
    SELECT least(passed.at, (
        SELECT at FROM timeline
        WHERE channel = $1::text AND at > asked.at AND kind <> ALL (ARRAY(SELECT kind FROM timeline_kind WHERE NOT told))
        ORDER BY at LIMIT 1 OFFSET $5::bigint)) AS ends_at
    FROM asked, passed
), fact AS MATERIALIZED (
    SELECT order_no, entry_no, clock, at, kind, subject, detail FROM timeline
    WHERE channel = $1::text AND at >= (SELECT at FROM asked) AND at <= (SELECT ends_at FROM page)
      AND (at, order_no, entry_no) > (
          (SELECT at FROM asked), (SELECT order_no FROM asked), (SELECT entry_no FROM asked))
      AND kind <> ALL (ARRAY(SELECT kind FROM timeline_kind WHERE NOT told))
    ORDER BY at, order_no, entry_no LIMIT $5::bigint
), place AS (
    SELECT at, order_no, entry_no FROM asked WHERE at > (SELECT at FROM passed)
    UNION ALL
    SELECT passed.at, 9223372036854775807, 0 FROM passed JOIN asked ON asked.at <= passed.at
)
(SELECT json_strip_nulls(json_build_object('specversion', '1.0', 'id', order_id_text(o.order_id) || '-E' || f.entry_no,
    'source', '/kervan/order', 'type', k.type, 'subject', order_id_text(o.order_id), 'time', instant_text(f.at),
    'clock', f.clock, 'data', json_build_object('order_id', order_id_text(o.order_id),
        'channel_order_ref', o.channel_order_ref, 'subject_id', order_id_text(o.order_id) || '-' || f.subject,
        'detail', f.detail)))::text,
    (extract(epoch FROM f.at) * 1000)::bigint::text, f.order_no::text, f.entry_no::text
 FROM fact f JOIN orders o USING (order_no) JOIN timeline_kind k USING (kind)
 ORDER BY f.at, f.order_no, f.entry_no)
UNION ALL
SELECT NULL, (extract(epoch FROM at) * 1000)::bigint::text, order_no::text, entry_no::text FROM place

-- name: read_tasks
-- $1 state and $2 kind: words or NULL (state: open); $3, $4 and $5 cursor: instant in microseconds, order number, task number;
-- $6 limit
SELECT json_strip_nulls(task_shown(t, o.order_id))::text,
    (extract(epoch FROM t.opened_at) * 1000000)::bigint::text, t.order_no::text, t.task_no::text
FROM task t JOIN orders o USING (order_no)
WHERE t.state = array_position(ARRAY['open', 'closed'], coalesce($1::text, 'open'))
  AND ($2::text IS NULL OR task_kind_word(t.kind) = $2)
  AND ($3::bigint IS NULL OR (t.opened_at, t.order_no, t.task_no) > (
       to_timestamp(0) + $3::bigint * interval '1 microsecond', $4::bigint, $5::bigint))
ORDER BY t.opened_at, t.order_no, t.task_no LIMIT $6::bigint

-- name: read_task
-- $1 public id of the order, $2 public id of the task.  Its version is the order's: who decides has seen the order
SELECT json_strip_nulls(task_shown(t, o.order_id))::text, o.clock::text
FROM submission s JOIN orders o USING (order_no) JOIN task t USING (order_no)
WHERE s.order_id = $1::bytea AND '-T' || t.task_no = substr($2::text, 31)

-- name: read_edits
-- $1 public id of the order, $2 cursor: the number of the last edit of the page before; $3 limit
SELECT order_edit_shown(e, o)::text, e.edit_no::text
FROM submission s JOIN orders o USING (order_no) JOIN order_edit e USING (order_no)
WHERE s.order_id = $1::bytea AND ($2::bigint IS NULL OR e.edit_no > $2) ORDER BY e.edit_no LIMIT $3::bigint

-- name: read_edit
-- $1 public id of the order, $2 public id of the edit.  Its version is the order's: who confirms has seen the order
SELECT order_edit_shown(e, o)::text, o.clock::text
FROM submission s JOIN orders o USING (order_no) JOIN order_edit e USING (order_no)
WHERE s.order_id = $1::bytea AND '-M' || e.edit_no = substr($2::text, 31)

-- name: read_promises
-- $1 from, $2 until: when orders were placed, 31 days at most, by default those until now; $3 channel or NULL
WITH asked AS (SELECT coalesce($1::timestamptz, coalesce($2::timestamptz, business_now()) - interval '31 days') AS from_at,
    coalesce($2::timestamptz, business_now()) AS until_at),
counted AS (
    SELECT from_at, until_at, count(*) AS delivered, count(*) FILTER (WHERE promise_outcome = 1) AS kept,
        count(*) FILTER (WHERE promise_outcome = 2) AS moved, count(*) FILTER (WHERE promise_outcome = 3) AS missed
    FROM (SELECT greatest(from_at, until_at - interval '31 days') AS from_at, until_at FROM asked) AS bounded
    LEFT JOIN orders ON placed_at >= from_at AND placed_at < until_at AND promise_outcome > 0
        AND ($3::text IS NULL OR channel = $3)
    GROUP BY from_at, until_at)
SELECT json_strip_nulls(json_build_object('placed_from', instant_text(from_at), 'placed_until', instant_text(until_at), 'channel', $3::text,
    'delivered', kept + moved + missed, 'kept', kept, 'moved', moved, 'missed', missed,
    'kept_permille', 1000 * kept / nullif(kept + moved + missed, 0)))::text
FROM counted

-- name: read_channel_policy
-- $1 code
SELECT json_strip_nulls(json_build_object('code', code, 'version', version, 'policy', json_build_object('name', name,
    'stock_policy', (ARRAY['reject', 'backorder', 'partial', 'ask'])[stock_policy],
    'ask_deadline_ms', nullif(ask_ms, 0), 'silenced_messages', customer_message_words(silenced),
    'automatic_confirmation', CASE WHEN by_person THEN false END,
    'payment_deadline_ms', nullif(payment_deadline_ms, 0), 'payment_methods', payment_method_words(payment_methods),
    'languages', string_to_array(languages, ' '), 'delivery_options', delivery_options_shown(delivery_options),
    'draft_ttl_ms', nullif(draft_ttl_ms, 0), 'edit_window_ms', nullif(edit_window_ms, 0),
    'address_check', (ARRAY['hold', 'reject', 'none'])[address_check],
    'number_series', CASE WHEN number_prefix IS NOT NULL THEN json_build_object('prefix', number_prefix,
        'yearly', number_yearly, 'digits', number_digits) END,
    'invoice_series', invoice_series_shown(invoice_series),
    'tax', tax_policy_shown(tax_policy),
    'fraud', CASE WHEN hold_at > 0 THEN json_build_object('hold_at', hold_at, 'reject_at', nullif(reject_at, 0), 'rules',
        (SELECT json_agg(json_build_object('kind', fraud_kind_word(r.kind), 'points', r.points,
            'at_least_minor', CASE WHEN r.kind = 1 THEN r.at_least_minor END, 'currency', r.currency,
            'subject', (ARRAY['email', 'phone', 'token', 'address'])[r.subject], 'orders', nullif(r.orders, 0),
            'within_ms', nullif(r.within_ms, 0)) ORDER BY r.rule_no) FROM fraud_rule r WHERE r.code = channel.code)) END
    )))::text, version::text
FROM channel WHERE code = $1::text

-- name: read_block_list
-- $1 cursor: the last entry of the page before; $2 limit
SELECT block_entry_shown(b)::text, entry
FROM block_list b WHERE $1::text IS NULL OR entry > $1 ORDER BY entry LIMIT $2::bigint

-- name: read_block_entry
-- $1 entry, however it is written
SELECT block_entry_shown(b)::text FROM block_list b
WHERE entry = CASE WHEN $1::text LIKE 'phone:%' THEN 'phone:' || regexp_replace($1, '[^0-9]', '', 'g') ELSE lower($1) END
