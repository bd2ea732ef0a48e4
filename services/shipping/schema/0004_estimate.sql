-- The carrier's last word on when a parcel arrives counts, however its events come.

ALTER TABLE parcel ADD COLUMN estimate_told_at timestamptz;
COMMENT ON COLUMN parcel.estimate_told_at IS 'Of the scan that the estimate came with, by the carrier''s clock';
