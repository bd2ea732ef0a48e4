-- Many items of a place are counted together, by people who may be told not to know what the books say.

ALTER TABLE stock_watch
    ADD COLUMN demand_milli bigint NOT NULL DEFAULT 0,
    ADD COLUMN counted_at timestamptz;
ALTER TABLE stock_watch ALTER COLUMN demand_milli DROP DEFAULT;
COMMENT ON COLUMN stock_watch.demand_milli IS 'Thousandths of a piece a day, by the last review';
COMMENT ON COLUMN stock_watch.counted_at IS 'When it was counted last';
CREATE INDEX stock_watch_by_demand ON stock_watch (location, demand_milli DESC, sku) WHERE demand_milli > 0;
COMMENT ON INDEX stock_watch_by_demand IS 'What of a place is counted first, as it moves most';

CREATE TABLE count_sheet (
    sheet_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    state smallint NOT NULL,
    location text COLLATE "C" NOT NULL,
    selection smallint NOT NULL,
    blind boolean NOT NULL,
    tolerance_pieces integer NOT NULL,
    tolerance_percent smallint NOT NULL,
    round integer NOT NULL,
    last_sku text COLLATE "C",
    requested_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE count_sheet IS 'Items of a place that are counted together; written by the lane of its id alone';
COMMENT ON COLUMN count_sheet.sheet_id IS 'The request that drew it';
COMMENT ON COLUMN count_sheet.version IS 'Raised by every change; the clock of what is said about it';
COMMENT ON COLUMN count_sheet.state IS '1 counting, 2 submitted, 3 approved, 4 posted, 5 rejected, 6 canceled';
COMMENT ON COLUMN count_sheet.selection IS '1 place, 2 movement, 3 oldest, 4 items';
COMMENT ON COLUMN count_sheet.blind IS 'Who counts is not shown what the books say';
COMMENT ON COLUMN count_sheet.tolerance_pieces IS 'A difference of so many needs nobody else';
COMMENT ON COLUMN count_sheet.tolerance_percent IS 'Nor one of so many percent of what the books say';
COMMENT ON COLUMN count_sheet.round IS '1, and 1 more with each recount';
COMMENT ON COLUMN count_sheet.last_sku IS 'The place has more behind this; none when it has not';
CREATE INDEX count_sheet_by_time ON count_sheet (requested_at, sheet_id);
COMMENT ON INDEX count_sheet_by_time IS 'Lists count sheets, the latest first';

CREATE TABLE count_line (
    sheet_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    round integer NOT NULL,
    asked_at timestamptz NOT NULL,
    counted integer NOT NULL,
    counted_at timestamptz,
    counted_by text,
    compared boolean NOT NULL,
    expected integer NOT NULL,
    above_tolerance boolean NOT NULL,
    booked integer NOT NULL,
    refused text,
    PRIMARY KEY (sheet_id, sku)
) WITH (fillfactor = 70);
COMMENT ON TABLE count_line IS 'An item on a count sheet';
COMMENT ON COLUMN count_line.state IS '1 to_count, 2 counted, 3 posted, 4 refused, 5 skipped';
COMMENT ON COLUMN count_line.round IS 'In which it is counted, or was last';
COMMENT ON COLUMN count_line.asked_at IS 'When that began: a count from before is not taken';
COMMENT ON COLUMN count_line.counted IS 'So many were there at counted_at; -1 before it is counted';
COMMENT ON COLUMN count_line.compared IS 'The sheet was submitted: expected is known';
COMMENT ON COLUMN count_line.expected IS 'By the books, at counted_at';
COMMENT ON COLUMN count_line.booked IS 'What it changed, once it is posted';
COMMENT ON COLUMN count_line.refused IS 'Why it could not be booked';

CREATE TABLE count_step (
    sheet_id text COLLATE "C" NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    kind smallint NOT NULL,
    digest bytea NOT NULL,
    note text,
    actor text,
    at timestamptz NOT NULL,
    PRIMARY KEY (sheet_id, request_id)
);
COMMENT ON TABLE count_step IS 'What requests did to a count sheet, so that a repeated one changes nothing';
COMMENT ON COLUMN count_step.kind IS '1 draw, 2 enter, 3 submit, 4 recount, 5 approve, 6 reject, 7 cancel';
COMMENT ON COLUMN count_step.digest IS 'SHA-256 of the request''s body: the same id with another body is refused';
