-- What of an item is to be bought.

-- name: reorder_suggestion_load
-- $1 SKUs
SELECT sku, location, supplier, method, demand_milli, deviation_milli, lead_time_days, service_percent, reorder_point, order_up_to,
       position, quantity, reviewed_at
FROM reorder_suggestion WHERE sku = ANY ($1::text[]) ORDER BY sku, location

-- name: reorder_suggestion_insert
INSERT INTO reorder_suggestion (sku, location, supplier, method, demand_milli, deviation_milli, lead_time_days, service_percent,
                                reorder_point, order_up_to, position, quantity, reviewed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[], $7::integer[],
                     $8::smallint[], $9::integer[], $10::integer[], $11::bigint[], $12::integer[], $13::timestamptz[])

-- name: reorder_suggestion_update
UPDATE reorder_suggestion
SET supplier = news.supplier, method = news.method, demand_milli = news.demand_milli, deviation_milli = news.deviation_milli,
    lead_time_days = news.lead_time_days, service_percent = news.service_percent, reorder_point = news.reorder_point,
    order_up_to = news.order_up_to, position = news.position, quantity = news.quantity, reviewed_at = news.reviewed_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[], $7::integer[], $8::smallint[],
            $9::integer[], $10::integer[], $11::bigint[], $12::integer[], $13::timestamptz[])
    AS news (sku, location, supplier, method, demand_milli, deviation_milli, lead_time_days, service_percent, reorder_point,
             order_up_to, position, quantity, reviewed_at)
WHERE reorder_suggestion.sku = news.sku AND reorder_suggestion.location = news.location

-- name: demand_day_load
-- $1 SKUs, whose stock is locked: what left with orders and what came, by place and day (since 1970-01-01), of the last 90 days and of
-- the last 10,000 lines of each place, which its index has; a day that this cuts through is left out, if there is another
SELECT stock.sku, stock.location, day, -coalesce(sum(quantity) FILTER (WHERE kind = 2), 0)::bigint,
       coalesce(sum(quantity) FILTER (WHERE quantity > 0 AND kind NOT IN (3, 5)), 0)::bigint
FROM unnest($1::text[]) AS asked (sku)
JOIN stock ON stock.sku = asked.sku
CROSS JOIN LATERAL (
    SELECT day, kind, quantity, count(*) OVER () AS lines, min(day) OVER () AS first_day, max(day) OVER () AS last_day
    FROM (
        SELECT (at AT TIME ZONE 'UTC')::date - date '1970-01-01' AS day, kind, quantity
        FROM stock_ledger AS l
        WHERE l.sku = stock.sku AND l.location = stock.location AND l.counter = 1 AND l.at > business_now() - interval '91 days'
        ORDER BY l.at DESC LIMIT 10000) AS latest) AS line
WHERE lines < 10000 OR day > first_day OR first_day = last_day
GROUP BY stock.sku, stock.location, day

-- name: read_reorder_suggestions
-- $1 SKU or NULL, $2 place or NULL, $3 supplier or NULL, $4 and $5 cursor: SKU, place; $6 limit; of a SKU that is named also what
-- is not due
SELECT json_build_object('sku', r.sku, 'location', r.location, 'supplier', r.supplier,
    'method', (ARRAY['none', 'croston', 'holt', 'exponential_smoothing', 'set'])[r.method],
    'daily_demand_thousandths', r.demand_milli, 'deviation_thousandths', r.deviation_milli,
    'lead_time_days', r.lead_time_days, 'service_percent', r.service_percent, 'reorder_point', r.reorder_point,
    'order_up_to', r.order_up_to, 'position', r.position, 'quantity', r.quantity,
    'drafted', (SELECT coalesce(sum(l.quantity), 0) FROM purchase_order_line l
                JOIN purchase_order p ON p.purchase_order_id = l.purchase_order_id
                WHERE l.sku = r.sku AND l.location = r.location AND p.state = 1),
    'reviewed_at', to_char(r.reviewed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text,
    r.sku, r.location
FROM reorder_suggestion r
WHERE ($1::text IS NULL OR r.sku = $1)
  AND (r.quantity > 0 OR $1::text IS NOT NULL)
  AND ($2::text IS NULL OR r.location = $2)
  AND ($3::text IS NULL OR r.supplier = $3)
  AND ($4::text IS NULL OR (r.sku, r.location) > ($4::text, $5::text))
ORDER BY r.sku, r.location LIMIT $6::bigint
