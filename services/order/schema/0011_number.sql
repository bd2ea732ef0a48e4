-- Orders have a number in their channel's own series.

ALTER TABLE channel
    ADD COLUMN number_prefix text,
    ADD COLUMN number_yearly boolean NOT NULL DEFAULT false,
    ADD COLUMN number_digits smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN channel.number_prefix IS 'What numbers of its series begin with; null: it has none';
COMMENT ON COLUMN channel.number_yearly IS 'Does each year begin with 1';
COMMENT ON COLUMN channel.number_digits IS 'How many digits a number has at least';

ALTER TABLE orders ADD COLUMN number text COLLATE "C";
COMMENT ON COLUMN orders.number IS 'In the channel''s series; null: it has none';
CREATE UNIQUE INDEX orders_by_number ON orders (number, channel) WHERE number IS NOT NULL;

CREATE TABLE number_series (
    code text COLLATE "C" PRIMARY KEY,
    year smallint NOT NULL DEFAULT 0,
    last bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 40);
COMMENT ON TABLE number_series IS 'The numbers that a channel gave to its orders, all lanes together';
COMMENT ON COLUMN number_series.code IS 'Of the channel';
COMMENT ON COLUMN number_series.year IS 'Of the last one';
COMMENT ON COLUMN number_series.last IS 'The last one given';
