-- Whom to write to about an order, and what they were told.

CREATE TABLE contact (
    order_no bigint PRIMARY KEY,
    clock bigint NOT NULL,
    order_id bytea NOT NULL,
    channel text NOT NULL,
    name text NOT NULL,
    email text,
    locale text,
    channel_order_ref text,
    CONSTRAINT contact_order_id_length CHECK (octet_length(order_id) = 16)
) WITH (fillfactor = 90);
COMMENT ON TABLE contact IS 'Customers of orders; the only personal data here, besides mails that are not out of our hands yet';
COMMENT ON COLUMN contact.order_no IS 'The order';
COMMENT ON COLUMN contact.clock IS 'Of the command that said so; a later one replaces it';
COMMENT ON COLUMN contact.order_id IS 'Public id of the order, 16 bytes';
COMMENT ON COLUMN contact.channel IS 'Where it was ordered';
COMMENT ON COLUMN contact.name IS 'Who ordered';
COMMENT ON COLUMN contact.email IS 'Where mails go, if known';
COMMENT ON COLUMN contact.locale IS 'BCP 47, if known';
COMMENT ON COLUMN contact.channel_order_ref IS 'What the customer knows the order by; else its public id';
CREATE INDEX contact_by_order_id ON contact (order_id);
COMMENT ON INDEX contact_by_order_id IS 'Reads by public id';

CREATE TABLE customer_message (
    order_no bigint NOT NULL,
    kind smallint NOT NULL,
    shipment_no smallint NOT NULL,
    state smallint NOT NULL,
    reason smallint NOT NULL,
    attempts integer NOT NULL,
    line_count integer NOT NULL,
    clock bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    total_minor bigint NOT NULL,
    shipping_price_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    currency text,
    carrier text,
    tracking_number text,
    PRIMARY KEY (order_no, kind, shipment_no),
    CONSTRAINT customer_message_kind_known CHECK (kind BETWEEN 1 AND 5),
    CONSTRAINT customer_message_state_known CHECK (state BETWEEN 1 AND 4),
    CONSTRAINT customer_message_reason_with_state CHECK ((reason > 0) = (state = 4))
) WITH (fillfactor = 80);
COMMENT ON TABLE customer_message IS 'What customers are told: each once, whatever is delivered or repeated';
COMMENT ON COLUMN customer_message.order_no IS 'The order';
COMMENT ON COLUMN customer_message.kind IS '1 received, 2 confirmed, 3 shipped, 4 delivered, 5 canceled';
COMMENT ON COLUMN customer_message.shipment_no IS 'Counter of the consignment; 0: about the whole order';
COMMENT ON COLUMN customer_message.state IS '1 waiting for the contact, 2 sending, 3 told, 4 undeliverable';
COMMENT ON COLUMN customer_message.reason IS '0 none, 1 no address, 2 bad address, 3 refused, 4 late';
COMMENT ON COLUMN customer_message.attempts IS 'How often the process that ended it had tried';
COMMENT ON COLUMN customer_message.line_count IS 'Lines of the order; 0 where the message does not list them';
COMMENT ON COLUMN customer_message.clock IS 'Causal clock of the fact that it tells';
COMMENT ON COLUMN customer_message.happened_at IS 'When that happened';
COMMENT ON COLUMN customer_message.changed_at IS 'Since when it is in this state';
COMMENT ON COLUMN customer_message.total_minor IS 'What the order costs; 0 where it does not say';
COMMENT ON COLUMN customer_message.shipping_price_minor IS 'What shipping costs of it';
COMMENT ON COLUMN customer_message.tax_minor IS 'What the total has on top of the prices';
COMMENT ON COLUMN customer_message.currency IS 'ISO 4217, where it says an amount';
COMMENT ON COLUMN customer_message.carrier IS 'Who brings it, where it says so';
COMMENT ON COLUMN customer_message.tracking_number IS 'The carrier''s name of the parcel, where it says so';

CREATE TABLE early_line (
    order_no bigint NOT NULL,
    line_no smallint NOT NULL,
    quantity integer NOT NULL,
    price_minor bigint NOT NULL,
    sku text NOT NULL,
    PRIMARY KEY (order_no, line_no)
);
COMMENT ON TABLE early_line IS 'Lines of orders that were placed before their contact came; gone once that is told';
COMMENT ON COLUMN early_line.order_no IS 'The order';
COMMENT ON COLUMN early_line.line_no IS 'Its line';
COMMENT ON COLUMN early_line.quantity IS 'Pieces';
COMMENT ON COLUMN early_line.price_minor IS 'Of the whole line';
COMMENT ON COLUMN early_line.sku IS 'What was ordered';
