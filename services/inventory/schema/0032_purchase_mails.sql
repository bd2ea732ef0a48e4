-- A purchase order may be mailed more than once, and a supplier has an address.

ALTER TABLE supplier ADD COLUMN address_name text, ADD COLUMN company text, ADD COLUMN line1 text, ADD COLUMN line2 text,
    ADD COLUMN city text, ADD COLUMN region text, ADD COLUMN postal_code text, ADD COLUMN country text;
COMMENT ON COLUMN supplier.address_name IS 'Address: who is there; NULL where nobody gave one';

CREATE TABLE purchase_mail (
    purchase_order_id text COLLATE "C" NOT NULL,
    mail_no integer NOT NULL,
    email text NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    reason smallint NOT NULL,
    attempts integer NOT NULL,
    asked_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (purchase_order_id, mail_no)
) WITH (fillfactor = 70);
COMMENT ON TABLE purchase_mail IS 'Mails with a purchase order: where each goes, and what became of it; written by the lane of the order alone';
COMMENT ON COLUMN purchase_mail.mail_no IS '1, and one more each time that it is sent again';
COMMENT ON COLUMN purchase_mail.email IS 'Where it goes';
COMMENT ON COLUMN purchase_mail.request_id IS 'That asked for it';
COMMENT ON COLUMN purchase_mail.state IS '1 waiting for its documents, 2 sending, 3 told, 4 undeliverable, 5 unsent';
COMMENT ON COLUMN purchase_mail.reason IS 'Of 4: 1 no address, 2 bad address, 3 refused, 4 late, 5 unreachable; else 0';
COMMENT ON COLUMN purchase_mail.attempts IS 'How often it was tried';
COMMENT ON COLUMN purchase_mail.asked_at IS 'Since when it is to be mailed';
COMMENT ON COLUMN purchase_mail.changed_at IS 'Since when it is in this state';
CREATE INDEX purchase_mail_undeliverable ON purchase_mail (purchase_order_id) WHERE state = 4;
COMMENT ON INDEX purchase_mail_undeliverable IS 'Lists purchase orders that did not arrive';
