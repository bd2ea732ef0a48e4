-- Accounts of the shop's own, the lines of their statements, and what was decided about each.

CREATE TABLE bank_account (
    account text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    holder text NOT NULL,
    bank text,
    bic text COLLATE "C",
    currency text COLLATE "C" NOT NULL,
    tolerance_minor bigint NOT NULL,
    active boolean NOT NULL,
    csv_delimiter smallint NOT NULL,
    csv_decimal smallint NOT NULL,
    csv_date smallint NOT NULL,
    csv_booked_on text,
    csv_amount text,
    csv_credit text,
    csv_debit text,
    csv_currency text,
    csv_payer_name text,
    csv_payer_account text,
    csv_text text,
    csv_creditor_reference text,
    csv_bank_reference text,
    changed_at timestamptz NOT NULL,
    CONSTRAINT bank_account_tolerance_not_negative CHECK (tolerance_minor >= 0)
);
COMMENT ON TABLE bank_account IS 'Accounts of the shop, where shoppers send money; written in the lane of the account';
COMMENT ON COLUMN bank_account.account IS 'Its IBAN, else its number, without spaces';
COMMENT ON COLUMN bank_account.version IS 'Counts changes';
COMMENT ON COLUMN bank_account.holder IS 'Whose it is, as shoppers write it';
COMMENT ON COLUMN bank_account.bank IS 'Name of the bank';
COMMENT ON COLUMN bank_account.bic IS 'ISO 9362';
COMMENT ON COLUMN bank_account.currency IS 'ISO 4217';
COMMENT ON COLUMN bank_account.tolerance_minor IS 'So much less than is due is taken for all of it';
COMMENT ON COLUMN bank_account.active IS 'Shown to shoppers; statements are taken in any case';
COMMENT ON COLUMN bank_account.csv_delimiter IS 'Of its CSV: 1 comma, 2 semicolon, 3 tab; 0: it has none';
COMMENT ON COLUMN bank_account.csv_decimal IS 'What stands before the minor units: 1 point, 2 comma';
COMMENT ON COLUMN bank_account.csv_date IS '1 YYYY-MM-DD, 2 DD.MM.YYYY, 3 DD/MM/YYYY, 4 MM/DD/YYYY';
COMMENT ON COLUMN bank_account.csv_booked_on IS 'Header of the column, as those below';
COMMENT ON COLUMN bank_account.csv_amount IS 'With a minus where money went out; null: credit and debit are apart';
COMMENT ON COLUMN bank_account.changed_at IS 'When it last changed';

CREATE TABLE bank_line (
    line_id text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    statement text NOT NULL,
    bank_reference text COLLATE "C" NOT NULL,
    credit boolean NOT NULL,
    reversal boolean NOT NULL,
    amount_minor bigint NOT NULL,
    currency text COLLATE "C" NOT NULL,
    booked_at timestamptz NOT NULL,
    payer_name text,
    payer_account text,
    creditor_reference text,
    end_to_end_id text,
    remittance text,
    imported_at timestamptz NOT NULL,
    state smallint NOT NULL,
    rule smallint NOT NULL,
    reason text,
    order_no bigint NOT NULL,
    payment_no smallint NOT NULL,
    event_count integer NOT NULL,
    who text COLLATE "C",
    CONSTRAINT bank_line_moves_something CHECK (amount_minor > 0)
) WITH (fillfactor = 80);
COMMENT ON TABLE bank_line IS 'Lines of statements, over all lanes; what the bank said of them never changes';
COMMENT ON COLUMN bank_line.line_id IS 'The same entry of the bank has the same one';
COMMENT ON COLUMN bank_line.account IS 'Of the shop';
COMMENT ON COLUMN bank_line.statement IS 'Where it came first';
COMMENT ON COLUMN bank_line.bank_reference IS 'The bank''s own name of the entry; its id where the bank gives none';
COMMENT ON COLUMN bank_line.credit IS 'Money came in; otherwise it went out';
COMMENT ON COLUMN bank_line.reversal IS 'It takes back an entry of before';
COMMENT ON COLUMN bank_line.booked_at IS 'The day when it was booked, at midnight UTC';
COMMENT ON COLUMN bank_line.remittance IS 'What the payer wrote';
COMMENT ON COLUMN bank_line.imported_at IS 'When it came first';
COMMENT ON COLUMN bank_line.state IS '1 open (for a person), 2 asked (on its way to the payment that it names), 3 matched, 4 set aside, 5 noted (a debit that undoes nothing)';
COMMENT ON COLUMN bank_line.rule IS 'What matched it: 1 creditor reference, 2 end-to-end id, 3 text, 4 text without its check, 5 a person; 0: nothing';
COMMENT ON COLUMN bank_line.reason IS 'Why it waits for a person, or was set aside';
COMMENT ON COLUMN bank_line.order_no IS 'The order that it pays, or would; 0: none is known';
COMMENT ON COLUMN bank_line.payment_no IS 'The payment of that order';
COMMENT ON COLUMN bank_line.event_count IS 'What was decided about it so far';
COMMENT ON COLUMN bank_line.who IS 'Request of the person who last decided; null: nobody did';
CREATE INDEX bank_line_by_account ON bank_line (account, state, booked_at, line_id);
COMMENT ON INDEX bank_line_by_account IS 'What waits for a person';
CREATE INDEX bank_line_by_order ON bank_line (order_no, payment_no) WHERE order_no > 0;
COMMENT ON INDEX bank_line_by_order IS 'What came in for a payment';

CREATE TABLE bank_line_event (
    line_id text COLLATE "C" NOT NULL,
    event_no integer NOT NULL,
    state smallint NOT NULL,
    rule smallint NOT NULL,
    reason text,
    order_no bigint NOT NULL,
    payment_no smallint NOT NULL,
    who text COLLATE "C",
    actor text COLLATE "C",
    at timestamptz NOT NULL,
    PRIMARY KEY (line_id, event_no)
);
COMMENT ON TABLE bank_line_event IS 'What was decided about lines, append-only';
COMMENT ON COLUMN bank_line_event.event_no IS 'Counts what was decided about the line';
COMMENT ON COLUMN bank_line_event.state IS 'What became of it, as bank_line.state';
COMMENT ON COLUMN bank_line_event.who IS 'Request of the person who decided; null: a rule did';
COMMENT ON COLUMN bank_line_event.actor IS 'Who that was, as the gateway knows it';
COMMENT ON COLUMN bank_line_event.at IS 'When it was decided';

ALTER TABLE payment_transfer ADD COLUMN kind smallint NOT NULL DEFAULT 1, ADD COLUMN line_id text COLLATE "C";
COMMENT ON COLUMN payment_transfer.kind IS '1 it came in, 2 less than was due and taken for all of it, 3 the bank took it back';
COMMENT ON COLUMN payment_transfer.line_id IS 'The line of a statement that brought it; null: a person told';

CREATE FUNCTION bank_reference(order_no bigint, payment_no integer) RETURNS text LANGUAGE sql IMMUTABLE
RETURN (
    SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXY', (order_no / power(31::numeric, 10 - place)::bigint % 31)::integer + 1, 1),
                      '' ORDER BY place)
           || substr('0123456789ABCDEFGHJKMNPQRSTVWXY',
                     (sum(place * (order_no / power(31::numeric, 10 - place)::bigint % 31)) % 31)::integer + 1, 1)
           || CASE WHEN payment_no > 1 THEN 'P' || payment_no ELSE '' END
    FROM generate_series(1, 10) AS place);
COMMENT ON FUNCTION bank_reference IS 'The reference of a payment without KV and dashes, as reference.c makes it';

CREATE FUNCTION creditor_reference(order_no bigint, payment_no integer) RETURNS text LANGUAGE sql IMMUTABLE
RETURN (
    SELECT 'RF' || lpad((98 - (string_agg(CASE WHEN letter ~ '[0-9]' THEN letter ELSE (ascii(letter) - 55)::text END, '' ORDER BY place)
                               || '271500')::numeric % 97)::text, 2, '0') || reference
    FROM (SELECT 'KV' || bank_reference(order_no, payment_no) AS reference) AS made
    CROSS JOIN LATERAL regexp_split_to_table(reference, '') WITH ORDINALITY AS letters (letter, place)
    GROUP BY reference);
COMMENT ON FUNCTION creditor_reference IS 'The same as ISO 11649 has it, as bank_reference.c makes it';

CREATE INDEX payment_awaited ON payment (currency, (amount_minor - received_minor)) WHERE state = 2 AND method = 2;
COMMENT ON INDEX payment_awaited IS 'Which payments a transfer of this amount would complete';

CREATE FUNCTION bank_payment_id(order_number bigint, number integer) RETURNS text LANGUAGE sql STABLE
RETURN (SELECT audit_order_id(order_id) || '-P' || payment_no FROM payment WHERE order_no = order_number AND payment_no = number);
COMMENT ON FUNCTION bank_payment_id IS 'Public id of a payment; null where there is none';

CREATE FUNCTION bank_line_shown(line bank_line) RETURNS text LANGUAGE sql STABLE
RETURN (json_strip_nulls(json_build_object(
    'id', (line).line_id, 'account', (line).account, 'statement', (line).statement,
    'state', (ARRAY['open', 'asked', 'matched', 'set_aside', 'noted'])[(line).state], 'bank_reference', (line).bank_reference,
    'credit', (line).credit, 'reversal', nullif((line).reversal, false), 'amount_minor', (line).amount_minor,
    'currency', (line).currency, 'booked_at', instant_text((line).booked_at), 'payer_name', (line).payer_name,
    'payer_account', (line).payer_account, 'creditor_reference', (line).creditor_reference,
    'end_to_end_id', (line).end_to_end_id, 'text', (line).remittance,
    'payment_id', CASE WHEN (line).order_no > 0 THEN bank_payment_id((line).order_no, (line).payment_no) END,
    'rule', (ARRAY['creditor_reference', 'end_to_end_id', 'text', 'unchecked', 'person'])[nullif((line).rule, 0)],
    'reason', (line).reason,
    'suggestions', CASE WHEN (line).state = 1 AND (line).credit THEN (
        SELECT json_agg(json_build_object('payment_id', audit_order_id(order_id) || '-P' || payment_no, 'reference', reference)
                        ORDER BY order_no)
        FROM (SELECT order_id, order_no, payment_no, reference FROM payment
              WHERE state = 2 AND method = 2 AND currency = (line).currency
                AND amount_minor - received_minor = (line).amount_minor
              ORDER BY order_no LIMIT 10) AS awaited) END,
    'events', (SELECT coalesce(json_agg(json_build_object(
            'state', (ARRAY['open', 'asked', 'matched', 'set_aside', 'noted'])[e.state],
            'payment_id', CASE WHEN e.order_no > 0 THEN bank_payment_id(e.order_no, e.payment_no) END,
            'rule', (ARRAY['creditor_reference', 'end_to_end_id', 'text', 'unchecked', 'person'])[nullif(e.rule, 0)],
            'reason', e.reason, 'who', e.who, 'actor', e.actor, 'at', instant_text(e.at)) ORDER BY e.event_no), '[]'::json)
        FROM bank_line_event e WHERE e.line_id = (line).line_id),
    'imported_at', instant_text((line).imported_at)))::text);
COMMENT ON FUNCTION bank_line_shown IS 'A line as the contract shows it';

CREATE FUNCTION bank_account_shown(account bank_account) RETURNS text LANGUAGE sql STABLE
RETURN (json_strip_nulls(json_build_object('account', (account).account, 'body', json_build_object('holder', (account).holder,
    'bank', (account).bank, 'bic', (account).bic, 'currency', (account).currency,
    'tolerance_minor', (account).tolerance_minor, 'active', (account).active,
    'csv', CASE WHEN (account).csv_delimiter > 0 THEN json_build_object(
        'delimiter', (ARRAY['comma', 'semicolon', 'tab'])[(account).csv_delimiter],
        'decimal', (ARRAY['point', 'comma'])[(account).csv_decimal],
        'date', (ARRAY['ymd_dash', 'dmy_dot', 'dmy_slash', 'mdy_slash'])[(account).csv_date],
        'booked_on', (account).csv_booked_on, 'amount', (account).csv_amount, 'credit', (account).csv_credit,
        'debit', (account).csv_debit, 'currency', (account).csv_currency, 'payer_name', (account).csv_payer_name,
        'payer_account', (account).csv_payer_account, 'text', (account).csv_text,
        'creditor_reference', (account).csv_creditor_reference, 'bank_reference', (account).csv_bank_reference) END),
    'version', (account).version))::text);
COMMENT ON FUNCTION bank_account_shown IS 'An account as the contract shows it';
