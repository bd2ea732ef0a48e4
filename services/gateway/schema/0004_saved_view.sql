-- Saved views: filters of the list of orders under a name, of one key, perhaps for others to use.

CREATE TABLE saved_view (
    key_id text COLLATE "C" NOT NULL REFERENCES api_key,
    name text COLLATE "C" NOT NULL CONSTRAINT saved_view_name_form CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    version bigint NOT NULL DEFAULT 1,
    channel text REFERENCES channel,
    shared boolean NOT NULL DEFAULT false,
    title text NOT NULL DEFAULT '',
    filters jsonb NOT NULL CONSTRAINT saved_view_filters_object CHECK (jsonb_typeof(filters) = 'object'),
    saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (key_id, name)
);
COMMENT ON TABLE saved_view IS 'Filters of the list of orders under a name; nothing of shoppers: what looks for a person is not saved';
COMMENT ON COLUMN saved_view.key_id IS 'Whose it is';
COMMENT ON COLUMN saved_view.name IS 'As requests name it';
COMMENT ON COLUMN saved_view.version IS 'Grows with every change; its ETag';
COMMENT ON COLUMN saved_view.channel IS 'That its key is bound to; NULL: to none. Who shares it has a key of the same';
COMMENT ON COLUMN saved_view.shared IS 'Whether keys that see the same orders may use it';
COMMENT ON COLUMN saved_view.title IS 'What people call it';
COMMENT ON COLUMN saved_view.filters IS 'Parameters of the list, which the order service found good';
COMMENT ON COLUMN saved_view.saved_at IS 'When it was saved last';
CREATE UNIQUE INDEX saved_view_shared_once ON saved_view (name, (coalesce(channel, ''))) WHERE shared;
COMMENT ON INDEX saved_view_shared_once IS 'What is shared has one meaning for all who see it';

CREATE FUNCTION saved_view_document(v saved_view) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object('name', v.name, 'version', v.version, 'title', nullif(v.title, ''),
        'shared', v.shared, 'key_id', v.key_id, 'filters', v.filters, 'saved_at', instant_text(v.saved_at)))
$$;

-- Every change is logged as those of keys and channels are; without what somebody may have typed of a person.
CREATE FUNCTION audit_log_saved_view() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    before text := CASE WHEN TG_OP <> 'INSERT' THEN (saved_view_document(OLD)::jsonb - 'title') #- '{filters,q}' END;
    after text := CASE WHEN TG_OP <> 'DELETE' THEN (saved_view_document(NEW)::jsonb - 'title') #- '{filters,q}' END;
BEGIN
    PERFORM audit_log_append(audit_actor(), CASE TG_OP WHEN 'INSERT' THEN 'view.saved' WHEN 'DELETE' THEN 'view.removed'
                                 ELSE 'view.changed' END,
                             CASE WHEN TG_OP = 'DELETE' THEN OLD.name ELSE NEW.name END, before, after,
                             nullif(current_setting('kervan.request_id', true), ''));
    RETURN NULL;
END
$$;
CREATE TRIGGER saved_view_logged AFTER INSERT OR DELETE ON saved_view FOR EACH ROW EXECUTE FUNCTION audit_log_saved_view();
CREATE TRIGGER saved_view_change_logged AFTER UPDATE ON saved_view FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION audit_log_saved_view();
