-- What crosses a line is an alert, and what shows that it does.

CREATE TABLE stock_watch (
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    low_set integer NOT NULL,
    slow_days smallint NOT NULL,
    excess_days smallint NOT NULL,
    reorder_point integer NOT NULL,
    band smallint NOT NULL,
    sellable integer NOT NULL,
    better_since timestamptz,
    timer_set boolean NOT NULL,
    look_at timestamptz,
    PRIMARY KEY (sku, location)
) WITH (fillfactor = 70);
COMMENT ON TABLE stock_watch IS 'Lines that the stock of an item at a place may cross, and on which side it is; written by the lane of the SKU alone. Without a row: nothing was set, and it is fine';
COMMENT ON COLUMN stock_watch.version IS 'Raised when people change the lines';
COMMENT ON COLUMN stock_watch.low_set IS 'At or under so many available pieces it is low, as people set it; -1: the reorder point counts';
COMMENT ON COLUMN stock_watch.slow_days IS 'So many days without movement are slow; -1: as for all';
COMMENT ON COLUMN stock_watch.excess_days IS 'More days of cover are too much; -1: as for all';
COMMENT ON COLUMN stock_watch.reorder_point IS 'Of the last review; -1: there is none';
COMMENT ON COLUMN stock_watch.band IS '0 fine, 1 new (never had any), 2 low, 3 out';
COMMENT ON COLUMN stock_watch.sellable IS 'The least that was there, promised or not, since the band is as it is: more shows that pieces came';
COMMENT ON COLUMN stock_watch.better_since IS 'Since when the level would be in a better band, if pieces had come';
COMMENT ON COLUMN stock_watch.timer_set IS 'Somebody looks whether that lasts';
COMMENT ON COLUMN stock_watch.look_at IS 'When the demand of the item is looked at next, in one row of the item';

CREATE TABLE stock_alert (
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    kind smallint NOT NULL,
    version bigint NOT NULL,
    state smallint NOT NULL,
    times integer NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    available integer NOT NULL,
    threshold integer NOT NULL,
    cover_days integer NOT NULL,
    excess integer NOT NULL,
    transfer_to text COLLATE "C",
    transfer_quantity integer NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    note text,
    PRIMARY KEY (sku, location, kind)
) WITH (fillfactor = 70);
COMMENT ON TABLE stock_alert IS 'What crossed a line, a row a kind and place for ever; written by the lane of the SKU alone';
COMMENT ON COLUMN stock_alert.kind IS '1 low, 2 out, 3 back_in_stock, 4 slow_moving, 5 excess';
COMMENT ON COLUMN stock_alert.state IS '1 open, 2 acknowledged, 3 closed';
COMMENT ON COLUMN stock_alert.times IS 'How often it was raised';
COMMENT ON COLUMN stock_alert.available IS 'What could be promised there when it was raised, or looked at last';
COMMENT ON COLUMN stock_alert.threshold IS 'Of low: the line; else -1';
COMMENT ON COLUMN stock_alert.cover_days IS 'Of excess: so many days it would last; else -1';
COMMENT ON COLUMN stock_alert.excess IS 'So many pieces are more than will be needed there; else 0';
COMMENT ON COLUMN stock_alert.transfer_to IS 'Where some of those will be needed; none when nowhere';
CREATE INDEX stock_alert_open ON stock_alert (kind, sku, location) WHERE state < 3;
COMMENT ON INDEX stock_alert_open IS 'Lists what is open, by kind';
CREATE INDEX stock_alert_closed ON stock_alert (kind, sku, location) WHERE state = 3;
COMMENT ON INDEX stock_alert_closed IS 'Lists what is over';

CREATE INDEX stock_ledger_by_time ON stock_ledger (sku, location, at) INCLUDE (kind, quantity, reason) WHERE counter = 1;
COMMENT ON INDEX stock_ledger_by_time IS 'What came to a place and left it since an instant, without a look at the lines';
