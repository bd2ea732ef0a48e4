-- Pieces that are there and may not be promised, pieces that are on their way, and a ledger line for each counter.

ALTER TABLE stock
    ADD COLUMN damaged integer NOT NULL DEFAULT 0,
    ADD COLUMN quality_control integer NOT NULL DEFAULT 0,
    ADD COLUMN incoming integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT stock_never_oversold,
    DROP CONSTRAINT stock_never_negative,
    ADD CONSTRAINT stock_never_oversold CHECK (reserved <= on_hand - damaged - quality_control + owed),
    ADD CONSTRAINT stock_never_negative CHECK (
        least(on_hand, reserved, owed, safety, damaged, quality_control, incoming) >= 0),
    ADD CONSTRAINT stock_parts_are_there CHECK (damaged + quality_control <= on_hand);
COMMENT ON COLUMN stock.on_hand IS 'Pieces that are there, in whatever condition: the sum of the ledger of this counter';
COMMENT ON COLUMN stock.reserved IS 'Of them, held: the sum of open reservation lines';
COMMENT ON COLUMN stock.owed IS 'Reserved beyond what is there and sellable, since a count, a loss, a shipment or damage left less';
COMMENT ON COLUMN stock.damaged IS 'Of what is on hand: broken, never promised';
COMMENT ON COLUMN stock.quality_control IS 'Of what is on hand: set apart until somebody has looked at it, never promised';
COMMENT ON COLUMN stock.incoming IS 'On the way here, not on hand yet';
COMMENT ON CONSTRAINT stock_never_oversold ON stock IS 'Nothing is promised twice: what is reserved is there and sellable, or is known to be owed';
COMMENT ON CONSTRAINT stock_parts_are_there ON stock IS 'What is damaged or in quality control is on hand';

CREATE FUNCTION stock_available(stock) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    greatest(($1).on_hand - ($1).reserved - ($1).damaged - ($1).quality_control - ($1).safety, 0);
COMMENT ON FUNCTION stock_available IS 'What may still be promised of a row, were its place active: the rule of stock_available() in stock.c';

ALTER TABLE stock_ledger
    ADD COLUMN counter smallint NOT NULL DEFAULT 1,
    ADD COLUMN actor text,
    DROP CONSTRAINT stock_ledger_pkey,
    ADD PRIMARY KEY (sku, location, version, counter, kind);
COMMENT ON TABLE stock_ledger IS 'Every movement of every counter, append-only: the sum of a counter''s lines is the counter';
COMMENT ON COLUMN stock_ledger.counter IS '1 on_hand, 2 damaged, 3 quality_control, 4 safety, 5 incoming; reserved has the reservation lines instead';
COMMENT ON COLUMN stock_ledger.kind IS '1 adjusted, 2 shipped, 3 found (shipped, though the books knew of less), 4 lost (a picker did not find it), 5 audited (the counter knew of it, the ledger did not), 6 moved to another condition, 7 written off, 8 gone (less is there than was damaged or in quality control)';
COMMENT ON COLUMN stock_ledger.quantity IS 'Added to the counter; of an audited entry it was there already';
COMMENT ON COLUMN stock_ledger.reason IS 'As a person gave it: 1 count, 2 damage, 3 loss, 4 found, 5 correction, 6 received, 7 returned, 8 other, 9 audit, 10 inspection, 11 recall, 12 repaired, 13 expired; else 0';
COMMENT ON COLUMN stock_ledger.request_id IS 'The request that moved it';
COMMENT ON COLUMN stock_ledger.actor IS 'Who asked for it; none when an order did';

-- Safety stock was never set by a request: what is there came with the row.
INSERT INTO stock_ledger (sku, location, version, counter, kind, quantity, reason, order_no, fulfillment_no, at)
SELECT sku, location, version, 4, 5, safety, 9, 0, 0, now() FROM stock WHERE safety > 0;

ALTER TABLE adjustment
    ADD COLUMN kind smallint NOT NULL DEFAULT 1,
    ADD COLUMN condition_from smallint NOT NULL DEFAULT 0,
    ADD COLUMN condition_to smallint NOT NULL DEFAULT 0,
    ADD COLUMN quantity integer NOT NULL DEFAULT 0,
    ADD COLUMN actor text;
COMMENT ON TABLE adjustment IS 'What requests did to stock, so that a repeated one changes nothing; written by the lane of the SKU';
COMMENT ON COLUMN adjustment.kind IS '1 adjusted, 2 moved to another condition, 3 safety stock set';
COMMENT ON COLUMN adjustment.condition_from IS 'Of a move: 1 sellable, 2 damaged, 3 quality_control; else 0';
COMMENT ON COLUMN adjustment.condition_to IS 'Of a move: the same, or 4 written_off; else 0';
COMMENT ON COLUMN adjustment.quantity IS 'Pieces that were moved, or the safety stock since then; else 0';
COMMENT ON COLUMN adjustment.quantity_change IS 'What was added to what is on hand';
COMMENT ON COLUMN adjustment.actor IS 'Who asked for it';
