/* SPDX-License-Identifier: BSD-3-Clause */
#include "threads.h"

#include "test.h"

struct member {
    struct zm_crew *crew;
    unsigned number;
    pthread_t thread;
};

struct zm_crew {
    void (*body)(void *arg, unsigned number);
    void *arg;
    unsigned count;
    pthread_barrier_t start;
    struct member members[];
};

static void *run(void *arg)
{
    struct member *me = arg;
    pthread_barrier_wait(&me->crew->start);
    me->crew->body(me->crew->arg, me->number);
    return NULL;
}

struct zm_crew *zm_crew_start(unsigned count, void (*body)(void *arg, unsigned number), void *arg)
{
    struct zm_crew *crew = malloc(sizeof *crew + count * sizeof *crew->members);
    pthread_attr_t attr;
    assert_non_null(crew);
    crew->body = body;
    crew->arg = arg;
    crew->count = count;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 256 << 10); /* hundreds of them at once */
    pthread_barrier_init(&crew->start, NULL, count);
    for (unsigned i = 0; i < count; i++) {
        crew->members[i] = (struct member){.crew = crew, .number = i};
        assert_int_equal(pthread_create(&crew->members[i].thread, &attr, run, &crew->members[i]),
                         0);
    }
    pthread_attr_destroy(&attr);
    return crew;
}

void zm_crew_join(struct zm_crew *crew)
{
    for (unsigned i = 0; i < crew->count; i++)
        pthread_join(crew->members[i].thread, NULL);
    pthread_barrier_destroy(&crew->start);
    free(crew);
}
