-- One snapshot for all rules of `kervan audit`: what one service wrote is compared with what another had at the same instant.

-- name: audit_begin
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: audit_end
ROLLBACK
