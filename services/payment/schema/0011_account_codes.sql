-- What the shop's own chart of accounts calls the accounts of the books.

CREATE TABLE account_code (
    account text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    code text COLLATE "C" NOT NULL,
    name text,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE account_code IS 'Codes of accounts, as the shop has them; written in the lane of the account';
COMMENT ON COLUMN account_code.account IS 'As account_name has it';
COMMENT ON COLUMN account_code.version IS 'Counts changes';
COMMENT ON COLUMN account_code.code IS 'In the shop''s chart of accounts';
COMMENT ON COLUMN account_code.name IS 'The same for people';
COMMENT ON COLUMN account_code.changed_at IS 'When it last changed';

CREATE FUNCTION account_code_of(of smallint) RETURNS text LANGUAGE sql STABLE
RETURN (SELECT code FROM account_code WHERE account = account_name(of));
COMMENT ON FUNCTION account_code_of IS 'The shop''s code of an account; null: it has none';

CREATE FUNCTION account_shown(of text, code account_code) RETURNS text LANGUAGE sql IMMUTABLE
RETURN (json_strip_nulls(json_build_object('account', of, 'version', (code).version, 'body', CASE WHEN (code).code IS NOT NULL
    THEN json_build_object('code', (code).code, 'name', (code).name) END))::text);
COMMENT ON FUNCTION account_shown IS 'An account as the contract shows it';

-- In the order of the journal.
DROP INDEX document_by_time;
CREATE INDEX document_by_time ON document (issued_at, order_no, payment_no, document_no);
COMMENT ON INDEX document_by_time IS 'The tax in documents, in the order of the journal';
