# SPDX-License-Identifier: BSD-3-Clause
# needs: mariadb-install-db mariadbd mariadb
# reports: mariadbd 2 mariadb 6 mariadb-install-db 0
# as: nobody
# A shell script, whose server, which makes the tables, is one of the two.
common="--no-defaults --datadir=$PWD/data --innodb-flush-method=nosync --innodb-log-file-size=4M"
mariadb-install-db $common --skip-test-db --auth-root-authentication-method=normal >/dev/null
mariadbd $common --socket="$PWD/socket" --skip-networking --pid-file="$PWD/pid" \
    --innodb-buffer-pool-size=16M >log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || :' EXIT
sql() {
    mariadb --no-defaults -u root -S socket -N -B "$@"
}
tries=0
until sql -e 'select 1' >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 300 ]; then cat log; exit 1; fi
    sleep 0.1
done
sql <<'SQL'
create database d;
use d;
create table t (id int primary key, name varchar(100), text longtext, key (name)) engine=InnoDB;
insert into t select seq, concat('name ', seq * 7919 % 20000), repeat('x', seq % 200) from seq_1_to_20000;
create table a engine=Aria as select * from t where id < 3000;
SQL
for n in 1 2 3; do
    sql d -e "update t set name = concat(name, '.$n') where id % 7 = $n;
        select count(*) from t where id % 7 = $n and name like '%.$n'" >"out$n" &
    eval "client$n=$!"
done
wait "$client1" "$client2" "$client3"
cat out1 out2 out3
sql d <<'SQL'
set session group_concat_max_len = 100000000, sort_buffer_size = 32768, max_heap_table_size = 65536;
select count(*), sum(length(name)), md5(group_concat(name order by name)) from t;
select left(name, 8) as start, count(*), max(text) = repeat('x', 199) from t group by start order by start limit 20;
select t.id, a.name from t join a on a.id = t.id * 31 % 2999 + 1 where t.id % 4001 = 0 order by 1;
with recursive n(i, s) as (select 1, cast('1' as char(4000)) union all select i + 1, concat(s, ',', i) from n where i < 500)
    select md5(group_concat(s)) from n;
select json_length(json_arrayagg(json_object('n', id, 'name', name))) from a;
select regexp_replace(repeat('abc', 20000), '[ac]', '') = repeat('b', 20000);
alter table t add column more varchar(50) default 'more', add fulltext key (text);
delete from t where id % 3 = 0;
check table t, a;
SQL
if sql d -e 'select * from none'; then exit 1; else echo "status $?"; fi
sql -e 'shutdown'
wait $server
grep -E 'ERROR|got signal' log || echo 'no crash'
