-- roles.sql - who may do what in Kervan's database. Runs as the superuser, any number of times.
--
-- Wants a psql variable NAME_password for each role below (owner_password, gateway_password ...).
-- The owner migrates; a service reads and writes the rows of its own schema, and nothing else.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

CREATE TEMPORARY TABLE login(role name, schema name, password text);
INSERT INTO login VALUES
    ('kervan_owner',        NULL,           :'owner_password'),
    ('kervan_gateway',      'gateway',      :'gateway_password'),
    ('kervan_order',        'orders',       :'order_password'),
    ('kervan_inventory',    'inventory',    :'inventory_password'),
    ('kervan_payment',      'payment',      :'payment_password'),
    ('kervan_fulfillment',  'fulfillment',  :'fulfillment_password'),
    ('kervan_shipping',     'shipping',     :'shipping_password'),
    ('kervan_returns',      'returns',      :'returns_password'),
    ('kervan_notification', 'notification', :'notification_password'),
    ('kervan_analytics',    'analytics',    :'analytics_password');

SELECT format('CREATE ROLE %I', role) FROM login WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec
SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD %L', role, password) FROM login
\gexec
SELECT 'CREATE DATABASE kervan OWNER kervan_owner TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C.UTF-8'' LC_CTYPE ''C.UTF-8'''
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'kervan')
\gexec
REVOKE ALL ON DATABASE kervan FROM PUBLIC;
SELECT format('GRANT CONNECT ON DATABASE kervan TO %I', role) FROM login
\gexec
SELECT format('ALTER ROLE %I IN DATABASE kervan SET search_path = %I', role, schema) FROM login WHERE schema IS NOT NULL
\gexec

-- The statements for the new database are made here, where the table is, and run there.
SELECT string_agg(format('CREATE SCHEMA IF NOT EXISTS %1$I AUTHORIZATION kervan_owner; '
        'REVOKE ALL ON SCHEMA %1$I FROM PUBLIC; GRANT USAGE ON SCHEMA %1$I TO %2$I; '
        'ALTER DEFAULT PRIVILEGES FOR ROLE kervan_owner IN SCHEMA %1$I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %2$I; '
        'ALTER DEFAULT PRIVILEGES FOR ROLE kervan_owner IN SCHEMA %1$I GRANT USAGE, SELECT ON SEQUENCES TO %2$I; '
        'ALTER DEFAULT PRIVILEGES FOR ROLE kervan_owner IN SCHEMA %1$I GRANT EXECUTE ON FUNCTIONS TO %2$I;',
        schema, role), ' ') AS schemas
    FROM login WHERE schema IS NOT NULL
\gset
\connect kervan
SET client_min_messages = warning;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE kervan_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
:schemas
