-- An order is edited in two steps: what a change would do is shown, then it is confirmed.

CREATE TABLE order_edit (
    order_no bigint NOT NULL,
    edit_no smallint NOT NULL,
    state smallint NOT NULL,
    reason smallint NOT NULL,
    request_id text NOT NULL,
    order_clock bigint NOT NULL,
    lines text,
    shipping_service text,
    shipping_price_minor bigint NOT NULL,
    note text,
    pieces text,
    late_pieces text,
    refusals smallint NOT NULL,
    total_before_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    release_minor bigint NOT NULL,
    refund_minor bigint NOT NULL,
    edited_minor bigint NOT NULL,
    proposed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (order_no, edit_no)
);
COMMENT ON TABLE order_edit IS 'Changes of an order that were proposed, what they would do, and what became of them';
COMMENT ON COLUMN order_edit.order_no IS 'Of the order';
COMMENT ON COLUMN order_edit.edit_no IS 'Counts from 1';
COMMENT ON COLUMN order_edit.state IS '1 proposed, 2 requested: places are asked, 3 confirmed, 4 declined';
COMMENT ON COLUMN order_edit.reason IS 'Why it was declined: 1 packed, 2 changed; else 0';
COMMENT ON COLUMN order_edit.request_id IS 'Identity of the request that proposed it';
COMMENT ON COLUMN order_edit.order_clock IS 'Version of the order that the preview is of';
COMMENT ON COLUMN order_edit.lines IS 'Lines and pieces wanted: 1*2,3*0 is two of line 1 and none of line 3; null: as they are';
COMMENT ON COLUMN order_edit.shipping_service IS 'How it is to be sent; null: as it is';
COMMENT ON COLUMN order_edit.shipping_price_minor IS 'What the shopper pays for that; 0 without one';
COMMENT ON COLUMN order_edit.note IS 'For who packs, a shopper may have written it: kept for a day; null: as it is, or forgotten';
COMMENT ON COLUMN order_edit.pieces IS 'What comes off: 1*2@1,3*1@0 is two of line 1 from fulfillment 1 and one of line 3 that waits for stock; null: nothing';
COMMENT ON COLUMN order_edit.late_pieces IS 'What cannot come off any more: 1*2 is two of line 1; null: nothing';
COMMENT ON COLUMN order_edit.refusals IS 'Why else it cannot be confirmed: 2 too late, 4 costs more, 8 nothing left, 16 busy';
COMMENT ON COLUMN order_edit.total_before_minor IS 'Of the order, when it was proposed';
COMMENT ON COLUMN order_edit.total_minor IS 'Of the order behind it';
COMMENT ON COLUMN order_edit.release_minor IS 'How much less of what is secured is needed';
COMMENT ON COLUMN order_edit.refund_minor IS 'How much of what is taken goes back';
COMMENT ON COLUMN order_edit.edited_minor IS 'Of the order when it was made; 0 before';
COMMENT ON COLUMN order_edit.proposed_at IS 'When it was proposed';
COMMENT ON COLUMN order_edit.expires_at IS 'Until when it can be confirmed';
COMMENT ON COLUMN order_edit.ended_at IS 'When it was made or declined; null: neither';
CREATE INDEX order_edit_with_note ON order_edit (expires_at) WHERE note IS NOT NULL;

ALTER TABLE cancellation ADD COLUMN edit_no smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN cancellation.edit_no IS 'Of the edit that asks for it; 0: it is a cancellation';

INSERT INTO timeline_kind (kind, type, told) VALUES (17, 'kervan.order.edit_confirm.v1', false);
INSERT INTO timeline_kind (kind, type) VALUES (18, 'kervan.order.edited.v1');

-- Why an edit cannot be confirmed.
CREATE FUNCTION order_edit_refused(e order_edit) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(json_agg(refused ORDER BY place), '[]'::json) FROM (
        SELECT 0 AS place, json_build_object('reason', 'packed', 'line_no', split_part(piece, '*', 1)::integer,
            'quantity', split_part(piece, '*', 2)::integer) AS refused
        FROM string_to_table(e.late_pieces, ',') AS piece
        UNION ALL
        SELECT n, json_build_object('reason', (ARRAY['too_late', 'costs_more', 'nothing_left', 'busy'])[n])
        FROM generate_series(1, 4) AS n WHERE e.refusals >> n & 1 = 1) AS refusals
$$;

-- What comes off the order, and from where.
CREATE FUNCTION order_edit_pieces(e order_edit, order_id bytea) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(json_agg(json_strip_nulls(json_build_object('line_no', l.line_no, 'sku', l.sku, 'quantity', p.quantity,
        'fulfillment_id', order_id_text(order_id) || '-F' || nullif(p.share, 0), 'location', f.location))
        ORDER BY p.share, l.line_no), '[]'::json)
    FROM (SELECT split_part(piece, '*', 1)::smallint AS line_no, split_part(split_part(piece, '*', 2), '@', 1)::integer AS quantity,
                 split_part(piece, '@', 2)::smallint AS share
          FROM string_to_table(e.pieces, ',') AS piece) AS p
    JOIN order_line l ON l.order_no = e.order_no AND l.line_no = p.line_no
    LEFT JOIN order_fulfillment f ON f.order_no = e.order_no AND f.fulfillment_no = p.share
$$;

CREATE FUNCTION order_edit_shown(e order_edit, o orders) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_strip_nulls(json_build_object('id', order_id_text(o.order_id) || '-M' || e.edit_no,
        'order_id', order_id_text(o.order_id), 'order_version', e.order_clock,
        'state', CASE WHEN e.state = 1 AND e.expires_at <= business_now() THEN 'expired'
                      ELSE (ARRAY['proposed', 'requested', 'confirmed', 'declined'])[e.state] END,
        'reason', (ARRAY['packed', 'changed'])[e.reason],
        'lines', (SELECT coalesce(json_agg(json_build_object('line_no', split_part(piece, '*', 1)::integer,
            'quantity', split_part(piece, '*', 2)::integer)), '[]'::json) FROM string_to_table(e.lines, ',') AS piece),
        'shipping', CASE WHEN e.shipping_service IS NOT NULL THEN json_build_object('service', e.shipping_service,
            'price_minor', e.shipping_price_minor) END,
        'note', e.note,
        'preview', json_build_object('currency', o.currency, 'total_before_minor', e.total_before_minor,
            'total_minor', e.total_minor, 'release_minor', e.release_minor, 'refund_minor', e.refund_minor,
            'pieces', order_edit_pieces(e, o.order_id), 'refused', order_edit_refused(e)),
        'proposed_at', instant_text(e.proposed_at), 'expires_at', instant_text(e.expires_at),
        'ended_at', instant_text(e.ended_at)))
$$;

-- Who ordered when is forgotten a day after the longest time that a rule can name; what an edit would have written, a day after
-- it can be confirmed no more. What a batch has in hand is left for the next hour.
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
        RETURNING 1)
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM forgotten)
$$;
