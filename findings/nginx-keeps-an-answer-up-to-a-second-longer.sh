#!/usr/bin/env bash
# nginx counts the age of a cached response in whole seconds, so it uses one for up to a second longer than max-age.
#
# Seen with nginx 1.22.1 (Debian 12, package nginx-light): a response with `max-age=1`, stored just after the beginning of a
# second, is a HIT 1.8 seconds later and EXPIRED 2.3 seconds later.
# Who promises their users that an answer is at most N seconds old must send max-age = N - 1 through nginx, and a test that
# waits for N plus a half sees the old answer in every second run.
#
# Needs: a Debian 12 with apt-get, its libraries for nginx-light, curl and python3. Unpacks the package in a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
nginx= origin=
trap 'for one in $nginx $origin; do kill "$one"; done; wait 2>/dev/null; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet nginx-light nginx >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb --extract "$package" .; done
usr/sbin/nginx -v
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
front=$(free) behind=$(free)
cat >origin.py <<'PYTHON'
import http.server, sys

class Origin(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Cache-Control", "public, max-age=1")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Origin).serve_forever()
PYTHON
python3 origin.py "$behind" &
origin=$!
mkdir -p cache temp
cat >nginx.conf <<CONFIG
daemon off;
master_process off;
error_log $folder/error.log;
pid $folder/nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path temp/body;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;
    proxy_cache_path $folder/cache keys_zone=answers:1m;
    server {
        listen 127.0.0.1:$front;
        location / {
            proxy_pass http://127.0.0.1:$behind;
            proxy_cache answers;
            add_header Seen \$upstream_cache_status;
        }
    }
}
CONFIG
usr/sbin/nginx -p "$folder" -c "$folder/nginx.conf" 2>/dev/null &
nginx=$!
ask() { curl --silent --include "http://127.0.0.1:$front/$1" | tr -d '\r' | sed -n 's/^Seen: //p'; }
until [ -n "$(ask start)" ]; do sleep 0.1; done

changed=0
for wait in 1.8:HIT 2.3:EXPIRED; do
    # To the beginning of a second, and a little more.
    sleep "$(python3 -c 'import time; print(1.05 - time.time() % 1)')"
    first=$(ask "$wait")
    sleep "${wait%:*}"
    second=$(ask "$wait")
    echo "max-age=1: $first, after ${wait%:*} seconds $second"
    [ "$first $second" = "MISS ${wait#*:}" ] || changed=1
done
if [ $changed = 1 ]; then echo "CHANGED: nginx no longer behaves as described"; exit 1; fi
echo "as described"
