-- Words for entries that a person makes when the counter and its ledger differ.

COMMENT ON COLUMN stock_ledger.kind IS '1 adjusted, 2 shipped, 3 found (shipped, though the books knew of less), 4 lost (a picker did not find it), 5 audited (the counter knew of it, the ledger did not)';
COMMENT ON COLUMN stock_ledger.quantity IS 'Added to what is on hand; of an audited entry it was there already';
COMMENT ON COLUMN stock_ledger.reason IS 'Of an adjustment: 1 count, 2 damage, 3 loss, 4 found, 5 correction, 6 received, 7 returned, 8 other, 9 audit; else 0';
