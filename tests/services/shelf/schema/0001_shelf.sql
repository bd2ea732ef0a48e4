-- Two tables for the tests of the store: slips belong to a lane, shelves are shared by all.
CREATE TABLE slip (
    order_no bigint NOT NULL,
    line integer NOT NULL,
    note text,
    body bytea,
    packed_at timestamptz,
    fragile boolean NOT NULL,
    boxes smallint NOT NULL,
    PRIMARY KEY (order_no, line)
);

CREATE TABLE shelf (
    sku text COLLATE "C" PRIMARY KEY,
    held bigint NOT NULL
);
