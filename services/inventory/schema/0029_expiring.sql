-- Pieces that will soon not be sold any more are an alert.

ALTER TABLE stock_watch ADD COLUMN expiring_days smallint NOT NULL DEFAULT -1;
COMMENT ON COLUMN stock_watch.expiring_days IS 'So many days before a lot ends its pieces are told; -1: as for all';
COMMENT ON COLUMN stock_alert.kind IS '1 low, 2 out, 3 back_in_stock, 4 slow_moving, 5 excess, 6 expiring';
COMMENT ON COLUMN stock_alert.threshold IS 'Of low: the line; of expiring: within so many days; else -1';
COMMENT ON COLUMN stock_alert.cover_days IS 'Of excess: so many days it would last; of expiring: until the first ends; else -1';
COMMENT ON COLUMN stock_alert.excess IS 'So many pieces are more than will be needed there, or expire; else 0';
