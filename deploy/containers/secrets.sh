#!/bin/bash
# secrets.sh - makes the secrets that docker-compose.yml names and that are not there yet.
#
#   deploy/containers/secrets.sh [FOLDER]      .secrets
#
# Only the folder's owner may enter it.  The files in it may be read by all: a container sees single files of it, as
# an account of its own.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly folder=${1:-$top/.secrets}
umask 077
mkdir -p "$folder"

random() {
    head -c 24 /dev/urandom | base64 | tr '+/' '-_'
}

# write NAME: what stands on standard input, unless the file is there.
write() {
    [ -e "$folder/$1" ] && return
    cat >"$folder/$1.new"
    chmod 644 "$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
}

roles() {
    sed -nE "s/^ *\('kervan_([a-z]+)'.*/\1/p" "$top/deploy/dev/roles.sql"
}

password_of() {
    sed -n "s/^\\\\set $1_password '\(.*\)'\$/\1/p" "$folder/roles.psql"
}

for name in postgres-password payment-provider-key payment-webhook-secret carrier-key carrier-webhook-secret \
    link-secret; do
    random | write "$name"
done
write roles.psql </dev/null
for role in $(roles); do
    [ -n "$(password_of "$role")" ] || printf "\\\\set %s_password '%s'\n" "$role" "$(random)" >>"$folder/roles.psql"
done
for role in $(roles); do
    printf 'host=postgres dbname=kervan user=kervan_%s password=%s\n' "$role" "$(password_of "$role")" | write "$role-pg"
done
for name in payment-provider carrier; do
    printf 'Bearer %s\n' "$(cat "$folder/$name-key")" | write "$name-authorization"
done
