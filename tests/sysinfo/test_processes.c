/* Other processes, and the odd ones among them: each has its figures or the right error.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "helpers.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* A child that runs `body` and then waits to be killed. */
static pid_t start(void (*body)(void))
{
    int ready[2];
    char byte;
    pid_t child;
    assert_int_equal(pipe(ready), 0);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        body();
        if (write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void stop(pid_t child)
{
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Runs `body` in a child and returns its exit status: for what changes the whole process. */
static int status_of(int (*body)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child)
        _exit(body());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void dirty_64_mb(void)
{
    char *block = mmap(NULL, 64 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        _exit(1);
    memset(block, 1, 64 * MB);
}

static void nothing(void)
{
}

static void another_process(void **state)
{
    pid_t plain = start(nothing), dirty = start(dirty_64_mb);
    struct zmalloc_sysinfo_memory a = ask(plain, ZMALLOC_SYSINFO_ALL),
                                  b = ask(dirty, ZMALLOC_SYSINFO_ALL);
    uint64_t field = 0;
    (void)state;
    assert_int_equal(zmalloc_sysinfo_smaps(dirty, "Private_Dirty", &field), 0);
    assert_near(b.rss - a.rss, 64 * MB, 2 * MB);
    assert_near(b.peak_rss - a.peak_rss, 64 * MB, 2 * MB);
    assert_near(b.private_dirty - a.private_dirty, 64 * MB, 2 * MB);
    assert_near(field, b.private_dirty, MB);
    assert_near(zmalloc_get_private_dirty(dirty), b.private_dirty, MB);
    stop(plain);
    stop(dirty);
}

static void evil_name(void)
{
    prctl(PR_SET_NAME, "a) R\nVmHWM: 9 kB\n", 0, 0, 0);
}

static void command_name_with_parenthesis_and_newline(void **state)
{
    pid_t plain = start(nothing), evil = start(evil_name);
    struct zmalloc_sysinfo_memory a = ask(plain, ZMALLOC_SYSINFO_ALL),
                                  b = ask(evil, ZMALLOC_SYSINFO_ALL);
    (void)state;
    assert_int_equal(a.has, b.has);
    assert_near(b.rss, a.rss, MB);
    assert_near(b.peak_rss, a.peak_rss, MB);
    stop(plain);
    stop(evil);
}

static void absent(void **state)
{
    static const int64_t pids[] = {INT32_MAX, (int64_t)INT32_MAX + 1, INT64_MAX};
    uint64_t bytes;
    pid_t child = start(nothing);
    (void)state;
    stop(child);
    assert_int_equal(ask_error(child, ZMALLOC_SYSINFO_RSS), -ESRCH);
    for (size_t i = 0; i < sizeof pids / sizeof *pids; i++) {
        assert_int_equal(ask_error(pids[i], ZMALLOC_SYSINFO_RSS), -ESRCH);
        assert_int_equal(ask_error(pids[i], ZMALLOC_SYSINFO_PEAK_RSS), -ESRCH);
        assert_int_equal(ask_error(pids[i], ZMALLOC_SYSINFO_PSS), -ESRCH);
        assert_int_equal(zmalloc_sysinfo_smaps(pids[i], "Pss", &bytes), -ESRCH);
    }
    assert_int_equal(zmalloc_get_private_dirty(child), 0);
}

static void without_memory(int64_t pid)
{
    uint64_t bytes;
    assert_int_equal(ask_error(pid, ZMALLOC_SYSINFO_RSS), -ENODATA);
    assert_int_equal(ask_error(pid, ZMALLOC_SYSINFO_PEAK_RSS), -ENODATA);
    assert_int_equal(ask_error(pid, ZMALLOC_SYSINFO_PRIVATE_DIRTY), -ENODATA);
    assert_int_equal(ask_error(pid, ZMALLOC_SYSINFO_ALL), -ENODATA);
    assert_int_equal(zmalloc_sysinfo_smaps(pid, "Pss", &bytes), -ENODATA);
    assert_int_equal(zmalloc_sysinfo_smaps(pid, "Size", &bytes), -ENODATA);
}

static void zombie(void **state)
{
    siginfo_t info;
    pid_t child = fork();
    (void)state;
    assert_true(child >= 0);
    if (!child)
        _exit(0);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    without_memory(child);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void kernel_thread(void **state)
{
    char comm[16] = "";
    FILE *file = fopen("/proc/2/comm", "r");
    (void)state;
    if (!file || !fgets(comm, sizeof comm, file) || strcmp(comm, "kthreadd\n") != 0) {
        if (file)
            fclose(file);
        puts("skipped: no kernel threads to be seen here");
        skip();
    }
    fclose(file);
    without_memory(2);
}

static pid_t the_other;

static int as_nobody(void)
{
    uint64_t bytes;
    if (setgid(NOBODY) || setuid(NOBODY))
        return 1;
    if (ask_error(the_other, ZMALLOC_SYSINFO_RSS))
        return 2;
    if (ask_error(the_other, ZMALLOC_SYSINFO_PEAK_RSS))
        return 3;
    if (ask_error(the_other, ZMALLOC_SYSINFO_PRIVATE_DIRTY) != -EACCES)
        return 4;
    if (zmalloc_sysinfo_smaps(the_other, "Size", &bytes) != -EACCES)
        return 5;
    return 0;
}

static void another_user(void **state)
{
    (void)state;
    if (geteuid()) {
        puts("skipped: needs root to become another user");
        skip();
    }
    the_other = start(nothing);
    assert_int_equal(status_of(as_nobody), 0);
    stop(the_other);
}

static const char *proc_options;

static int behind_hidepid(void)
{
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("proc", "/proc", "proc", 0, proc_options))
        return 77;
    if (setgid(NOBODY) || setuid(NOBODY))
        return 1;
    if (ask_error(the_other, ZMALLOC_SYSINFO_RSS) != -EACCES)
        return 2;
    if (ask_error(the_other, ZMALLOC_SYSINFO_PSS) != -EACCES)
        return 3;
    if (ask_error(INT32_MAX, ZMALLOC_SYSINFO_RSS) != -ESRCH)
        return 4;
    return ask_error(0, ZMALLOC_SYSINFO_RSS) ? 5 : 0;
}

static void hidepid(void **state)
{
    static const char *const options[] = {"hidepid=1", "hidepid=2"};
    (void)state;
    the_other = start(nothing);
    for (size_t i = 0; i < 2; i++) {
        int status;
        proc_options = options[i];
        status = status_of(behind_hidepid);
        if (status == 77) {
            stop(the_other);
            puts("skipped: not permitted to mount a /proc of its own");
            skip();
        }
        assert_int_equal(status, 0);
    }
    stop(the_other);
}

static int without_proc(void)
{
    char dir[] = "/tmp/zm-sysinfo-XXXXXX";
    uint64_t bytes, ram;
    if (zmalloc_sysinfo_ram(&ram) || !mkdtemp(dir) || chdir(dir) || rmdir(dir))
        return 1;
    if (chroot("."))
        return 77;
    if (ask_error(0, ZMALLOC_SYSINFO_RSS) != -ENOENT ||
        ask_error(1, ZMALLOC_SYSINFO_ALL) != -ENOENT)
        return 2;
    if (zmalloc_sysinfo_smaps(0, "Pss", &bytes) != -ENOENT)
        return 3;
    return zmalloc_sysinfo_ram(&bytes) || bytes != ram ? 4 : 0;
}

static void chroot_without_proc(void **state)
{
    int status = status_of(without_proc);
    (void)state;
    if (status == 77) {
        puts("skipped: not permitted to chroot");
        skip();
    }
    assert_int_equal(status, 0);
}

static pthread_t first_thread;

static void *outlive(void *arg)
{
    (void)arg;
    pthread_join(first_thread, NULL);
    _exit(ask_error(0, ZMALLOC_SYSINFO_RSS) || ask_error(0, ZMALLOC_SYSINFO_PEAK_RSS) ||
          ask_error(0, ZMALLOC_SYSINFO_PSS) || !zmalloc_get_private_dirty(-1));
}

static int end_first_thread(void)
{
    pthread_t thread;
    first_thread = pthread_self();
    if (pthread_create(&thread, NULL, outlive, NULL))
        return 1;
    pthread_exit(NULL);
}

/* /proc/self is a zombie then. */
static void first_thread_has_ended(void **state)
{
    (void)state;
    assert_int_equal(status_of(end_first_thread), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_process),
        cmocka_unit_test(command_name_with_parenthesis_and_newline),
        cmocka_unit_test(absent),
        cmocka_unit_test(zombie),
        cmocka_unit_test(kernel_thread),
        cmocka_unit_test(another_user),
        cmocka_unit_test(hidepid),
        cmocka_unit_test(chroot_without_proc),
        cmocka_unit_test(first_thread_has_ended),
    };
    if (access("/proc/self/smaps_rollup", R_OK)) {
        puts("skipped: no /proc/self/smaps_rollup here");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
