-- What each place has to make ready, how it was packed, and what is known of places and items.

CREATE TABLE fulfillment (
    order_id bytea NOT NULL,
    fulfillment_no smallint NOT NULL,
    order_no bigint NOT NULL,
    state smallint NOT NULL,
    reason smallint NOT NULL,
    clock bigint NOT NULL,
    location text NOT NULL,
    shipping_service text NOT NULL,
    ship_to text,
    note text,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    change_no smallint NOT NULL,
    order_hold smallint NOT NULL,
    place_hold smallint NOT NULL,
    place_note text,
    on_hold boolean NOT NULL GENERATED ALWAYS AS (order_hold > 0 OR place_hold > 0) STORED,
    PRIMARY KEY (order_id, fulfillment_no),
    CONSTRAINT fulfillment_order_id_length CHECK (octet_length(order_id) = 16)
) WITH (fillfactor = 80);
COMMENT ON TABLE fulfillment IS 'One place''s share of an order; written by the order''s lane. Keyed by the public id, which is all that people at a place know';
COMMENT ON COLUMN fulfillment.order_id IS 'Public id of the order, 16 bytes';
COMMENT ON COLUMN fulfillment.fulfillment_no IS 'Counts the fulfillments of the order: 1 is ...-F1';
COMMENT ON COLUMN fulfillment.order_no IS 'Compact number of the order';
COMMENT ON COLUMN fulfillment.state IS '1 scheduled, 2 open, 3 picked, 4 packed, 5 canceled, 6 tombstone (canceled before it came)';
COMMENT ON COLUMN fulfillment.reason IS 'Why it was canceled, 1 to 10 in the order of cancel_reason in the contract; else 0';
COMMENT ON COLUMN fulfillment.clock IS 'Causal clock of the last thing said about it';
COMMENT ON COLUMN fulfillment.location IS 'Code of the place; empty of a tombstone';
COMMENT ON COLUMN fulfillment.shipping_service IS 'How it is to be sent; empty of a tombstone';
COMMENT ON COLUMN fulfillment.ship_to IS 'Address as JSON, for the dispatch note; may be erased';
COMMENT ON COLUMN fulfillment.note IS 'For the people at the place';
COMMENT ON COLUMN fulfillment.opened_at IS 'When the place got its work; while it is scheduled, when it will';
COMMENT ON COLUMN fulfillment.changed_at IS 'When its state or a hold of it changed last';
COMMENT ON COLUMN fulfillment.change_no IS 'Number of the last reduction that was asked for, so that it is answered once; 0 before the first';
COMMENT ON COLUMN fulfillment.order_hold IS 'Why the order holds it, 1 to 8 in the order of hold_reason in the contract; 0 when it does not';
COMMENT ON COLUMN fulfillment.place_hold IS 'Why the people at the place hold it, as above';
COMMENT ON COLUMN fulfillment.place_note IS 'What the people at the place wrote last, with a hold, a short pick or when they gave up';
COMMENT ON COLUMN fulfillment.on_hold IS 'Somebody holds it: it is listed as on_hold, not by its state';
CREATE INDEX fulfillment_by_state ON fulfillment (state, on_hold, opened_at, order_no, fulfillment_no);
COMMENT ON INDEX fulfillment_by_state IS 'Lists work, oldest first';

CREATE TABLE fulfillment_line (
    order_no bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    line_no smallint NOT NULL,
    sku text NOT NULL,
    quantity integer NOT NULL,
    customization text,
    PRIMARY KEY (order_no, fulfillment_no, line_no),
    CONSTRAINT fulfillment_line_has_pieces CHECK (quantity >= 0)
);
COMMENT ON TABLE fulfillment_line IS 'What to pick';
COMMENT ON COLUMN fulfillment_line.line_no IS 'Line of the order';
COMMENT ON COLUMN fulfillment_line.sku IS 'The shop''s own name of the item';
COMMENT ON COLUMN fulfillment_line.quantity IS 'Pieces of it that are still to be made ready here; 0 when all are missing or left out';
COMMENT ON COLUMN fulfillment_line.customization IS 'What makes the item this shopper''s own, as JSON';

CREATE TABLE parcel (
    order_no bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    parcel_no smallint NOT NULL,
    weight_grams integer NOT NULL,
    length_mm integer NOT NULL,
    width_mm integer NOT NULL,
    height_mm integer NOT NULL,
    PRIMARY KEY (order_no, fulfillment_no, parcel_no),
    CONSTRAINT parcel_has_weight CHECK (weight_grams > 0)
);
COMMENT ON TABLE parcel IS 'Packed boxes';
COMMENT ON COLUMN parcel.parcel_no IS 'Counts the parcels of a fulfillment from 1';
COMMENT ON COLUMN parcel.weight_grams IS 'As weighed; reckoned from its contents at an automatic place';
COMMENT ON COLUMN parcel.length_mm IS '0 when not measured';
COMMENT ON COLUMN parcel.width_mm IS '0 when not measured';
COMMENT ON COLUMN parcel.height_mm IS '0 when not measured';

CREATE TABLE parcel_line (
    order_no bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    parcel_no smallint NOT NULL,
    line_no smallint NOT NULL,
    quantity integer NOT NULL,
    PRIMARY KEY (order_no, fulfillment_no, parcel_no, line_no),
    CONSTRAINT parcel_line_has_pieces CHECK (quantity > 0)
);
COMMENT ON TABLE parcel_line IS 'What is in a parcel; over all parcels it adds up to the lines';
COMMENT ON COLUMN parcel_line.line_no IS 'Line of the order';
COMMENT ON COLUMN parcel_line.quantity IS 'Pieces of it';

CREATE TABLE shortage (
    order_no bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    report text COLLATE "C" NOT NULL,
    line_no smallint NOT NULL,
    quantity integer NOT NULL,
    reason smallint NOT NULL,
    PRIMARY KEY (order_no, fulfillment_no, report, line_no),
    CONSTRAINT shortage_has_pieces CHECK (quantity > 0)
);
COMMENT ON TABLE shortage IS 'Pieces that people did not find, or found damaged';
COMMENT ON COLUMN shortage.report IS 'Idempotency key of the report, or else its id: the same one counts once';
COMMENT ON COLUMN shortage.line_no IS 'Line of the order';
COMMENT ON COLUMN shortage.quantity IS 'Pieces of it';
COMMENT ON COLUMN shortage.reason IS '1 not found, 2 damaged';

CREATE TABLE place (
    code text COLLATE "C" PRIMARY KEY,
    clock bigint NOT NULL,
    automatic boolean NOT NULL
);
COMMENT ON TABLE place IS 'Places as inventory told of them; each is written by the lane of its code';
COMMENT ON COLUMN place.code IS 'The shop''s own name of the place';
COMMENT ON COLUMN place.clock IS 'Of the last change that was taken; an older one is passed over';
COMMENT ON COLUMN place.automatic IS 'Picks and packs without people';

CREATE TABLE item (
    sku text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    weight_grams integer NOT NULL
);
COMMENT ON TABLE item IS 'What an automatic place must know of items; each is written by the lane of its SKU';
COMMENT ON COLUMN item.sku IS 'The shop''s own name of the item';
COMMENT ON COLUMN item.version IS 'Of the last state that was taken; an older one is passed over';
COMMENT ON COLUMN item.weight_grams IS 'Of one piece; 0 when not known';

CREATE FUNCTION instant_text(at timestamptz) RETURNS text LANGUAGE sql STABLE
RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
COMMENT ON FUNCTION instant_text IS 'An instant as the contract writes it';

CREATE FUNCTION order_id_text(id bytea) RETURNS text LANGUAGE sql IMMUTABLE
RETURN 'ord_' || (
    SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567', 1 + (bits >> (5 * (7 - at)) & 31)::integer, 1), '' ORDER BY part, at)
    FROM (SELECT part, ('x' || encode(substr(id || '\x00000000'::bytea, 1 + 5 * part, 5), 'hex'))::bit(40)::bigint AS bits
          FROM generate_series(0, 3) AS part) AS parts
    CROSS JOIN generate_series(0, 7) AS at
    WHERE part * 8 + at < 26);
COMMENT ON FUNCTION order_id_text IS 'The public id of 16 bytes: base32 in lower case';

CREATE FUNCTION view_of(work fulfillment) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_strip_nulls(jsonb_build_object(
    'id', order_id_text((work).order_id) || '-F' || (work).fulfillment_no,
    'order_id', order_id_text((work).order_id),
    'state', CASE WHEN (work).on_hold THEN 'on_hold'
                  ELSE (ARRAY['scheduled', 'open', 'picked', 'packed', 'canceled'])[(work).state] END,
    'holds', (
        SELECT jsonb_agg(jsonb_build_object('by', holder, 'reason',
            (ARRAY['payment', 'fraud', 'address', 'stock', 'manual', 'scheduled', 'return_items', 'other'])[why]))
        FROM (VALUES ('order', (work).order_hold), ('place', (work).place_hold)) AS hold (holder, why) WHERE why > 0),
    'missing', (
        SELECT jsonb_agg(jsonb_build_object('line_no', line_no, 'quantity', missing) ORDER BY line_no)
        FROM (SELECT line_no, sum(quantity) AS missing FROM shortage
              WHERE order_no = (work).order_no AND fulfillment_no = (work).fulfillment_no GROUP BY line_no) AS gone),
    'place_note', (work).place_note,
    'location', (work).location,
    'parcels', (
        SELECT jsonb_agg(jsonb_build_object('parcel_no', parcel_no, 'weight_grams', weight_grams,
            'length_mm', nullif(length_mm, 0), 'width_mm', nullif(width_mm, 0), 'height_mm', nullif(height_mm, 0),
            'lines', (
                SELECT jsonb_agg(jsonb_build_object('line_no', line_no, 'quantity', quantity) ORDER BY line_no)
                FROM parcel_line AS content
                WHERE content.order_no = parcel.order_no AND content.fulfillment_no = parcel.fulfillment_no
                  AND content.parcel_no = parcel.parcel_no)) ORDER BY parcel_no)
        FROM parcel WHERE order_no = (work).order_no AND fulfillment_no = (work).fulfillment_no),
    'shipping_service', (work).shipping_service,
    'ship_to', (work).ship_to::jsonb,
    'note', (work).note,
    'opened_at', instant_text((work).opened_at),
    'changed_at', instant_text((work).changed_at))) || jsonb_build_object(
    -- A storefront's own nulls stay.
    'lines', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('line_no', line_no, 'sku', sku, 'quantity', quantity)
            || CASE WHEN customization IS NULL THEN '{}' ELSE jsonb_build_object('customization', customization::jsonb) END
            ORDER BY line_no), '[]')
        FROM fulfillment_line
        WHERE order_no = (work).order_no AND fulfillment_no = (work).fulfillment_no AND quantity > 0));
COMMENT ON FUNCTION view_of IS 'A fulfillment as the read API shows it';
