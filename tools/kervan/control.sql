-- What `kervan migrate` asks and makes before it works in a schema.  These stand for themselves: they are
-- prepared where no schema needs to exist yet.  Names come in as settings, since DDL takes no parameters.

-- name: lock_try
-- $1 key: one migration at a time in a database; kept by the session
SELECT pg_try_advisory_lock($1::int8)

-- name: role_exists
-- $1 name
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1::text)

-- name: register_exists
-- $1 schema
SELECT to_regclass(quote_ident($1::text) || '.schema_migration') IS NOT NULL

-- name: setting_set
-- $1 setting, $2 value, for the session
SELECT set_config($1::text, $2::text, false)

-- name: schema_make
-- The schema of setting kervan.schema with its register of migrations.
DO $$
DECLARE
    wanted text := current_setting('kervan.schema');
BEGIN
    -- Not CREATE ... IF NOT EXISTS: that wants the right to create even when there is nothing to do.
    IF to_regnamespace(quote_ident(wanted)) IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I', wanted);
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', wanted);
    END IF;
    IF to_regclass(quote_ident(wanted) || '.schema_migration') IS NULL THEN
        EXECUTE format('CREATE TABLE %I.schema_migration ('
            'component text NOT NULL, number smallint NOT NULL, name text NOT NULL, sha256 text NOT NULL, '
            'applied_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (component, number))', wanted);
        EXECUTE format('COMMENT ON TABLE %I.schema_migration IS %L', wanted,
            'Migrations applied: component is runtime (every service has these) or service, sha256 that of the file');
    END IF;
END $$

-- name: rights_grant
-- Rows for the role of setting kervan.role, in the schema of setting kervan.schema; nothing for anybody else, no DDL.
DO $$
DECLARE
    place text := quote_ident(current_setting('kervan.schema'));
    role text := quote_ident(current_setting('kervan.role'));
BEGIN
    EXECUTE 'GRANT USAGE ON SCHEMA ' || place || ' TO ' || role;
    EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ' || place || ' TO ' || role;
    EXECUTE 'GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA ' || place || ' TO ' || role;
    EXECUTE 'REVOKE ALL ON ALL ROUTINES IN SCHEMA ' || place || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON ALL ROUTINES IN SCHEMA ' || place || ' TO ' || role;
    EXECUTE 'REVOKE INSERT, UPDATE, DELETE ON ' || place || '.schema_migration FROM ' || role;
    -- Only read, and appended to by a function of its own.
    IF to_regclass(place || '.audit_log') IS NOT NULL THEN
        EXECUTE 'REVOKE INSERT, UPDATE, DELETE ON ' || place || '.audit_log FROM ' || role;
    END IF;
END $$
