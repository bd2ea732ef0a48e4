-- Consignments of orders, their parcels at the carrier, and which order a tracking number belongs to.

CREATE TABLE shipment (
    order_id bytea NOT NULL,
    shipment_no smallint NOT NULL,
    order_no bigint NOT NULL,
    state smallint NOT NULL,
    reason smallint NOT NULL,
    clock bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    location text NOT NULL,
    service text NOT NULL,
    currency text NOT NULL,
    value_minor bigint NOT NULL,
    cash_on_delivery_minor bigint NOT NULL,
    consignee text,
    to_country text NOT NULL,
    give_up_at timestamptz,
    failure_stage smallint NOT NULL,
    failure_code text,
    failed_at timestamptz,
    shipped_at timestamptz,
    delivered_at timestamptz,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, shipment_no),
    CONSTRAINT shipment_order_id_length CHECK (octet_length(order_id) = 16),
    CONSTRAINT shipment_shipped_before_delivered CHECK (delivered_at IS NULL OR shipped_at IS NOT NULL)
) WITH (fillfactor = 60);
COMMENT ON TABLE shipment IS 'One consignment of an order; written by the order''s lane. Keyed by the public id, which is all that is known of it outside';
COMMENT ON COLUMN shipment.order_id IS 'Public id of the order, 16 bytes';
COMMENT ON COLUMN shipment.shipment_no IS 'Counts the shipments of the order: 1 is ...-S1';
COMMENT ON COLUMN shipment.order_no IS 'Compact number of the order';
COMMENT ON COLUMN shipment.state IS '1 waiting (for its place''s address), 2 labeling, 3 labeled, 4 shipped, 5 delivered, 6 stopping (a void is under way), 7 voided, 8 failed (has no label), 9 tombstone (voided before it came)';
COMMENT ON COLUMN shipment.reason IS 'Why it was voided, 1 to 10 in the order of cancel_reason in the contract; else 0';
COMMENT ON COLUMN shipment.clock IS 'Causal clock of the last thing said about it';
COMMENT ON COLUMN shipment.fulfillment_no IS 'The fulfillment whose parcels it sends: 1 is ...-F1; 0 of a tombstone';
COMMENT ON COLUMN shipment.location IS 'Code of the place it leaves from';
COMMENT ON COLUMN shipment.service IS 'What the shopper paid for';
COMMENT ON COLUMN shipment.currency IS 'Of the value, ISO 4217';
COMMENT ON COLUMN shipment.value_minor IS 'Value of the goods, for customs';
COMMENT ON COLUMN shipment.cash_on_delivery_minor IS 'What the carrier collects; -1: nothing';
COMMENT ON COLUMN shipment.consignee IS 'Address and contact as JSON in the carrier''s words; gone once the carrier has it';
COMMENT ON COLUMN shipment.to_country IS 'Where it goes, ISO 3166';
COMMENT ON COLUMN shipment.give_up_at IS 'Of a shipment that waits for its place: until when';
COMMENT ON COLUMN shipment.failure_stage IS 'How far it came when it failed last: 1 rate, 2 label, 3 transit; else 0';
COMMENT ON COLUMN shipment.failure_code IS 'Why';
COMMENT ON COLUMN shipment.failed_at IS 'When';
COMMENT ON COLUMN shipment.shipped_at IS 'When the carrier had the first of its parcels';
COMMENT ON COLUMN shipment.delivered_at IS 'When the last of its parcels arrived';
COMMENT ON COLUMN shipment.changed_at IS 'When its state changed last';

CREATE TABLE parcel (
    order_no bigint NOT NULL,
    shipment_no smallint NOT NULL,
    parcel_no smallint NOT NULL,
    state smallint NOT NULL,
    pieces integer NOT NULL,
    weight_grams integer NOT NULL,
    length_mm integer NOT NULL,
    width_mm integer NOT NULL,
    height_mm integer NOT NULL,
    carrier_ref text,
    carrier text,
    service text,
    tracking_number text,
    label_url text,
    cost_minor bigint NOT NULL,
    cost_currency text,
    tracking_status smallint NOT NULL,
    tracked_at timestamptz,
    estimated_at timestamptz,
    moved_at timestamptz,
    delivered_at timestamptz,
    signed_by text,
    PRIMARY KEY (order_no, shipment_no, parcel_no),
    CONSTRAINT parcel_label_has_number CHECK (state NOT IN (4, 5, 6) OR tracking_number IS NOT NULL)
) WITH (fillfactor = 50);
COMMENT ON TABLE parcel IS 'Parcels of a shipment, each a shipment of its own at the carrier';
COMMENT ON COLUMN parcel.parcel_no IS 'As packed';
COMMENT ON COLUMN parcel.state IS '1 waiting, 2 creating, 3 buying, 4 labeled, 5 returning (its label is being given back), 6 returned, 7 without label';
COMMENT ON COLUMN parcel.pieces IS 'What is in it, for customs';
COMMENT ON COLUMN parcel.weight_grams IS 'As packed';
COMMENT ON COLUMN parcel.length_mm IS '0 when not measured';
COMMENT ON COLUMN parcel.width_mm IS '0 when not measured';
COMMENT ON COLUMN parcel.height_mm IS '0 when not measured';
COMMENT ON COLUMN parcel.carrier_ref IS 'The carrier''s name of it';
COMMENT ON COLUMN parcel.carrier IS 'Who carries it';
COMMENT ON COLUMN parcel.service IS 'How, in the carrier''s word';
COMMENT ON COLUMN parcel.tracking_number IS 'The carrier''s number of it';
COMMENT ON COLUMN parcel.label_url IS 'Where its label is';
COMMENT ON COLUMN parcel.cost_minor IS 'What the carrier takes; -1 when not known';
COMMENT ON COLUMN parcel.cost_currency IS 'Of the cost, ISO 4217';
COMMENT ON COLUMN parcel.tracking_status IS 'What the carrier says: 1 pre_transit, 2 in_transit, 3 out_for_delivery, 4 available_for_pickup, 5 attempt_failed, 6 delivered, 7 return_to_sender, 8 failure; 0 nothing yet';
COMMENT ON COLUMN parcel.tracked_at IS 'When that happened, by the carrier''s clock';
COMMENT ON COLUMN parcel.estimated_at IS 'When it should be delivered';
COMMENT ON COLUMN parcel.moved_at IS 'When the carrier had it';
COMMENT ON COLUMN parcel.delivered_at IS 'When it arrived';
COMMENT ON COLUMN parcel.signed_by IS 'Who took it: the proof of delivery; may be erased';

CREATE TABLE tracking (
    tracking_number text COLLATE "C" PRIMARY KEY,
    order_id bytea NOT NULL,
    order_no bigint NOT NULL,
    shipment_no smallint NOT NULL,
    parcel_no smallint NOT NULL
);
COMMENT ON TABLE tracking IS 'Which parcel a tracking number belongs to; written by the lane of the number, which passes on what the carrier tells';
COMMENT ON COLUMN tracking.tracking_number IS 'The carrier''s number';
COMMENT ON COLUMN tracking.order_id IS 'Public id of the order, 16 bytes';

CREATE TABLE early_event (
    tracking_number text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    provider text NOT NULL,
    account text NOT NULL,
    body text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tracking_number, event_id)
);
COMMENT ON TABLE early_event IS 'Webhooks that came before their number was known; passed on when it is, dropped after two weeks';
COMMENT ON COLUMN early_event.event_id IS 'The carrier''s id of the event: the same at every delivery';
COMMENT ON COLUMN early_event.body IS 'As it came, in base64';

CREATE TABLE place (
    code text COLLATE "C" PRIMARY KEY,
    clock bigint NOT NULL,
    name text NOT NULL,
    company text,
    line1 text NOT NULL,
    line2 text,
    city text NOT NULL,
    region text,
    postal_code text,
    country text NOT NULL
);
COMMENT ON TABLE place IS 'Where parcels leave from, as inventory told; each is written by the lane of its code';
COMMENT ON COLUMN place.code IS 'The shop''s own name of the place';
COMMENT ON COLUMN place.clock IS 'Of the last change that was taken; an older one is passed over';
COMMENT ON COLUMN place.name IS 'Address: who is there';
COMMENT ON COLUMN place.company IS 'Address: company';
COMMENT ON COLUMN place.line1 IS 'Address: street and number';
COMMENT ON COLUMN place.line2 IS 'Address: what the street line has no room for';
COMMENT ON COLUMN place.city IS 'Address: city';
COMMENT ON COLUMN place.region IS 'Address: state or province';
COMMENT ON COLUMN place.postal_code IS 'Address: postal code';
COMMENT ON COLUMN place.country IS 'Address: ISO 3166';

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

CREATE FUNCTION tracking_status_text(status smallint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN (ARRAY['pre_transit', 'in_transit', 'out_for_delivery', 'available_for_pickup', 'attempt_failed', 'delivered',
              'return_to_sender', 'failure'])[status];
COMMENT ON FUNCTION tracking_status_text IS 'What the carrier says, as the contract writes it; NULL: nothing';

CREATE FUNCTION view_of(sent shipment) RETURNS json LANGUAGE sql STABLE
RETURN json_build_object(
    'id', order_id_text((sent).order_id) || '-S' || (sent).shipment_no,
    'order_id', order_id_text((sent).order_id),
    'fulfillment_id', order_id_text((sent).order_id) || '-F' || (sent).fulfillment_no,
    'state', (ARRAY['created', 'created', 'labeled', 'shipped', 'delivered', 'labeled', 'voided', 'canceled'])[(sent).state],
    'tracking_status', (
        SELECT tracking_status_text(tracking_status) FROM parcel
        WHERE order_no = (sent).order_no AND shipment_no = (sent).shipment_no AND tracking_status > 0
        ORDER BY tracked_at DESC, tracking_status DESC LIMIT 1),
    'carrier', (
        SELECT min(carrier) FROM parcel WHERE order_no = (sent).order_no AND shipment_no = (sent).shipment_no),
    'service', (sent).service,
    'parcels', (
        SELECT coalesce(json_agg(json_build_object('parcel_no', parcel_no, 'tracking_number', tracking_number,
            'tracking_status', tracking_status_text(tracking_status), 'estimated_at', instant_text(estimated_at),
            'delivered_at', instant_text(parcel.delivered_at), 'signed_by', signed_by) ORDER BY parcel_no), '[]')
        FROM parcel WHERE order_no = (sent).order_no AND shipment_no = (sent).shipment_no),
    'failure', CASE WHEN (sent).failure_stage > 0 THEN json_build_object(
        'stage', (ARRAY['rate', 'label', 'transit'])[(sent).failure_stage], 'code', (sent).failure_code,
        'failed_at', instant_text((sent).failed_at)) END,
    'shipped_at', instant_text((sent).shipped_at),
    'delivered_at', instant_text((sent).delivered_at),
    'changed_at', instant_text((sent).changed_at));
COMMENT ON FUNCTION view_of IS 'A shipment as the read API shows it';
