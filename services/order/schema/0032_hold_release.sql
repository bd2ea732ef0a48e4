-- Who released a hold, and what he wrote; and which of them the order's channel asked for.

ALTER TABLE hold
    ADD COLUMN by_channel boolean NOT NULL DEFAULT false,
    ADD COLUMN released_by text,
    ADD COLUMN release_note text;
COMMENT ON COLUMN hold.by_channel IS 'Asked for with a key of the order''s channel, which may then release it, too';
COMMENT ON COLUMN hold.released_by IS 'Who asked for its end; null: it ended by itself, or is open';
COMMENT ON COLUMN hold.release_note IS 'Why it goes on, in the words of who released it';
