-- Pieces that are moved after a loss go by the rules of sourcing, as they did when the order was placed.

ALTER TABLE reservation ADD COLUMN sourcing text;
COMMENT ON COLUMN reservation.sourcing IS 'What its places are chosen by, with a space between: channel, country, where the parcel goes (latitude and longitude in hundredths of a degree, both 0 when not known), then the places that gave up work of the order; null when nothing was held, or before there was this column';

ALTER TABLE sourcing_choice ADD COLUMN clock bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN sourcing_choice.clock IS 'Of the fact that tells of pieces that were moved after a loss; 0: of the reservation as it was placed';
ALTER TABLE sourcing_choice DROP CONSTRAINT sourcing_choice_pkey;
ALTER TABLE sourcing_choice ADD PRIMARY KEY (order_id, hold_no, clock);
