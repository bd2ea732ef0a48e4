-- Refunds of people that failed and that nobody gives instead.
COMMENT ON COLUMN refund.state IS '1 told, 2 done, 3 refused or told anew under another number, 4 failed, 5 one of people that failed, 6 that they gave then, 7 that they left at that';
