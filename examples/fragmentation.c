/* Fragmentation over time: sessions of growing size come and go, some stay, and RSS stays with
 * them. Then the allocator is told to give back what it can.
 *
 *     cc fragmentation.c $(pkg-config --cflags --libs zmalloc) -o fragmentation && ./fragmentation
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc.h>

#define SESSIONS 100000
#define STAYING  50 /* one in so many stays until the end */
#define ROUNDS   5

static void *sessions[ROUNDS][SESSIONS];

static size_t report(const char *when)
{
    size_t rss = zmalloc_get_rss();
    printf("%-14s used %7zu KiB   rss %7zu KiB   ratio %6.2f\n", when, zmalloc_used_memory() / 1024,
           rss / 1024, (double)zmalloc_get_fragmentation_ratio(rss));
    return rss;
}

int main(void)
{
    char when[32];
    srand(1);
    report("start");
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < SESSIONS; i++) {
            size_t size = (size_t)(64 + rand() % 200 * (round + 1));
            sessions[round][i] = memset(zmalloc(size), 1, size);
        }
        snprintf(when, sizeof when, "round %d, full", round + 1);
        report(when);
        for (int i = 0; i < SESSIONS; i++)
            if (i % STAYING) {
                zfree(sessions[round][i]);
                sessions[round][i] = NULL;
            }
        snprintf(when, sizeof when, "round %d, left", round + 1);
        report(when);
    }

    /* This thread's cache first: what lies there is in no allocator's way of giving back. */
    size_t before = report("before purge");
    zmalloc_flush_thread_cache();
    int error = zmalloc_purge();
    if (error)
        printf("%s can't purge: %s\n", ZMALLOC_LIB, strerror(-error));
    size_t after = report("purged");
    printf("%s gave back %zu KiB\n", ZMALLOC_LIB, before > after ? (before - after) / 1024 : 0);

    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < SESSIONS; i += STAYING)
            zfree(sessions[round][i]);
    zmalloc_purge();
    report("all freed");
    return zmalloc_used_memory() || (error == 0 && after > before + (1 << 20));
}
