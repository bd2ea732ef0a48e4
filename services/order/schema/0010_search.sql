-- Orders are found by what people know of them.

-- As names and addresses are compared: letters in one case, and the dotted and the dotless i of Turkish are one letter.
CREATE FUNCTION order_search_text(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(lower(words), U&'\0131\0307', 'i');
-- The digits of a telephone number from the last to the first, so that its end is a prefix.
CREATE FUNCTION order_phone_key(phone text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN reverse(translate(phone, translate(phone, '0123456789', ''), ''));
-- Behind every text that begins with this one.
CREATE FUNCTION order_search_end(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN words || chr(1114111);

CREATE INDEX order_contact_by_name ON order_contact (order_search_text(name) COLLATE "C");
CREATE INDEX order_contact_by_email ON order_contact (order_search_text(email) COLLATE "C");
CREATE INDEX order_contact_by_phone ON order_contact (order_phone_key(phone) COLLATE "C") WHERE phone IS NOT NULL;
CREATE INDEX order_contact_by_country ON order_contact (ship_country);
CREATE INDEX order_line_by_sku ON order_line (sku COLLATE "C");
CREATE INDEX order_fulfillment_by_tracking ON order_fulfillment (upper(tracking_number) COLLATE "C")
    WHERE tracking_number IS NOT NULL;
CREATE INDEX hold_open ON hold (reason) WHERE released_at IS NULL;
