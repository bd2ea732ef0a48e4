-- One more message: money that was given back came back from the customer's bank.
ALTER TABLE customer_message DROP CONSTRAINT customer_message_kind_known,
    ADD CONSTRAINT customer_message_kind_known CHECK (kind BETWEEN 1 AND 16);
COMMENT ON COLUMN customer_message.kind IS '1 received, 2 confirmed, 3 shipped, 4 delivered, 5 canceled, 6 rejected, 7 expired, 8 payment_awaited, 9 payment_failed, 10 choice_asked, 11 reduced, 12 partly_shipped, 13 delayed, 14 refunded, 15 completed, 16 refund_reversed';
