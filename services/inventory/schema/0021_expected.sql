-- What a supplier says of single items, and when who waits was told that it comes.

ALTER TABLE purchase_order_line ADD COLUMN expected_day integer NOT NULL DEFAULT -1;
COMMENT ON COLUMN purchase_order_line.expected_day IS 'When the supplier delivers it: days since 1970-01-01; -1: when the order is expected';
COMMENT ON COLUMN purchase_order_line.undelivered IS 'Were outstanding when it was confirmed with less, declined, closed or canceled, and did not come later either';
COMMENT ON COLUMN purchase_order_step.kind IS '1 draft, 2 send, 3 confirm, 4 receive, 5 close, 6 cancel, 7 decline';
COMMENT ON COLUMN purchase_order_step.reason IS 'Of 5 and 7: 1 out_of_stock, 2 discontinued, 3 late, 4 lost, 5 not_needed, 6 other; else 0';

ALTER TABLE reservation_line ADD COLUMN expected_day integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN reservation_line.expected_day IS 'While it waits: when it should be there, as was told last, in days since 1970-01-01; 0: nobody says';
