-- Refunds that people made and that failed; and what customers are told of one that came back.
COMMENT ON COLUMN refund.state IS '1 told, 2 done, 3 refused or told anew under another number, 4 failed, 5 one of people that failed, 6 that they gave then';
CREATE OR REPLACE FUNCTION customer_message_words(messages bigint) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg((ARRAY['received', 'confirmed', 'shipped', 'delivered', 'canceled', 'rejected', 'expired',
        'payment_awaited', 'payment_failed', 'choice_asked', 'reduced', 'partly_shipped', 'delayed', 'refunded',
        'completed', 'refund_reversed'])[n] ORDER BY n)
    FROM generate_series(1, 16) AS n WHERE messages >> n & 1 = 1
$$;
