-- The rules of `kervan audit`: each answers what is wrong, as subject and detail, and nothing when all is well.
-- $1 seconds that an order must have been at rest to be compared with other services, $2 limit.

-- name: audit_stock_on_hand
SELECT s.sku || ' at ' || s.location, 'on hand ' || s.on_hand || ', its ledger adds up to ' || coalesce(sum(l.quantity), 0)
FROM inventory.stock s
LEFT JOIN inventory.stock_ledger l ON l.sku = s.sku AND l.location = s.location AND l.counter = 1
WHERE $1::bigint >= 0
GROUP BY s.sku, s.location, s.on_hand HAVING s.on_hand <> coalesce(sum(l.quantity), 0)
ORDER BY 1 LIMIT $2::bigint

-- name: audit_stock_counters
SELECT s.sku || ' at ' || s.location, name || ' ' || pieces || ', its ledger adds up to ' || coalesce(sum(l.quantity), 0)
FROM inventory.stock s
CROSS JOIN LATERAL (VALUES (2, 'damaged', damaged), (3, 'quality_control', quality_control), (4, 'safety', safety),
                           (5, 'incoming', incoming)) AS of (counter, name, pieces)
LEFT JOIN inventory.stock_ledger l ON l.sku = s.sku AND l.location = s.location AND l.counter = of.counter
WHERE $1::bigint >= 0
GROUP BY s.sku, s.location, name, pieces HAVING pieces <> coalesce(sum(l.quantity), 0)
ORDER BY 1, 2 LIMIT $2::bigint

-- name: audit_stock_reserved
WITH held AS (
    SELECT sku, location, sum(quantity) AS quantity
    FROM (SELECT sku, location, quantity FROM inventory.reservation_line WHERE state = 1
          UNION ALL SELECT sku, source, held FROM inventory.transfer_line WHERE held > 0) AS l
    GROUP BY sku, location)
SELECT coalesce(s.sku, h.sku) || ' at ' || coalesce(s.location, h.location),
       'reserved ' || coalesce(s.reserved, 0) || ', open reservations and transfers add up to ' || coalesce(h.quantity, 0)
FROM inventory.stock s FULL JOIN held h USING (sku, location)
WHERE $1::bigint >= 0 AND coalesce(s.reserved, 0) <> coalesce(h.quantity, 0)
ORDER BY 1 LIMIT $2::bigint

-- name: audit_stock_promised
SELECT s.sku || ' at ' || s.location,
       'reserved ' || s.reserved || ' with ' || s.on_hand - s.damaged - s.quality_control || ' sellable and ' || s.owed || ' owed'
FROM inventory.stock s
WHERE $1::bigint >= 0 AND (s.reserved > s.on_hand - s.damaged - s.quality_control + s.owed
    OR least(s.on_hand, s.reserved, s.owed, s.damaged, s.quality_control, s.safety, s.incoming) < 0)
ORDER BY 1 LIMIT $2::bigint

-- name: audit_money_bounds
SELECT orders.order_id_text(p.order_id) || '-P' || p.payment_no,
       'authorized ' || p.authorized_minor || ', captured ' || p.captured_minor || ', refunded ' || p.refunded_minor
FROM payment.payment p
WHERE $1::bigint >= 0 AND (p.refunded_minor + p.refunding_minor > p.captured_minor
    OR p.captured_minor + p.capturing_minor > p.authorized_minor)
ORDER BY p.order_no LIMIT $2::bigint

-- name: audit_money_ledger
WITH captured AS (
    SELECT order_no, payment_no, sum(amount_minor) AS amount FROM payment.payment_capture WHERE state = 3
    GROUP BY order_no, payment_no
), refunded AS (
    SELECT order_no, payment_no, sum(amount_minor) AS amount FROM payment.payment_refund WHERE state IN (4, 7)
    GROUP BY order_no, payment_no)
SELECT orders.order_id_text(p.order_id) || '-P' || p.payment_no,
       'captured ' || p.captured_minor || ' in captures of ' || coalesce(c.amount, 0) || ', refunded '
       || p.refunded_minor || ' in refunds of ' || coalesce(r.amount, 0)
FROM payment.payment p LEFT JOIN captured c USING (order_no, payment_no) LEFT JOIN refunded r USING (order_no, payment_no)
WHERE $1::bigint >= 0 AND (p.captured_minor <> coalesce(c.amount, 0) OR p.refunded_minor <> coalesce(r.amount, 0))
ORDER BY p.order_no LIMIT $2::bigint

-- name: audit_money_at_rest
-- Card payments: an order that ended early has kept nothing, a completed one has taken the value of what was shipped.
WITH rest AS (
    SELECT o.* FROM orders.orders o
    WHERE o.step IN (10, 11) AND o.payment_method = 1 AND o.ended_at < clock_timestamp() - $1::bigint * interval '1 second'
), shipped AS (
    SELECT order_no, sum(f.capture_minor) AS amount FROM orders.order_fulfillment f JOIN rest USING (order_no)
    WHERE f.step IN (9, 10) GROUP BY order_no)
SELECT orders.order_id_text(o.order_id),
       orders.order_status_word(o.status) || ', captured ' || o.captured_minor || ', refunded ' || o.refunded_minor
       || ', shipped ' || coalesce(s.amount, 0)
FROM rest o LEFT JOIN shipped s USING (order_no)
WHERE (o.step = 10 AND o.captured_minor <> o.refunded_minor) OR (o.step = 11 AND o.captured_minor <> coalesce(s.amount, 0))
ORDER BY o.order_no LIMIT $2::bigint

-- name: audit_progress_unwatched
SELECT orders.order_id_text(o.order_id), orders.order_status_word(o.status) || ', and neither a timer nor a task waits for it'
FROM orders.orders o
WHERE $1::bigint >= 0 AND o.step NOT IN (10, 11) AND o.open_tasks = 0
  AND NOT EXISTS (SELECT FROM orders.timer t WHERE t.subject_number = o.order_no)
  AND NOT EXISTS (SELECT FROM orders.parked p WHERE p.subject_id = orders.order_id_text(o.order_id))
ORDER BY o.order_no LIMIT $2::bigint

-- name: audit_progress_overdue
SELECT orders.order_id_text(o.order_id),
       orders.order_status_word(o.status) || ', its deadline ' || orders.instant_text(o.deadline_at) || ' did nothing'
FROM orders.orders o
WHERE o.step NOT IN (10, 11) AND o.deadline_at < orders.business_now() - ($1::bigint + 30) * interval '1 second'
ORDER BY o.order_no LIMIT $2::bigint

-- name: audit_progress_tasks
WITH open AS (SELECT order_no, count(*) AS number FROM orders.task WHERE state = 1 GROUP BY order_no)
SELECT orders.order_id_text(o.order_id), 'counts ' || o.open_tasks || ' open tasks and has ' || coalesce(t.number, 0)
FROM orders.orders o LEFT JOIN open t USING (order_no)
WHERE $1::bigint >= 0 AND o.open_tasks <> coalesce(t.number, 0)
ORDER BY o.order_no LIMIT $2::bigint

-- name: audit_once_facts
SELECT orders.order_id_text(o.order_id), k.type || coalesce(' of ' || t.subject, '') || ' happened ' || count(*) || ' times'
FROM orders.timeline t JOIN orders.timeline_kind k USING (kind) JOIN orders.orders o USING (order_no)
WHERE $1::bigint >= 0 AND k.type IN (
    'kervan.order.placed.v1', 'kervan.order.rejected.v1', 'kervan.order.confirmed.v1', 'kervan.order.canceled.v1',
    'kervan.order.expired.v1', 'kervan.order.completed.v1', 'kervan.inventory.reserved.v1', 'kervan.payment.authorized.v1',
    'kervan.payment.captured.v1', 'kervan.payment.refunded.v1', 'kervan.shipment.labeled.v1',
    'kervan.shipment.delivered.v1')
    AND NOT (k.type = 'kervan.payment.refunded.v1' AND EXISTS ( -- came back, and was given once more
        SELECT FROM orders.timeline f WHERE f.order_no = o.order_no AND f.kind = 44 AND f.subject = t.subject))
GROUP BY o.order_id, o.order_no, k.type, t.subject HAVING count(*) > 1
ORDER BY o.order_no LIMIT $2::bigint

-- name: audit_once_held
WITH held AS (
    SELECT order_no, line_no, sum(quantity) AS quantity FROM inventory.reservation_line WHERE state IN (1, 2)
    GROUP BY order_no, line_no)
SELECT orders.order_id_text(o.order_id), 'line ' || l.line_no || ' has ' || l.quantity || ' pieces, ' || h.quantity || ' are held'
FROM held h JOIN orders.order_line l USING (order_no, line_no) JOIN orders.orders o USING (order_no)
WHERE $1::bigint >= 0 AND h.quantity > l.quantity
ORDER BY o.order_no LIMIT $2::bigint

-- name: audit_once_shipments
SELECT orders.order_id_text(s.order_id), count(*) || ' shipments with a label send its fulfillment ' || s.fulfillment_no
FROM shipping.shipment s WHERE $1::bigint >= 0 AND s.state IN (3, 4, 5)
GROUP BY s.order_id, s.order_no, s.fulfillment_no HAVING count(*) > 1 ORDER BY s.order_no LIMIT $2::bigint

-- name: audit_agree_payment
WITH held AS (
    SELECT order_no, sum(captured_minor) AS captured, sum(refunded_minor) AS refunded FROM payment.payment GROUP BY order_no)
SELECT orders.order_id_text(o.order_id),
       'the order shows captured ' || o.captured_minor || ', refunded ' || o.refunded_minor || '; the payment has captured '
       || coalesce(p.captured, 0) || ', refunded ' || coalesce(p.refunded, 0)
FROM orders.orders o LEFT JOIN held p USING (order_no)
WHERE o.step IN (10, 11) AND o.ended_at < clock_timestamp() - $1::bigint * interval '1 second'
  AND (o.captured_minor <> coalesce(p.captured, 0) OR o.refunded_minor <> coalesce(p.refunded, 0))
ORDER BY o.order_no LIMIT $2::bigint

-- name: audit_agree_shipping
SELECT orders.order_id_text(o.order_id) || '-S' || f.fulfillment_no,
       'the order shows ' || CASE WHEN f.step = 10 THEN 'delivered' ELSE 'no delivery' END
       || ', the shipment is ' || coalesce('in state ' || s.state, 'not there')
FROM orders.orders o JOIN orders.order_fulfillment f USING (order_no)
LEFT JOIN shipping.shipment s ON s.order_id = o.order_id AND s.shipment_no = f.fulfillment_no
WHERE o.step IN (10, 11) AND o.ended_at < clock_timestamp() - $1::bigint * interval '1 second'
  AND ((f.step = 10) <> (s.state IS NOT NULL AND s.state = 5))
ORDER BY o.order_no LIMIT $2::bigint

-- name: audit_agree_stock
SELECT orders.order_id_text(o.order_id),
       orders.order_status_word(o.status) || ', and its reservation H' || l.hold_no || ' still holds ' || l.quantity || ' of '
       || l.sku
FROM orders.orders o JOIN inventory.reservation_line l USING (order_no)
WHERE o.step IN (10, 11) AND o.ended_at < clock_timestamp() - $1::bigint * interval '1 second' AND l.state IN (1, 2)
ORDER BY o.order_no LIMIT $2::bigint

-- name: audit_durable_orders
SELECT orders.order_id_text(coalesce(s.order_id, o.order_id)),
       CASE WHEN o.order_no IS NULL THEN 'was submitted, and there is no order' ELSE 'cannot be found by its id' END
FROM orders.submission s FULL JOIN orders.orders o USING (order_no)
WHERE $1::bigint >= 0 AND (s.order_no IS NULL OR o.order_no IS NULL)
ORDER BY 1 LIMIT $2::bigint

-- name: audit_durable_timeline
SELECT orders.order_id_text(o.order_id), 'counts ' || o.entry_count || ' entries of its timeline and has ' || t.entries
FROM orders.orders o
CROSS JOIN LATERAL (SELECT count(*) AS entries FROM orders.timeline t WHERE t.order_no = o.order_no) AS t
WHERE $1::bigint >= 0 AND o.entry_count <> t.entries
ORDER BY o.order_no LIMIT $2::bigint

-- name: audit_durable_streams
-- What was numbered is in the outbox, and nobody has read more than was written.
WITH stream AS (
    SELECT 'orders' AS schema, * FROM orders.stream UNION ALL SELECT 'inventory', * FROM inventory.stream
    UNION ALL SELECT 'payment', * FROM payment.stream UNION ALL SELECT 'fulfillment', * FROM fulfillment.stream
    UNION ALL SELECT 'shipping', * FROM shipping.stream UNION ALL SELECT 'notification', * FROM notification.stream
), reader AS (
    SELECT 'order' AS service, * FROM orders.read_position UNION ALL SELECT 'inventory', * FROM inventory.read_position
    UNION ALL SELECT 'payment', * FROM payment.read_position UNION ALL SELECT 'fulfillment', * FROM fulfillment.read_position
    UNION ALL SELECT 'shipping', * FROM shipping.read_position
    UNION ALL SELECT 'notification', * FROM notification.read_position
)
SELECT s.topic || '/' || s.lane, r.service || ' has read up to ' || r.number || ', ' || s.number || ' were given'
FROM stream s JOIN reader r USING (topic, lane)
WHERE $1::bigint >= 0 AND (r.generation, r.number) > (s.generation, s.number)
UNION ALL
SELECT s.topic || '/' || s.lane, 'the cursor is at ' || s.cursor_number || ', ' || s.number || ' were given'
FROM stream s WHERE (s.cursor_generation, s.cursor_number) > (s.generation, s.number)
LIMIT $2::bigint

-- One snapshot for all rules: what one service wrote is compared with what another had at the same instant.

-- name: audit_begin
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: audit_end
ROLLBACK
