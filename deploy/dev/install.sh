#!/bin/bash
# install.sh - the Debian packages that deploy/packages.txt names and this machine lacks.
#
#   deploy/dev/install.sh [GROUP...]      groups of the list; build, run and test without one
#
# Calls apt only when something is missing. Starts no server, and makes no database cluster of the
# system's own: the development stack brings up private ones.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly LIST=deploy/packages.txt
readonly SERVER_USER=kervan
readonly POLICY=/usr/sbin/policy-rc.d
readonly LOCK_WAIT_S=600

fail() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}

wanted() {
    awk -v groups=" $* " '
        /^# / { take = index(groups, " " $2 " ") }
        /^[a-z0-9]/ && take { print $1 }' "$LIST" | sort -u
}

# What is installed, by its own name or by one that it provides, as another source's nodejs provides npm.
present() {
    dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' 2>/dev/null | awk '
        $1 == "installed" {
            sub(/^installed /, "")
            gsub(/ \([^)]*\)/, "")
            count = split($0, names, /, */)
            for (i = 1; i <= count; i++) if (names[i] != "") print names[i]
        }' | sort -u
}

missing() {
    wanted "$@" | comm -23 - <(present)
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

need_root() {
    [ "$(id -u)" -eq 0 ] && return
    command -v sudo >/dev/null ||
        fail "these packages are missing and there is no sudo. As root: apt-get install -y --no-install-recommends $*"
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout="$LOCK_WAIT_S" \
        -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@" </dev/null
}

run_apt() {
    local log=$1
    shift
    apt_get "$@" >>"$log" 2>&1 && return
    tail -n 30 "$log" >&2
    fail "apt-get $1 failed; its whole output is in $log"
}

# The server package makes and starts a cluster of its own unless this says no beforehand.
no_main_cluster() {
    local conf=/etc/postgresql-common/createcluster.conf
    local setting='create_main_cluster = false'
    grep -qE '^[[:space:]]*create_main_cluster' "$conf" && return
    printf '\n# Kervan runs a private server; a package needs none beside it.\n%s\n' "$setting" |
        as_root tee -a "$conf" >/dev/null
}

# Packages start what they bring unless a policy forbids it; one that is there already stays.
hold_services() {
    [ -e "$POLICY" ] && return
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
    trap 'as_root rm -f "$POLICY"' EXIT
}

install_packages() {
    local log
    log=$(mktemp -t kervan-install.XXXXXX)
    run_apt "$log" update
    hold_services
    if printf '%s\n' "$@" | grep -qx 'postgresql-15'; then
        run_apt "$log" install --no-install-recommends postgresql-common
        no_main_cluster
    fi
    run_apt "$log" install --no-install-recommends "$@"
    rm -f "$log"
}

# PostgreSQL refuses to run as root: who works as root lends it this account.
make_server_user() {
    [ "$(id -u)" -eq 0 ] || return 0
    id -u "$SERVER_USER" >/dev/null 2>&1 && return
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$SERVER_USER"
}

main() {
    local packages
    [ $# -gt 0 ] || set -- build run test
    command -v dpkg-query >/dev/null || fail "this installs Debian packages; on another system install what $LIST names"
    mapfile -t packages < <(missing "$@")
    if [ "${#packages[@]}" -gt 0 ]; then
        need_root "${packages[@]}"
        printf '  %-12s installing %d: %s\n' packages "${#packages[@]}" "${packages[*]}"
        install_packages "${packages[@]}"
    fi
    make_server_user
    printf '  %-12s %5.1f s\n' packages "$SECONDS"
}

main "$@"
