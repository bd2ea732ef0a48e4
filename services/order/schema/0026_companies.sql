-- Companies that buy, who of them may, and what waits for their approval.

CREATE TABLE company (
    code text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    tax_number text COLLATE "C",
    currency text COLLATE "C" NOT NULL,
    active boolean NOT NULL
);
COMMENT ON TABLE company IS 'Companies that buy; each belongs to the lane of its code, and all read it';
COMMENT ON COLUMN company.code IS 'The shop''s own code of it';
COMMENT ON COLUMN company.version IS 'Counts changes, of its buyers as well';
COMMENT ON COLUMN company.name IS 'As people call it';
COMMENT ON COLUMN company.tax_number IS 'As its papers have it';
COMMENT ON COLUMN company.currency IS 'ISO 4217; that it buys in';
COMMENT ON COLUMN company.active IS 'May buy';

CREATE TABLE company_buyer (
    company text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    approval_limit_minor bigint NOT NULL,
    may_approve boolean NOT NULL,
    PRIMARY KEY (company, ref)
);
COMMENT ON TABLE company_buyer IS 'Who buys for a company';
COMMENT ON COLUMN company_buyer.company IS 'Its code';
COMMENT ON COLUMN company_buyer.ref IS 'The storefront''s own name of the customer';
COMMENT ON COLUMN company_buyer.approval_limit_minor IS 'An order of more waits for approval; -1: none does';
COMMENT ON COLUMN company_buyer.may_approve IS 'May approve orders of others, up to the same limit';

CREATE FUNCTION company_shown(c company) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_strip_nulls(json_build_object('code', c.code, 'company', json_build_object('name', c.name,
        'tax_number', c.tax_number, 'currency', c.currency, 'active', c.active,
        'buyers', (SELECT coalesce(json_agg(json_build_object('channel_customer_ref', ref,
            'approval_limit_minor', nullif(approval_limit_minor, -1), 'may_approve', may_approve) ORDER BY ref), '[]'::json)
            FROM company_buyer WHERE company = c.code)), 'version', c.version))
$$;
COMMENT ON FUNCTION company_shown IS 'A company as the contract shows it';

CREATE OR REPLACE FUNCTION hold_reason_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['payment', 'fraud', 'address', 'stock', 'manual', 'scheduled', 'return_items', 'other', 'approval'])[number]
$$;
