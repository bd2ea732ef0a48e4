#!/bin/bash
# fresh.sh - proves that make run and make test need nothing but a bare Debian 12 with git, make and CA certificates.
#
#   make fresh          as root; from a clone of the current commit, in a root folder of its own
#
# FRESH_STEPS         what to prove: "run test"
# FRESH_DIR           where the bare system and fetched packages are kept between runs (/var/cache/kervan-fresh)
# FRESH_TIMEOUT_S     for everything inside (5400)
# EXTRA_CA_DIR        folder of *.crt files to trust besides
# APT_CONFIG, PIP_CONFIG_FILE, NPM_CONFIG_USERCONFIG, MAVEN_SETTINGS   files that are copied in, each to its place
# http_proxy, https_proxy, no_proxy are passed through. The mirror is the one this machine's apt uses.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly top
readonly DIR=${FRESH_DIR:-/var/cache/kervan-fresh}
readonly BASE=$DIR/base
readonly STEPS=${FRESH_STEPS:-run test}
readonly TIMEOUT_S=${FRESH_TIMEOUT_S:-5400}

fail() {
    printf 'fresh: %s\n' "$*" >&2
    exit 1
}

say() {
    printf 'fresh: %-24s %5d s\n' "$1" "$SECONDS"
}

check_rights() {
    [ "$(id -u)" -eq 0 ] || fail "making a system in a folder needs root; run it with sudo"
    case "$DIR/" in "$top"/*) fail "FRESH_DIR lies in the tree; choose a folder outside" ;; esac
    unshare --mount --pid --fork true || fail "this machine allows no namespaces of one's own (unshare)"
}

# copy_setting FILE PLACE: what this machine's owner gives by environment, where the tool inside looks for it.
copy_setting() {
    [ -n "$1" ] || return 0
    install -D -m 644 "$1" "$root/$2"
}

prepare_root() {
    cp -a --reflink=auto "$BASE/." "$root"
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    copy_setting "${APT_CONFIG:-}" etc/apt/apt.conf.d/99extra
    copy_setting "${PIP_CONFIG_FILE:-}" etc/pip.conf
    copy_setting "${NPM_CONFIG_USERCONFIG:-}" root/.npmrc
    copy_setting "${MAVEN_SETTINGS:-}" root/.m2/settings.xml
    if [ -n "${EXTRA_CA_DIR:-}" ]; then
        cp -L "$EXTRA_CA_DIR"/*.crt "$root/usr/local/share/ca-certificates/"
        chroot "$root" update-ca-certificates >/dev/null 2>&1
    fi
    git clone -q --no-local "$top" "$root/srv/kervan"
}

# Everything inside has processes and mounts of its own, which end with it.
inside() {
    local name pass=()
    for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
        [ -z "${!name:-}" ] || pass+=("$name=${!name}")
    done
    mkdir -p "$DIR/packages/partial"
    # shellcheck disable=SC2016
    timeout --kill-after=30 "$TIMEOUT_S" unshare --mount --pid --fork --kill-child bash -c '
        set -euo pipefail
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        mount --bind "$2" "$1/var/cache/apt/archives"
        root=$1; shift 2
        exec chroot "$root" "$@"' inside "$root" "$DIR/packages" \
        env -i "${pass[@]}" PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb CI=true \
        KERVAN_PORT_BASE="${KERVAN_PORT_BASE:-$((20000 + RANDOM % 8000))}" \
        bash -euc 'cd /srv/kervan; '"$1" </dev/null
}

main() {
    local step
    cd "$top"
    check_rights
    mkdir -p "$DIR"
    deploy/dev/bare_system.sh "$BASE" git make ca-certificates
    say 'bare system'
    root=$(mktemp -d "$DIR/root.XXXXXX")
    chmod 755 "$root"
    trap 'rm -rf --one-file-system "$root"' EXIT
    prepare_root
    say 'clone'
    for step in $STEPS; do
        case $step in
        run) inside 'make run; make status; make run | grep "running already"; make stop; ! make -s status 2>/dev/null' ;;
        test) inside 'make test' ;;
        *) fail "FRESH_STEPS knows run and test, not $step" ;;
        esac
        say "make $step"
    done
}

main "$@"
