-- The books as double entry: a journal that is read from the ledger by a table of postings, never written.

CREATE TABLE posting (
    posting_no smallint PRIMARY KEY,
    kind smallint NOT NULL,
    operation smallint NOT NULL,
    method smallint NOT NULL,
    code text COLLATE "C",
    debit smallint NOT NULL,
    credit smallint NOT NULL,
    CONSTRAINT posting_moves CHECK (debit <> credit)
);
COMMENT ON TABLE posting IS 'Which accounts each entry of the ledger moves; the same as in posting.c';
COMMENT ON COLUMN posting.posting_no IS 'Counts them: several of one entry are in this order';
COMMENT ON COLUMN posting.kind IS 'As payment_event.kind';
COMMENT ON COLUMN posting.operation IS 'As payment_event.operation';
COMMENT ON COLUMN posting.method IS 'As payment.method; 0: of every one';
COMMENT ON COLUMN posting.code IS 'As payment_event.code; empty: of entries without one; null: of all';
COMMENT ON COLUMN posting.debit IS 'Account that the amount goes to: 1 receivable, 2 provider, 3 bank, 4 cash_in_transit, 5 deposits, 6 sales, 7 tax, 8 refunds, 9 refunds_payable, 10 differences';
COMMENT ON COLUMN posting.credit IS 'Account that it comes from';
INSERT INTO posting VALUES
    (1, 2, 2, 0, NULL, 1, 6), (2, 2, 2, 1, NULL, 2, 1), (3, 2, 2, 6, NULL, 2, 1), (4, 2, 2, 2, NULL, 5, 1),
    (5, 2, 2, 3, NULL, 4, 1),
    (6, 2, 4, 0, '', 8, 2), (7, 2, 4, 0, 'credited', 8, 1),
    (8, 3, 4, 0, 'by_hand', 8, 9), (9, 3, 4, 0, 'withdrawn', 9, 8), (10, 4, 4, 0, NULL, 2, 9),
    (11, 2, 4, 0, 'by_hand', 9, 3), (12, 2, 4, 0, 'given', 8, 3),
    (13, 2, 9, 2, '', 3, 5), (14, 2, 9, 2, 'accepted_short', 10, 5), (15, 4, 9, 2, NULL, 5, 3),
    (16, 2, 3, 2, NULL, 5, 3),
    (17, 2, 9, 4, NULL, 3, 1), (18, 4, 9, 4, NULL, 1, 3);

-- What entries of before did not say of themselves: how a refund was given, and what did not come.
UPDATE payment_refund r SET failure_heard = EXISTS (
    SELECT FROM payment_event e WHERE e.order_no = r.order_no AND e.payment_no = r.payment_no AND e.operation = 4
                                  AND e.operation_no = r.refund_no AND e.kind = 4)
WHERE r.state = 5;
UPDATE payment_event e SET code = CASE
        WHEN r.state = 4 THEN 'credited'
        WHEN EXISTS (SELECT FROM payment_event earlier
                     WHERE earlier.order_no = e.order_no AND earlier.payment_no = e.payment_no AND earlier.operation = 4
                       AND earlier.operation_no = e.operation_no AND earlier.event_no < e.event_no
                       AND (earlier.kind = 4 OR earlier.kind = 3 AND earlier.code = 'by_hand')) THEN 'by_hand'
        ELSE 'given' END
FROM payment_refund r, payment p
WHERE e.kind = 2 AND e.operation = 4 AND r.order_no = e.order_no AND r.refund_no = e.operation_no
  AND p.order_no = e.order_no AND p.payment_no = e.payment_no
  AND (r.state = 7 AND NOT EXISTS (SELECT FROM payment_event later
                                   WHERE later.order_no = e.order_no AND later.payment_no = e.payment_no
                                     AND later.operation = 4 AND later.operation_no = e.operation_no AND later.kind = 4
                                     AND later.event_no > e.event_no)
       OR r.state = 4 AND p.method = 4);
UPDATE payment_event e SET code = 'accepted_short'
FROM payment_transfer t
WHERE t.kind = 2 AND e.order_no = t.order_no AND e.payment_no = t.payment_no AND e.kind = 2 AND e.operation = 9
  AND e.at = t.at AND e.amount_minor = t.amount_minor
  AND e.event_no = (SELECT max(last.event_no) FROM payment_event last
                    WHERE last.order_no = t.order_no AND last.payment_no = t.payment_no AND last.kind = 2
                      AND last.operation = 9 AND last.at = t.at AND last.amount_minor = t.amount_minor);

CREATE TRIGGER payment_event_final BEFORE UPDATE OR DELETE ON payment_event
    FOR EACH STATEMENT EXECUTE FUNCTION document_is_final();
COMMENT ON COLUMN payment_event.code IS 'Why it failed or was adjusted; of a success, what else moves by it (posting.code)';
COMMENT ON COLUMN payment_refund.failure_heard IS 'The provider told that it failed before its answer was there; of a failed one: after it had succeeded, so it is owed';
CREATE INDEX payment_event_by_time ON payment_event (at, order_no, payment_no, event_no) WHERE kind > 1 AND operation > 1;
COMMENT ON INDEX payment_event_by_time IS 'The journal in the order of its days; requests and authorizations move nothing';
CREATE INDEX document_by_time ON document (issued_at, order_no, document_no);
COMMENT ON INDEX document_by_time IS 'The same of the tax in documents';

CREATE FUNCTION account_name(account smallint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN (ARRAY['receivable', 'provider', 'bank', 'cash_in_transit', 'deposits', 'sales', 'tax', 'refunds', 'refunds_payable',
              'differences'])[account];
COMMENT ON FUNCTION account_name IS 'An account as the contract names it';

CREATE VIEW journal AS
SELECT e.at, e.order_no, e.payment_no, e.event_no, t.posting_no::integer AS line_no, t.debit, t.credit, e.amount_minor,
       e.operation, e.operation_no, NULL::smallint AS document_no, NULL::integer AS rate_ppm
FROM payment_event e
JOIN payment p ON p.order_no = e.order_no AND p.payment_no = e.payment_no
JOIN posting t ON t.kind = e.kind AND t.operation = e.operation AND t.method IN (0, p.method)
              AND (t.code IS NULL OR t.code = coalesce(e.code, ''))
WHERE e.kind > 1 AND e.operation > 1 AND e.amount_minor > 0
UNION ALL
SELECT d.issued_at, d.order_no, d.payment_no, 0, d.document_no * 1000 + t.tax_no,
       CASE WHEN d.kind = 1 AND t.tax_minor > 0 THEN 6 WHEN d.kind = 2 AND t.tax_minor < 0 THEN 8 ELSE 7 END::smallint,
       CASE WHEN d.kind = 1 AND t.tax_minor < 0 THEN 6 WHEN d.kind = 2 AND t.tax_minor > 0 THEN 8 ELSE 7 END::smallint, abs(t.tax_minor),
       CASE d.kind WHEN 1 THEN 2 ELSE 4 END::smallint, d.subject_no, d.document_no, t.rate_ppm
FROM document d
JOIN document_tax t ON t.order_no = d.order_no AND t.document_no = d.document_no
WHERE t.tax_minor <> 0;
COMMENT ON VIEW journal IS 'Every posting: so much from the account of credit to that of debit. What was taken or given back as the ledger has it, and the tax in it when its document says so; what it is read from never changes';
