-- Which series are mailed to customers.

CREATE OR REPLACE FUNCTION invoice_series_shown(series text) RETURNS json LANGUAGE sql IMMUTABLE
RETURN (SELECT json_agg(json_build_object('country', nullif(word[1], '*'),
            'invoices', number_series_shown(word[2], word[3]), 'credit_notes', number_series_shown(word[4], word[5]),
            'mailed', CASE WHEN word[6] = 'mailed' THEN true END)
            ORDER BY place)
        FROM unnest(string_to_array(series, ';')) WITH ORDINALITY AS listed (entry, place)
        CROSS JOIN LATERAL (SELECT string_to_array(entry, ' ') AS word) AS parts);
