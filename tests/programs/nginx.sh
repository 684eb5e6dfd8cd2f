# SPDX-License-Identifier: BSD-3-Clause
# needs: nginx /usr/bin/python3
# The check, the start that becomes a daemon, the master, two workers and the cache's manager before
# and again after the reload, and the two that send signals. Started by root, the workers give that up.
# reports: nginx 11 python3 1
chmod 755 .
mkdir -m 777 html cache
seq 1 60000 >html/numbers.txt
echo '<html>hello</html>' >html/index.html
if [ "$(id -u)" = 0 ]; then user='user nobody nogroup;'; else user=; fi
cat >nginx.conf <<CONF
$user
worker_processes 2;
pid $PWD/pid;
error_log $PWD/error.log;
events { worker_connections 64; }
http {
    access_log off;
    log_not_found off;
    types { text/html html; text/plain txt; }
    client_body_temp_path cache/body;
    proxy_temp_path cache/temp;
    fastcgi_temp_path cache/fastcgi;
    uwsgi_temp_path cache/uwsgi;
    scgi_temp_path cache/scgi;
    proxy_cache_path $PWD/cache keys_zone=kept:1m;
    gzip on;
    gzip_types text/plain;
    upstream itself { server unix:$PWD/socket; keepalive 4; }
    server {
        listen unix:$PWD/socket;
        root $PWD/html;
        location /kept/ { proxy_pass http://itself/; proxy_cache kept; proxy_cache_valid 1m; }
        location ~ ^/say/(.*)\$ { return 200 "\$1 \$request_method \$http_x_long"; }
        rewrite ^/old/(.*)\$ /say/\$1 last;
    }
}
CONF
# Not told apart: the warning that a user who is not root can't change to another, or any other.
nginx -p "$PWD" -e error.log -c nginx.conf -t -q
said=$(nginx -p "$PWD" -e error.log -c nginx.conf 2>&1)
echo "said: $said"
trap 'kill "$(cat pid 2>/dev/null)" 2>/dev/null || :' EXIT
cat >client.py <<'PY'
import gzip
import hashlib
import http.client
import socket
import sys


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("socket")


digest = hashlib.sha256()
for i in range(int(sys.argv[1])):
    connection = Connection("localhost")
    for path in ("/", "/numbers.txt", "/kept/numbers.txt", f"/say/{i}", "/old/thing", "/none",
                 f"/kept/say/{i % 7}"):
        for headers in {}, {"Accept-Encoding": "gzip", "X-Long": "x" * (i * 31 % 3000)}:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.getheader("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            digest.update(b"%d %b" % (answer.status, body))
    connection.close()
print(digest.hexdigest())
PY
/usr/bin/python3 client.py 30
old=$(cat "/proc/$(cat pid)/task/$(cat pid)/children")
nginx -p "$PWD" -e error.log -c nginx.conf -s reload
for pid in $old; do
    while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
done
/usr/bin/python3 client.py 5
nginx -p "$PWD" -e error.log -c nginx.conf -s quit
while [ -e pid ]; do sleep 0.02; done
sed 's/^[^[]*//; s/[0-9]*#[0-9]*//' error.log | grep -v notice || echo 'no errors'
