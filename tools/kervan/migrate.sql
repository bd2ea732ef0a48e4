-- What `kervan migrate` does in one service's schema, which is the session's search path.

-- name: migration_list
-- -> component, number, name, sha256, when
SELECT component, number, name, sha256, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM schema_migration ORDER BY component, number

-- name: migration_begin
BEGIN

-- name: transaction_id
-- Also gives the transaction one: the same id before and after a migration says that it did not end it.
SELECT pg_current_xact_id()::text

-- name: migration_add
-- $1 component, $2 number, $3 name, $4 sha256
INSERT INTO schema_migration (component, number, name, sha256) VALUES ($1::text, $2::int2, $3::text, $4::text)

-- name: migration_commit
COMMIT

-- name: migration_rollback
ROLLBACK
