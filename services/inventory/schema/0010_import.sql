-- Items come with their stock, many at once.

COMMENT ON COLUMN adjustment.kind IS '1 adjusted, 2 moved to another condition, 3 safety stock set, 4 imported with its item';
COMMENT ON COLUMN adjustment.location IS 'Where; empty where an import named several places';
