-- In which series the invoices of orders are numbered, and by which number the buyer is taxed.

ALTER TABLE channel ADD COLUMN invoice_series text COLLATE "C";
COMMENT ON COLUMN channel.invoice_series IS 'Series of invoices and credit notes by country, as billing.h of the order service writes them; null: its orders have none';
ALTER TABLE detour ADD COLUMN document_series text COLLATE "C", ADD COLUMN buyer_tax_number text COLLATE "C";
COMMENT ON COLUMN detour.document_series IS 'Series of the order''s invoices and credit notes; null: it has none';
COMMENT ON COLUMN detour.buyer_tax_number IS 'Of the company that buys, when it ordered; null: not known';

CREATE FUNCTION number_series_shown(prefix text, form text) RETURNS json LANGUAGE sql IMMUTABLE
RETURN json_build_object('prefix', prefix, 'yearly', form LIKE 'y%', 'digits', substr(form, 2)::integer);
COMMENT ON FUNCTION number_series_shown IS 'A series as the contract shows it, of what billing.h writes';

CREATE FUNCTION invoice_series_shown(series text) RETURNS json LANGUAGE sql IMMUTABLE
RETURN (SELECT json_agg(json_build_object('country', nullif(word[1], '*'),
            'invoices', number_series_shown(word[2], word[3]), 'credit_notes', number_series_shown(word[4], word[5]))
            ORDER BY place)
        FROM unnest(string_to_array(series, ';')) WITH ORDINALITY AS listed (entry, place)
        CROSS JOIN LATERAL (SELECT string_to_array(entry, ' ') AS word) AS parts);
COMMENT ON FUNCTION invoice_series_shown IS 'Series of documents as the contract shows them, of what billing.h writes';
