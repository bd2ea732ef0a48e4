-- An edit that concerns all of an order has places begin anew.

ALTER TABLE order_edit ADD COLUMN restarted text;
COMMENT ON COLUMN order_edit.restarted IS 'Fulfillments that begin anew with it: 1,3; null: none';

CREATE OR REPLACE FUNCTION order_edit_shown(e order_edit, o orders) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
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
            'pieces', order_edit_pieces(e, o.order_id),
            'restarted', (SELECT coalesce(json_agg(order_id_text(o.order_id) || '-F' || share), '[]'::json)
                FROM string_to_table(e.restarted, ',') AS share), 'refused', order_edit_refused(e)),
        'proposed_at', instant_text(e.proposed_at), 'expires_at', instant_text(e.expires_at),
        'ended_at', instant_text(e.ended_at)))
$$;
