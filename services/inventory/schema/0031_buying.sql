-- What orders wait for is bought by itself.

ALTER TABLE supplier ADD COLUMN buying smallint NOT NULL DEFAULT 1, ADD COLUMN gather_minutes smallint NOT NULL DEFAULT 60;
COMMENT ON COLUMN supplier.buying IS 'What orders wait for: 1 people buy it, 2 is drafted, 3 is sent, where the terms of an item say nothing else';
COMMENT ON COLUMN supplier.gather_minutes IS 'What is missing within so many minutes goes into one purchase order that is sent by itself';
ALTER TABLE supplier_item ADD COLUMN buying smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN supplier_item.buying IS 'What orders wait for: 0 as the supplier says, 1 people buy it, 2 is drafted, 3 is sent';

ALTER TABLE purchase_order ADD COLUMN buying smallint NOT NULL DEFAULT 0, ADD COLUMN gathers_until timestamptz;
COMMENT ON COLUMN purchase_order.buying IS '0 somebody drafted it; it was gathered for orders that wait, and 2 is sent by somebody, 3 by itself';
COMMENT ON COLUMN purchase_order.gathers_until IS 'When it is sent by itself; NULL: somebody sends it';
CREATE INDEX purchase_order_gathered ON purchase_order (purchase_order_id) WHERE state = 1 AND buying > 0;
COMMENT ON INDEX purchase_order_gathered IS 'Drafts that are still gathered';

CREATE TABLE purchase_gathering (
    supplier text COLLATE "C" NOT NULL,
    buying smallint NOT NULL,
    round bigint NOT NULL,
    location text COLLATE "C",
    purchase_order_id text COLLATE "C",
    gathers_until timestamptz,
    items integer NOT NULL,
    PRIMARY KEY (supplier, buying)
);
COMMENT ON TABLE purchase_gathering IS 'Which draft takes what is missing now; made by the lane of the supplier, changed by who has it locked';
COMMENT ON COLUMN purchase_gathering.buying IS '2 drafts that somebody sends, 3 those that are sent by themselves';
COMMENT ON COLUMN purchase_gathering.round IS 'Counts the drafts';
COMMENT ON COLUMN purchase_gathering.location IS 'Where the present one is delivered';
COMMENT ON COLUMN purchase_gathering.purchase_order_id IS 'The present one; NULL: the next piece begins one';
COMMENT ON COLUMN purchase_gathering.gathers_until IS 'When it is sent by itself; NULL: somebody sends it';
COMMENT ON COLUMN purchase_gathering.items IS 'That were put into it';
INSERT INTO purchase_gathering (supplier, buying, round, items)
SELECT code, policy, 0, 0 FROM supplier CROSS JOIN (VALUES (2), (3)) AS known (policy);

CREATE TABLE stock_buying (
    sku text COLLATE "C" PRIMARY KEY,
    supplier text COLLATE "C",
    buying smallint NOT NULL,
    purchase_order_id text COLLATE "C",
    pieces integer NOT NULL,
    dismissed bigint NOT NULL,
    CONSTRAINT stock_buying_pieces_with_order CHECK ((purchase_order_id IS NULL) = (pieces = 0))
);
COMMENT ON TABLE stock_buying IS 'What of an item a draft is to order for orders that wait; written by the lane of its SKU alone';
COMMENT ON COLUMN stock_buying.supplier IS 'Of whom; NULL before there was any';
COMMENT ON COLUMN stock_buying.buying IS '2 in a draft that somebody sends, 3 in one that is sent by itself';
COMMENT ON COLUMN stock_buying.purchase_order_id IS 'The draft; NULL: none, or it was sent and is incoming';
COMMENT ON COLUMN stock_buying.pieces IS 'In it';
COMMENT ON COLUMN stock_buying.dismissed IS 'Pieces that are missing and not bought by themselves: somebody canceled them, or the supplier does not deliver';

ALTER TABLE backorder ADD COLUMN buy_asked boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN backorder.buy_asked IS 'The lane of the SKU was asked to look whether pieces are to be bought';

-- Who waits longest is served first, of what is there, then of what comes earlier: so each order's pieces are those of one purchase
-- order or another.  Drafts come behind all that was sent.
CREATE FUNCTION purchase_waiting(of_order text)
RETURNS TABLE (order_id text, sku text, pieces bigint, since timestamptz, place bigint) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH mine AS (
        SELECT line.sku, CASE WHEN ordered.state = 1 THEN line.quantity ELSE line.outstanding END::bigint AS pieces,
            ordered.state = 1 AS draft,
            CASE WHEN line.expected_day >= 0 THEN line.expected_day WHEN ordered.expected_day >= 0 THEN ordered.expected_day
                 ELSE 2147483647 END AS day
        FROM purchase_order AS ordered JOIN purchase_order_line AS line USING (purchase_order_id)
        WHERE ordered.purchase_order_id = of_order AND ordered.state <= 4),
    ahead AS (
        SELECT mine.sku, mine.pieces, (
            SELECT coalesce(sum(CASE WHEN location.active THEN stock_available(stock) ELSE 0 END + stock.incoming), 0)
            FROM stock JOIN location ON location.network = 1 AND location.code = stock.location WHERE stock.sku = mine.sku) - (
            SELECT coalesce(sum(line.outstanding), 0)
            FROM purchase_order_line AS line JOIN purchase_order AS other USING (purchase_order_id)
            WHERE line.sku = mine.sku AND line.outstanding > 0 AND NOT mine.draft
              AND (CASE WHEN line.expected_day >= 0 THEN line.expected_day WHEN other.expected_day >= 0 THEN other.expected_day
                        ELSE 2147483647 END, other.purchase_order_id) >= (mine.day, of_order)) AS before
        FROM mine WHERE mine.pieces > 0),
    waiting AS (
        SELECT ahead.sku, claim.order_id, claim.quantity, claim.reserved_at, ahead.pieces, ahead.before,
            sum(claim.quantity) OVER (PARTITION BY ahead.sku
                ORDER BY claim.reserved_at, claim.order_no, claim.hold_no) AS until
        FROM ahead CROSS JOIN LATERAL (
            SELECT part.order_no, part.hold_no, reservation.order_id, reservation.reserved_at, sum(part.quantity) AS quantity
            FROM reservation_line AS part
            JOIN reservation ON reservation.order_no = part.order_no AND reservation.hold_no = part.hold_no
            WHERE part.sku = ahead.sku AND part.location = '' AND part.state = 2
            GROUP BY part.order_no, part.hold_no, reservation.order_id, reservation.reserved_at) AS claim)
    SELECT audit_order_id(order_id), sku, (least(until, before + pieces) - greatest(until - quantity, before))::bigint, reserved_at,
        row_number() OVER (PARTITION BY sku ORDER BY until)
    FROM waiting WHERE least(until, before + pieces) > greatest(until - quantity, before)
$$;
COMMENT ON FUNCTION purchase_waiting(text) IS 'Which orders wait for what a purchase order brings';
