-- Drafts that are offered, with prices that stay.

ALTER TABLE draft ADD COLUMN offered_at timestamptz;
COMMENT ON COLUMN draft.offered_at IS 'It is a quote since then: nobody but the shop''s people changes it; null: it is none';

CREATE OR REPLACE FUNCTION draft_shown(d draft) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN json_strip_nulls(json_build_object('id', order_id_text(d.order_id) || '-D1', 'version', d.version,
    'state', draft_state_word(d.state), 'channel', d.channel, 'line_count', d.line_count, 'content', d.content::json,
    'order_id', CASE WHEN d.state = 2 THEN order_id_text(d.order_id) END, 'saved_by', d.saved_by,
    'made_at', instant_text(d.made_at), 'saved_at', instant_text(d.saved_at), 'offered_at', instant_text(d.offered_at),
    'expires_at', instant_text(d.expires_at), 'ended_at', instant_text(d.ended_at)));
