# SPDX-License-Identifier: BSD-3-Clause
# needs: redis-server redis-benchmark redis-cli
# Debian links it with libjemalloc: its malloc and free are ours, its mallctl is that library's.
redis-server --port 0 --unixsocket redis.sock --save '' --loglevel warning --daemonize no \
    >server.log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || :' EXIT
cli() {
    redis-cli -s redis.sock "$@"
}
tries=0
until [ "$(cli ping 2>/dev/null)" = PONG ]; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ]; then cat server.log; exit 1; fi
    sleep 0.1
done
redis-benchmark -s redis.sock -n 20000 -r 5000 -t set,lpush,hset -q -P 4 >/dev/null
redis-benchmark -s redis.sock -n 20000 -r 5000 -t get,zadd -q -P 8 >/dev/null
cli flushall
cli eval 'for i = 1, 5000 do redis.call("rpush", "list", i * 7919 % 5000,
    string.rep("x", i % 200)) end return redis.call("llen", "list")' 0
cli sort list limit 0 3 alpha
cli set text "$(seq 1 2000)"
cli append text more
cli strlen text
cli bgsave
while cli info persistence | grep -q rdb_bgsave_in_progress:1; do sleep 0.05; done
cli info persistence | grep rdb_last_bgsave_status
cli info memory | grep mem_allocator
cli memory purge
cli dbsize
cli shutdown nosave
wait $server
