#!/bin/bash
# bare_system.sh - a bare Debian 12 in a folder, from the mirror that this machine's apt uses, with its sources for apt.
#
#   deploy/dev/bare_system.sh FOLDER [PACKAGE...]      as root; does nothing when it is there already
set -euo pipefail
readonly RELEASE=bookworm
readonly TIMEOUT_S=900
readonly folder=$1
shift

fail() {
    printf 'bare_system: %s\n' "$*" >&2
    exit 1
}

# The lines `deb URI SUITE main` of Debian itself, from whatever form this machine's sources have.
# shellcheck disable=SC2016  # apt fills these in
apt_sources() {
    apt-get indextargets --format '$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT)' |
        awk -v release="$RELEASE" '$1 == "Packages" && $4 == "main" &&
            ($3 == release || $3 == release "-updates" || $3 == release "-security") { print "deb", $2, $3, $4 }' | sort -u
}

[ -e "$folder/.complete" ] && exit 0
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
mirror=$(apt_sources | awk -v release="$RELEASE" '$3 == release { print $2; exit }')
[ -n "$mirror" ] || fail "this machine's apt has no source of $RELEASE main to take a bare system from"
log=$folder.log
rm -rf --one-file-system "$folder"
include=$(IFS=,; echo "$*")
timeout "$TIMEOUT_S" debootstrap --variant=minbase ${include:+"--include=$include"} "$RELEASE" "$folder" "$mirror" \
    >"$log" 2>&1 </dev/null || { tail -n 20 "$log" >&2; fail "debootstrap failed; see $log"; }
apt_sources >"$folder/etc/apt/sources.list"
rm -f "$folder"/var/cache/apt/archives/*.deb "$folder"/var/cache/apt/*.bin
touch "$folder/.complete"
