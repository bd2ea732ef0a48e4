#!/bin/bash
# entry.sh - makes the cluster at the first start, and runs the server.
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # shellcheck disable=SC2086  # several options in one variable, as in the official image
    initdb -U postgres --pwfile="$POSTGRES_PASSWORD_FILE" ${POSTGRES_INITDB_ARGS:-}
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
fi
shift
exec postgres -c listen_addresses='*' -c unix_socket_directories=/run/postgresql "$@"
