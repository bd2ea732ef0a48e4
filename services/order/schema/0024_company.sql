-- The company that buys, and its own number of the order.

ALTER TABLE detour ADD COLUMN company text COLLATE "C", ADD COLUMN purchase_order_number text COLLATE "C";
COMMENT ON COLUMN detour.company IS 'The company that buys, by the shop''s code of it; null: none does';
COMMENT ON COLUMN detour.purchase_order_number IS 'The number that the company gave its order; null: none';
CREATE INDEX detour_by_purchase_order_number ON detour (purchase_order_number) WHERE purchase_order_number IS NOT NULL;
COMMENT ON INDEX detour_by_purchase_order_number IS 'Orders are found by the number that the company gave them';
CREATE INDEX detour_by_company ON detour (company, order_no) WHERE company IS NOT NULL;
COMMENT ON INDEX detour_by_company IS 'The orders of a company';
