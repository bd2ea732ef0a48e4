-- What is exempt, and what the buyer accounts for.

COMMENT ON COLUMN document_tax.category IS '1 standard, 2 zero, 3 exempt, 4 reverse_charge';
