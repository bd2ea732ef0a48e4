-- The journal: what is read from it, and what must hold of it.

-- name: audit_accounts
-- What the accounts of a payment come to, against its rows: receivable, provider, cash in transit, deposits and differences as
-- debits, earned (sales, tax and refunds) and refunds payable as credits
WITH page AS MATERIALIZED (
    SELECT * FROM payment WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT p.order_no::text, audit_order_id(p.order_id) || '-P' || p.payment_no, rows.said, accounts.said
FROM page p
CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount_minor) FILTER (WHERE r.state = 4), 0) AS given,
    coalesce(sum(r.amount_minor) FILTER (WHERE r.state = 6 OR r.state = 5 AND r.failure_heard), 0) AS payable
    FROM payment_refund r WHERE r.order_no = p.order_no AND r.payment_no = p.payment_no) AS refund
CROSS JOIN LATERAL (SELECT coalesce(sum(t.amount_minor), 0) AS short FROM payment_transfer t
    WHERE t.order_no = p.order_no AND t.payment_no = p.payment_no AND t.kind = 2) AS transfer
CROSS JOIN LATERAL (SELECT coalesce(sum(e.amount_minor), 0) AS lost FROM payment_event e
    WHERE e.order_no = p.order_no AND e.payment_no = p.payment_no AND e.kind = 4 AND e.operation = 1) AS lapsed
CROSS JOIN LATERAL (SELECT format('receivable %s, provider %s, cash in transit %s, deposits %s, differences %s, earned %s, refunds payable %s',
    CASE p.method WHEN 4 THEN p.captured_minor - refund.given - p.received_minor ELSE 0 END,
    CASE WHEN p.method IN (1, 6) THEN p.captured_minor - refund.given ELSE 0 END,
    CASE p.method WHEN 3 THEN p.captured_minor ELSE 0 END,
    CASE p.method WHEN 2 THEN p.captured_minor + p.released_minor - lapsed.lost - p.received_minor ELSE 0 END,
    transfer.short, p.captured_minor - p.refunded_minor - refund.payable, refund.payable) AS said) AS rows
CROSS JOIN LATERAL (SELECT format('receivable %s, provider %s, cash in transit %s, deposits %s, differences %s, earned %s, refunds payable %s',
    coalesce(sum(b.minor) FILTER (WHERE b.account = 1), 0), coalesce(sum(b.minor) FILTER (WHERE b.account = 2), 0),
    coalesce(sum(b.minor) FILTER (WHERE b.account = 4), 0), coalesce(sum(b.minor) FILTER (WHERE b.account = 5), 0),
    coalesce(sum(b.minor) FILTER (WHERE b.account = 10), 0), coalesce(-sum(b.minor) FILTER (WHERE b.account IN (6, 7, 8)), 0),
    coalesce(-sum(b.minor) FILTER (WHERE b.account = 9), 0)) AS said
    FROM journal j
    CROSS JOIN LATERAL (VALUES (j.debit, j.amount_minor), (j.credit, -j.amount_minor)) AS b (account, minor)
    WHERE j.order_no = p.order_no AND j.payment_no = p.payment_no) AS accounts
WHERE rows.said <> accounts.said
