-- Customers are seen, changed and given tokens under scopes of their own.

ALTER TABLE api_key DROP CONSTRAINT api_key_scopes_known,
    ADD CONSTRAINT api_key_scopes_known CHECK (scopes <@ ARRAY[
        'orders:read', 'orders:write', 'inventory:read', 'inventory:write', 'payments:read', 'payments:write',
        'fulfillments:read', 'fulfillments:write', 'shipments:read', 'shipments:write', 'tasks:read', 'tasks:write',
        'customers:read', 'customers:write', 'customers:tokens', 'admin']);
