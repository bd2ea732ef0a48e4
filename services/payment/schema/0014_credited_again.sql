-- A refund that a bank sent back and that is given after all may be credited a second time: what was credited by it stood for others meanwhile.

ALTER TABLE document DROP CONSTRAINT document_once;
CREATE UNIQUE INDEX document_invoiced_once ON document (order_no, subject_no) WHERE kind = 1;
COMMENT ON TABLE document IS 'Invoices, one a capture, and credit notes, which come to what was given back; written once and never changed';
