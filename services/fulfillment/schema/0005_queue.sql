-- The queue of a place: what is to be done first.

ALTER TABLE fulfillment ADD COLUMN priority smallint NOT NULL DEFAULT 5, ADD COLUMN hand_over_by timestamptz,
                        ADD COLUMN promised_by timestamptz;
UPDATE fulfillment SET hand_over_by = opened_at, promised_by = opened_at;
ALTER TABLE fulfillment ALTER COLUMN hand_over_by SET NOT NULL, ALTER COLUMN promised_by SET NOT NULL,
                        ADD CONSTRAINT fulfillment_has_priority CHECK (priority > 0);
COMMENT ON COLUMN fulfillment.priority IS '1 is done first, 9 last; 5 where nobody said';
COMMENT ON COLUMN fulfillment.hand_over_by IS 'The carrier is to have it before; when it opens where nothing is promised';
COMMENT ON COLUMN fulfillment.promised_by IS 'It was promised to arrive before; when it is handed over where nothing is promised';
CREATE INDEX fulfillment_queue ON fulfillment (location, state, on_hold, priority, hand_over_by, promised_by, opened_at,
                                               order_no, fulfillment_no) WHERE state <= 3;
COMMENT ON INDEX fulfillment_queue IS 'What a place has to do, in order; what a place without people packs at once is never in it';

ALTER FUNCTION view_of(fulfillment) RENAME TO view_of_work;
CREATE FUNCTION view_of(work fulfillment) RETURNS jsonb LANGUAGE sql STABLE
RETURN view_of_work(work) || jsonb_strip_nulls(jsonb_build_object('priority', (work).priority,
    'hand_over_by', instant_text((work).hand_over_by),
    'promised_by', CASE WHEN (work).promised_by > (work).hand_over_by THEN instant_text((work).promised_by) END));
COMMENT ON FUNCTION view_of IS 'A fulfillment as the read API shows it';
COMMENT ON FUNCTION view_of_work IS 'The same, but for when it is due';
