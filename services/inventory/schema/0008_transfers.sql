-- Pieces that go from place to place: held until they are shipped, incoming until they are received.

CREATE TABLE transfer (
    transfer_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    state smallint NOT NULL,
    source text COLLATE "C" NOT NULL,
    destination text COLLATE "C" NOT NULL,
    requested_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE transfer IS 'Pieces on their way between two places; written by the lane of its id alone';
COMMENT ON COLUMN transfer.transfer_id IS 'The request that made it';
COMMENT ON COLUMN transfer.version IS 'Raised by every change; the clock of what is said about it';
COMMENT ON COLUMN transfer.state IS '1 requested, 2 in_transit, 3 partially_received, 4 received, 5 closed, 6 canceled';
COMMENT ON COLUMN transfer.source IS 'The place where the pieces come from';
COMMENT ON COLUMN transfer.destination IS 'The place where they go';
CREATE INDEX transfer_by_time ON transfer (requested_at, transfer_id);
COMMENT ON INDEX transfer_by_time IS 'Lists transfers, the latest first';

CREATE TABLE transfer_line (
    transfer_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    destination text COLLATE "C" NOT NULL,
    quantity integer NOT NULL,
    held integer NOT NULL,
    shipped integer NOT NULL,
    in_transit integer NOT NULL,
    received integer NOT NULL,
    damaged integer NOT NULL,
    lost integer NOT NULL,
    PRIMARY KEY (transfer_id, sku),
    CONSTRAINT transfer_line_never_negative CHECK (
        least(quantity, held, shipped, in_transit, received, damaged, lost) >= 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE transfer_line IS 'What became of the pieces of an item in a transfer';
COMMENT ON COLUMN transfer_line.quantity IS 'Asked for';
COMMENT ON COLUMN transfer_line.held IS 'Reserved at the source until they are shipped';
COMMENT ON COLUMN transfer_line.shipped IS 'Left the source';
COMMENT ON COLUMN transfer_line.in_transit IS 'Of those: incoming at the destination';
COMMENT ON COLUMN transfer_line.received IS 'Arrived at the destination, in whatever condition; may be more than was shipped';
COMMENT ON COLUMN transfer_line.damaged IS 'Of those: damaged';
COMMENT ON COLUMN transfer_line.lost IS 'Were still on their way when it was closed, and did not come later either';
CREATE INDEX transfer_line_open ON transfer_line (sku) WHERE held > 0 OR in_transit > 0;
COMMENT ON INDEX transfer_line_open IS 'Which transfers hold pieces of an item, or bring some';

CREATE TABLE transfer_step (
    transfer_id text COLLATE "C" NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    kind smallint NOT NULL,
    digest bytea NOT NULL,
    note text,
    actor text,
    at timestamptz NOT NULL,
    PRIMARY KEY (transfer_id, request_id)
);
COMMENT ON TABLE transfer_step IS 'What requests did to a transfer, so that a repeated one changes nothing';
COMMENT ON COLUMN transfer_step.kind IS '1 request, 2 ship, 3 receive, 4 close, 5 cancel';
COMMENT ON COLUMN transfer_step.digest IS 'SHA-256 of the request''s body: the same id with another body is refused';
COMMENT ON COLUMN transfer_step.note IS 'As the person wrote it';
COMMENT ON COLUMN transfer_step.actor IS 'Who asked for it';

COMMENT ON COLUMN stock.reserved IS 'Of them, held: the sum of open reservation lines and of what transfers hold';
COMMENT ON COLUMN stock.incoming IS 'On the way here, not on hand yet: the sum of what transfers bring';
COMMENT ON COLUMN stock_ledger.kind IS '1 adjusted, 2 shipped, 3 found (shipped or sent, though the books knew of less), 4 lost (a picker did not find it; of incoming: it did not arrive), 5 audited (the counter knew of it, the ledger did not), 6 moved to another condition, 7 written off, 8 gone (less is there than was damaged or in quality control), 9 sent (left by a transfer; of incoming: is on its way), 10 arrived (by a transfer)';
