-- Bins inside a place, and how much of an item lies in each; what lies in none is the rest of what is on hand.

CREATE TABLE bin (
    id text COLLATE "C" PRIMARY KEY,
    location text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    zone text,
    pick_order integer NOT NULL,
    kind smallint NOT NULL,
    active boolean NOT NULL
);
COMMENT ON TABLE bin IS 'Bins of places; written by the lane of the place, never removed';
COMMENT ON COLUMN bin.id IS 'The place, a space, the code: a bin is found without those beside it';
COMMENT ON COLUMN bin.version IS 'Raised by every change';
COMMENT ON COLUMN bin.pick_order IS 'Who picks comes by the lowest first';
COMMENT ON COLUMN bin.kind IS '1 pick, 2 bulk: refills those';
COMMENT ON COLUMN bin.active IS 'Takes pieces; what lies in one that does not may be taken out';
CREATE INDEX bin_by_path ON bin (location, pick_order, code);
COMMENT ON INDEX bin_by_path IS 'Bins of a place in the order in which they are picked';

ALTER TABLE stock
    ADD COLUMN binned integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT stock_binned_never_negative CHECK (binned >= 0);
COMMENT ON COLUMN stock.binned IS 'Pieces that lie in bins: the sum of stock_bin. More than on_hand for the moment in which less is there than the bins held';

CREATE TABLE stock_bin (
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    bin text COLLATE "C" NOT NULL,
    quantity integer NOT NULL CONSTRAINT stock_bin_never_negative CHECK (quantity >= 0),
    PRIMARY KEY (sku, location, bin)
) WITH (fillfactor = 70);
COMMENT ON TABLE stock_bin IS 'An item in a bin: the sum of bin_ledger; changed by the lane of the SKU, its stock locked';
CREATE INDEX stock_bin_by_bin ON stock_bin (location, bin, sku) WHERE quantity > 0;
COMMENT ON INDEX stock_bin_by_bin IS 'What lies in a bin';

CREATE TABLE bin_ledger (
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    bin text COLLATE "C" NOT NULL,
    kind smallint NOT NULL,
    quantity integer NOT NULL,
    order_no bigint NOT NULL,
    request_id text COLLATE "C",
    actor text,
    at timestamptz NOT NULL,
    PRIMARY KEY (sku, location, version, bin)
);
COMMENT ON TABLE bin_ledger IS 'Every movement of an item into a bin or out of it, append-only';
COMMENT ON COLUMN bin_ledger.version IS 'Of the stock';
COMMENT ON COLUMN bin_ledger.kind IS '1 adjusted, 2 put away, 3 moved, 4 picked, 5 sent, 6 gone (less is at the place than its bins held)';
COMMENT ON COLUMN bin_ledger.quantity IS 'Added to the bin';
COMMENT ON COLUMN bin_ledger.order_no IS 'The order that it happened for; else 0';
COMMENT ON COLUMN bin_ledger.actor IS 'Who asked for it; none when an order did';
CREATE INDEX bin_ledger_picked ON bin_ledger (location, at) INCLUDE (sku, bin, quantity) WHERE kind = 4;
COMMENT ON INDEX bin_ledger_picked IS 'What was picked of a place lately';
