-- A run of the audit that the gateway asks of all services has one name in all of them.

ALTER TABLE audit_run ADD COLUMN name text COLLATE "C", ADD CONSTRAINT audit_run_name_form CHECK (length(name) BETWEEN 1 AND 64);
COMMENT ON COLUMN audit_run.name IS 'What the asker calls it; the same name is the same run. Null: asked by the command line, which knows it by its id';
CREATE UNIQUE INDEX audit_run_by_name ON audit_run (name);
COMMENT ON INDEX audit_run_by_name IS 'A repeat finds the run that it asked for';

-- What is shown of it.
CREATE FUNCTION audit_run_document(r audit_run) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object('asked_at', to_char(r.asked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'done_at', to_char(r.done_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text
$$;
