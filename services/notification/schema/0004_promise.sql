-- When the goods were promised to arrive, and one more message: when they arrive later.
ALTER TABLE customer_message DROP CONSTRAINT customer_message_kind_known,
    ADD CONSTRAINT customer_message_kind_known CHECK (kind BETWEEN 1 AND 17),
    ADD COLUMN promised_earliest integer NOT NULL DEFAULT 0,
    ADD COLUMN promised_latest integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN customer_message.kind IS '1 received, 2 confirmed, 3 shipped, 4 delivered, 5 canceled, 6 rejected, 7 expired, 8 payment_awaited, 9 payment_failed, 10 choice_asked, 11 reduced, 12 partly_shipped, 13 delayed, 14 refunded, 15 completed, 16 refund_reversed, 17 promise_changed';
COMMENT ON COLUMN customer_message.promised_earliest IS 'Day since 1970-01-01 before which nothing arrives; 0 where the message does not say it';
COMMENT ON COLUMN customer_message.promised_latest IS 'Day on which the last of it arrives';
