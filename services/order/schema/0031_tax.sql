-- What is charged where, which channels have it reckoned, and who is exempt.

CREATE TABLE tax_area (
    code text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    name text,
    shipping_class smallint NOT NULL,
    rates text NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE tax_area IS 'Tax rates of countries and regions; each belongs to the lane of its code, and all read it';
COMMENT ON COLUMN tax_area.code IS 'ISO 3166-1, or ISO 3166-2 of a region';
COMMENT ON COLUMN tax_area.version IS 'Counts changes';
COMMENT ON COLUMN tax_area.name IS 'As people call it';
COMMENT ON COLUMN tax_area.shipping_class IS 'How shipping is taxed: 1 standard, 2 reduced, 3 super_reduced, 4 zero, 5 exempt; 0: standard';
COMMENT ON COLUMN tax_area.rates IS 'A line each of class, millionths, first day and reason, with tabs between';
COMMENT ON COLUMN tax_area.changed_at IS 'When this version was put';

CREATE TABLE tax_area_version (
    code text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    name text,
    shipping_class smallint NOT NULL,
    rates text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (code, version)
);
COMMENT ON TABLE tax_area_version IS 'Tax rates as they were put, for ever; columns as those of tax_area';
COMMENT ON COLUMN tax_area_version.code IS 'The area';
COMMENT ON COLUMN tax_area_version.version IS 'Of the area';
COMMENT ON COLUMN tax_area_version.name IS 'As people called it';
COMMENT ON COLUMN tax_area_version.shipping_class IS 'How shipping was taxed';
COMMENT ON COLUMN tax_area_version.rates IS 'As tax_area.rates';
COMMENT ON COLUMN tax_area_version.changed_at IS 'When it was put';

CREATE TABLE tax_item (
    sku text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    tax_class smallint NOT NULL
);
COMMENT ON TABLE tax_item IS 'How items are taxed; what is not here is standard';
COMMENT ON COLUMN tax_item.sku IS 'The item';
COMMENT ON COLUMN tax_item.version IS 'Counts changes';
COMMENT ON COLUMN tax_item.tax_class IS 'As tax_area.shipping_class has them';

ALTER TABLE channel ADD COLUMN tax_policy text COLLATE "C";
COMMENT ON COLUMN channel.tax_policy IS 'Where it sells from, and how its prices are, as tax_policy.h of the order service writes it; null: orders bring their tax';
ALTER TABLE company ADD COLUMN tax_exemptions text;
COMMENT ON COLUMN company.tax_exemptions IS 'A line each of area, first day, last day and certificate, with tabs between; null: none';
ALTER TABLE detour ADD COLUMN taxes text COLLATE "C", ADD COLUMN tax_reason text;
COMMENT ON COLUMN detour.taxes IS 'By what the order is taxed, as tax_terms.h of the order service writes it; null: it brought its tax';
COMMENT ON COLUMN detour.tax_reason IS 'Why nothing is charged: a certificate, or what the law says; null: something is, or nobody says';
ALTER TABLE order_edit_line ADD COLUMN tax_category smallint NOT NULL DEFAULT 0, ADD COLUMN tax_rate_ppm integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN order_edit_line.tax_category IS '1 standard, 2 zero, 3 exempt, 4 reverse_charge; 0: it brought its tax';
COMMENT ON COLUMN order_edit_line.tax_rate_ppm IS 'Millionths of what is taxed';

CREATE FUNCTION tax_class_word(number smallint) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (ARRAY['standard', 'reduced', 'super_reduced', 'zero', 'exempt'])[number];
COMMENT ON FUNCTION tax_class_word IS 'The word of a tax class';

CREATE FUNCTION tax_rates_shown(code text, version bigint, name text, shipping_class smallint, rates text, changed_at timestamptz)
RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_strip_nulls(json_build_object('area', code, 'rates', json_build_object('name', name,
    'shipping_class', tax_class_word(shipping_class),
    'rates', (SELECT json_agg(json_build_object('tax_class', tax_class_word(part[1]::smallint), 'rate_ppm', part[2]::bigint,
                  'valid_from', part[3], 'reason', nullif(part[4], '')) ORDER BY place)
              FROM unnest(string_to_array(rates, E'\n')) WITH ORDINALITY AS listed (entry, place)
              CROSS JOIN LATERAL (SELECT string_to_array(entry, E'\t') AS part) AS parts)),
    'version', version, 'changed_at', instant_text(changed_at)));
COMMENT ON FUNCTION tax_rates_shown IS 'Rates of an area as the contract shows them';

CREATE FUNCTION tax_policy_shown(policy text) RETURNS json LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN json_build_object('seller_country', left(policy, 2),
    'modes', (SELECT coalesce(json_agg(json_build_object('country', nullif(rtrim(entry, '12'), '*'),
                  'tax_mode', (ARRAY['inclusive', 'exclusive'])[right(entry, 1)::integer]) ORDER BY place), '[]'::json)
              FROM unnest(string_to_array(nullif(substr(policy, 4), ''), ' ')) WITH ORDINALITY AS listed (entry, place)));
COMMENT ON FUNCTION tax_policy_shown IS 'A tax policy as the contract shows it';

CREATE FUNCTION tax_exemptions_shown(exemptions text) RETURNS json LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT json_agg(json_build_object('area', part[1], 'valid_from', nullif(part[2], ''),
            'valid_until', nullif(part[3], ''), 'certificate', part[4]) ORDER BY place)
        FROM unnest(string_to_array(exemptions, E'\n')) WITH ORDINALITY AS listed (entry, place)
        CROSS JOIN LATERAL (SELECT string_to_array(entry, E'\t') AS part) AS parts);
COMMENT ON FUNCTION tax_exemptions_shown IS 'Certificates of a company as the contract shows them';

CREATE FUNCTION order_taxes_shown(taxes text, shipping_price_minor bigint) RETURNS json LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT json_agg(json_build_object('line_no', nullif(part[1], 0),
            'category', (ARRAY['standard', 'zero', 'exempt', 'reverse_charge'])[part[2]], 'rate_ppm', part[3],
            'tax_minor', CASE WHEN part[1] = 0 THEN round(shipping_price_minor * part[3]::numeric / (1000000 + part[3])) END)
            ORDER BY part[1])
        FROM unnest(string_to_array(split_part(taxes, '|', 2), ';')) AS listed (entry)
        CROSS JOIN LATERAL (SELECT string_to_array(entry, ' ')::bigint[] AS part) AS parts);
COMMENT ON FUNCTION order_taxes_shown IS 'By what shipping and lines of an order are taxed, as the contract shows it';

CREATE OR REPLACE FUNCTION company_shown(c company) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_strip_nulls(json_build_object('code', c.code, 'company', json_build_object('name', c.name,
        'tax_number', c.tax_number, 'currency', c.currency, 'active', c.active, 'hold_over_credit', c.hold_over_credit,
        'tax_exemptions', tax_exemptions_shown(c.tax_exemptions),
        'buyers', (SELECT coalesce(json_agg(json_build_object('channel_customer_ref', ref,
            'approval_limit_minor', nullif(approval_limit_minor, -1), 'may_approve', may_approve) ORDER BY ref), '[]'::json)
            FROM company_buyer WHERE company = c.code)), 'version', c.version))
$$;
