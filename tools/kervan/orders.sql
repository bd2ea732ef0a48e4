-- What `kervan orders`, `timeline`, `stuck` and `tasks` show; prepared in the order service's schema.

-- name: orders_list
-- $1 status, $2 payment status, $3 fulfillment status, $4 channel, $5 beginning of an id or a reference, $6 how long ago at most:
-- each NULL for any; $7 only those that wait for a person; $8 limit
SELECT order_id_text(o.order_id), o.channel, o.channel_order_ref, order_status_word(o.status),
       payment_status_word(o.payment_status), fulfillment_status_word(o.fulfillment_status),
       shopper_status_word(o.shopper_status), o.total_minor::text, o.currency, (o.open_tasks > 0)::text,
       instant_text(o.placed_at), instant_text(o.deadline_at)
FROM orders o
WHERE ($1::text IS NULL OR o.status = order_status_number($1))
  AND ($2::text IS NULL OR o.payment_status = payment_status_number($2))
  AND ($3::text IS NULL OR o.fulfillment_status = fulfillment_status_number($3))
  AND ($4::text IS NULL OR o.channel = $4)
  AND ($5::text IS NULL
       OR o.order_no IN (SELECT order_no FROM submission
                         WHERE order_id BETWEEN order_id_bound($5, false) AND order_id_bound($5, true) LIMIT 1000)
       OR (o.channel_order_ref >= $5 AND o.channel_order_ref < $5 || '~~~~'))
  AND ($6::text IS NULL OR o.placed_at >= business_now() - $6::text::interval)
  AND (NOT $7::boolean OR o.open_tasks > 0)
ORDER BY o.placed_at DESC, o.order_no DESC LIMIT $8::bigint

-- name: order_show
-- $1 public id
SELECT order_id_text(o.order_id), o.order_no::text, (o.order_no >> 40)::text, o.channel, o.channel_order_ref,
       order_status_word(o.status), payment_status_word(o.payment_status),
       fulfillment_status_word(o.fulfillment_status),
       (ARRAY['none', 'requested', 'in_progress', 'partially_returned', 'returned'])[o.return_status],
       shopper_status_word(o.shopper_status),
       (ARRAY['new', 'reserving', 'authorizing', 'awaiting_shopper', 'fulfilling', 'canceling', 'undoing',
              'undoing_stock', 'undoing_money', 'ended', 'completed', 'held', 'asking', 'reducing'])[o.step],
       o.tries::text, instant_text(o.deadline_at), payment_state_word(nullif(o.payment_state, 0)),
       payment_method_word(nullif(o.payment_method, 0)), o.payment_code, o.currency, o.total_minor::text,
       o.authorized_minor::text, o.captured_minor::text, o.refunded_minor::text,
       cancel_reason_word(nullif(o.cancel_reason, 0)), o.open_tasks::text, o.open_cancels::text, o.clock::text,
       instant_text(o.placed_at), instant_text(o.confirmed_at), instant_text(o.ended_at), instant_text(o.ship_not_before)
FROM submission s JOIN orders o USING (order_no) WHERE s.order_id = $1::bytea

-- name: order_lines
-- $1 public id
SELECT l.line_no::text, l.sku, l.quantity::text, l.unit_price_minor::text, l.discount_minor::text, l.tax_minor::text
FROM submission s JOIN order_line l USING (order_no) WHERE s.order_id = $1::bytea ORDER BY l.line_no

-- name: order_shares
-- $1 public id
SELECT order_id_text($1::bytea) || '-F' || f.fulfillment_no,
       (ARRAY['waiting', 'told', 'open', 'asked', 'asked_late', 'capturing', 'labeling', 'labeled', 'shipped',
              'delivered', 'stopped', 'given_up', 'held', 'packed', 'reducing', 'reducing_late', 'unlabeled', 'lost',
              'collecting', 'unpaid', 'sourcing', 'resending'])[f.step],
       fulfillment_state_word(f.state), f.location, f.value_minor::text, f.capture_minor::text, f.carrier,
       f.tracking_number, tracking_status_word(nullif(f.tracking_status, 0)), instant_text(f.deadline_at),
       instant_text(f.shipped_at), instant_text(f.delivered_at)
FROM submission s JOIN order_fulfillment f USING (order_no) WHERE s.order_id = $1::bytea ORDER BY f.fulfillment_no

-- name: order_tasks
-- $1 public id
SELECT order_id_text($1::bytea) || '-T' || t.task_no, task_kind_word(t.kind), (ARRAY['open', 'closed'])[t.state],
       t.reason, instant_text(t.opened_at), instant_text(t.closed_at)
FROM submission s JOIN task t USING (order_no) WHERE s.order_id = $1::bytea ORDER BY t.task_no

-- name: order_edits
-- $1 public id of the order, or of an edit of it; $2 number of the edit, 0: any; $3 the request that proposed it, NULL: any
SELECT shown ->> 'id', shown ->> 'state', shown ->> 'reason', e.total_before_minor::text, e.total_minor::text,
       e.release_minor::text, e.refund_minor::text, o.currency, (shown -> 'preview' -> 'pieces')::text,
       (shown -> 'preview' -> 'refused')::text, shown ->> 'expires_at', shown ->> 'ended_at'
FROM submission s JOIN orders o USING (order_no) JOIN order_edit e USING (order_no)
    CROSS JOIN LATERAL (SELECT order_edit_shown(e, o) AS shown OFFSET 0) AS edit
WHERE s.order_id = $1::bytea AND ($2::bigint = 0 OR e.edit_no = $2) AND ($3::text IS NULL OR e.request_id = $3)
ORDER BY e.edit_no

-- name: order_timeline
-- $1 public id: every fact that the order service saw or made, and what the customer was told
WITH entry AS (
    SELECT t.clock, t.entry_no, t.at, k.type, t.cause_no, t.subject, t.detail, t.request_id
    FROM submission s JOIN timeline t USING (order_no) JOIN timeline_kind k USING (kind)
    WHERE s.order_id = $1::bytea
    UNION ALL
    SELECT m.clock + 1, NULL, m.changed_at,
           CASE m.state WHEN 3 THEN 'kervan.notification.told.v1' ELSE 'kervan.notification.undeliverable.v1' END,
           NULL, CASE WHEN m.kind IN (3, 4, 12) THEN 'S' || m.event_no END,
           (ARRAY['received', 'confirmed', 'shipped', 'delivered', 'canceled', 'rejected', 'expired', 'payment_awaited',
                  'payment_failed', 'choice_asked', 'reduced', 'partly_shipped', 'delayed', 'refunded',
                  'completed', 'refund_reversed'])[m.kind], NULL
    FROM submission s JOIN notification.customer_message m USING (order_no) WHERE s.order_id = $1::bytea AND m.state IN (3, 4)
)
SELECT e.clock::text, e.entry_no::text, replace(split_part(e.type, '.', 2), 'shipment', 'shipping'), e.type,
       order_id_text($1::bytea) || '-' || e.subject, e.detail, instant_text(e.at), nullif(e.cause_no, 0)::text,
       e.request_id
FROM entry e ORDER BY e.clock, e.entry_no NULLS LAST, e.at

-- name: stuck_orders
-- $1 public id or NULL for all, $2 seconds that a deadline may be past before it counts, $3 limit
WITH waiting AS (
    SELECT o.order_no, 'overdue' AS why,
           (ARRAY['new', 'reserving', 'authorizing', 'awaiting_shopper', 'fulfilling', 'canceling', 'undoing',
                  'undoing_stock', 'undoing_money', 'ended', 'completed', 'held', 'asking',
                  'reducing'])[o.step] AS waits_for,
           o.deadline_at AS since, NULL AS detail
    FROM orders o WHERE o.deadline_at < business_now() - $2::bigint * interval '1 second'
    UNION ALL
    SELECT f.order_no, 'overdue', 'F' || f.fulfillment_no || ' ' || (ARRAY['waiting', 'told', 'open', 'asked',
               'asked_late', 'capturing', 'labeling', 'labeled', 'shipped', 'delivered', 'stopped', 'given_up', 'held',
               'packed', 'reducing', 'reducing_late', 'unlabeled', 'lost', 'collecting', 'unpaid', 'sourcing',
               'resending'])[f.step],
           f.deadline_at, f.location
    FROM order_fulfillment f WHERE f.deadline_at < business_now() - $2::bigint * interval '1 second'
    UNION ALL
    SELECT t.order_no, 'task', 'T' || t.task_no || ' ' || task_kind_word(t.kind), t.opened_at, t.reason
    FROM task t WHERE t.state = 1
)
SELECT order_id_text(o.order_id), w.why, 'order', w.waits_for, instant_text(w.since), w.detail
FROM waiting w JOIN orders o USING (order_no)
WHERE $1::bytea IS NULL OR o.order_id = $1 ORDER BY w.since, o.order_no LIMIT $3::bigint

-- name: tasks_list
-- $1 state and $2 kind: words, or NULL for any; $3 limit
SELECT order_id_text(o.order_id) || '-T' || t.task_no, task_kind_word(t.kind), (ARRAY['open', 'closed'])[t.state],
       order_id_text(o.order_id) || '-F' || nullif(t.fulfillment_no, 0), t.reason,
       array_to_string(task_choice_words(t.choices), ' '), instant_text(t.opened_at), instant_text(t.closed_at)
FROM task t JOIN orders o USING (order_no)
WHERE ($1::text IS NULL OR (ARRAY['open', 'closed'])[t.state] = $1) AND ($2::text IS NULL OR task_kind_word(t.kind) = $2)
ORDER BY t.opened_at, t.order_no, t.task_no LIMIT $3::bigint

-- name: order_lanes
SELECT count(*)::text FROM lane

-- name: task_show
-- $1 public id, $2 task number
SELECT order_id_text(o.order_id) || '-T' || t.task_no, order_id_text(o.order_id), task_kind_word(t.kind),
       (ARRAY['open', 'closed'])[t.state], order_id_text(o.order_id) || '-F' || nullif(t.fulfillment_no, 0), t.reason,
       array_to_string(task_choice_words(t.choices), ' '), instant_text(t.opened_at), instant_text(t.closed_at),
       order_status_word(o.status),
       payment_status_word(o.payment_status), fulfillment_status_word(o.fulfillment_status)
FROM submission s JOIN orders o USING (order_no) JOIN task t USING (order_no)
WHERE s.order_id = $1::bytea AND t.task_no = $2::bigint
