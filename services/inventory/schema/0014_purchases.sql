-- Pieces that are bought: incoming from when the order is sent until they are received, or nobody expects them any more.

CREATE TABLE purchase_order (
    purchase_order_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    state smallint NOT NULL,
    supplier text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    currency text NOT NULL,
    lead_time_days integer NOT NULL,
    expected_day integer NOT NULL,
    reference text,
    requested_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE purchase_order IS 'What is bought at once from a supplier for a place; written by the lane of its id alone';
COMMENT ON COLUMN purchase_order.purchase_order_id IS 'The request that made it';
COMMENT ON COLUMN purchase_order.version IS 'Raised by every change; the clock of what is said about it';
COMMENT ON COLUMN purchase_order.state IS '1 draft, 2 sent, 3 confirmed, 4 partially_received, 5 received, 6 closed, 7 canceled';
COMMENT ON COLUMN purchase_order.location IS 'Where it is delivered';
COMMENT ON COLUMN purchase_order.currency IS 'The supplier''s when it was drafted';
COMMENT ON COLUMN purchase_order.lead_time_days IS 'Of what takes longest, when it was drafted';
COMMENT ON COLUMN purchase_order.expected_day IS 'When it is expected: days since 1970-01-01; -1 before anybody knows';
COMMENT ON COLUMN purchase_order.reference IS 'The supplier''s own number of it';
CREATE INDEX purchase_order_by_time ON purchase_order (requested_at, purchase_order_id);
COMMENT ON INDEX purchase_order_by_time IS 'Lists purchase orders, the latest first';

CREATE TABLE purchase_order_line (
    purchase_order_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    supplier_sku text,
    quantity integer NOT NULL,
    price_minor bigint NOT NULL,
    outstanding integer NOT NULL,
    received integer NOT NULL,
    damaged integer NOT NULL,
    undelivered integer NOT NULL,
    over integer NOT NULL,
    PRIMARY KEY (purchase_order_id, sku),
    CONSTRAINT purchase_order_line_never_negative CHECK (
        least(quantity, price_minor, outstanding, received, damaged, undelivered, over) >= 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE purchase_order_line IS 'What became of the pieces of an item that were ordered';
COMMENT ON COLUMN purchase_order_line.location IS 'That of the order';
COMMENT ON COLUMN purchase_order_line.supplier_sku IS 'The supplier''s own name of the item, when it was ordered';
COMMENT ON COLUMN purchase_order_line.quantity IS 'Ordered';
COMMENT ON COLUMN purchase_order_line.price_minor IS 'Of a piece, as agreed';
COMMENT ON COLUMN purchase_order_line.outstanding IS 'Sent for and incoming';
COMMENT ON COLUMN purchase_order_line.received IS 'Arrived, in whatever condition';
COMMENT ON COLUMN purchase_order_line.damaged IS 'Of those: damaged';
COMMENT ON COLUMN purchase_order_line.undelivered IS 'Were outstanding when it was closed or canceled, and did not come later either';
COMMENT ON COLUMN purchase_order_line.over IS 'Arrived beyond what was ordered';
CREATE INDEX purchase_order_line_open ON purchase_order_line (sku) WHERE outstanding > 0;
COMMENT ON INDEX purchase_order_line_open IS 'Which orders bring pieces of an item';

CREATE TABLE purchase_order_receipt (
    purchase_order_id text COLLATE "C" NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    quantity integer NOT NULL,
    damaged integer NOT NULL,
    over integer NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (purchase_order_id, request_id, sku)
);
COMMENT ON TABLE purchase_order_receipt IS 'What arrived at once';
COMMENT ON COLUMN purchase_order_receipt.over IS 'Of quantity: beyond what was ordered';

CREATE TABLE purchase_order_step (
    purchase_order_id text COLLATE "C" NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    kind smallint NOT NULL,
    reason smallint NOT NULL,
    digest bytea NOT NULL,
    note text,
    actor text,
    at timestamptz NOT NULL,
    PRIMARY KEY (purchase_order_id, request_id)
);
COMMENT ON TABLE purchase_order_step IS 'What requests did to a purchase order, so that a repeated one changes nothing';
COMMENT ON COLUMN purchase_order_step.kind IS '1 draft, 2 send, 3 confirm, 4 receive, 5 close, 6 cancel';
COMMENT ON COLUMN purchase_order_step.reason IS 'Of 5: 1 out_of_stock, 2 discontinued, 3 late, 4 lost, 5 not_needed, 6 other; else 0';
COMMENT ON COLUMN purchase_order_step.digest IS 'SHA-256 of the request''s body: the same id with another body is refused';
COMMENT ON COLUMN purchase_order_step.note IS 'As the person wrote it';
COMMENT ON COLUMN purchase_order_step.actor IS 'Who asked for it';

COMMENT ON COLUMN stock.incoming IS 'On the way here, not on hand yet: the sum of what transfers and purchase orders bring';
COMMENT ON COLUMN stock_ledger.kind IS '1 adjusted, 2 shipped, 3 found (shipped or sent, though the books knew of less), 4 lost (a picker did not find it; of incoming: it did not arrive), 5 audited (the counter knew of it, the ledger did not), 6 moved to another condition, 7 written off, 8 gone (less is there than was damaged or in quality control), 9 sent (left by a transfer; of incoming: is on its way), 10 arrived (by a transfer), 11 ordered (of incoming: from a supplier), 12 received (from a supplier), 13 undelivered (of incoming: the supplier does not bring it)';
