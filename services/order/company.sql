-- Companies that buy, and who of them may.

-- name: company_load
-- $1 codes
SELECT code, version, name, tax_number, currency, active, hold_over_credit, tax_exemptions FROM company WHERE code = ANY ($1::text[])

-- name: company_insert
INSERT INTO company (code, version, name, tax_number, currency, active, hold_over_credit, tax_exemptions)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[], $8::text[])

-- name: company_update
UPDATE company
SET version = news.version, name = news.name, tax_number = news.tax_number, currency = news.currency, active = news.active,
    hold_over_credit = news.hold_over_credit, tax_exemptions = news.tax_exemptions
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[], $8::text[])
    AS news (code, version, name, tax_number, currency, active, hold_over_credit, tax_exemptions)
WHERE company.code = news.code

-- name: company_buyer_load
-- $1 codes of companies
SELECT company, ref, approval_limit_minor, may_approve
FROM company_buyer WHERE company = ANY ($1::text[]) ORDER BY company, ref

-- name: company_buyer_insert
INSERT INTO company_buyer (company, ref, approval_limit_minor, may_approve)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[])

-- name: company_buyer_update
UPDATE company_buyer SET approval_limit_minor = news.approval_limit_minor, may_approve = news.may_approve
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[]) AS news (company, ref, approval_limit_minor, may_approve)
WHERE company_buyer.company = news.company AND company_buyer.ref = news.ref

-- name: company_buyer_remove
DELETE FROM company_buyer USING unnest($1::text[], $2::text[]) AS gone (company, ref)
WHERE company_buyer.company = gone.company AND company_buyer.ref = gone.ref

-- name: read_company
-- $1 code
SELECT company_shown(c)::text, version::text FROM company c WHERE code = $1::text

-- name: read_companies
-- $1 cursor: code, $2 limit
SELECT company_shown(c)::text, code FROM company c WHERE code > coalesce($1::text, '') ORDER BY code LIMIT $2::bigint
