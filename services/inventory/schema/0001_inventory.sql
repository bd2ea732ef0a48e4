-- Items, places, what lies where, what is held for whom, and every movement of it.

CREATE TABLE item (
    sku text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    barcode text,
    weight_grams integer NOT NULL,
    length_mm integer NOT NULL,
    width_mm integer NOT NULL,
    height_mm integer NOT NULL,
    origin_country text,
    customs_code text,
    backorder_allowed boolean NOT NULL,
    backorder_limit integer NOT NULL,
    reorder_point integer NOT NULL,
    reorder_quantity integer NOT NULL,
    active boolean NOT NULL
);
COMMENT ON TABLE item IS 'What is sold; written by the lane of its SKU alone. Numbers are -1 where they were not given';
COMMENT ON COLUMN item.sku IS 'The shop''s own name of the item';
COMMENT ON COLUMN item.version IS 'Raised by every change; the clock of what is said about the item';
COMMENT ON COLUMN item.name IS 'For people';
COMMENT ON COLUMN item.barcode IS 'What a scanner reads, if known';
COMMENT ON COLUMN item.weight_grams IS 'Of one piece';
COMMENT ON COLUMN item.length_mm IS 'Of one piece';
COMMENT ON COLUMN item.width_mm IS 'Of one piece';
COMMENT ON COLUMN item.height_mm IS 'Of one piece';
COMMENT ON COLUMN item.origin_country IS 'ISO 3166, for customs';
COMMENT ON COLUMN item.customs_code IS 'Harmonized System';
COMMENT ON COLUMN item.backorder_allowed IS 'May orders wait for it';
COMMENT ON COLUMN item.backorder_limit IS 'So many pieces may wait, of all orders together';
COMMENT ON COLUMN item.reorder_point IS 'At or below this a supplier order is due';
COMMENT ON COLUMN item.reorder_quantity IS 'So many are ordered then';
COMMENT ON COLUMN item.active IS 'May be ordered';

CREATE TABLE location (
    network smallint NOT NULL,
    code text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    kind smallint NOT NULL,
    priority smallint NOT NULL,
    active boolean NOT NULL,
    automatic boolean NOT NULL,
    address_name text NOT NULL,
    company text,
    line1 text NOT NULL,
    line2 text,
    city text NOT NULL,
    region text,
    postal_code text,
    country text NOT NULL,
    PRIMARY KEY (network, code)
);
COMMENT ON TABLE location IS 'Places that hold stock; each is written by the lane of its code alone';
COMMENT ON COLUMN location.network IS 'Places that serve the same orders and load together; there is one network, 1';
COMMENT ON COLUMN location.code IS 'The shop''s own name of the place';
COMMENT ON COLUMN location.version IS 'Raised by every change; the clock of what is said about the place';
COMMENT ON COLUMN location.name IS 'For people';
COMMENT ON COLUMN location.kind IS '1 warehouse, 2 store, 3 supplier';
COMMENT ON COLUMN location.priority IS 'The lower is taken from first';
COMMENT ON COLUMN location.active IS 'May be taken from';
COMMENT ON COLUMN location.automatic IS 'Picks and packs without people';
COMMENT ON COLUMN location.address_name IS 'Address: who is there';
COMMENT ON COLUMN location.company IS 'Address: company';
COMMENT ON COLUMN location.line1 IS 'Address: street and number';
COMMENT ON COLUMN location.line2 IS 'Address: what the street line has no room for';
COMMENT ON COLUMN location.city IS 'Address: city';
COMMENT ON COLUMN location.region IS 'Address: state or province';
COMMENT ON COLUMN location.postal_code IS 'Address: postal code';
COMMENT ON COLUMN location.country IS 'Address: ISO 3166';

CREATE TABLE stock (
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    on_hand integer NOT NULL,
    reserved integer NOT NULL,
    owed integer NOT NULL,
    safety integer NOT NULL,
    version bigint NOT NULL,
    level_asked boolean NOT NULL,
    PRIMARY KEY (sku, location),
    CONSTRAINT stock_never_oversold CHECK (reserved <= on_hand + owed),
    CONSTRAINT stock_never_negative CHECK (on_hand >= 0 AND reserved >= 0 AND owed >= 0 AND safety >= 0)
) WITH (fillfactor = 30);
COMMENT ON TABLE stock IS 'What lies at a place; locked by SKU, then place, by every batch that may change it. Only the lane of the SKU makes rows';
COMMENT ON COLUMN stock.on_hand IS 'Pieces that are there: the sum of the ledger';
COMMENT ON COLUMN stock.reserved IS 'Of them, held for orders: the sum of open reservation lines';
COMMENT ON COLUMN stock.owed IS 'Reserved beyond what is there, since a count, a loss or a shipment left less';
COMMENT ON COLUMN stock.safety IS 'Kept back: never promised to an order';
COMMENT ON COLUMN stock.version IS 'Raised by every change of a quantity';
COMMENT ON COLUMN stock.level_asked IS 'The publication of the level was asked for and is still to come';
COMMENT ON CONSTRAINT stock_never_oversold ON stock IS 'Nothing is promised twice: what is reserved is there, or is known to be owed';
CREATE INDEX stock_by_location ON stock (location, sku);
COMMENT ON INDEX stock_by_location IS 'Lists what lies at one place';

CREATE TABLE backorder (
    sku text COLLATE "C" PRIMARY KEY,
    pieces bigint NOT NULL,
    CONSTRAINT backorder_never_negative CHECK (pieces >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE backorder IS 'Pieces that orders wait for, one row an item, made with it; locked behind the stock by every batch that promises';
COMMENT ON COLUMN backorder.pieces IS 'The sum of the reservation lines that wait: stock that comes is theirs first';

CREATE TABLE stock_ledger (
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    kind smallint NOT NULL,
    quantity integer NOT NULL,
    reason smallint NOT NULL,
    order_no bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    request_id text,
    at timestamptz NOT NULL,
    PRIMARY KEY (sku, location, version, kind),
    CONSTRAINT stock_ledger_moves CHECK (quantity <> 0)
);
COMMENT ON TABLE stock_ledger IS 'Every movement of pieces, append-only: its sum is what is on hand';
COMMENT ON COLUMN stock_ledger.version IS 'Version of the stock row that the movement made';
COMMENT ON COLUMN stock_ledger.kind IS '1 adjusted, 2 shipped, 3 found (shipped, though the books knew of less), 4 lost (a picker did not find it)';
COMMENT ON COLUMN stock_ledger.quantity IS 'Added to what is on hand';
COMMENT ON COLUMN stock_ledger.reason IS 'Of an adjustment: 1 count, 2 damage, 3 loss, 4 found, 5 correction, 6 received, 7 returned, 8 other; else 0';
COMMENT ON COLUMN stock_ledger.order_no IS 'The order it left for, else 0';
COMMENT ON COLUMN stock_ledger.fulfillment_no IS 'And which fulfillment of it, else 0';
COMMENT ON COLUMN stock_ledger.request_id IS 'The request that adjusted it';
COMMENT ON COLUMN stock_ledger.at IS 'When it was booked';

CREATE TABLE adjustment (
    request_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    reason smallint NOT NULL,
    quantity_change integer NOT NULL,
    on_hand integer NOT NULL,
    owed integer NOT NULL,
    digest bytea NOT NULL,
    note text,
    at timestamptz NOT NULL,
    PRIMARY KEY (request_id, sku)
);
COMMENT ON TABLE adjustment IS 'Adjustments by request, so that a repeated one changes nothing; written by the lane of the SKU';
COMMENT ON COLUMN adjustment.request_id IS 'Identity of the request';
COMMENT ON COLUMN adjustment.version IS 'Version of the stock row afterwards';
COMMENT ON COLUMN adjustment.reason IS 'As in stock_ledger';
COMMENT ON COLUMN adjustment.quantity_change IS 'What was added; 0 when a count found what the books say';
COMMENT ON COLUMN adjustment.on_hand IS 'Afterwards';
COMMENT ON COLUMN adjustment.owed IS 'Afterwards';
COMMENT ON COLUMN adjustment.digest IS 'SHA-256 of the request''s body: the same id with another body is refused';
COMMENT ON COLUMN adjustment.note IS 'As the person wrote it';
COMMENT ON COLUMN adjustment.at IS 'When it was booked';

CREATE TABLE reservation (
    order_no bigint NOT NULL,
    hold_no smallint NOT NULL,
    state smallint NOT NULL,
    reason smallint NOT NULL,
    clock bigint NOT NULL,
    expires_at timestamptz,
    reserved_at timestamptz NOT NULL,
    release_no smallint NOT NULL,
    order_id bytea NOT NULL,
    PRIMARY KEY (order_no, hold_no)
) WITH (fillfactor = 70);
COMMENT ON TABLE reservation IS 'Stock held for an order; written by the order''s lane alone';
COMMENT ON COLUMN reservation.order_no IS 'Compact number of the order';
COMMENT ON COLUMN reservation.hold_no IS 'Counts the reservations of the order: 1 is ...-H1';
COMMENT ON COLUMN reservation.state IS '1 held, 2 committed, 3 consumed, 4 released, 5 expired, 6 tombstone (released before it came), 7 short (nothing held)';
COMMENT ON COLUMN reservation.reason IS 'Why it was released, 1 to 10 in the order of cancel_reason in the contract; else 0';
COMMENT ON COLUMN reservation.clock IS 'Causal clock of the last thing said about it';
COMMENT ON COLUMN reservation.expires_at IS 'A hold that is not committed by then ends; none when NULL';
COMMENT ON COLUMN reservation.reserved_at IS 'When it came: who holds for longest is served first and asked last';
COMMENT ON COLUMN reservation.release_no IS 'The last partial release that was done: an older one is not done again';
COMMENT ON COLUMN reservation.order_id IS 'Public id of the order, 16 bytes';

CREATE TABLE reservation_line (
    order_no bigint NOT NULL,
    hold_no smallint NOT NULL,
    line_no smallint NOT NULL,
    part_no smallint NOT NULL,
    state smallint NOT NULL,
    fulfillment_no smallint NOT NULL,
    release_no smallint NOT NULL,
    quantity integer NOT NULL,
    available integer NOT NULL,
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    PRIMARY KEY (order_no, hold_no, line_no, part_no),
    CONSTRAINT reservation_line_has_pieces CHECK (quantity > 0)
) WITH (fillfactor = 80);
CREATE INDEX reservation_line_open ON reservation_line (sku, location) WHERE state <= 2;
COMMENT ON INDEX reservation_line_open IS 'Who holds an item at a place, and who waits for it: only while they do';
COMMENT ON TABLE reservation_line IS 'Parts of the lines of a reservation: so many pieces at one place, of one fate';
COMMENT ON COLUMN reservation_line.part_no IS 'Counts the parts of a line';
COMMENT ON COLUMN reservation_line.state IS '1 held, 2 waiting for stock, 3 missing (never held), 4 left, 5 given back, 6 taken back (is not there any more)';
COMMENT ON COLUMN reservation_line.release_no IS 'The partial release that gave it back; 0 when the whole reservation was';
COMMENT ON COLUMN reservation_line.fulfillment_no IS 'The fulfillment that these pieces left with: 1 is ...-F1; 0 where they have not';
COMMENT ON COLUMN reservation_line.quantity IS 'Pieces; of a line of a reservation that was short what was asked for';
COMMENT ON COLUMN reservation_line.available IS 'Of a short line: what could have been held; else 0';
COMMENT ON COLUMN reservation_line.location IS 'Where they are held, were held or left from; empty for what waits or was missing';
