-- What a bundle is made of goes with the pieces to the place that packs them.

ALTER TABLE order_allocation ADD COLUMN components text;
COMMENT ON COLUMN order_allocation.components IS 'Of a bundle: what one was made of when it was reserved, A 2 B 1; null: it is none';

COMMENT ON COLUMN order_edit.held IS 'What is reserved of it, and where: 3*2@WH-1 is two of line 3, 3*2@WH-1=A 2 B 1 two bundles; null: nothing yet';
