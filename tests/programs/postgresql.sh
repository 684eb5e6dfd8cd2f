# SPDX-License-Identifier: BSD-3-Clause
# needs: initdb pg_ctl postgres psql pg_dump
# The server has five processes that are always there, one for each connection, and parallel workers.
# reports: postgres 20 psql 6 pg_ctl 2
# as: nobody
initdb -D data -A trust -U me --no-sync --no-locale -E UTF8 >/dev/null
cat >>data/postgresql.conf <<CONF
listen_addresses = ''
unix_socket_directories = '$PWD'
fsync = off
max_connections = 20
shared_buffers = 16MB
work_mem = 256kB
min_parallel_table_scan_size = 0
parallel_setup_cost = 0
parallel_tuple_cost = 0
CONF
said=$(pg_ctl -D data -l log -w start 2>&1) || { echo "$said"; cat log; exit 1; }
trap 'pg_ctl -D data -m immediate stop >/dev/null 2>&1 || :' EXIT
sql() {
    psql -X -q -A -t -h "$PWD" -U me -v ON_ERROR_STOP=1 postgres "$@"
}
sql <<'SQL'
create table t (id int primary key, name text, data jsonb);
insert into t select i, 'name ' || i * 7919 % 20000, jsonb_build_object('n', i, 'list', array[i, i + 1])
    from generate_series(1, 20000) i;
create index on t (name);
create function collatz(n bigint) returns int language plpgsql as $$
declare steps int := 0;
begin
    while n > 1 loop
        n := case when n % 2 = 0 then n / 2 else 3 * n + 1 end;
        steps := steps + 1;
    end loop;
    return steps;
end $$;
analyze t;
SQL
for n in 1 2 3; do
    sql -c "update t set name = name || '.$n' where id % 7 = $n" \
        -c "select count(*) from t where id % 7 = $n and name like '%.$n'" >"out$n" &
done
wait %1 %2 %3
cat out1 out2 out3
sql <<'SQL'
set max_parallel_workers_per_gather = 2;
select count(*), sum(length(name)), md5(string_agg(name, ',' order by name)) from t;
select sum((data->>'n')::int), jsonb_agg(data order by id) filter (where id < 4) from t;
select max(collatz(i)) from generate_series(1, 3000) i;
select a.id, b.name from t a join t b on b.id = (a.id * 31) % 20000 + 1 where a.id % 4001 = 0 order by 1;
delete from t where id % 3 = 0;
cluster t using t_pkey;
do $$ begin raise exception 'on purpose'; exception when others then raise notice '%', sqlerrm; end $$;
select regexp_replace(repeat('abc', 20000), '[ac]', '', 'g') = repeat('b', 20000);
SQL
if sql -c 'select 1 / 0'; then exit 1; else echo "status $?"; fi
pg_dump -h "$PWD" -U me postgres | grep -v '^--' | grep -v restrict | sha256sum
# It writes a dot for each second.
pg_ctl -D data -m fast -w stop | sed "s,\.\.\.\.*,...,"
grep -E 'PANIC|terminated by signal' log || echo 'no crash'
