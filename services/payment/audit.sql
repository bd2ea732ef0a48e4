-- What must hold of money. $1 the order where the window begins ('' for the first), $2 how many payments
-- -> first where the next window begins, null at the end; then what is wrong: order, subject, expected, found.

-- name: audit_money_bounds
WITH page AS MATERIALIZED (
    SELECT * FROM payment WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT p.order_no::text, audit_order_id(p.order_id) || '-P' || p.payment_no, 'refunded <= captured <= authorized',
       'refunded ' || p.refunded_minor || ' and ' || p.refunding_minor || ' on the way, captured ' || p.captured_minor || ' and '
       || p.capturing_minor || ' on the way, authorized ' || p.authorized_minor
FROM page p
WHERE p.refunded_minor + p.refunding_minor > p.captured_minor
   OR p.captured_minor + p.capturing_minor + p.released_minor > p.authorized_minor OR p.authorized_minor > p.amount_minor

-- name: audit_money_sums
WITH page AS MATERIALIZED (
    SELECT * FROM payment WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT p.order_no::text, audit_order_id(p.order_id) || '-P' || p.payment_no,
       'captured ' || captured || ', refunded ' || refunded || ', the sums of its captures and refunds',
       'captured ' || p.captured_minor || ', refunded ' || p.refunded_minor
FROM page p
CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS captured FROM payment_capture c
    WHERE c.order_no = p.order_no AND c.payment_no = p.payment_no AND c.state = 3) AS capture
CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS refunded FROM payment_refund r
    WHERE r.order_no = p.order_no AND r.payment_no = p.payment_no AND r.state IN (4, 7)) AS refund
WHERE p.captured_minor <> captured OR p.refunded_minor <> refunded

-- name: audit_disputes
-- What people gave back by hand the provider does not know: a dispute may claim it once more, which is no fault of ours.
WITH page AS MATERIALIZED (
    SELECT * FROM payment WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT p.order_no::text, audit_order_id(p.order_id) || '-P' || p.payment_no,
       'disputed ' || claimed || ', lost ' || lost || ', the sums of its disputes; refunded and lost at most ' || p.captured_minor,
       'disputed ' || p.disputed_minor || ', lost ' || p.lost_minor || '; refunded ' || p.refunded_minor || ', by hand ' || given.minor
FROM page p
CROSS JOIN LATERAL (SELECT coalesce(sum(d.amount_minor) FILTER (WHERE d.state IN (2, 3)), 0) AS claimed,
    coalesce(sum(d.lost_minor), 0) AS lost
    FROM payment_dispute d WHERE d.order_no = p.order_no AND d.payment_no = p.payment_no) AS dispute
CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount_minor), 0) AS minor FROM payment_refund r
    WHERE r.order_no = p.order_no AND r.payment_no = p.payment_no AND r.state = 7) AS given
WHERE p.disputed_minor <> claimed OR p.lost_minor <> lost OR p.refunded_minor - given.minor + p.lost_minor > p.captured_minor

-- name: audit_credit
-- $1 the company where the window begins ('' for the first), $2 how many companies
WITH page AS MATERIALIZED (
    SELECT * FROM credit WHERE company >= $1::text ORDER BY company LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(company) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT a.company, a.company, 'held ' || used.held || ', owed ' || used.owed || ', the sums of its payments, within the limit of '
       || a.limit_minor || ' and an excess of ' || a.excess_minor || '; awaited ' || used.awaited || ', by nobody what is free',
       'held ' || a.held_minor || ', owed ' || a.receivable_minor || '; awaited ' || line.awaited || ', at least ' || line.least
FROM page a
CROSS JOIN LATERAL (SELECT coalesce(sum(authorized_minor - captured_minor - released_minor), 0) AS held,
    coalesce(sum(payment_receivable(p)), 0) AS owed, coalesce(sum(p.amount_minor) FILTER (WHERE p.state = 2), 0) AS awaited
    FROM payment p WHERE p.company = a.company AND p.method = 4) AS used
CROSS JOIN LATERAL (SELECT coalesce(sum(w.amount_minor), 0) AS awaited, coalesce(min(w.amount_minor), 0) AS least
    FROM credit_waiter w WHERE w.company = a.company) AS line
WHERE a.held_minor <> used.held OR a.receivable_minor <> used.owed
   OR a.held_minor + a.receivable_minor > a.limit_minor + a.excess_minor OR line.awaited <> used.awaited
   OR a.active AND line.least > 0 AND line.least <= a.limit_minor - a.held_minor - a.receivable_minor

-- name: audit_documents
WITH page AS MATERIALIZED (
    SELECT * FROM document WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT p.order_no::text, audit_order_id(p.order_id) || '-I' || p.document_no,
       'amount ' || coalesce(moved.minor, 0) || CASE p.kind WHEN 1 THEN ', as was taken' ELSE ' at most, as was given back' END
       || ', by rates ' || rates.amount || ' with tax ' || rates.tax || '; credited at most ' || whole.invoiced,
       'amount ' || p.amount_minor || ' with tax ' || p.tax_minor || '; credited ' || whole.credited
FROM page p
CROSS JOIN LATERAL (SELECT CASE p.kind
    WHEN 1 THEN (SELECT amount_minor FROM payment_capture c
                 WHERE c.order_no = p.order_no AND c.capture_no = p.subject_no AND c.state = 3)
    ELSE (SELECT amount_minor FROM payment_refund r WHERE r.order_no = p.order_no AND r.refund_no = p.subject_no) END AS minor)
    AS moved
CROSS JOIN LATERAL (SELECT coalesce(sum(t.amount_minor), 0) AS amount, coalesce(sum(t.tax_minor), 0) AS tax
    FROM document_tax t WHERE t.order_no = p.order_no AND t.document_no = p.document_no) AS rates
CROSS JOIN LATERAL (SELECT coalesce(sum(d.amount_minor) FILTER (WHERE d.kind = 1), 0) AS invoiced,
    coalesce(sum(d.amount_minor) FILTER (WHERE d.kind = 2), 0) AS credited
    FROM document d WHERE d.order_no = p.order_no) AS whole
WHERE p.amount_minor <> rates.amount OR p.tax_minor <> rates.tax OR whole.credited > whole.invoiced
   OR p.kind = 1 AND p.amount_minor <> coalesce(moved.minor, 0) OR p.kind = 2 AND p.amount_minor > coalesce(moved.minor, 0)

-- name: audit_document_numbers
-- $1 the series and the number where the window begins ('' for the first), $2 how many documents
WITH page AS MATERIALIZED (
    SELECT series, serial FROM document
    WHERE (series, serial) >= (split_part($1::text, ' ', 1), coalesce(nullif(split_part($1::text, ' ', 2), '')::bigint, 0))
    ORDER BY series, serial LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN (array_agg(series || ' ' || serial + 1 ORDER BY series DESC, serial DESC))[1] END,
       NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT series || ' ' || serial, series || ' ' || serial - 1, 'a document', 'none, but one with the next number'
FROM page p
WHERE serial > 1 AND NOT EXISTS (SELECT FROM document d WHERE d.series = p.series AND d.serial = p.serial - 1)

-- name: audit_document_series
-- $1 the series where the window begins ('' for the first), $2 how many series
WITH page AS MATERIALIZED (
    SELECT *, CASE WHEN code LIKE '%-' THEN code || year ELSE code END AS series
    FROM document_series WHERE code >= $1::text ORDER BY code LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(code) || chr(1) END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT p.code, p.code, 'the last number ' || p.last, 'the last number ' || coalesce(given.last, 0)
FROM page p
CROSS JOIN LATERAL (SELECT max(d.serial) AS last FROM document d WHERE d.series = p.series) AS given
WHERE p.last <> coalesce(given.last, 0)

-- name: audit_held_documents
-- $1 and $2 the first and the last order -> what their documents come to: a credit note stays where a bank sent back what it is of
SELECT json_build_object(
    'items', (SELECT coalesce(json_agg(json_build_object('key', order_no::text, 'subject', order_text, 'held', what,
                 'told', what)), '[]'::json)
              FROM (SELECT d.order_no, audit_order_id(d.order_id) AS order_text,
                           'invoiced ' || coalesce(sum(d.amount_minor) FILTER (WHERE d.kind = 1), 0) || ', credited '
                           || least(coalesce(sum(d.amount_minor) FILTER (WHERE d.kind = 2), 0), (
                               SELECT coalesce(sum(p.refunded_minor), 0) FROM payment p WHERE p.order_no = d.order_no)) AS what
                    FROM document d WHERE d.order_no BETWEEN $1::bigint AND $2::bigint
                    GROUP BY d.order_no, d.order_id ORDER BY d.order_no LIMIT 1000) AS held),
    'marks', (SELECT coalesce(json_agg(json_build_object('lane', lane, 'written', written, 'applied', applied)), '[]'::json)
              FROM audit_marks_of('payment.events', 'payment.commands')))::text

-- name: audit_held_money
-- $1 and $2 the first and the last order -> what their payments hold together, as the order service asks for it
SELECT json_build_object(
    'items', (SELECT coalesce(json_agg(json_build_object('key', order_no::text, 'subject', order_text, 'held', what,
                 'told', what)), '[]'::json)
              FROM (SELECT order_no, audit_order_id(order_id) AS order_text, 'authorized ' || sum(authorized_minor)
                           || ', captured ' || sum(captured_minor) || ', refunded ' || sum(refunded_minor) AS what
                    FROM payment WHERE order_no BETWEEN $1::bigint AND $2::bigint
                    GROUP BY order_no, order_id HAVING sum(authorized_minor + captured_minor + refunded_minor) > 0
                    ORDER BY order_no LIMIT 1000) AS held),
    'marks', (SELECT coalesce(json_agg(json_build_object('lane', lane, 'written', written, 'applied', applied)), '[]'::json)
              FROM audit_marks_of('payment.events', 'payment.commands')))::text

-- name: audit_provider
-- $1 names of payments as the provider has them, $2 their order numbers -> name, what we hold, and the same for people; a
-- star: something is on its way, so that nothing can be compared; what people gave back themselves the provider need not know
WITH open AS MATERIALIZED (SELECT subject_number FROM effect)
SELECT name, CASE WHEN busy THEN '*' WHEN nothing THEN '' ELSE what END, what
FROM unnest($1::text[], $2::bigint[]) AS asked (name, order_no)
CROSS JOIN LATERAL (SELECT * FROM payment p WHERE p.order_no = asked.order_no OFFSET 0) AS p
CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS minor FROM payment_refund r
    WHERE r.order_no = p.order_no AND r.payment_no = p.payment_no AND r.state = 7) AS given
CROSS JOIN LATERAL (SELECT 'held ' || p.authorized_minor - p.captured_minor - p.released_minor || ', captured '
    || p.captured_minor || ', refunded ' || p.refunded_minor - given.minor AS what,
    p.authorized_minor - p.released_minor = 0 AND p.captured_minor = 0 AND p.refunded_minor = 0 AS nothing) AS ours
CROSS JOIN LATERAL (SELECT p.state IN (2, 3, 5, 8) OR p.refunding_minor > 0
    OR p.order_no IN (SELECT subject_number FROM open) AS busy) AS state
WHERE name = audit_order_id(p.order_id) || '-P' || p.payment_no

-- name: audit_provider_asked
-- $1 where the window begins: order, payment and the provider's name of it with slashes between ('' for the first), $2 how
-- many payments; of these at most 20 are asked about at the provider $3, which hold something and changed within a day (a
-- window of one: ever); what people gave back by hand it need not know.  Razorpay takes all that it holds with the first
-- capture, and gives back what a call of ours let go of then.
-- -> first where the next window begins; then key, name, what must be held there, the same for people
WITH page AS MATERIALIZED (
    SELECT * FROM payment
    WHERE (order_no, payment_no) >= (coalesce(nullif(split_part($1::text, '/', 1), '')::bigint, 0),
                                     coalesce(nullif(split_part($1::text, '/', 2), '')::smallint, 0::smallint))
    ORDER BY order_no, payment_no LIMIT $2::bigint),
open AS MATERIALIZED (SELECT subject_number FROM effect),
asked AS MATERIALIZED (
    SELECT * FROM page p
    WHERE (p.provider = $3::text OR p.provider IS NULL AND p.method = 1 AND $3 = 'stripe') AND p.provider_ref IS NOT NULL
      AND (p.authorized_minor - p.released_minor > 0 OR p.captured_minor > 0 OR p.refunded_minor > 0)
      AND p.state NOT IN (2, 3, 5, 8) AND p.refunding_minor = 0
      AND NOT p.order_no IN (SELECT subject_number FROM open)
      AND ($2 = 1 OR p.changed_at > business_now() - interval '1 day')
    ORDER BY order_no, payment_no LIMIT 20),
last AS (
    SELECT order_no, payment_no FROM (
        (SELECT 1 AS rank, order_no, payment_no FROM asked ORDER BY order_no, payment_no OFFSET 19)
        UNION ALL (SELECT 2, order_no, payment_no FROM page ORDER BY order_no DESC, payment_no DESC LIMIT 1)) AS ends
    ORDER BY rank LIMIT 1)
SELECT (SELECT order_no || '/' || payment_no + 1 FROM last), NULL::text, NULL::text, NULL::text
UNION ALL
SELECT a.order_no || '/' || a.payment_no || '/' || a.provider_ref, audit_order_id(a.order_id) || '-P' || a.payment_no, what, what
FROM asked a
CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount_minor), 0) AS minor FROM payment_refund r
    WHERE r.order_no = a.order_no AND r.payment_no = a.payment_no AND r.state = 7) AS given
CROSS JOIN LATERAL (SELECT CASE WHEN $3 = 'razorpay' AND a.captured_minor > 0
    THEN 'held 0, captured ' || a.authorized_minor || ', refunded ' || a.refunded_minor - given.minor
         + CASE WHEN EXISTS (SELECT FROM payment_event e WHERE e.order_no = a.order_no AND e.payment_no = a.payment_no
                             AND e.kind = 1 AND e.operation = 3) THEN a.released_minor ELSE 0 END
    ELSE 'held ' || a.authorized_minor - a.captured_minor - a.released_minor || ', captured ' || a.captured_minor
         || ', refunded ' || a.refunded_minor - given.minor END AS what) AS ours

-- name: audit_bank_lines
-- $1 the line where the window begins ('' for the first), $2 how many lines
WITH page AS MATERIALIZED (
    SELECT * FROM bank_line WHERE line_id >= $1::text ORDER BY line_id LIMIT $2::bigint)
SELECT CASE WHEN count(*) = $2 THEN max(line_id) || '.' END, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT l.line_id, l.line_id, 'counted for one payment where it is matched, with its amount, else for none',
       CASE WHEN l.state = 3 THEN 'matched' ELSE 'not matched' END || ', counted '
       || coalesce(t.amount_minor || ' for ' || coalesce(bank_payment_id(t.order_no, t.payment_no), 'nobody'), 'nothing')
FROM page l
LEFT JOIN LATERAL (SELECT * FROM payment_transfer t WHERE t.bank_reference = l.bank_reference OFFSET 0) AS t ON true
WHERE CASE WHEN l.state = 3
           THEN t.bank_reference IS NULL OR t.amount_minor <> l.amount_minor OR t.order_no <> l.order_no
                OR t.payment_no <> l.payment_no OR t.kind <> CASE WHEN l.credit THEN 1 ELSE 3 END
           ELSE coalesce(t.line_id = l.line_id, false) OR NOT l.state IN (1, 2, 4, 5) OR l.credit AND l.state = 5 END

-- name: audit_transfer_sums
WITH page AS MATERIALIZED (
    SELECT * FROM payment WHERE order_no >= coalesce(nullif($1::text, '')::bigint, 0) ORDER BY order_no LIMIT $2::bigint)
SELECT (max(order_no) + 1)::text, NULL::text, NULL::text, NULL::text FROM page
UNION ALL
SELECT p.order_no::text, audit_order_id(p.order_id) || '-P' || p.payment_no, 'received ' || came || ', the sum of its transfers',
       'received ' || p.received_minor
FROM page p
CROSS JOIN LATERAL (SELECT coalesce(sum(CASE WHEN t.kind = 3 THEN -t.amount_minor ELSE t.amount_minor END), 0) AS came
    FROM payment_transfer t WHERE t.order_no = p.order_no AND t.payment_no = p.payment_no) AS transfers
WHERE p.received_minor <> came
