-- What must hold of shipments.

-- name: audit_shipments
-- $1 the order where the window begins, its 16 bytes in hex ('' for the first), $2 how many shipments
-- -> first where the next window begins, null at the end; then what is wrong: order, subject, expected, found
WITH page AS MATERIALIZED (
    SELECT * FROM shipment WHERE order_id >= decode($1::text, 'hex') ORDER BY order_id LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN encode((array_agg(order_id ORDER BY order_id DESC))[1], 'hex') || '00' END, NULL::text, NULL::text, NULL::text
FROM page
UNION ALL
SELECT encode(s.order_id, 'hex'), order_id_text(s.order_id) || '-S' || s.shipment_no, 'all its parcels are delivered, as it is',
       count(*) || ' parcels with a label are not delivered'
FROM page s CROSS JOIN LATERAL ( -- by key, whatever the planner thinks of a window that it does not know
    SELECT FROM parcel p WHERE p.order_no = s.order_no AND p.shipment_no = s.shipment_no
    AND p.state = 4 AND p.delivered_at IS NULL OFFSET 0) AS p
WHERE s.state = 5
GROUP BY s.order_id, s.shipment_no

-- name: audit_held_deliveries
-- $1 and $2 the first and the last order -> which shipments were delivered, as the order service asks for it
SELECT json_build_object(
    'items', (SELECT coalesce(json_agg(json_build_object('key', order_no::text, 'subject', 'order ' || order_no, 'held', what,
                 'told', what)), '[]'::json)
              FROM (SELECT order_no, 'delivered ' || string_agg('S' || shipment_no, ', ' ORDER BY shipment_no) AS what
                    FROM (SELECT order_no, shipment_no FROM parcel
                          WHERE order_no BETWEEN $1::bigint AND $2::bigint AND state = 4
                          GROUP BY order_no, shipment_no HAVING bool_and(delivered_at IS NOT NULL)) AS shipment
                    GROUP BY order_no ORDER BY order_no LIMIT 1000) AS held),
    'marks', (SELECT coalesce(json_agg(json_build_object('lane', lane, 'written', written, 'applied', applied)), '[]'::json)
              FROM audit_marks_of('shipping.events', 'shipping.commands')))::text
