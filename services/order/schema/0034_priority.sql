-- How urgent an order is, wherever its work goes; and other orders that came under its name.

ALTER TABLE detour ADD COLUMN priority smallint NOT NULL DEFAULT 0, ADD COLUMN other_digest bytea;
COMMENT ON COLUMN detour.priority IS '1 is done first, 9 last; 0: nobody said';
COMMENT ON COLUMN detour.other_digest IS 'SHA-256 of what was last submitted under the order''s name and refused; null: nothing was';
INSERT INTO timeline_kind (kind, type) VALUES (101, 'kervan.order.prioritize.v1'), (102, 'kervan.order.submission_refused.v1');
