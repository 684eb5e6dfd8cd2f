/* How programs end that do not just return from main: endings WORD ARGUMENTS. Run by
 * test_endings.py and test_reports.py.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "endings.h"

#define MIB (1 << 20)

static void *volatile kept; /* volatile: the compiler shall leave no call out */

void *zm_hold(size_t size)
{
    kept = malloc(size);
    if (!kept)
        abort();
    memset(kept, 1, size);
    return kept;
}

void zm_must(int result)
{
    if (result < 0) {
        perror("endings");
        _exit(1);
    }
}

int zm_status_of(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

static int simple(char **arguments)
{
    (void)arguments;
    zm_hold(1000);
    return STATUS;
}

/* ---- under another name ---- */

extern char **environ;

static char **words;

static int with_other_title(char **arguments)
{
    (void)arguments;
    zm_hold(1000);
    char *end = words[0];
    for (char **word = words; *word; word++)
        end = *word + strlen(*word);
    for (char **word = environ; *word; word++)
        end = *word + strlen(*word);
    memset(words[0], 0, (size_t)(end - words[0]));
    strcpy(words[0], "a title");
    program_invocation_short_name = words[0];
    return STATUS;
}

/* ---- with a peak ---- */

enum { THREADS = 200, EACH = 20000 };
static pthread_barrier_t all_hold, all_free;

static void *hold_little(void *arg)
{
    (void)arg;
    void *volatile block = malloc(EACH);
    pthread_barrier_wait(&all_hold);
    pthread_barrier_wait(&all_free);
    free(block);
    return NULL;
}

static int after_many_threads(char **arguments)
{
    (void)arguments;
    pthread_t threads[THREADS];
    pthread_barrier_init(&all_hold, NULL, THREADS);
    pthread_barrier_init(&all_free, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, hold_little, NULL) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return STATUS;
}

/* Has held 20 MiB, holds 1 when it forks; the child holds 3 at most. */
static int after_peak_of_parent(char **arguments)
{
    (void)arguments;
    free(zm_hold(20 * MIB));
    zm_hold(MIB);
    pid_t pid = fork();
    zm_must(pid);
    if (pid == 0) {
        free(zm_hold(2 * MIB));
        _exit(STATUS);
    }
    return zm_status_of(pid) == STATUS ? STATUS : 1;
}

/* Of the parent's peak the forking thread has a batch that is large for the child. */
static int after_large_batch_of_parent(char **arguments)
{
    (void)arguments;
    void *volatile large = malloc(1024 * MIB);
    free(large);
    free(zm_hold(MIB)); /* the next batch is a share of the new peak */
    pid_t pid = fork();
    zm_must(pid);
    if (pid == 0) {
        free(zm_hold(8 * MIB));
        _exit(STATUS);
    }
    return zm_status_of(pid) == STATUS ? STATUS : 1;
}

/* ---- with what it has been given ---- */

/* Prints the descriptors that it has but for the first three. */
static int telling_its_files(char **arguments)
{
    (void)arguments;
    DIR *directory = opendir("/proc/self/fd");
    if (!directory)
        return 1;
    for (struct dirent *entry; (entry = readdir(directory));) {
        int fd = atoi(entry->d_name);
        if (fd > 2 && fd != dirfd(directory))
            printf("%d%s\n", fd, fcntl(fd, F_GETFD) & FD_CLOEXEC ? "" : " inherited");
    }
    closedir(directory);
    fflush(stdout);
    return STATUS;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(char **arguments);
    } endings[] = {
        {"simple", simple},
        {"alternate-stack", zm_on_alternate_stack},
        {"small-thread", zm_from_small_thread},
        {"cancelled", zm_while_cancelled},
        {"last-thread", zm_after_the_first_thread},
        {"no-opening", zm_without_opening},
        {"no-opening-fork", zm_fork_without_opening},
        {"hardly-any-call", zm_with_hardly_any_call},
        {"daemon", zm_as_daemon},
        {"own-files", zm_with_own_files},
        {"rename", zm_after_rename},
        {"unlink", zm_after_unlink},
        {"nobody", zm_without_privileges},
        {"chroot", zm_in_other_root},
        {"workers", zm_with_workers},
        {"background", zm_in_background},
        {"full-pipe", zm_with_full_pipe},
        {"title", with_other_title},
        {"threads", after_many_threads},
        {"peak-of-parent", after_peak_of_parent},
        {"batch-of-parent", after_large_batch_of_parent},
        {"files", telling_its_files},
    };
    words = argv;
    for (size_t i = 0; argc > 1 && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(argv[1], endings[i].name) == 0)
            return endings[i].run(argv + 2);
    fprintf(stderr, "%s: no such ending\n", argv[0]);
    return 2;
}
