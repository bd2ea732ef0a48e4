-- Bank accounts of the shop, lines of their statements, and what was decided about them.

-- name: bank_account_load
-- $1 accounts
SELECT account, version, holder, bank, bic, currency, tolerance_minor, active, csv_delimiter, csv_decimal, csv_date, csv_booked_on,
       csv_amount, csv_credit, csv_debit, csv_currency, csv_payer_name, csv_payer_account, csv_text, csv_creditor_reference,
       csv_bank_reference, changed_at
FROM bank_account WHERE account = ANY ($1::text[]) ORDER BY account

-- name: bank_account_insert
INSERT INTO bank_account (account, version, holder, bank, bic, currency, tolerance_minor, active, csv_delimiter, csv_decimal, csv_date,
    csv_booked_on, csv_amount, csv_credit, csv_debit, csv_currency, csv_payer_name, csv_payer_account, csv_text,
    csv_creditor_reference, csv_bank_reference, changed_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::boolean[],
                     $9::smallint[], $10::smallint[], $11::smallint[], $12::text[], $13::text[], $14::text[], $15::text[],
                     $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::timestamptz[])

-- name: bank_account_update
UPDATE bank_account
SET version = news.version, holder = news.holder, bank = news.bank, bic = news.bic, tolerance_minor = news.tolerance_minor,
    active = news.active, csv_delimiter = news.csv_delimiter, csv_decimal = news.csv_decimal, csv_date = news.csv_date,
    csv_booked_on = news.csv_booked_on, csv_amount = news.csv_amount, csv_credit = news.csv_credit, csv_debit = news.csv_debit,
    csv_currency = news.csv_currency, csv_payer_name = news.csv_payer_name, csv_payer_account = news.csv_payer_account,
    csv_text = news.csv_text, csv_creditor_reference = news.csv_creditor_reference,
    csv_bank_reference = news.csv_bank_reference, changed_at = news.changed_at
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::boolean[],
            $9::smallint[], $10::smallint[], $11::smallint[], $12::text[], $13::text[], $14::text[], $15::text[],
            $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::timestamptz[])
    AS news (account, version, holder, bank, bic, currency, tolerance_minor, active, csv_delimiter, csv_decimal, csv_date,
             csv_booked_on, csv_amount, csv_credit, csv_debit, csv_currency, csv_payer_name, csv_payer_account, csv_text,
             csv_creditor_reference, csv_bank_reference, changed_at)
WHERE bank_account.account = news.account

-- name: bank_line_load
-- Locked: a person and the lane of the payment may decide at once.  $1 ids of lines
SELECT line_id, account, statement, bank_reference, credit, reversal, amount_minor, currency, booked_at, payer_name, payer_account,
       creditor_reference, end_to_end_id, remittance, imported_at, state, rule, reason, order_no, payment_no, event_count, who
FROM bank_line WHERE line_id = ANY ($1::text[]) ORDER BY line_id FOR NO KEY UPDATE

-- name: bank_line_insert
INSERT INTO bank_line (line_id, account, statement, bank_reference, credit, reversal, amount_minor, currency, booked_at, payer_name,
    payer_account, creditor_reference, end_to_end_id, remittance, imported_at, state, rule, reason, order_no, payment_no,
    event_count, who)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::bigint[], $8::text[],
                     $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[],
                     $16::smallint[], $17::smallint[], $18::text[], $19::bigint[], $20::smallint[], $21::integer[], $22::text[])

-- name: bank_line_update
-- What the bank said of it stays.
UPDATE bank_line
SET state = news.state, rule = news.rule, reason = news.reason, order_no = news.order_no, payment_no = news.payment_no,
    event_count = news.event_count, who = news.who
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::bigint[], $8::text[],
            $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[],
            $16::smallint[], $17::smallint[], $18::text[], $19::bigint[], $20::smallint[], $21::integer[], $22::text[])
    AS news (line_id, account, statement, bank_reference, credit, reversal, amount_minor, currency, booked_at, payer_name,
             payer_account, creditor_reference, end_to_end_id, remittance, imported_at, state, rule, reason, order_no,
             payment_no, event_count, who)
WHERE bank_line.line_id = news.line_id

-- name: bank_line_event_insert
INSERT INTO bank_line_event (line_id, event_no, state, rule, reason, order_no, payment_no, who, actor, at)
SELECT * FROM unnest($1::text[], $2::integer[], $3::smallint[], $4::smallint[], $5::text[], $6::bigint[], $7::smallint[],
                     $8::text[], $9::text[], $10::timestamptz[])

-- name: read_bank_account
-- $1 account
SELECT bank_account_shown(bank_account), version::text FROM bank_account WHERE account = $1::text

-- name: read_bank_accounts
-- $1 cursor: account, $2 limit
SELECT bank_account_shown(bank_account), account
FROM bank_account WHERE account > coalesce($1::text, '') ORDER BY account LIMIT $2::bigint

-- name: read_bank_line
-- $1 line
SELECT bank_line_shown(bank_line) FROM bank_line WHERE line_id = $1::text

-- name: read_bank_lines
-- $1 account, $2 state, $3 and $4 cursor: day and line, $5 limit; each account has its index, the days of a state in order
SELECT bank_line_shown(bank_line), (extract(epoch FROM booked_at) * 1000)::bigint, line_id
FROM bank_line
WHERE account = $1::text
  AND state = coalesce(array_position(ARRAY['open', 'asked', 'matched', 'set_aside', 'noted'], $2::text), 1)
  AND (booked_at, line_id) > (to_timestamp(coalesce($3::bigint, 0) / 1000.0), coalesce($4::text, ''))
ORDER BY booked_at, line_id LIMIT $5::bigint

-- name: read_transfer
-- $1 public id of the order, $2 public id of the payment: how to pay it by transfer
SELECT json_strip_nulls(json_build_object('payment_id', $2::text,
    'reference', coalesce(reference, 'KV-' || regexp_replace(regexp_replace(bank_reference(order_no, payment_no), '^(.{4})(.{4})(.{3})', '\1-\2-\3'),
                                                             'P([0-9]+)$', '-\1')),
    'creditor_reference', creditor_reference(order_no, payment_no), 'currency', currency,
    'amount_minor', due, 'received_minor', received_minor, 'left_minor', greatest(due - received_minor, 0),
    'accounts', (SELECT coalesce(json_agg(json_build_object('account', a.account, 'holder', a.holder, 'bank', a.bank, 'bic', a.bic)
                                          ORDER BY a.account), '[]'::json)
                 FROM bank_account a WHERE a.active AND a.currency = payment.currency)))::text
FROM payment JOIN payment_order USING (order_no)
CROSS JOIN LATERAL (SELECT CASE WHEN method = 4 THEN captured_minor - refunded_minor ELSE amount_minor END AS due) AS owed
WHERE payment_order.order_id = $1::bytea AND '-P' || payment_no = substr($2::text, 31) AND method IN (2, 4)
