-- What of an item is to be bought, for which place.

ALTER TABLE supplier_item
    ADD COLUMN service_percent smallint NOT NULL DEFAULT 95,
    ADD COLUMN cover_days smallint NOT NULL DEFAULT 14;
ALTER TABLE supplier_item ALTER COLUMN service_percent DROP DEFAULT, ALTER COLUMN cover_days DROP DEFAULT;
COMMENT ON COLUMN supplier_item.service_percent IS 'Of deliveries that are waited for, so many come before the stock ends';
COMMENT ON COLUMN supplier_item.cover_days IS 'Of how many days, beside those of the delivery, a suggestion covers the demand';

CREATE TABLE reorder_suggestion (
    sku text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    supplier text COLLATE "C" NOT NULL,
    method smallint NOT NULL,
    demand_milli bigint NOT NULL,
    deviation_milli bigint NOT NULL,
    lead_time_days integer NOT NULL,
    service_percent smallint NOT NULL,
    reorder_point integer NOT NULL,
    order_up_to integer NOT NULL,
    position bigint NOT NULL,
    quantity integer NOT NULL,
    reviewed_at timestamptz NOT NULL,
    PRIMARY KEY (sku, location)
) WITH (fillfactor = 70);
COMMENT ON TABLE reorder_suggestion IS 'What the last review of an item found at a place; written by the lane of the SKU alone';
COMMENT ON COLUMN reorder_suggestion.supplier IS 'From whom it is best bought';
COMMENT ON COLUMN reorder_suggestion.method IS '1 none, 2 croston, 3 holt, 4 exponential_smoothing, 5 set (by the item)';
COMMENT ON COLUMN reorder_suggestion.demand_milli IS 'Thousandths of a piece a day, as forecast';
COMMENT ON COLUMN reorder_suggestion.deviation_milli IS 'Thousandths of a piece: of a day from its forecast';
COMMENT ON COLUMN reorder_suggestion.reorder_point IS 'At or below this it is due';
COMMENT ON COLUMN reorder_suggestion.order_up_to IS 'To this it is filled up';
COMMENT ON COLUMN reorder_suggestion.position IS 'What was there and to come, less what was promised and waited for';
COMMENT ON COLUMN reorder_suggestion.quantity IS 'To be bought, in packs; 0: nothing is due';
CREATE INDEX reorder_suggestion_due ON reorder_suggestion (sku, location) WHERE quantity > 0;
COMMENT ON INDEX reorder_suggestion_due IS 'Lists what is due';
