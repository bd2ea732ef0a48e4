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
    silenced bigint NOT NULL,
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
COMMENT ON COLUMN contact.silenced IS 'What the channel does not want told: a bit 1 << kind a message';
CREATE INDEX contact_by_order_id ON contact (order_id);
COMMENT ON INDEX contact_by_order_id IS 'Reads by public id';

CREATE TABLE customer_message (
    order_no bigint NOT NULL,
    kind smallint NOT NULL,
    event_no bigint NOT NULL,
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
    amount_minor bigint NOT NULL,
    until_at timestamptz,
    awaited smallint NOT NULL,
    reference text,
    url text,
    PRIMARY KEY (order_no, kind, event_no),
    CONSTRAINT customer_message_kind_known CHECK (kind BETWEEN 1 AND 15),
    CONSTRAINT customer_message_state_known CHECK (state BETWEEN 1 AND 5),
    CONSTRAINT customer_message_reason_with_state CHECK ((reason > 0) = (state = 4))
) WITH (fillfactor = 80);
COMMENT ON TABLE customer_message IS 'What customers are told: each once, whatever is delivered or repeated';
COMMENT ON COLUMN customer_message.order_no IS 'The order';
COMMENT ON COLUMN customer_message.kind IS '1 received, 2 confirmed, 3 shipped, 4 delivered, 5 canceled, 6 rejected, 7 expired, 8 payment_awaited, 9 payment_failed, 10 choice_asked, 11 reduced, 12 partly_shipped, 13 delayed, 14 refunded, 15 completed';
COMMENT ON COLUMN customer_message.event_no IS 'Tells those of one kind apart: counter of the consignment, payment or refund, clock of the order''s fact; 0 where there is one';
COMMENT ON COLUMN customer_message.state IS '1 waiting for the contact or for an earlier one, 2 sending, 3 told, 4 undeliverable, 5 silenced';
COMMENT ON COLUMN customer_message.reason IS '0 none, 1 no address, 2 bad address, 3 refused, 4 late, 5 unreachable';
COMMENT ON COLUMN customer_message.attempts IS 'How often the process that ended it had tried';
COMMENT ON COLUMN customer_message.line_count IS 'Lines of the order, or of what is missing; 0 where the message does not list them';
COMMENT ON COLUMN customer_message.clock IS 'Causal clock of the fact that it tells';
COMMENT ON COLUMN customer_message.happened_at IS 'When that happened';
COMMENT ON COLUMN customer_message.changed_at IS 'Since when it is in this state';
COMMENT ON COLUMN customer_message.total_minor IS 'What the order costs; 0 where it does not say';
COMMENT ON COLUMN customer_message.shipping_price_minor IS 'What shipping costs of it';
COMMENT ON COLUMN customer_message.tax_minor IS 'What the total has on top of the prices';
COMMENT ON COLUMN customer_message.currency IS 'ISO 4217, where it says an amount';
COMMENT ON COLUMN customer_message.carrier IS 'Who brings it, where it says so';
COMMENT ON COLUMN customer_message.tracking_number IS 'The carrier''s name of the parcel, where it says so';
COMMENT ON COLUMN customer_message.amount_minor IS 'What is to be paid, was paid back or taken off; 0 where it does not say';
COMMENT ON COLUMN customer_message.until_at IS 'By when something is awaited or expected, where it says so';
COMMENT ON COLUMN customer_message.awaited IS 'What a delayed order waits for: 1 stock, 2 packing, 3 carrier, 4 delivery; else 0';
COMMENT ON COLUMN customer_message.reference IS 'What to write on a transfer';
COMMENT ON COLUMN customer_message.url IS 'The page to visit';

CREATE TABLE early_line (
    order_no bigint NOT NULL,
    kind smallint NOT NULL,
    event_no bigint NOT NULL,
    line_no smallint NOT NULL,
    quantity integer NOT NULL,
    price_minor bigint NOT NULL,
    sku text NOT NULL,
    PRIMARY KEY (order_no, kind, event_no, line_no)
);
COMMENT ON TABLE early_line IS 'What messages that wait will list; gone once they are told';
COMMENT ON COLUMN early_line.order_no IS 'The order';
COMMENT ON COLUMN early_line.kind IS 'The message, as in customer_message';
COMMENT ON COLUMN early_line.event_no IS 'And which of that kind';
COMMENT ON COLUMN early_line.line_no IS 'Its line';
COMMENT ON COLUMN early_line.quantity IS 'Pieces';
COMMENT ON COLUMN early_line.price_minor IS 'Of the whole line; 0 where the message does not say it';
COMMENT ON COLUMN early_line.sku IS 'What was ordered';

CREATE TABLE share (
    order_no bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    canceled boolean NOT NULL,
    PRIMARY KEY (order_no, fulfillment_no)
);
COMMENT ON TABLE share IS 'In how many parcels an order comes. Every order has a share 1: it has a row here only when it was canceled';
COMMENT ON COLUMN share.order_no IS 'The order';
COMMENT ON COLUMN share.fulfillment_no IS 'Counter of the share: 2 is ...-F2';
COMMENT ON COLUMN share.canceled IS 'Nothing of it will come';
