-- Orders are looked at before they are confirmed.

ALTER TABLE channel ADD COLUMN address_check smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN channel.address_check IS 'What becomes of an order whose address lacks what its country needs: 0 not said, 1 hold, 2 reject, 3 none';
