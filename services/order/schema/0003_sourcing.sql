-- A share knows which reservation holds its stock, so that pieces can be held anew for it alone: at another place than the one
-- that gave it up, or to send a lost parcel once more.

ALTER TABLE order_fulfillment
    ADD COLUMN reservation_no smallint NOT NULL DEFAULT 1,
    ADD COLUMN sourcing_no smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN order_fulfillment.reservation_no IS 'Reservation that holds its stock: 1 is -H1';
COMMENT ON COLUMN order_fulfillment.sourcing_no IS 'Reservation that was asked to hold the same pieces in its place; 0: none';
COMMENT ON COLUMN order_fulfillment.step IS '1 waiting, 2 told, 3 open, 4 asked, 5 asked_late, 6 capturing, 7 labeling, 8 labeled, 9 shipped, 10 delivered, 11 stopped, 12 given_up, 13 held, 14 packed, 15 reducing, 16 reducing_late, 17 unlabeled, 18 lost, 19 collecting, 20 unpaid, 21 sourcing, 22 resending';
COMMENT ON COLUMN task.choices IS 'What is offered: 2 again, 4 cancel, 8 reduce, 16 wait, 32 done_by_hand, 64 resend, 128 refund, 256 keep, 512 reroute';
COMMENT ON COLUMN task.choice IS 'What was decided: 0 nothing, 1 again, 2 cancel, 3 reduce, 4 wait, 5 done_by_hand, 6 resend, 7 refund, 8 keep, 9 reroute';

UPDATE order_fulfillment f SET reservation_no = d.reservation_no
FROM detour d WHERE d.order_no = f.order_no AND d.reservation_no > 1;

CREATE OR REPLACE FUNCTION task_choice_words(choices smallint) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg((ARRAY['again', 'cancel', 'reduce', 'wait', 'done_by_hand', 'resend', 'refund', 'keep', 'reroute'])[n]
                     ORDER BY n)
    FROM generate_series(1, 9) AS n WHERE choices::integer >> n & 1 = 1
$$;

-- What an order waits for, in a word, since when it was not heard of, and when that is too long; null: it is over.
CREATE OR REPLACE FUNCTION order_waiting(o orders) RETURNS json
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('awaited', coalesce(
            CASE WHEN o.open_tasks > 0 THEN 'person' WHEN o.open_holds > 0 AND o.step IN (5, 12) THEN 'release' END,
            (ARRAY['stock', 'stock', 'payment', 'shopper', NULL, 'fulfillment', 'give_back', 'give_back', 'give_back',
                   NULL, NULL, 'release', 'shopper', 'fulfillment'])[o.step],
            (SELECT (ARRAY['fulfillment', 'fulfillment', 'fulfillment', 'fulfillment', 'fulfillment', 'capture',
                           'carrier', 'carrier', 'delivery', NULL, NULL, 'person', 'release', 'capture', 'fulfillment',
                           'fulfillment', 'person', 'person', 'capture', 'person', 'stock', 'stock'])[f.step]
             FROM order_fulfillment f WHERE f.order_no = o.order_no AND f.step NOT IN (10, 11) AND NOT f.replaced
             ORDER BY f.deadline_at, f.fulfillment_no LIMIT 1), 'stock'),
        'since', (SELECT instant_text(max(t.at)) FROM timeline t WHERE t.order_no = o.order_no),
        'due_at', instant_text(coalesce(o.deadline_at,
            (SELECT min(f.deadline_at) FROM order_fulfillment f WHERE f.order_no = o.order_no),
            (SELECT least(d.hold_until, d.stock_due_at) FROM detour d WHERE d.order_no = o.order_no))))
    WHERE o.step NOT IN (10, 11) OR o.open_tasks > 0
$$;
