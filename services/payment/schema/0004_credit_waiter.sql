-- Payments that wait for room in their company's account.

CREATE TABLE credit_waiter (
    company text COLLATE "C" NOT NULL,
    order_no bigint NOT NULL,
    payment_no smallint NOT NULL,
    amount_minor bigint NOT NULL,
    since timestamptz NOT NULL,
    order_id bytea NOT NULL,
    PRIMARY KEY (company, order_no, payment_no)
);
COMMENT ON TABLE credit_waiter IS 'Payments on account that wait for room; each belongs to the lane of its order, who finds room reads them';
COMMENT ON COLUMN credit_waiter.company IS 'Whose account has too little left';
COMMENT ON COLUMN credit_waiter.order_no IS 'Of the order';
COMMENT ON COLUMN credit_waiter.payment_no IS 'Of the payment; it is in requires_action';
COMMENT ON COLUMN credit_waiter.amount_minor IS 'What it needs';
COMMENT ON COLUMN credit_waiter.since IS 'The oldest that fits is served first';
COMMENT ON COLUMN credit_waiter.order_id IS 'The order''s public id, which names its lane';
