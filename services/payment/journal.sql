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
CROSS JOIN LATERAL (SELECT coalesce(sum(d.withdrawn_minor - d.reinstated_minor + d.fee_minor), 0) AS moved
    FROM payment_dispute d WHERE d.order_no = p.order_no AND d.payment_no = p.payment_no) AS dispute
CROSS JOIN LATERAL (SELECT format('receivable %s, provider %s, cash in transit %s, deposits %s, differences %s, earned %s, refunds payable %s',
    CASE p.method WHEN 4 THEN p.captured_minor - refund.given - p.received_minor ELSE 0 END,
    CASE WHEN p.method IN (1, 6) THEN p.captured_minor - refund.given - dispute.moved ELSE 0 END,
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

-- name: account_code_load
-- $1 accounts
SELECT account, version, code, name, changed_at FROM account_code WHERE account = ANY ($1::text[]) ORDER BY account

-- name: account_code_insert
INSERT INTO account_code (account, version, code, name, changed_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])

-- name: account_code_update
UPDATE account_code SET version = news.version, code = news.code, name = news.name, changed_at = news.changed_at
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
    AS news (account, version, code, name, changed_at)
WHERE account_code.account = news.account

-- name: read_account
-- $1 account
SELECT account_shown(account, account_code), version::text FROM account_code WHERE account = $1::text

-- name: read_accounts
-- $1 cursor: account, $2 limit
SELECT account_shown(a.account, c), a.account
FROM (SELECT account_name(n::smallint) AS account FROM generate_series(1, 100) AS n) AS a
LEFT JOIN LATERAL (SELECT * FROM account_code c WHERE c.account = a.account) AS c ON true
WHERE a.account COLLATE "C" > coalesce($1::text, '')
ORDER BY a.account COLLATE "C" LIMIT $2::bigint

-- name: read_journal
-- $1 and $2 booked at or after, and before; $3 cursor: milliseconds, order, payment, entry and line with slashes between; $4 limit.
-- Each batch of a lane is later than the one before: what all lanes have passed is complete, and nothing is shown that is not.
WITH place AS MATERIALIZED (
    SELECT string_to_array($3::text, '/')::bigint[] AS at
), asked AS MATERIALIZED (
    SELECT greatest(coalesce($1::timestamptz, to_timestamp(0)),
                    coalesce(to_timestamp(0) + at[1] * interval '1 millisecond', to_timestamp(0))) AS first_at,
           coalesce(at[1], 0) AS after_ms, coalesce(at[2], -1) AS order_no, coalesce(at[3], 0)::smallint AS payment_no,
           coalesce(at[4], 0)::integer AS event_no, coalesce(at[5], 0)::integer AS line_no,
           to_timestamp(0) + coalesce(at[1], 0) * interval '1 millisecond' AS after_at,
           least(coalesce($2::timestamptz, 'infinity'), (SELECT min(now_floor) FROM lane)) AS end_at
    FROM place
), event AS MATERIALIZED ( -- so many of the ledger as would fill the page, most of which are posted twice
    SELECT e.* FROM asked a
    CROSS JOIN LATERAL (SELECT * FROM payment_event e
        WHERE e.kind > 1 AND e.operation > 1 AND e.at >= a.first_at AND e.at < a.end_at
          AND (e.at, e.order_no, e.payment_no, e.event_no) >= (a.after_at, a.order_no, a.payment_no, a.event_no)
        ORDER BY e.at, e.order_no, e.payment_no, e.event_no LIMIT $4::bigint) AS e
), written AS MATERIALIZED ( -- and of documents
    SELECT d.* FROM asked a
    CROSS JOIN LATERAL (SELECT * FROM document d
        WHERE d.issued_at >= a.first_at AND d.issued_at < a.end_at
          AND (d.issued_at, d.order_no, d.payment_no) >= (a.after_at, a.order_no, a.payment_no)
        ORDER BY d.issued_at, d.order_no, d.payment_no, d.document_no LIMIT $4::bigint) AS d
), seen AS MATERIALIZED ( -- up to where both were looked at
    SELECT * FROM (
        (SELECT at, order_no, payment_no, event_no, 2147483647 AS line_no FROM event
         WHERE (SELECT count(*) FROM event) = $4 ORDER BY at DESC, order_no DESC, payment_no DESC, event_no DESC LIMIT 1)
        UNION ALL
        (SELECT issued_at, order_no, payment_no, 0, document_no * 1000 + 999 FROM written
         WHERE (SELECT count(*) FROM written) = $4 ORDER BY issued_at DESC, order_no DESC, payment_no DESC, document_no DESC LIMIT 1)
        UNION ALL
        SELECT 'infinity', 0, 0::smallint, 0, 0) AS ends
    ORDER BY at, order_no, payment_no, event_no, line_no LIMIT 1
), posted AS (
    SELECT e.at, e.order_no, e.payment_no, e.event_no, t.posting_no::integer AS line_no, t.debit, t.credit, e.amount_minor,
           e.operation, e.operation_no, NULL::smallint AS document_no, NULL::integer AS rate_ppm
    FROM event e
    JOIN payment p ON p.order_no = e.order_no AND p.payment_no = e.payment_no
    JOIN posting t ON t.kind = e.kind AND t.operation = e.operation AND t.method IN (0, p.method)
                  AND (t.code IS NULL OR t.code = coalesce(e.code, ''))
    WHERE e.amount_minor > 0
    UNION ALL
    SELECT d.issued_at, d.order_no, d.payment_no, 0, d.document_no * 1000 + t.tax_no,
           CASE WHEN d.kind = 1 AND t.tax_minor > 0 THEN 6 WHEN d.kind = 2 AND t.tax_minor < 0 THEN 8 ELSE 7 END::smallint,
           CASE WHEN d.kind = 1 AND t.tax_minor < 0 THEN 6 WHEN d.kind = 2 AND t.tax_minor > 0 THEN 8 ELSE 7 END::smallint, abs(t.tax_minor),
           CASE d.kind WHEN 1 THEN 2 ELSE 4 END::smallint, d.subject_no, d.document_no, t.rate_ppm
    FROM written d
    JOIN document_tax t ON t.order_no = d.order_no AND t.document_no = d.document_no
    WHERE t.tax_minor <> 0 -- less than nothing where what was settled apart is taken off: the other way round
), entry AS (
    SELECT e.* FROM posted e, asked a, seen s
    WHERE (e.at, e.order_no, e.payment_no, e.event_no, e.line_no)
        > (a.after_at, a.order_no, a.payment_no, a.event_no, a.line_no)
      AND (e.at, e.order_no, e.payment_no, e.event_no, e.line_no)
        <= (s.at, s.order_no, s.payment_no, s.event_no, s.line_no)
    ORDER BY e.at, e.order_no, e.payment_no, e.event_no, e.line_no LIMIT $4::bigint
)
(SELECT json_strip_nulls(json_build_object('id', payment_id || '/' || e.event_no || '.' || e.line_no, 'at', instant_text(e.at),
    'debit', account_name(e.debit), 'debit_code', account_code_of(e.debit), 'credit', account_name(e.credit),
    'credit_code', account_code_of(e.credit), 'amount_minor', e.amount_minor, 'currency', p.currency,
    'what', CASE WHEN e.document_no IS NOT NULL THEN 'tax' WHEN e.operation = 9 THEN 'receive'
            WHEN e.operation >= 20 THEN (ARRAY['dispute', 'dispute_withdrawn', 'dispute_reinstated', 'dispute_fee'])[e.operation - 19]
            ELSE (ARRAY['authorize', 'capture', 'void', 'refund'])[e.operation] END,
    'order_id', order_text, 'order_no', e.order_no, 'payment_id', payment_id,
    'subject_id', order_text || CASE WHEN e.operation = 2 THEN '-C' WHEN e.operation = 4 THEN '-B' WHEN e.operation >= 20 THEN '-X' END || e.operation_no,
    'method', (ARRAY['card', 'bank_transfer', 'cash_on_delivery', 'invoice', 'prepaid', 'wallet'])[p.method],
    'provider', CASE WHEN p.method IN (1, 6) THEN coalesce(p.provider, 'stripe') END,
    'document', (SELECT d.number FROM document d WHERE d.order_no = e.order_no AND CASE WHEN e.document_no IS NOT NULL
                   THEN d.document_no = e.document_no
                   ELSE d.subject_no = e.operation_no AND d.kind = CASE e.operation WHEN 2 THEN 1 WHEN 4 THEN 2 END END
                 ORDER BY d.document_no DESC LIMIT 1),
    'tax_rate_ppm', e.rate_ppm))::text,
    (extract(epoch FROM e.at) * 1000)::bigint || '/' || e.order_no || '/' || e.payment_no || '/' || e.event_no || '/' || e.line_no
FROM entry e
JOIN payment p ON p.order_no = e.order_no AND p.payment_no = e.payment_no
CROSS JOIN LATERAL (SELECT audit_order_id(p.order_id) AS order_text) AS o
CROSS JOIN LATERAL (SELECT order_text || '-P' || e.payment_no AS payment_id) AS i
ORDER BY e.at, e.order_no, e.payment_no, e.event_no, e.line_no)
UNION ALL -- where to go on, when less was found than would fill the page
SELECT NULL, (extract(epoch FROM at) * 1000)::bigint || '/' || order_no || '/' || payment_no || '/' || event_no || '/' || line_no
FROM seen WHERE at < 'infinity'

-- name: read_close
-- $1 date: what the day moved, and what of it or of before is open now
WITH day AS MATERIALIZED (
    SELECT $1::text::date::timestamp AT TIME ZONE 'UTC' AS begins_at, ($1::text::date + 1)::timestamp AT TIME ZONE 'UTC' AS ends_at
), booked AS MATERIALIZED ( -- summed before it is posted: there are few kinds of entries, and many entries
    SELECT e.kind, e.operation, coalesce(e.code, '') AS code, p.method, p.provider, p.currency,
           sum(e.amount_minor) AS minor, count(*) AS entries
    FROM payment_event e
    JOIN payment p ON p.order_no = e.order_no AND p.payment_no = e.payment_no
    WHERE e.kind > 1 AND e.operation > 1 AND e.amount_minor > 0
      AND e.at >= (SELECT begins_at FROM day) AND e.at < (SELECT ends_at FROM day)
    GROUP BY 1, 2, 3, 4, 5, 6
), taxed AS MATERIALIZED (
    SELECT d.kind, t.tax_minor > 0 AS adds, p.method, p.provider, p.currency, sum(abs(t.tax_minor)) AS minor, count(*) AS entries
    FROM document d
    JOIN document_tax t ON t.order_no = d.order_no AND t.document_no = d.document_no
    JOIN payment p ON p.order_no = d.order_no AND p.payment_no = d.payment_no
    WHERE t.tax_minor <> 0 AND d.issued_at >= (SELECT begins_at FROM day) AND d.issued_at < (SELECT ends_at FROM day)
    GROUP BY 1, 2, 3, 4, 5
), posted AS (
    SELECT t.debit, t.credit, b.method, b.provider, b.currency, b.minor, b.entries
    FROM booked b
    JOIN posting t ON t.kind = b.kind AND t.operation = b.operation AND t.method IN (0, b.method)
                  AND (t.code IS NULL OR t.code = b.code)
    UNION ALL
    SELECT CASE WHEN kind = 1 AND adds THEN 6 WHEN kind = 2 AND NOT adds THEN 8 ELSE 7 END::smallint,
           CASE WHEN kind = 1 AND NOT adds THEN 6 WHEN kind = 2 AND adds THEN 8 ELSE 7 END::smallint, method, provider, currency,
           minor, entries
    FROM taxed
), moved AS MATERIALIZED (
    SELECT b.account, CASE WHEN p.method IN (1, 6) THEN coalesce(p.provider, 'stripe') END AS provider, p.currency,
           sum(b.debit)::bigint AS debit_minor, sum(b.credit)::bigint AS credit_minor, sum(p.entries)::bigint AS entries
    FROM posted p
    CROSS JOIN LATERAL (VALUES (p.debit, p.minor, 0), (p.credit, 0, p.minor)) AS b (account, debit, credit)
    GROUP BY b.account, 2, p.currency
), open AS MATERIALIZED (
    (SELECT 'bank_line' AS kind, line_id AS subject, booked_at AS since, amount_minor, currency, reason AS detail
     FROM bank_line WHERE state = 1 AND booked_at < (SELECT ends_at FROM day) ORDER BY booked_at LIMIT 200)
    UNION ALL
    (SELECT 'refund', audit_order_id(p.order_id) || '-B' || r.refund_no, r.at, r.amount_minor, p.currency, r.code
     FROM payment_refund r JOIN payment p ON p.order_no = r.order_no AND p.payment_no = r.payment_no
     WHERE (r.state = 6 OR r.state = 5 AND r.failure_heard) AND r.at < (SELECT ends_at FROM day) ORDER BY r.at LIMIT 200)
    UNION ALL
    (SELECT 'transfer', audit_order_id(order_id) || '-P' || payment_no, changed_at,
            authorized_minor - captured_minor - released_minor, currency, 'by_hand'
     FROM payment WHERE state = 8 AND method = 2 AND changed_at < (SELECT ends_at FROM day) ORDER BY changed_at LIMIT 200)
    UNION ALL
    (SELECT 'call', subject_id, decided_at, NULL, NULL, kind FROM effect
     WHERE decided_at < (SELECT ends_at FROM day) ORDER BY decided_at LIMIT 200)
    UNION ALL
    (SELECT 'finding', subject, since, NULL, NULL, left(rule || ': ' || found || ', expected ' || expected, 1000) FROM audit_finding
     WHERE ended_at IS NULL AND since < (SELECT ends_at FROM day) ORDER BY since LIMIT 200)
)
SELECT json_build_object('date', $1::text, 'closed', (SELECT min(now_floor) FROM lane) >= (SELECT ends_at FROM day),
    'totals', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object('account', account_name(account),
            'code', account_code_of(account), 'provider', provider, 'currency', currency, 'debit_minor', debit_minor,
            'credit_minor', credit_minor, 'entries', entries)) ORDER BY account, provider, currency), '[]'::json) FROM moved),
    'open', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object('kind', kind, 'subject', subject,
            'since', instant_text(since), 'amount_minor', amount_minor, 'currency', currency, 'detail', nullif(detail, '')))
            ORDER BY since, kind, subject), '[]'::json) FROM open))::text
