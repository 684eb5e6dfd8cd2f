/* Writing that the process does not feel.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/quiet.h"
#include "test.h"

static int put(int fd)
{
    return zm_write_quietly(fd, "a line\n", 7);
}

static bool is_in(int (*which)(sigset_t *set), int number)
{
    sigset_t set;
    assert_int_equal(which(&set), 0);
    return sigismember(&set, number) == 1;
}

static int mask(sigset_t *set)
{
    return pthread_sigmask(SIG_SETMASK, NULL, set);
}

static int broken_pipe(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    return ends[1];
}

/* ---- signals ---- */

static void nobody_reads(void **state)
{
    (void)state;
    int fd = broken_pipe();
    errno = 99;
    assert_int_equal(put(fd), -EPIPE);
    assert_int_equal(errno, 99);
    assert_false(is_in(mask, SIGPIPE));
    assert_false(is_in(sigpending, SIGPIPE));
    close(fd);
}

/* What the program holds back it may take later. */
static void programs_signal_stays(void **state)
{
    (void)state;
    sigset_t set, before;
    int fd = broken_pipe(), taken;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    assert_int_equal(put(fd), -EPIPE);
    assert_false(is_in(sigpending, SIGPIPE));
    raise(SIGPIPE);
    assert_int_equal(put(fd), -EPIPE);
    assert_true(is_in(sigpending, SIGPIPE));
    assert_true(is_in(mask, SIGPIPE));
    sigwait(&set, &taken);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(fd);
}

/* ---- files ---- */

static char name[] = P_tmpdir "/zmalloc-test-XXXXXX";

static int make_file(void)
{
    strcpy(name + strlen(name) - 6, "XXXXXX");
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_APPEND), 0);
    return fd;
}

static size_t size_of(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return (size_t)st.st_size;
}

/* A sanitizer's own file may be longer than the limit: it is there for these writes only. */
static int put_within(int fd, rlim_t limit)
{
    struct rlimit before, now;
    getrlimit(RLIMIT_FSIZE, &before);
    now = (struct rlimit){limit, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
    int error = put(fd);
    setrlimit(RLIMIT_FSIZE, &before);
    return error;
}

static void file_has_no_room(void **state)
{
    (void)state;
    int fd = make_file();
    assert_int_equal(put(fd), 0);
    for (rlim_t limit = 7; limit < 14; limit++) {
        assert_int_equal(put_within(fd, limit), -EFBIG);
        assert_false(is_in(sigpending, SIGXFSZ));
        assert_int_equal(size_of(fd), 7);
    }
    assert_int_equal(put_within(fd, 14), 0);
    assert_int_equal(size_of(fd), 14);
    close(fd);
    unlink(name);
}

static void no_file(void **state)
{
    (void)state;
    assert_int_equal(put(-1), -EBADF);
    int fd = open("/dev/null", O_RDONLY);
    assert_int_equal(put(fd), -EBADF);
    close(fd);
}

/* ---- readers that take their time ---- */

static void fill(int fd)
{
    static char page[4096];
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (write(fd, page, sizeof page) > 0) {
    }
    fcntl(fd, F_SETFL, 0);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void tick(int number)
{
    (void)number;
}

/* With a timer too that interrupts every wait. */
static void reader_does_not_read(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fill(ends[1]);
    struct sigaction action = {.sa_handler = tick}, before;
    sigaction(SIGALRM, &action, &before);
    for (int ms = 0; ms < 20; ms += 10) {
        struct itimerval often = {{0, ms * 1000}, {0, ms * 1000}};
        setitimer(ITIMER_REAL, &often, NULL);
        double began = now();
        assert_int_equal(put(ends[1]), -EAGAIN);
        assert_true(now() - began > 0.9 && now() - began < 30);
    }
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    sigaction(SIGALRM, &before, NULL);
    close(ends[0]);
    close(ends[1]);
}

static void *read_late(void *arg)
{
    static char page[4096];
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    return read(*(int *)arg, page, sizeof page) > 0 ? arg : NULL;
}

static void reader_is_late(void **state)
{
    (void)state;
    int ends[2];
    pthread_t reader;
    void *read_something;
    assert_int_equal(pipe(ends), 0);
    fill(ends[1]);
    pthread_create(&reader, NULL, read_late, &ends[0]);
    assert_int_equal(put(ends[1]), 0);
    pthread_join(reader, &read_something);
    assert_non_null(read_something);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_reads),         cmocka_unit_test(programs_signal_stays),
        cmocka_unit_test(file_has_no_room),     cmocka_unit_test(no_file),
        cmocka_unit_test(reader_does_not_read), cmocka_unit_test(reader_is_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
