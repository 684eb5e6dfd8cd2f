/* The kept handle and the throttle.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "helpers.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *dirty(size_t size)
{
    char *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block != MAP_FAILED);
    memset(block, 1, size);
    return block;
}

static void handle_sees_64_mb(void **state)
{
    struct zmalloc_sysinfo_rss handle = {0};
    uint64_t before, after;
    char *block;
    int fd;
    (void)state;
    assert_int_equal(zmalloc_sysinfo_rss_read(&handle, &before), 0);
    fd = handle.fd;
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    block = dirty(64 * MB);
    assert_int_equal(zmalloc_sysinfo_rss_read(&handle, &after), 0);
    assert_int_equal(handle.fd, fd);
    assert_near(after - before, 64 * MB, 2 * MB);
    munmap(block, 64 * MB);
    zmalloc_sysinfo_rss_close(&handle);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    zmalloc_sysinfo_rss_close(&handle);
    zmalloc_sysinfo_rss_close(NULL);
    assert_int_equal(zmalloc_sysinfo_rss_read(NULL, &after), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_rss_read(&handle, NULL), -EINVAL);
}

/* The descriptor would go on telling of the parent, who has 64 MB more. */
static void handle_after_fork(void **state)
{
    struct zmalloc_sysinfo_rss handle = {0};
    uint64_t parent = 0;
    int status;
    pid_t child;
    char *block = dirty(64 * MB);
    (void)state;
    assert_int_equal(zmalloc_sysinfo_rss_read(&handle, &parent), 0);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        uint64_t bytes = 0;
        munmap(block, 64 * MB);
        if (zmalloc_sysinfo_rss_read(&handle, &bytes))
            _exit(1);
        _exit(bytes > parent - 60 * MB ? 2 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    munmap(block, 64 * MB);
    zmalloc_sysinfo_rss_close(&handle);
    assert_int_equal(status, 0);
}

/* A daemon closed every descriptor, and its log got the handle's number. */
static void handle_whose_number_went_to_another_file(void **state)
{
    struct zmalloc_sysinfo_rss handle = {0};
    uint64_t bytes = 0;
    int pipes[2], number;
    (void)state;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(zmalloc_sysinfo_rss_read(&handle, &bytes), 0);
        number = handle.fd;
        close(number);
        assert_int_equal(pipe(pipes), 0);
        assert_int_equal(pipes[0], number);
        if (round == 1) {
            zmalloc_sysinfo_rss_close(&handle);
        } else if (round == 2) { /* as after fork */
            handle.owner++;
            assert_int_equal(zmalloc_sysinfo_rss_read(&handle, &bytes), 0);
        } else {
            bytes = 0;
            assert_int_equal(zmalloc_sysinfo_rss_read(&handle, &bytes), 0);
            assert_int_not_equal(handle.fd, number);
            assert_near(bytes, zmalloc_get_rss(), MB);
        }
        assert_int_not_equal(fcntl(pipes[0], F_GETFD), -1); /* still open */
        close(pipes[0]);
        close(pipes[1]);
        zmalloc_sysinfo_rss_close(&handle);
    }
}

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Polled without a pause at 5 %: no reading starts before 19 times the last one's duration has
 * passed. */
static void throttle_keeps_its_duty_cycle(void **state)
{
    struct zmalloc_sysinfo_throttle throttle = {.permille = 50};
    uint64_t start = now(), bytes = 0, age = 0, last = 0, rested = 0;
    unsigned polls = 0, reads = 0;
    char *block = dirty(64 * MB);
    (void)state;
    while (reads < 4 && now() - start < 10000000000u) {
        uint64_t before = now(), took, inside;
        assert_int_equal(zmalloc_sysinfo_private_dirty_throttled(&throttle, 0, &bytes, &age), 0);
        took = now() - before;
        assert_true(bytes >= 64 * MB);
        polls++;
        if (throttle.taken_ns == last)
            continue;
        reads++;
        last = throttle.taken_ns;
        inside = (throttle.next_ns - last) / 19;
        assert_true(inside > 10000 && inside <= took); /* no walk over 64 MB takes 10 us */
        assert_true(last - inside >= rested);
        assert_int_equal(age, 0);
        rested = throttle.next_ns;
    }
    munmap(block, 64 * MB);
    assert_int_equal(reads, 4);
    assert_true(polls > 10 * reads);
}

static void throttle_tells_the_age(void **state)
{
    struct zmalloc_sysinfo_throttle throttle = {.permille = 1};
    uint64_t first, second, age;
    char *block;
    (void)state;
    assert_int_equal(zmalloc_sysinfo_private_dirty_throttled(&throttle, 0, &first, NULL), 0);
    throttle.next_ns = UINT64_MAX; /* resting */
    block = dirty(16 * MB);
    assert_int_equal(zmalloc_sysinfo_private_dirty_throttled(&throttle, 0, &second, &age), 0);
    assert_int_equal(second, first);
    assert_true(age > 0);
    throttle.next_ns = 0;
    assert_int_equal(zmalloc_sysinfo_private_dirty_throttled(&throttle, 0, &second, &age), 0);
    assert_near(second - first, 16 * MB, MB);
    munmap(block, 16 * MB);
}

/* The parent's figure is not the child's, whatever rest is due. */
static void throttle_after_fork_and_for_another_pid(void **state)
{
    struct zmalloc_sysinfo_throttle throttle = {.permille = 1};
    uint64_t bytes = 0;
    int status;
    pid_t child;
    char *block = dirty(64 * MB);
    (void)state;
    assert_int_equal(zmalloc_sysinfo_private_dirty_throttled(&throttle, 0, &bytes, NULL), 0);
    throttle.next_ns = UINT64_MAX;
    child = fork();
    assert_true(child >= 0);
    if (!child)
        _exit(zmalloc_sysinfo_private_dirty_throttled(&throttle, 0, &bytes, NULL) ||
              bytes > 32 * MB);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    munmap(block, 64 * MB);
    assert_int_equal(zmalloc_sysinfo_private_dirty_throttled(&throttle, child, &bytes, NULL),
                     -ESRCH);
    throttle.next_ns = UINT64_MAX;
    assert_int_equal(zmalloc_sysinfo_private_dirty_throttled(&throttle, child, &bytes, NULL),
                     -ESRCH);
    throttle.permille = 0;
    assert_int_equal(zmalloc_sysinfo_private_dirty_throttled(&throttle, 0, &bytes, NULL), -EINVAL);
    throttle.permille = 1001;
    assert_int_equal(zmalloc_sysinfo_private_dirty_throttled(&throttle, 0, &bytes, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handle_sees_64_mb),
        cmocka_unit_test(handle_after_fork),
        cmocka_unit_test(handle_whose_number_went_to_another_file),
        cmocka_unit_test(throttle_keeps_its_duty_cycle),
        cmocka_unit_test(throttle_tells_the_age),
        cmocka_unit_test(throttle_after_fork_and_for_another_pid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
