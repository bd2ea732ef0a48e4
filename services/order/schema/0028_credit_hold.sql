-- Orders on account that wait for credit, and what may be added to those of a company.

ALTER TABLE company ADD COLUMN hold_over_credit boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN company.hold_over_credit IS 'An order beyond its credit is held until there is room; else it is declined';
ALTER TABLE detour ADD COLUMN awaits_credit boolean NOT NULL DEFAULT false,
    ADD COLUMN alone_minor bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN detour.awaits_credit IS 'What is beyond the company''s credit waits for more; as the company had it when it ordered';
COMMENT ON COLUMN detour.alone_minor IS 'What the buyer may order without approval, as the company had it then; -1: any amount';
INSERT INTO timeline_kind (kind, type) VALUES (50, 'kervan.payment.credit_awaited.v1');

CREATE OR REPLACE FUNCTION company_shown(c company) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_strip_nulls(json_build_object('code', c.code, 'company', json_build_object('name', c.name,
        'tax_number', c.tax_number, 'currency', c.currency, 'active', c.active, 'hold_over_credit', c.hold_over_credit,
        'buyers', (SELECT coalesce(json_agg(json_build_object('channel_customer_ref', ref,
            'approval_limit_minor', nullif(approval_limit_minor, -1), 'may_approve', may_approve) ORDER BY ref), '[]'::json)
            FROM company_buyer WHERE company = c.code)), 'version', c.version))
$$;

CREATE OR REPLACE FUNCTION hold_reason_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['payment', 'fraud', 'address', 'stock', 'manual', 'scheduled', 'return_items', 'other', 'approval', 'credit'])[number]
$$;
