-- The movements of a chunk of stored orders, with versions of their own, and as many pieces that came in before them: what
-- is on hand stays the sum of its ledger.
WITH moved AS MATERIALIZED (
    SELECT t.sku, t.location, t.kind, t.quantity, t.reason, m.order_no, t.fulfillment_no, t.request_id, t.at + m.shift AS at,
           row_number() OVER (PARTITION BY t.sku, t.location ORDER BY m.n, t.version) AS place
    FROM copied m JOIN model_inventory_stock_ledger t ON t.order_no = m.model_no
), total AS MATERIALIZED (
    SELECT sku, location, sum(quantity) AS quantity, count(*) AS entries, min(at) AS first_at FROM moved GROUP BY sku, location
), stocked AS (
    UPDATE inventory.stock s SET version = s.version + total.entries + 1
    FROM total WHERE s.sku = total.sku AND s.location = total.location
    RETURNING s.sku, s.location, s.version - total.entries - 1 AS version
)
INSERT INTO inventory.stock_ledger (sku, location, version, kind, quantity, reason, order_no, fulfillment_no, request_id, at)
SELECT sku, location, version + 1, 1, -total.quantity, 6, 0, 0, NULL, first_at - interval '1 hour'
FROM total JOIN stocked USING (sku, location)
UNION ALL
SELECT sku, location, version + 1 + place, kind, moved.quantity, reason, order_no, fulfillment_no, request_id, at
FROM moved JOIN stocked USING (sku, location)
