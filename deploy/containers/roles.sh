#!/bin/sh
# roles.sh - makes database, roles and schemas, or brings them up to date; runs once at every start.
set -eu
PGPASSWORD=$(cat /run/secrets/postgres-password)
export PGPASSWORD
exec psql -X -q -v ON_ERROR_STOP=1 -h postgres -U postgres -d postgres -f /run/secrets/roles.psql -f /roles.sql
