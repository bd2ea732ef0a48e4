-- Purchase orders that suppliers are mailed.
CREATE TABLE supplier_message (
    purchase_order_id text NOT NULL,
    mail_no integer NOT NULL,
    supplier text NOT NULL,
    state smallint NOT NULL,
    reason smallint NOT NULL,
    attempts integer NOT NULL,
    asked_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (purchase_order_id, mail_no),
    CONSTRAINT supplier_message_state_known CHECK (state BETWEEN 1 AND 3),
    CONSTRAINT supplier_message_reason_with_state CHECK ((reason > 0) = (state = 3))
) WITH (fillfactor = 90);
COMMENT ON TABLE supplier_message IS 'Mails with purchase orders: each once, whatever is delivered or repeated';
COMMENT ON COLUMN supplier_message.purchase_order_id IS 'The purchase order';
COMMENT ON COLUMN supplier_message.mail_no IS 'Tells its mails apart: 1, and one more each time that it is sent again';
COMMENT ON COLUMN supplier_message.supplier IS 'To whom, by the code of the shop';
COMMENT ON COLUMN supplier_message.state IS '1 sending, 2 told, 3 undeliverable';
COMMENT ON COLUMN supplier_message.reason IS '0 none, 1 no address, 2 bad address, 3 refused, 4 late, 5 unreachable';
COMMENT ON COLUMN supplier_message.attempts IS 'How often the process that ended it had tried';
COMMENT ON COLUMN supplier_message.asked_at IS 'Since when it is to be mailed';
COMMENT ON COLUMN supplier_message.changed_at IS 'Since when it is in this state';
