-- What people did: a log that only grows, in which each entry carries the hash of the one before it.

CREATE TABLE audit_log (
    entry_no bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    before text,
    after text,
    request_id text,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_log_hash_form CHECK (octet_length(previous_hash) = 32 AND octet_length(hash) = 32)
);
COMMENT ON TABLE audit_log IS 'What people and administrators did, append-only; no secrets, nothing of shoppers. The service''s role may read it and append through audit_log_append alone';
COMMENT ON COLUMN audit_log.entry_no IS 'Counts from 1 without gaps';
COMMENT ON COLUMN audit_log.at IS 'When, to the millisecond';
COMMENT ON COLUMN audit_log.actor IS 'Who: key:<id> of a request, cli:<name> of the command line, database:<role> of anything else';
COMMENT ON COLUMN audit_log.action IS 'key.made, channel.changed and so on; of a command its message type';
COMMENT ON COLUMN audit_log.subject IS 'A key''s id, a channel''s code, or what a command is about';
COMMENT ON COLUMN audit_log.before IS 'JSON of what was there; null: nothing, or of a command, whose owner keeps that';
COMMENT ON COLUMN audit_log.after IS 'JSON of what is there now';
COMMENT ON COLUMN audit_log.request_id IS 'Of the request; of a command the id that its owner knows it by';
COMMENT ON COLUMN audit_log.previous_hash IS 'Hash of the entry before; 32 zeros of the first';
COMMENT ON COLUMN audit_log.hash IS 'SHA-256 of the previous hash and all fields, as audit_log_hash writes them';
CREATE INDEX audit_log_by_subject ON audit_log (subject, entry_no);
COMMENT ON INDEX audit_log_by_subject IS 'What was done to one thing';

-- A text with its length in bytes before it, so that no two lists of fields read the same; a dash for null.
CREATE FUNCTION audit_log_field(field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(octet_length(field) || ':' || field, '-')
$$;

-- SHA-256 of the previous hash in hex, then entry_no, at, actor, action, subject, before, after and request_id as fields.
CREATE FUNCTION audit_log_hash(e audit_log) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(encode(e.previous_hash, 'hex') || audit_log_field(e.entry_no::text)
        || audit_log_field(instant_text(e.at)) || audit_log_field(e.actor) || audit_log_field(e.action)
        || audit_log_field(e.subject) || audit_log_field(e.before) || audit_log_field(e.after)
        || audit_log_field(e.request_id), 'UTF8'))
$$;

-- Appends to the end of the chain, which it holds until its transaction ends: entries come one after the other. Runs
-- as the owner of the schema, so that who appends can neither forge an end nor change what is there.
CREATE FUNCTION audit_log_append(actor text, action text, subject text, before text, after text, request_id text)
RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    entry audit_log;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('kervan.audit_log', 0));
    -- A statement of its own: it must see what the last holder of the lock has committed.
    SELECT l.entry_no, l.hash INTO entry.entry_no, entry.previous_hash FROM audit_log l ORDER BY l.entry_no DESC LIMIT 1;
    entry.entry_no := coalesce(entry.entry_no, 0) + 1;
    entry.previous_hash := coalesce(entry.previous_hash, decode(repeat('00', 32), 'hex'));
    entry.at := date_trunc('milliseconds', clock_timestamp());
    entry.actor := actor;
    entry.action := action;
    entry.subject := subject;
    entry.before := before;
    entry.after := after;
    entry.request_id := request_id;
    entry.hash := audit_log_hash(entry);
    INSERT INTO audit_log SELECT entry.*;
    RETURN entry.entry_no;
END
$$;

-- Who does it, as long as the transaction lasts: a statement that changes something says it first.
CREATE FUNCTION audit_actor() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('kervan.actor', true), ''), 'database:' || session_user)
$$;

-- Every change of a key or a channel is logged by whatever way it comes, with it or not at all. The note of a key is
-- left out: it may name a person.
CREATE FUNCTION audit_log_key() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    action text := CASE WHEN TG_OP = 'INSERT' THEN 'key.made' WHEN TG_OP = 'DELETE' THEN 'key.removed'
        WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN 'key.revoked'
        WHEN OLD.secret_hash <> NEW.secret_hash THEN 'key.rotated' ELSE 'key.changed' END;
    before text := CASE WHEN TG_OP <> 'INSERT' THEN api_key_document(OLD)::jsonb - 'note' END;
    after text := CASE WHEN TG_OP <> 'DELETE' THEN api_key_document(NEW)::jsonb - 'note' END;
BEGIN
    PERFORM audit_log_append(audit_actor(), action, CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, before, after,
                             nullif(current_setting('kervan.request_id', true), ''));
    RETURN NULL;
END
$$;
CREATE TRIGGER api_key_logged AFTER INSERT OR DELETE ON api_key FOR EACH ROW EXECUTE FUNCTION audit_log_key();
CREATE TRIGGER api_key_change_logged AFTER UPDATE ON api_key FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION audit_log_key();

CREATE FUNCTION audit_log_channel() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    before text := CASE WHEN TG_OP <> 'INSERT' THEN channel_document(OLD)::jsonb END;
    after text := CASE WHEN TG_OP <> 'DELETE' THEN channel_document(NEW)::jsonb END;
BEGIN
    PERFORM audit_log_append(audit_actor(), CASE TG_OP WHEN 'INSERT' THEN 'channel.made' WHEN 'DELETE' THEN 'channel.removed'
                                 ELSE 'channel.changed' END,
                             CASE WHEN TG_OP = 'DELETE' THEN OLD.code ELSE NEW.code END, before, after,
                             nullif(current_setting('kervan.request_id', true), ''));
    RETURN NULL;
END
$$;
CREATE TRIGGER channel_logged AFTER INSERT OR DELETE ON channel FOR EACH ROW EXECUTE FUNCTION audit_log_channel();
CREATE TRIGGER channel_change_logged AFTER UPDATE ON channel FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION audit_log_channel();

CREATE FUNCTION audit_log_document(e audit_log) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object('entry_no', e.entry_no, 'at', instant_text(e.at), 'actor', e.actor,
        'action', e.action, 'subject', e.subject, 'before', e.before, 'after', e.after, 'request_id', e.request_id,
        'previous_hash', encode(e.previous_hash, 'hex'), 'hash', encode(e.hash, 'hex')))
$$;
