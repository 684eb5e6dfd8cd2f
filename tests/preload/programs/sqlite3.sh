# SPDX-License-Identifier: BSD-3-Clause
# needs: sqlite3
sqlite3 :memory: <<'END'
create table t (id integer primary key, name text, value real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
insert into t select i, printf('name %d', i * 7919 % 60000), i * 0.5 from n;
create index by_name on t (name);
select count(*), sum(value), min(name), max(name) from t;
select a.id, b.id from t a join t b on a.name = b.name where a.id % 9973 = 0 order by a.id;
delete from t where id % 3 = 0;
select substr(name, 1, 6) as start, count(*), group_concat(id % 10, '') from t
  where id < 2000 group by start order by start limit 20;
pragma integrity_check;
END
