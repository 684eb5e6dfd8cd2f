# SPDX-License-Identifier: BSD-3-Clause
# needs: memcached /usr/bin/python3
# reports: memcached 2 python3 1
# as: nobody
# A daemon must let go of its caller's pipe, or this substitution never ends.
said=$(memcached -d -s "$PWD/socket" -P "$PWD/pid" -m 64 -t 4 -o modern 2>&1)
echo "said: $said"
trap 'kill "$(cat pid 2>/dev/null)" 2>/dev/null || :' EXIT
cat >client.py <<'PY'
import socket
import threading
import time


def connect():
    for _ in range(100):
        try:
            s = socket.socket(socket.AF_UNIX)
            s.connect("socket")
            return s, s.makefile("rb")
        except OSError:
            time.sleep(0.05)
    raise SystemExit("no server")


def work(n):
    s, answers = connect()
    for i in range(3000):
        value = bytes([65 + i % 26]) * (i * 7 % 4000)
        s.sendall(b"set %d.%d 0 0 %d\r\n%b\r\n" % (n, i % 500, len(value), value))
        assert answers.readline() == b"STORED\r\n"
        s.sendall(b"get %d.%d\r\n" % (n, i % 500))
        assert answers.readline().startswith(b"VALUE")
        assert answers.read(len(value) + 2) == value + b"\r\n"
        assert answers.readline() == b"END\r\n"
    s.sendall(b"set big.%d 0 0 900000\r\n%b\r\n" % (n, b"x" * 900000))
    results[n] = answers.readline()


results = [None] * 6
threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(results)
s, answers = connect()
for command in b"incr none 1", b"set n 0 0 2\r\n41", b"incr n 1", b"delete n", b"flush_all", b"verbosity x":
    s.sendall(command + b"\r\n")
    print(command, answers.readline())
s.sendall(b"stats slabs\r\n")
while answers.readline() != b"END\r\n":
    pass
PY
/usr/bin/python3 client.py
kill "$(cat pid)"
