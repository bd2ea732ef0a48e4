-- Customers are erased under a scope of its own: what is done cannot be taken back.

ALTER TABLE api_key DROP CONSTRAINT api_key_scopes_known,
    ADD CONSTRAINT api_key_scopes_known CHECK (scopes <@ ARRAY[
        'orders:read', 'orders:write', 'inventory:read', 'inventory:write', 'payments:read', 'payments:write',
        'fulfillments:read', 'fulfillments:write', 'shipments:read', 'shipments:write', 'tasks:read', 'tasks:write',
        'customers:read', 'customers:write', 'customers:tokens', 'customers:erase', 'admin']);

COMMENT ON TABLE audit_log IS 'What people and administrators did, append-only; no secrets, nothing of shoppers but who was put on the block list. The service''s role may read it and append through audit_log_append alone';
