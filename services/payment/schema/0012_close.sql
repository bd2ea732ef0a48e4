-- What a person has to give back is found without reading all payments.

CREATE INDEX payment_refund_owed ON payment_refund (at) WHERE state = 6 OR state = 5 AND failure_heard;
COMMENT ON INDEX payment_refund_owed IS 'Refunds that wait for a person';
CREATE INDEX payment_to_give_back ON payment (order_no) WHERE state = 8 AND method = 2;
COMMENT ON INDEX payment_to_give_back IS 'Transfers that a person has to give back';
CREATE INDEX bank_line_open ON bank_line (booked_at) WHERE state = 1;
COMMENT ON INDEX bank_line_open IS 'Lines of all accounts that wait for a person';
