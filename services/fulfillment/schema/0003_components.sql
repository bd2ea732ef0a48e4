-- Who packs a bundle sees what is in it, and says which of it is missing.

ALTER TABLE fulfillment_line ADD COLUMN components text;
COMMENT ON COLUMN fulfillment_line.components IS 'Of a bundle: what one was made of when it was reserved, A 2 B 1; null: it is none';
ALTER TABLE shortage ADD COLUMN components text;
COMMENT ON COLUMN shortage.components IS 'Of bundles: the pieces of components that are missing, A 2 B 1; null: it is none, or nobody said which';

-- "A 2 B 1" as rows, in its order.
CREATE FUNCTION recipe_of(components text) RETURNS TABLE (place bigint, sku text, quantity bigint)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT n, words[2 * n - 1], words[2 * n]::bigint
    FROM (SELECT string_to_array(components, ' ') AS words) AS split,
         generate_series(1, cardinality(words) / 2) AS n;
END;
COMMENT ON FUNCTION recipe_of IS 'What a bundle is made of';

CREATE FUNCTION recipe_shown(components text) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity) ORDER BY place) FROM recipe_of(components));
COMMENT ON FUNCTION recipe_shown IS 'What a bundle is made of, as the read API shows it';

-- All that is to be taken from the shelves.
CREATE FUNCTION pick_list(order_number bigint, number smallint) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'quantity', pieces) ORDER BY first_line, sku), '[]')
    FROM (SELECT coalesce(part.sku, line.sku) AS sku, sum(line.quantity * coalesce(part.quantity, 1)) AS pieces,
                 min(line.line_no) AS first_line
          FROM fulfillment_line AS line LEFT JOIN LATERAL recipe_of(line.components) AS part ON true
          WHERE line.order_no = order_number AND line.fulfillment_no = number AND line.quantity > 0
          GROUP BY 1) AS picked);
COMMENT ON FUNCTION pick_list IS 'Pieces by item, of bundles their components';

CREATE OR REPLACE FUNCTION view_of(work fulfillment) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_strip_nulls(jsonb_build_object(
    'id', order_id_text((work).order_id) || '-F' || (work).fulfillment_no,
    'order_id', order_id_text((work).order_id),
    'state', CASE WHEN (work).on_hold THEN 'on_hold'
                  ELSE (ARRAY['scheduled', 'open', 'picked', 'packed', 'canceled'])[(work).state] END,
    'holds', (
        SELECT jsonb_agg(jsonb_build_object('by', holder, 'reason',
            (ARRAY['payment', 'fraud', 'address', 'stock', 'manual', 'scheduled', 'return_items', 'other'])[why]))
        FROM (VALUES ('order', (work).order_hold), ('place', (work).place_hold)) AS hold (holder, why) WHERE why > 0),
    'missing', (
        SELECT jsonb_agg(jsonb_build_object('line_no', line_no, 'quantity', missing, 'components', (
            SELECT jsonb_agg(jsonb_build_object('sku', part.sku, 'quantity', part.pieces) ORDER BY part.sku)
            FROM (SELECT part.sku, sum(part.quantity) AS pieces
                  FROM shortage AS named CROSS JOIN LATERAL recipe_of(named.components) AS part
                  WHERE named.order_no = (work).order_no AND named.fulfillment_no = (work).fulfillment_no
                    AND named.line_no = gone.line_no GROUP BY part.sku) AS part)) ORDER BY line_no)
        FROM (SELECT line_no, sum(quantity) AS missing FROM shortage
              WHERE order_no = (work).order_no AND fulfillment_no = (work).fulfillment_no GROUP BY line_no) AS gone),
    'place_note', (work).place_note,
    'location', (work).location,
    'parcels', (
        SELECT jsonb_agg(jsonb_build_object('parcel_no', parcel_no, 'weight_grams', weight_grams,
            'length_mm', nullif(length_mm, 0), 'width_mm', nullif(width_mm, 0), 'height_mm', nullif(height_mm, 0),
            'lines', (
                SELECT jsonb_agg(jsonb_build_object('line_no', line_no, 'quantity', quantity) ORDER BY line_no)
                FROM parcel_line AS content
                WHERE content.order_no = parcel.order_no AND content.fulfillment_no = parcel.fulfillment_no
                  AND content.parcel_no = parcel.parcel_no)) ORDER BY parcel_no)
        FROM parcel WHERE order_no = (work).order_no AND fulfillment_no = (work).fulfillment_no),
    'shipping_service', (work).shipping_service,
    'ship_to', (work).ship_to::jsonb,
    'note', (work).note,
    'opened_at', instant_text((work).opened_at),
    'changed_at', instant_text((work).changed_at))) || jsonb_build_object(
    -- A storefront's own nulls stay.
    'lines', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('line_no', line_no, 'sku', sku, 'quantity', quantity)
            || CASE WHEN components IS NULL THEN '{}' ELSE jsonb_build_object('components', recipe_shown(components)) END
            || CASE WHEN customization IS NULL THEN '{}' ELSE jsonb_build_object('customization', customization::jsonb) END
            ORDER BY line_no), '[]')
        FROM fulfillment_line
        WHERE order_no = (work).order_no AND fulfillment_no = (work).fulfillment_no AND quantity > 0),
    'pick_list', pick_list((work).order_no, (work).fulfillment_no));
