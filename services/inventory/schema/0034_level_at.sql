-- The first change of an item's stock after a rest is told at once; what follows soon is gathered.

ALTER TABLE stock ADD COLUMN level_at timestamptz;
COMMENT ON COLUMN stock.level_at IS 'When the level was published last because it had been asked for here; NULL: never';
