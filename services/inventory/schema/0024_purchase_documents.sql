-- What suppliers are sent.
CREATE TABLE purchase_document (
    purchase_order_id text NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    sha256 bytea NOT NULL,
    content bytea NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (purchase_order_id, name),
    CONSTRAINT purchase_document_unchanged CHECK (sha256 = sha256(content))
);
COMMENT ON TABLE purchase_document IS 'Documents of purchase orders, made once when the order is sent and never changed';
COMMENT ON COLUMN purchase_document.purchase_order_id IS 'The purchase order';
COMMENT ON COLUMN purchase_document.name IS 'As a file has it';
COMMENT ON COLUMN purchase_document.media_type IS 'What the bytes are';
COMMENT ON COLUMN purchase_document.sha256 IS 'Of the bytes';
COMMENT ON COLUMN purchase_document.content IS 'The bytes';
COMMENT ON COLUMN purchase_document.made_at IS 'When they were made';
