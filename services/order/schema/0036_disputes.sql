-- Charge-backs: what shoppers dispute of what was paid, as the payment service told.

INSERT INTO timeline_kind (kind, type) VALUES (51, 'kervan.payment.disputed.v1'), (52, 'kervan.payment.dispute_closed.v1');

CREATE TABLE order_dispute (
    order_no bigint NOT NULL,
    dispute_no smallint NOT NULL,
    payment_no smallint NOT NULL,
    state smallint NOT NULL,
    amount_minor bigint NOT NULL,
    lost_minor bigint NOT NULL,
    CONSTRAINT order_dispute_key PRIMARY KEY (order_no, dispute_no)
);
COMMENT ON TABLE order_dispute IS 'Disputes of an order''s payments';
COMMENT ON COLUMN order_dispute.order_no IS 'Of the order';
COMMENT ON COLUMN order_dispute.dispute_no IS 'As in its public id';
COMMENT ON COLUMN order_dispute.payment_no IS 'Of the payment';
COMMENT ON COLUMN order_dispute.state IS '1 inquiry, 2 needs_response, 3 under_review, 4 won, 5 lost, 6 accepted, 7 expired, 8 withdrawn';
COMMENT ON COLUMN order_dispute.amount_minor IS 'Disputed';
COMMENT ON COLUMN order_dispute.lost_minor IS 'Lost by it: the shopper has it, so it is not given back once more';

ALTER TABLE detour ADD COLUMN dispute_count smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN detour.dispute_count IS 'How many disputes of its payments there were';

COMMENT ON COLUMN task.choices IS 'What is offered: 2 again, 4 cancel, 8 reduce, 16 wait, 32 done_by_hand, 64 resend, 128 refund, 256 keep, 512 reroute, 1024 contest, 2048 accept';
COMMENT ON COLUMN task.choice IS 'What was decided: 0 nothing, 1 again, 2 cancel, 3 reduce, 4 wait, 5 done_by_hand, 6 resend, 7 refund, 8 keep, 9 reroute, 10 contest, 11 accept';

CREATE OR REPLACE FUNCTION task_choice_words(choices smallint) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg((ARRAY['again', 'cancel', 'reduce', 'wait', 'done_by_hand', 'resend', 'refund', 'keep', 'reroute',
                            'contest', 'accept'])[n] ORDER BY n)
    FROM generate_series(1, 11) AS n WHERE choices::integer >> n & 1 = 1
$$;
