-- Whom to write to may be erased.
COMMENT ON COLUMN contact.name IS 'Who ordered; empty once it was erased';
