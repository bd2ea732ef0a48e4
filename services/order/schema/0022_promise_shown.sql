-- What was promised is shown to shoppers, too, and how long its options take with a channel's policy.

CREATE OR REPLACE FUNCTION shopper_order(o orders) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('id', order_id_text(o.order_id), 'channel', o.channel, 'channel_order_ref', o.channel_order_ref,
        'number', o.number, 'shopper_status', shopper_status_word(o.shopper_status), 'currency', o.currency,
        'tax_mode', (ARRAY['inclusive', 'exclusive'])[o.tax_mode], 'total_minor', o.total_minor,
        'refunded_minor', nullif(o.refunded_minor, 0),
        'lines', (SELECT coalesce(json_agg(json_build_object('line_no', line_no, 'sku', sku, 'quantity', quantity,
            'unit_price_minor', unit_price_minor, 'discount_minor', nullif(discount_minor, 0),
            'tax_minor', nullif(tax_minor, 0), 'canceled_quantity', nullif(canceled_quantity, 0)) ORDER BY line_no), '[]'::json)
            FROM order_line WHERE order_no = o.order_no),
        'ship_to', order_ship_to(o.order_no), 'bill_to', order_bill_to(o.order_no),
        'shipping_service', o.shipping_service, 'shipping_price_minor', o.shipping_price_minor,
        'payment_method', payment_method_word(o.payment_method),
        'payment_action_url', CASE WHEN o.payment_state = 2 THEN o.payment_action_url END,
        'shipments', (SELECT coalesce(json_agg(json_build_object('carrier', f.carrier, 'tracking_number', f.tracking_number,
            'tracking_status', tracking_status_word(f.tracking_status), 'shipped_at', instant_text(f.shipped_at),
            'delivered_at', instant_text(f.delivered_at)) ORDER BY f.fulfillment_no), '[]'::json)
            FROM order_fulfillment f WHERE f.order_no = o.order_no AND f.shipped_at IS NOT NULL),
        'promised_delivery', promised_delivery(o.promised_earliest, o.promised_latest), 'placed_at', instant_text(o.placed_at), 'ended_at', instant_text(o.ended_at))
$$;

CREATE FUNCTION delivery_options_shown(options text) RETURNS json LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT json_agg(json_build_object('service', words[3 * n - 2], 'days_min', words[3 * n - 1]::integer,
        'days_max', words[3 * n]::integer) ORDER BY n)
    FROM (SELECT string_to_array(options, ' ') AS words) AS split, generate_series(1, cardinality(words) / 3) AS n);
COMMENT ON FUNCTION delivery_options_shown IS 'As the policy of a channel has them';
