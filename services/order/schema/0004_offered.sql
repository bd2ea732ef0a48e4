-- What a shopper is asked offers only what is possible.

ALTER TABLE detour ADD COLUMN offered smallint NOT NULL DEFAULT 14;
COMMENT ON COLUMN detour.offered IS 'What the shopper was offered: 2 wait, 4 accept_partial, 8 cancel';

-- The question to the shopper, where there was one.
CREATE OR REPLACE FUNCTION order_question(o orders) RETURNS json
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('open', o.step = 13,
        'missing', (SELECT json_agg(json_build_object('line_no', l.line_no, 'sku', l.sku,
                'quantity', split_part(piece, '*', 2)::integer) ORDER BY l.line_no)
            FROM string_to_table(d.asked, ',') AS piece
            JOIN order_line l ON l.order_no = o.order_no AND l.line_no = split_part(piece, '*', 1)::smallint),
        'offered', (SELECT json_agg((ARRAY['wait', 'accept_partial', 'cancel'])[n] ORDER BY n)
            FROM generate_series(1, 3) AS n WHERE d.offered::integer >> n & 1 = 1),
        'expires_at', CASE WHEN o.step = 13 THEN instant_text(o.deadline_at) END,
        'choice', (ARRAY['wait', 'accept_partial', 'cancel'])[d.choice])
    FROM detour d WHERE d.order_no = o.order_no AND d.asked IS NOT NULL
$$;
