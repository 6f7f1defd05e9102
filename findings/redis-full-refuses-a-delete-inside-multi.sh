#!/usr/bin/env bash
# A Redis that has reached its memory limit deletes keys, but not inside MULTI.
#
# Seen with Redis 7.0.15 (Debian 12, package redis-server), maxmemory reached, policy noeviction:
#   * DEL, UNLINK, PUBLISH, and a script that only calls DEL work;
#   * MULTI is accepted, and then DEL inside of it is refused with OOM, so EXEC is EXECABORT and nothing is deleted;
#   * INCR and SET are refused, also of a key that exists.
# Who invalidates a cache in a transaction, or by counting up a generation, cannot invalidate exactly when the server is
# full, while GET goes on to return the old values. Single DEL commands, or a script of them, can.
#
# Needs: a Debian 12 with apt-get, and its libraries for redis-server. Unpacks the package in a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet redis-server redis-tools >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb --extract "$package" .; done
redis() { usr/bin/redis-cli -s "$folder/socket" "$@" 2>&1; }
usr/bin/redis-server --version | cut -d' ' -f3
usr/bin/redis-server --port 0 --unixsocket "$folder/socket" --save '' --dir "$folder" >/dev/null &
server=$!
until [ "$(redis PING)" = PONG ]; do sleep 0.1; done

for key in one two three four five; do redis SET "$key" old >/dev/null; done
redis CONFIG SET maxmemory-policy noeviction >/dev/null
redis CONFIG SET maxmemory 3mb >/dev/null
# Fills the memory, first with large values, then with small ones.
for size in 100000 1000 10; do
    for number in $(seq 200); do
        [[ $(redis SETRANGE "fill:$size:$number" "$size" x) != OOM* ]] || break
    done
done

changed=0
expect() {
    local name=$1 expected=$2 seen=$3
    printf '%-34s %s\n' "$name" "$(echo "$seen" | tr '\n' ' ' | cut -c1-90)"
    case $seen in $expected) ;; *) changed=1 && echo "  expected: $expected" ;; esac
}
expect "SET of a key that exists" "OOM *" "$(redis SET one new)"
expect "INCR" "OOM *" "$(redis INCR generation)"
expect "GET" old "$(redis GET one)"
inside=$(printf 'MULTI\nDEL one\nEXEC\n' | redis)
expect "MULTI, DEL, EXEC" $'OK*OOM *EXECABORT*' "$inside"
expect "the key afterwards" old "$(redis GET one)"
expect "DEL" 1 "$(redis DEL one)"
expect "UNLINK" 1 "$(redis UNLINK two)"
expect "PUBLISH" 0 "$(redis PUBLISH channel message)"
expect "a script that calls DEL" 1 "$(redis EVAL "return redis.call('DEL', KEYS[1])" 1 three)"
if [ $changed = 1 ]; then echo "CHANGED: Redis no longer behaves as described"; exit 1; fi
echo "as described"
