-- A channel says how its orders are paid for, by when, and which languages its customers are written to in.

ALTER TABLE channel
    ADD COLUMN payment_deadline_ms bigint NOT NULL DEFAULT 0,
    ADD COLUMN payment_methods smallint NOT NULL DEFAULT 0,
    ADD COLUMN languages text;
COMMENT ON COLUMN channel.payment_deadline_ms IS 'How long a shopper may take to pay; 0: as the method has it';
COMMENT ON COLUMN channel.payment_methods IS 'A bit for each method that is taken, 1 << its number; 0: any';
COMMENT ON COLUMN channel.languages IS 'BCP 47 tags, separated by spaces, the preferred one first; null: any';

ALTER TABLE detour ADD COLUMN payment_ms bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN detour.payment_ms IS 'As the channel had it when the order was placed';

CREATE FUNCTION payment_method_words(methods smallint) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(payment_method_word(n::smallint) ORDER BY n) FROM generate_series(1, 14) n WHERE methods >> n & 1 = 1
$$;
COMMENT ON FUNCTION payment_method_words IS 'Of a set of bits; null where it is empty';
