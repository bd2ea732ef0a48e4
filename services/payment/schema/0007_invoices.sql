-- Invoices and credit notes: numbered without gaps, written once, never changed.

CREATE TABLE document_series (
    code text COLLATE "C" PRIMARY KEY,
    year smallint NOT NULL DEFAULT 0,
    last bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 40);
COMMENT ON TABLE document_series IS 'The numbers that documents were given, all lanes together';
COMMENT ON COLUMN document_series.code IS 'What its numbers begin with; with a hyphen where the year follows';
COMMENT ON COLUMN document_series.year IS 'Of the last one';
COMMENT ON COLUMN document_series.last IS 'The last one given';

CREATE TABLE document (
    order_no bigint NOT NULL,
    document_no smallint NOT NULL,
    kind smallint NOT NULL,
    subject_no smallint NOT NULL,
    payment_no smallint NOT NULL,
    series text COLLATE "C" NOT NULL,
    serial bigint NOT NULL,
    number text COLLATE "C" NOT NULL,
    amount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    currency text COLLATE "C" NOT NULL,
    order_id bytea NOT NULL,
    issued_at timestamptz NOT NULL,
    PRIMARY KEY (order_no, document_no),
    CONSTRAINT document_once UNIQUE (order_no, kind, subject_no),
    CONSTRAINT document_numbered_once UNIQUE (series, serial),
    CONSTRAINT document_number_once UNIQUE (number),
    CONSTRAINT document_worth CHECK (amount_minor > 0)
);
COMMENT ON TABLE document IS 'Invoices, one a capture, and credit notes, one a refund; written once and never changed';
COMMENT ON COLUMN document.order_no IS 'The order';
COMMENT ON COLUMN document.document_no IS 'Counts the documents of the order';
COMMENT ON COLUMN document.kind IS '1 invoice, 2 credit note';
COMMENT ON COLUMN document.subject_no IS 'Of the capture or the refund';
COMMENT ON COLUMN document.payment_no IS 'Of its payment';
COMMENT ON COLUMN document.series IS 'What its number begins with, with the year where each begins with 1';
COMMENT ON COLUMN document.serial IS 'Counts the documents of the series';
COMMENT ON COLUMN document.number IS 'As it is written';
COMMENT ON COLUMN document.amount_minor IS 'With tax';
COMMENT ON COLUMN document.tax_minor IS 'The tax in it';
COMMENT ON COLUMN document.currency IS 'ISO 4217';
COMMENT ON COLUMN document.order_id IS 'Public id of the order';
COMMENT ON COLUMN document.issued_at IS 'When it was written';

CREATE TABLE document_tax (
    order_no bigint NOT NULL,
    document_no smallint NOT NULL,
    tax_no smallint NOT NULL,
    category smallint NOT NULL,
    rate_ppm integer NOT NULL,
    amount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    PRIMARY KEY (order_no, document_no, tax_no)
);
COMMENT ON TABLE document_tax IS 'What a document says by rate of tax';
COMMENT ON COLUMN document_tax.order_no IS 'The order';
COMMENT ON COLUMN document_tax.document_no IS 'The document';
COMMENT ON COLUMN document_tax.tax_no IS 'Counts the rates of the document';
COMMENT ON COLUMN document_tax.category IS '1 standard, 2 zero';
COMMENT ON COLUMN document_tax.rate_ppm IS 'Millionths of what is taxed';
COMMENT ON COLUMN document_tax.amount_minor IS 'With tax';
COMMENT ON COLUMN document_tax.tax_minor IS 'The tax in it';

CREATE TABLE document_file (
    order_no bigint NOT NULL,
    document_no smallint NOT NULL,
    name text COLLATE "C" NOT NULL,
    media_type text NOT NULL,
    content bytea NOT NULL,
    sha256 bytea NOT NULL GENERATED ALWAYS AS (sha256(content)) STORED,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (order_no, document_no, name)
);
COMMENT ON TABLE document_file IS 'Documents as files, made once and never changed';
COMMENT ON COLUMN document_file.order_no IS 'The order';
COMMENT ON COLUMN document_file.document_no IS 'The document';
COMMENT ON COLUMN document_file.name IS 'As a file has it';
COMMENT ON COLUMN document_file.media_type IS 'What the bytes are';
COMMENT ON COLUMN document_file.content IS 'The bytes';
COMMENT ON COLUMN document_file.sha256 IS 'Of the bytes, by the database';
COMMENT ON COLUMN document_file.made_at IS 'When they were made';

CREATE FUNCTION document_is_final() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'what was written of % stays as it is', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END$$;
COMMENT ON FUNCTION document_is_final IS 'Refuses to change or delete what was written';
CREATE TRIGGER document_final BEFORE UPDATE OR DELETE ON document
    FOR EACH STATEMENT EXECUTE FUNCTION document_is_final();
CREATE TRIGGER document_tax_final BEFORE UPDATE OR DELETE ON document_tax
    FOR EACH STATEMENT EXECUTE FUNCTION document_is_final();
CREATE TRIGGER document_file_final BEFORE UPDATE OR DELETE ON document_file
    FOR EACH STATEMENT EXECUTE FUNCTION document_is_final();
