-- Old decisions are found by their time without reading all; rows come in the order of time, so ranges of pages are enough.

CREATE INDEX sourcing_choice_by_time ON sourcing_choice USING brin (at) WITH (autosummarize = on);
COMMENT ON INDEX sourcing_choice_by_time IS 'Finds what is to be forgotten';
