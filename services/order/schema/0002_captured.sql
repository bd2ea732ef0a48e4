-- A share says whether its money is taken, and one whose capture was refused waits for a person in a step of its own.

ALTER TABLE order_fulfillment ADD COLUMN captured boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN order_fulfillment.captured IS 'Is capture_minor taken';
COMMENT ON COLUMN order_fulfillment.capture_minor IS 'What was or will be taken for it, less what was given back with its goods; 0 before it is packed';
COMMENT ON COLUMN order_fulfillment.step IS '1 waiting, 2 told, 3 open, 4 asked, 5 asked_late, 6 capturing, 7 labeling, 8 labeled, 9 shipped, 10 delivered, 11 stopped, 12 given_up, 13 held, 14 packed, 15 reducing, 16 reducing_late, 17 unlabeled, 18 lost, 19 collecting, 20 unpaid';

-- Paid at the door: taken when delivered; else before there is a label.
UPDATE order_fulfillment f SET captured = true
FROM orders o
WHERE o.order_no = f.order_no AND (f.step = 10 OR (o.payment_method <> 3 AND f.step IN (7, 8, 9, 17, 18)));

-- What an order waits for, in a word, since when it was not heard of, and when that is too long; null: it is over.
CREATE OR REPLACE FUNCTION order_waiting(o orders) RETURNS json
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('awaited', coalesce(
            CASE WHEN o.open_tasks > 0 THEN 'person' WHEN o.open_holds > 0 AND o.step IN (5, 12) THEN 'release' END,
            (ARRAY['stock', 'stock', 'payment', 'shopper', NULL, 'fulfillment', 'give_back', 'give_back', 'give_back',
                   NULL, NULL, 'release', 'shopper', 'fulfillment'])[o.step],
            (SELECT (ARRAY['fulfillment', 'fulfillment', 'fulfillment', 'fulfillment', 'fulfillment', 'capture',
                           'carrier', 'carrier', 'delivery', NULL, NULL, 'person', 'release', 'capture', 'fulfillment',
                           'fulfillment', 'person', 'person', 'capture', 'person'])[f.step]
             FROM order_fulfillment f WHERE f.order_no = o.order_no AND f.step NOT IN (10, 11) AND NOT f.replaced
             ORDER BY f.deadline_at, f.fulfillment_no LIMIT 1), 'stock'),
        'since', (SELECT instant_text(max(t.at)) FROM timeline t WHERE t.order_no = o.order_no),
        'due_at', instant_text(coalesce(o.deadline_at,
            (SELECT min(f.deadline_at) FROM order_fulfillment f WHERE f.order_no = o.order_no),
            (SELECT least(d.hold_until, d.stock_due_at) FROM detour d WHERE d.order_no = o.order_no))))
    WHERE o.step NOT IN (10, 11) OR o.open_tasks > 0
$$;
