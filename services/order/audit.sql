-- What must hold of orders. $1 the order where the window begins ('' for the first), $2 how many orders
-- -> first where the next window begins, null at the end; then what is wrong: order, subject, expected, found.
-- What belongs to the rows of a window is found by key, one by one: OFFSET 0 keeps the planner, who knows nothing of the
-- window, from reading the whole table instead.

-- name: audit_progress_watched
WITH page AS MATERIALIZED (
    SELECT order_no, order_id, status, step, open_tasks, open_holds FROM orders
    WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint),
loose AS MATERIALIZED (SELECT * FROM page WHERE step NOT IN (10, 11) AND open_tasks = 0 AND open_holds = 0),
timed AS MATERIALIZED (
    SELECT subject_number FROM timer
    WHERE kind = 'deadline' AND EXISTS (SELECT FROM loose) AND lane BETWEEN (SELECT min(order_no) >> 40 FROM loose) AND (SELECT max(order_no) >> 40 FROM loose))
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT o.order_no::text, order_id_text(o.order_id), 'a timer or a person''s task waits for it',
       order_status_word(o.status) || ', and neither does'
FROM loose o
WHERE NOT EXISTS (SELECT FROM timed t WHERE t.subject_number = o.order_no)
  AND NOT EXISTS (SELECT FROM parked p WHERE p.lane = o.order_no >> 40 AND p.subject_id = order_id_text(o.order_id))

-- name: audit_progress_in_time
WITH page AS MATERIALIZED (
    SELECT order_no, order_id, status, step, deadline_at FROM orders
    WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT o.order_no::text, order_id_text(o.order_id), 'something done at its deadline ' || instant_text(deadline_at),
       order_status_word(o.status) || ' and past it'
FROM (SELECT order_no, order_id, status, deadline_at FROM page WHERE step NOT IN (10, 11)
      UNION ALL
      SELECT p.order_no, p.order_id, p.status, f.deadline_at
      FROM page p CROSS JOIN LATERAL (SELECT * FROM order_fulfillment f WHERE f.order_no = p.order_no
                                      AND f.step NOT IN (10, 11, 12) AND NOT f.replaced OFFSET 0) AS f
      WHERE p.step = 5) AS o
WHERE o.deadline_at < business_now() - interval '40 seconds'

-- name: audit_progress_tasks
WITH page AS MATERIALIZED (
    SELECT order_no, order_id, open_tasks FROM orders
    WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT o.order_no::text, order_id_text(o.order_id), tasks || ' open tasks counted, as there are', o.open_tasks || ' counted'
FROM page o CROSS JOIN LATERAL (SELECT count(*) AS tasks FROM task t WHERE t.order_no = o.order_no AND t.state = 1) AS task
WHERE o.open_tasks <> tasks

-- name: audit_progress_edits
WITH page AS MATERIALIZED (
    SELECT order_no, order_id, step FROM orders
    WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT o.order_no::text, order_id_text(o.order_id) || '-M' || e.edit_no, 'places are asked for what it waits for', 'nobody is'
FROM page o CROSS JOIN LATERAL (SELECT edit_no FROM order_edit e WHERE e.order_no = o.order_no AND e.state = 2 OFFSET 0) AS e
WHERE o.step NOT IN (14, 15, 16)

-- name: audit_timeline
WITH page AS MATERIALIZED (
    SELECT order_no, order_id, entry_count FROM orders
    WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT o.order_no::text, order_id_text(o.order_id), o.entry_count || ' entries in its timeline', entries || ' entries'
FROM page o CROSS JOIN LATERAL (SELECT count(*) AS entries FROM timeline t WHERE t.order_no = o.order_no) AS timeline
WHERE o.entry_count <> entries

-- name: audit_once
WITH page AS MATERIALIZED (
    SELECT order_no, order_id FROM orders
    WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT o.order_no::text, order_id_text(o.order_id) || coalesce('-' || t.subject, ''), k.type || ' once', count(*) || ' times'
FROM page o
CROSS JOIN LATERAL (SELECT * FROM timeline t WHERE t.order_no = o.order_no
                    AND t.kind IN (1, 2, 3, 4, 5, 6, 20, 40, 43, 47, 80, 82) OFFSET 0) AS t
JOIN timeline_kind k USING (kind)
WHERE NOT (t.kind = 47 AND EXISTS ( -- came back, and was given once more
      SELECT FROM timeline f WHERE f.order_no = o.order_no AND f.kind = 44 AND f.subject = t.subject))
GROUP BY o.order_no, o.order_id, k.type, t.subject HAVING count(*) > 1

-- name: audit_worth
-- At rest: who got everything paid everything, who got nothing paid nothing.
WITH page AS MATERIALIZED (
    SELECT * FROM orders WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT o.order_no::text, order_id_text(o.order_id),
       'kept ' || worth || ' of an order that is ' || order_status_word(o.status),
       'captured ' || captured || ', refunded ' || refunded
FROM page o
CROSS JOIN LATERAL (
    SELECT o.captured_minor + coalesce(sum(p.captured_minor), 0) AS captured,
           o.refunded_minor + coalesce(sum(p.refunded_minor), 0) AS refunded,
           CASE WHEN o.status = 4 THEN o.refunded_minor + coalesce(sum(p.refunded_minor), 0)
                - (SELECT coalesce(sum(r.amount_minor), 0) FROM refund r WHERE r.order_no = o.order_no AND r.state = 2)
                ELSE 0 END AS gifts, -- of people, beside our refunds
           CASE WHEN o.status = 4 THEN o.total_minor ELSE 0 END AS worth
    FROM past_payment p WHERE p.order_no = o.order_no) AS paid
WHERE o.step IN (10, 11) AND o.status IN (4, 5, 6, 7) AND o.open_tasks = 0 AND captured - refunded + gifts <> worth

-- The following show orders as other services must hold them:
-- -> first where the next window begins (null at the end), null, the last order of this one; then order, its public id, what
-- must be held ('*': anything), and the same for people.

-- name: audit_shown_money
WITH page AS MATERIALIZED (
    SELECT * FROM orders WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN (max(order_no) + 1)::text END, NULL::text,
       CASE WHEN count(*) = $2 THEN max(order_no) ELSE 9223372036854775807 END::text, NULL::text FROM page
UNION ALL
SELECT order_no::text, order_id_text(order_id), what, what
FROM (SELECT o.order_no, o.order_id, 'authorized ' || o.authorized_minor + past.authorized || ', captured '
             || o.captured_minor + past.captured || ', refunded ' || o.refunded_minor + past.refunded AS what,
             o.authorized_minor + past.authorized + o.captured_minor + o.refunded_minor AS total
      FROM page o
      CROSS JOIN LATERAL (
          SELECT coalesce(sum(p.authorized_minor), 0) AS authorized, coalesce(sum(p.captured_minor), 0) AS captured,
                 coalesce(sum(p.refunded_minor), 0) AS refunded
          FROM past_payment p WHERE p.order_no = o.order_no) AS past) AS shown
WHERE total > 0

-- name: audit_shown_documents
WITH page AS MATERIALIZED (
    SELECT * FROM orders WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN (max(order_no) + 1)::text END, NULL::text,
       CASE WHEN count(*) = $2 THEN max(order_no) ELSE 9223372036854775807 END::text, NULL::text FROM page
UNION ALL
SELECT order_no::text, order_id_text(order_id), what, what
FROM (SELECT o.order_no, o.order_id, 'invoiced ' || o.captured_minor + past.captured || ', credited '
             || o.refunded_minor + past.refunded AS what, o.captured_minor + past.captured AS total
      FROM page o JOIN detour d ON d.order_no = o.order_no AND d.document_series IS NOT NULL
      CROSS JOIN LATERAL (
          SELECT coalesce(sum(p.captured_minor), 0) AS captured, coalesce(sum(p.refunded_minor), 0) AS refunded
          FROM past_payment p WHERE p.order_no = o.order_no) AS past) AS shown
WHERE total > 0

-- name: audit_shown_stock
WITH page AS MATERIALIZED (
    SELECT * FROM orders WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN (max(order_no) + 1)::text END, NULL::text,
       CASE WHEN count(*) = $2 THEN max(order_no) ELSE 9223372036854775807 END::text, NULL::text FROM page
UNION ALL
SELECT order_no::text, order_id_text(order_id), CASE WHEN step IN (10, 11) THEN '' ELSE '*' END,
       'holds nothing: the order is ' || order_status_word(status)
FROM page

-- name: audit_shown_deliveries
WITH page AS MATERIALIZED (
    SELECT * FROM orders WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN (max(order_no) + 1)::text END, NULL::text,
       CASE WHEN count(*) = $2 THEN max(order_no) ELSE 9223372036854775807 END::text, NULL::text FROM page
UNION ALL
SELECT o.order_no::text, order_id_text(o.order_id), CASE WHEN o.step = 11 THEN coalesce(what, '') ELSE '*' END, what
FROM page o
CROSS JOIN LATERAL (
    SELECT 'delivered ' || string_agg('S' || coalesce(nullif(f.shipment_no, 0), f.fulfillment_no), ', '
           ORDER BY coalesce(nullif(f.shipment_no, 0), f.fulfillment_no)) AS what
    FROM order_fulfillment f WHERE f.order_no = o.order_no AND f.step = 10) AS share
