/* The default workload: a real program that is installed nearly everywhere and allocates a lot, in
 * many sizes.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "workload.h"

#include "tools/common/cli.h"
#include "tools/common/command.h"
#include "tools/common/shell.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* 350,000 rows in three tables: short and growing text, indices, joins, sorts, aggregates. */
static char sql[] =
    "PRAGMA temp_store = MEMORY;"
    "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, city TEXT, born INTEGER, note TEXT);"
    "CREATE TABLE sale(id INTEGER PRIMARY KEY, person INTEGER, item TEXT, cents INTEGER);"
    "CREATE TABLE bill(person INTEGER PRIMARY KEY, body TEXT);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
    " INSERT INTO person SELECT i, printf('name-%d-%x', i * 7919 % 50021, i),"
    " printf('city-%03d', i * 31 % 997), 1940 + i * 17 % 70,"
    " substr('the quick brown fox jumps over the lazy dog and runs far away', 1, i * 13 % 60) FROM "
    "n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250000)"
    " INSERT INTO sale SELECT i, 1 + i * 48271 % 50000, printf('item-%05d', i * 7 % 5003),"
    " i * 7919 % 100000 FROM n;"
    "CREATE INDEX person_name ON person(name);"
    "CREATE INDEX person_city ON person(city, born);"
    "CREATE INDEX sale_person ON sale(person);"
    "CREATE INDEX sale_item ON sale(item, cents);"
    "SELECT city, count(*), sum(cents), max(name) FROM person JOIN sale ON sale.person = person.id"
    " GROUP BY city ORDER BY 3 DESC LIMIT 20;"
    "SELECT item, count(DISTINCT person), group_concat(cents % 100) FROM sale"
    " GROUP BY item HAVING count(*) > 40 ORDER BY 2 DESC LIMIT 20;"
    "INSERT INTO bill SELECT person, group_concat(item || '=' || cents, ';') FROM sale GROUP BY "
    "person;"
    "SELECT max(length(replace(upper(body), 'ITEM', name))), max(printf('%s/%s/%08d', name, city, "
    "id))"
    " FROM bill JOIN person ON person.id = bill.person;"
    "UPDATE person SET note = note || '/' || name || '/' || city WHERE id % 3 = 0;"
    "UPDATE sale SET item = item || '-returned' WHERE cents % 7 = 0;"
    "UPDATE bill SET body = body || ';' || body WHERE person % 4 = 0;"
    "DELETE FROM sale WHERE cents % 5 = 1;"
    "SELECT born, count(*), sum(length(note)), group_concat(DISTINCT substr(city, 6)) FROM person"
    " GROUP BY born;"
    "SELECT a.name, b.name FROM person a JOIN person b ON b.city = a.city AND b.born = a.born"
    " AND b.id > a.id ORDER BY a.note LIMIT 5;"
    "WITH t AS (SELECT person, sum(cents) AS c, group_concat(item) AS items FROM sale GROUP BY "
    "person)"
    " SELECT name, c, length(items) FROM t JOIN person ON person.id = t.person ORDER BY c DESC, "
    "name"
    " LIMIT 10;";

/* -init keeps the user's ~/.sqliterc from changing the workload. */
static char *const sqlite_argv[] = {(char *)"sqlite3",
                                    (char *)"-batch",
                                    (char *)"-init",
                                    (char *)"/dev/null",
                                    (char *)":memory:",
                                    sql,
                                    NULL};

static char python[] =
    "import random\n"
    "r = random.Random(1)\n"
    "d = {}\n"
    "for i in range(200000):\n"
    "    d['key-%d' % r.randrange(100000)] = {'n': i, 's': 'x' * (i % 90), 'l': [i, str(i)]}\n"
    "by = {}\n"
    "for k, v in d.items():\n"
    "    by.setdefault(v['n'] % 997, []).append((k, v['s'] + k))\n"
    "for i in range(0, 100000, 3):\n"
    "    d.pop('key-%d' % i, None)\n"
    "print(len(d), sum(len(s) for l in by.values() for _, s in sorted(l)))\n";

/* By default Python would serve small objects from pools of its own, and order its dictionaries by
 * a new seed in each run. */
static char *const python_argv[] = {(char *)"env",
                                    (char *)"PYTHONMALLOC=malloc",
                                    (char *)"PYTHONHASHSEED=0",
                                    (char *)"python3",
                                    (char *)"-S",
                                    (char *)"-c",
                                    python,
                                    NULL};

/* Takes `name` over, and copies `program`. */
static int set(const char *subcommand, char *name, const char *program, char *const *argv,
               struct zm_workload *out)
{
    out->name = name;
    out->program = strdup(program);
    out->argv = argv;
    if (out->name && out->program)
        return 0;
    zm_error(subcommand, "out of memory");
    return ZM_EXIT_TOOL;
}

int zm_workload_from_command(const char *subcommand, char **argv, struct zm_workload *out)
{
    char program[PATH_MAX];
    int status = zm_command_find(subcommand, argv[0], program);
    return status ? status : set(subcommand, zm_shell_line(argv), program, argv, out);
}

int zm_workload_default(const char *subcommand, struct zm_workload *out)
{
    char program[PATH_MAX];
    if (zm_command_look_up("sqlite3", program) == 0)
        return set(subcommand, strdup("sqlite3"), program, sqlite_argv, out);
    if (zm_command_look_up("python3", program) == 0 && zm_command_look_up("env", program) == 0)
        return set(subcommand, strdup("python3-dictionaries"), program, python_argv, out);
    zm_error(subcommand, "the default job needs sqlite3 or python3; neither is in PATH");
    return ZM_EXIT_NOT_FOUND;
}

void zm_workload_clear(struct zm_workload *workload)
{
    free(workload->name);
    free(workload->program);
    workload->name = workload->program = NULL;
}
