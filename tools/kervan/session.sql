-- Which services there are: every schema that has the runtime's tables.

-- name: service_schemas
SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'operator_request' AND c.relkind = 'r' AND has_schema_privilege(n.oid, 'USAGE') ORDER BY n.nspname
