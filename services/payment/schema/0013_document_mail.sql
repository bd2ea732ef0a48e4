-- Mails with invoices and credit notes.

CREATE TABLE document_mail (
    order_no bigint NOT NULL,
    document_no smallint NOT NULL,
    mail_no integer NOT NULL,
    name text NOT NULL,
    email text,
    language text COLLATE "C",
    with_xml boolean NOT NULL,
    request_id text COLLATE "C",
    state smallint NOT NULL,
    reason smallint NOT NULL,
    attempts integer NOT NULL,
    asked_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (order_no, document_no, mail_no),
    CONSTRAINT document_mail_state_known CHECK (state BETWEEN 1 AND 4)
) WITH (fillfactor = 90);
COMMENT ON TABLE document_mail IS 'Mails with invoices and credit notes, and what became of them';
COMMENT ON COLUMN document_mail.order_no IS 'The order';
COMMENT ON COLUMN document_mail.document_no IS 'The document';
COMMENT ON COLUMN document_mail.mail_no IS 'Counts its mails';
COMMENT ON COLUMN document_mail.name IS 'Of the customer; empty once they are forgotten';
COMMENT ON COLUMN document_mail.email IS 'Where it goes; null: nowhere, or the customer is forgotten';
COMMENT ON COLUMN document_mail.language IS 'BCP 47; null: not known';
COMMENT ON COLUMN document_mail.with_xml IS 'UBL goes along';
COMMENT ON COLUMN document_mail.request_id IS 'Of the person who asked for it; null: it goes by itself';
COMMENT ON COLUMN document_mail.state IS '1 waiting for the files, 2 sending, 3 told, 4 undeliverable';
COMMENT ON COLUMN document_mail.reason IS '0 none, 1 no address, 2 bad address, 3 refused, 4 late, 5 unreachable';
COMMENT ON COLUMN document_mail.attempts IS 'How often it was tried';
COMMENT ON COLUMN document_mail.asked_at IS 'Since when it is to be mailed';
COMMENT ON COLUMN document_mail.changed_at IS 'Since when it is in this state';
