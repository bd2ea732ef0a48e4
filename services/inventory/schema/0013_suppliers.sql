-- Who sells to the shop, and on which terms.

CREATE TABLE supplier (
    code text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    email text,
    language text,
    currency text NOT NULL,
    lead_time_days integer NOT NULL,
    location text COLLATE "C",
    active boolean NOT NULL
);
COMMENT ON TABLE supplier IS 'Who sells to the shop; written by the lane of its code alone';
COMMENT ON COLUMN supplier.version IS 'Raised by every change; its ETag';
COMMENT ON COLUMN supplier.email IS 'Where orders go; NULL where it has none';
COMMENT ON COLUMN supplier.language IS 'That they are written in; NULL where nobody said';
COMMENT ON COLUMN supplier.currency IS 'Of all its prices';
COMMENT ON COLUMN supplier.lead_time_days IS 'From the order to the delivery, where the terms of an item say nothing else';
COMMENT ON COLUMN supplier.location IS 'Where orders are delivered that name no place; NULL: they must name one';
COMMENT ON COLUMN supplier.active IS 'May be ordered from';

CREATE TABLE supplier_item (
    sku text COLLATE "C" NOT NULL,
    supplier text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    supplier_sku text,
    pack_size integer NOT NULL,
    minimum_quantity integer NOT NULL,
    price_minor bigint NOT NULL,
    lead_time_days integer NOT NULL,
    priority smallint NOT NULL,
    active boolean NOT NULL,
    PRIMARY KEY (sku, supplier)
);
COMMENT ON TABLE supplier_item IS 'How an item is bought from a supplier; written by the lane of the supplier''s code alone';
COMMENT ON COLUMN supplier_item.version IS 'Raised by every change; its ETag';
COMMENT ON COLUMN supplier_item.supplier_sku IS 'The supplier''s own name of the item';
COMMENT ON COLUMN supplier_item.pack_size IS 'Pieces; only multiples are sold';
COMMENT ON COLUMN supplier_item.minimum_quantity IS 'Pieces; no less is sold at once';
COMMENT ON COLUMN supplier_item.price_minor IS 'Of a piece, in the supplier''s currency';
COMMENT ON COLUMN supplier_item.lead_time_days IS '-1: the supplier''s';
COMMENT ON COLUMN supplier_item.priority IS 'The lowest of an item''s is suggested';
COMMENT ON COLUMN supplier_item.active IS 'Is sold';
CREATE INDEX supplier_item_by_supplier ON supplier_item (supplier, sku);
COMMENT ON INDEX supplier_item_by_supplier IS 'Lists what a supplier sells';
