-- A wallet is a way to pay: its provider asks the shopper.

CREATE OR REPLACE FUNCTION payment_method_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['card', 'bank_transfer', 'cash_on_delivery', 'invoice', 'prepaid', 'wallet'])[number]
$$;
COMMENT ON COLUMN orders.payment_method IS '0 unknown, 1 card, 2 bank_transfer, 3 cash_on_delivery, 4 invoice, 5 prepaid, 6 wallet';
