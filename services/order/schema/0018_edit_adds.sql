-- An edit can add lines to an order: what it adds is reserved and authorized for itself.

ALTER TABLE order_fulfillment ADD COLUMN payment_no smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN order_fulfillment.payment_no IS 'Payment of the edit that added it: 2 is -P2; 0: the present one of the order pays for it';

ALTER TABLE past_payment
    ADD COLUMN edit_no smallint NOT NULL DEFAULT 0,
    ADD COLUMN state smallint NOT NULL DEFAULT 0;
COMMENT ON TABLE past_payment IS 'Payments beside the present one: the provider let go of them, or they pay for what an edit added';
COMMENT ON COLUMN past_payment.edit_no IS 'Of the edit whose lines it pays for; 0: it was the present payment';
COMMENT ON COLUMN past_payment.state IS 'Of one that pays for an edit, as orders.payment_state; 0: let go of';

ALTER TABLE detour ADD COLUMN addition_count smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN detour.addition_count IS 'Edits that were to add lines, and were confirmed';

ALTER TABLE order_edit
    ADD COLUMN authorize_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN reservation_no smallint NOT NULL DEFAULT 0,
    ADD COLUMN payment_no smallint NOT NULL DEFAULT 0,
    ADD COLUMN held text,
    ADD COLUMN reply_request_id text,
    ADD COLUMN reply_partition integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN order_edit.state IS '1 proposed, 2 requested: places, or stock and payment, are asked, 3 confirmed, 4 declined';
COMMENT ON COLUMN order_edit.reason IS 'Why it was declined: 1 packed, 2 changed, 3 out_of_stock, 4 payment_declined, 5 needs_shopper, 6 expired, 7 canceled; else 0';
COMMENT ON COLUMN order_edit.refusals IS 'Why else it cannot be confirmed: 2 too late, 4 costs more, 8 nothing left, 16 busy, 32 payment';
COMMENT ON COLUMN order_edit.authorize_minor IS 'What the lines cost that it adds';
COMMENT ON COLUMN order_edit.reservation_no IS 'Reservation that holds what it adds: 2 is -H2; 0: none was asked for';
COMMENT ON COLUMN order_edit.payment_no IS 'Payment for what it adds: 2 is -P2; 0: none was asked for';
COMMENT ON COLUMN order_edit.held IS 'What is reserved of it, and where: 3*2@WH-1 is two of line 3; null: nothing yet';
COMMENT ON COLUMN order_edit.reply_request_id IS 'Who waits for what becomes of it; null: nobody';
COMMENT ON COLUMN order_edit.reply_partition IS 'Where they are answered';

CREATE TABLE order_edit_line (
    order_no bigint NOT NULL,
    edit_no smallint NOT NULL,
    line_no smallint NOT NULL,
    sku text NOT NULL,
    quantity integer NOT NULL,
    unit_price_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    customization text,
    PRIMARY KEY (order_no, edit_no, line_no)
);
COMMENT ON TABLE order_edit_line IS 'Lines that edits add to orders';
COMMENT ON COLUMN order_edit_line.order_no IS 'Of the order';
COMMENT ON COLUMN order_edit_line.edit_no IS 'Of the edit';
COMMENT ON COLUMN order_edit_line.line_no IS 'That it gets in the order';
COMMENT ON COLUMN order_edit_line.sku IS 'What is ordered';
COMMENT ON COLUMN order_edit_line.quantity IS 'Pieces';
COMMENT ON COLUMN order_edit_line.unit_price_minor IS 'Price of one piece';
COMMENT ON COLUMN order_edit_line.discount_minor IS 'Taken off the whole line';
COMMENT ON COLUMN order_edit_line.tax_minor IS 'Tax of the whole line';
COMMENT ON COLUMN order_edit_line.customization IS 'What makes it this shopper''s own, as JSON: forgotten a day after the edit can be confirmed; null: nothing';
CREATE INDEX order_edit_line_with_customization ON order_edit_line (order_no) WHERE customization IS NOT NULL;

COMMENT ON COLUMN orders.step IS '1 new, 2 reserving, 3 authorizing, 4 awaiting_shopper, 5 fulfilling, 6 canceling, 7 undoing, 8 undoing_stock, 9 undoing_money, 10 ended, 11 completed, 12 held, 13 asking, 14 reducing, 15 adding_stock, 16 adding_money';

-- What an order waits for, in a word, since when it was not heard of, and when that is too long; null: it is over.
CREATE OR REPLACE FUNCTION order_waiting(o orders) RETURNS json
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('awaited', coalesce(
            CASE WHEN o.open_tasks > 0 THEN 'person' WHEN o.open_holds > 0 AND o.step IN (5, 12) THEN 'release' END,
            (ARRAY['stock', 'stock', 'payment', 'shopper', NULL, 'fulfillment', 'give_back', 'give_back', 'give_back',
                   NULL, NULL, 'release', 'shopper', 'fulfillment', 'stock', 'payment'])[o.step],
            (SELECT (ARRAY['fulfillment', 'fulfillment', 'fulfillment', 'fulfillment', 'fulfillment', 'capture',
                           'carrier', 'carrier', 'delivery', NULL, NULL, 'person', 'release', 'capture', 'fulfillment',
                           'fulfillment', 'person', 'person', 'capture', 'person', 'stock', 'stock'])[f.step]
             FROM order_fulfillment f WHERE f.order_no = o.order_no AND f.step NOT IN (10, 11) AND NOT f.replaced
             ORDER BY f.deadline_at, f.fulfillment_no LIMIT 1), 'stock'),
        'since', (SELECT instant_text(max(t.at)) FROM timeline t WHERE t.order_no = o.order_no),
        'due_at', instant_text(coalesce(o.deadline_at,
            (SELECT min(f.deadline_at) FROM order_fulfillment f WHERE f.order_no = o.order_no),
            (SELECT least(d.hold_until, d.stock_due_at) FROM detour d WHERE d.order_no = o.order_no))))
    WHERE o.step NOT IN (10, 11) OR o.open_tasks > 0
$$;

-- Why an edit cannot be confirmed.
CREATE OR REPLACE FUNCTION order_edit_refused(e order_edit) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(json_agg(refused ORDER BY place), '[]'::json) FROM (
        SELECT 0 AS place, json_build_object('reason', 'packed', 'line_no', split_part(piece, '*', 1)::integer,
            'quantity', split_part(piece, '*', 2)::integer) AS refused
        FROM string_to_table(e.late_pieces, ',') AS piece
        UNION ALL
        SELECT n, json_build_object('reason', (ARRAY['too_late', 'costs_more', 'nothing_left', 'busy', 'payment'])[n])
        FROM generate_series(1, 5) AS n WHERE e.refusals >> n & 1 = 1) AS refusals
$$;

CREATE OR REPLACE FUNCTION order_edit_shown(e order_edit, o orders) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_strip_nulls(json_build_object('id', order_id_text(o.order_id) || '-M' || e.edit_no,
        'order_id', order_id_text(o.order_id), 'order_version', e.order_clock,
        'state', CASE WHEN e.state = 1 AND e.expires_at <= business_now() THEN 'expired'
                      ELSE (ARRAY['proposed', 'requested', 'confirmed', 'declined'])[e.state] END,
        'reason', (ARRAY['packed', 'changed', 'out_of_stock', 'payment_declined', 'needs_shopper', 'expired', 'canceled'])[e.reason],
        'lines', (SELECT coalesce(json_agg(json_build_object('line_no', split_part(piece, '*', 1)::integer,
            'quantity', split_part(piece, '*', 2)::integer)), '[]'::json) FROM string_to_table(e.lines, ',') AS piece),
        'add', (SELECT json_agg(json_build_object('line_no', a.line_no, 'sku', a.sku, 'quantity', a.quantity,
            'unit_price_minor', a.unit_price_minor, 'discount_minor', nullif(a.discount_minor, 0),
            'tax_minor', nullif(a.tax_minor, 0)) ORDER BY a.line_no)
            FROM order_edit_line a WHERE a.order_no = e.order_no AND a.edit_no = e.edit_no),
        'shipping', CASE WHEN e.shipping_service IS NOT NULL THEN json_build_object('service', e.shipping_service,
            'price_minor', e.shipping_price_minor) END,
        'note', e.note,
        'preview', json_build_object('currency', o.currency, 'total_before_minor', e.total_before_minor,
            'total_minor', e.total_minor, 'release_minor', e.release_minor, 'refund_minor', e.refund_minor,
            'authorize_minor', nullif(e.authorize_minor, 0),
            'pieces', order_edit_pieces(e, o.order_id),
            'restarted', (SELECT coalesce(json_agg(order_id_text(o.order_id) || '-F' || share), '[]'::json)
                FROM string_to_table(e.restarted, ',') AS share), 'refused', order_edit_refused(e)),
        'proposed_at', instant_text(e.proposed_at), 'expires_at', instant_text(e.expires_at),
        'ended_at', instant_text(e.ended_at)))
$$;

-- Who ordered when is forgotten a day after the longest time that a rule can name; what an edit would have written, or made, a
-- day after it can be confirmed no more. What a batch has in hand is left for the next hour.
CREATE OR REPLACE FUNCTION forget_old() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    WITH gone AS (
        DELETE FROM velocity WHERE key IN (
            SELECT key FROM velocity WHERE last_at < business_now() - interval '31 days' OR last_at IS NULL
            LIMIT 100000 FOR UPDATE SKIP LOCKED)
        RETURNING 1),
    forgotten AS (
        UPDATE order_edit SET note = NULL WHERE (order_no, edit_no) IN (
            SELECT order_no, edit_no FROM order_edit
            WHERE note IS NOT NULL AND expires_at < business_now() - interval '1 day'
            LIMIT 100000 FOR UPDATE SKIP LOCKED)
        RETURNING 1),
    plain AS (
        UPDATE order_edit_line SET customization = NULL WHERE (order_no, edit_no, line_no) IN (
            SELECT a.order_no, a.edit_no, a.line_no FROM order_edit_line a JOIN order_edit e USING (order_no, edit_no)
            WHERE a.customization IS NOT NULL AND e.state <> 2 AND e.expires_at < business_now() - interval '1 day'
            LIMIT 100000 FOR UPDATE OF a SKIP LOCKED)
        RETURNING 1)
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM forgotten) + (SELECT count(*) FROM plain)
$$;
