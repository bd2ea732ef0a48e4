-- Invoices and credit notes that customers are mailed.
CREATE TABLE invoice_message (
    order_no bigint NOT NULL,
    document_no smallint NOT NULL,
    mail_no integer NOT NULL,
    state smallint NOT NULL,
    reason smallint NOT NULL,
    attempts integer NOT NULL,
    asked_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (order_no, document_no, mail_no),
    CONSTRAINT invoice_message_state_known CHECK (state BETWEEN 1 AND 3),
    CONSTRAINT invoice_message_reason_with_state CHECK ((reason > 0) = (state = 3))
) WITH (fillfactor = 90);
COMMENT ON TABLE invoice_message IS 'Mails with invoices and credit notes: each once, whatever is delivered or repeated';
COMMENT ON COLUMN invoice_message.order_no IS 'The order';
COMMENT ON COLUMN invoice_message.document_no IS 'Counts the documents of the order';
COMMENT ON COLUMN invoice_message.mail_no IS 'Tells its mails apart: 1, and one more each time that it is sent again';
COMMENT ON COLUMN invoice_message.state IS '1 sending, 2 told, 3 undeliverable';
COMMENT ON COLUMN invoice_message.reason IS '0 none, 1 no address, 2 bad address, 3 refused, 4 late, 5 unreachable';
COMMENT ON COLUMN invoice_message.attempts IS 'How often the process that ended it had tried';
COMMENT ON COLUMN invoice_message.asked_at IS 'Since when it is to be mailed';
COMMENT ON COLUMN invoice_message.changed_at IS 'Since when it is in this state';
