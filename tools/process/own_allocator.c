/* The list of them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "own_allocator.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct zm_own_allocator known[] = {
    {"python", NAMES("python"), "PYTHONMALLOC=malloc",
     "Python serves small objects from pools of its own, which hides most allocations from the "
     "backend: --pymalloc=off compares without them, --pymalloc=both with and without."},
    {"php", NAMES("php"), "USE_ZEND_ALLOC=0",
     "PHP serves its objects from a heap of its own, which hides most allocations from the "
     "backend: "
     "USE_ZEND_ALLOC=0 in its environment turns that off."},
    {"node", NAMES("node"), NULL,
     "JavaScript's objects are in a heap that V8 maps itself: only buffers and the native parts of "
     "Node.js are the backend's."},
    {"java", NAMES("java"), NULL,
     "Java's objects are in a heap that the JVM maps itself: only its native parts are the "
     "backend's, and -Xmx rules the peak."},
    {"go", NAMES("go"), NULL,
     "Go's objects are in a heap that its runtime maps itself: only what C code allocates is the "
     "backend's."},
    {"nginx", NAMES("nginx"), NULL,
     "nginx cuts its objects from pools for each connection and request, and the backend sees only "
     "the pools' blocks: a build with -DNGX_DEBUG_PALLOC=1 asks for each object."},
    {"postgres", NAMES("postgres", "postmaster"), NULL,
     "PostgreSQL cuts its objects from memory contexts, and the backend sees only their blocks of "
     "8 "
     "KiB and more; shared buffers are not its."},
    {"chromium", NAMES("chrom"), NULL,
     "Chromium serves its objects from PartitionAlloc: only what other libraries allocate is the "
     "backend's, unless it is built with use_allocator_shim=false."},
};

enum { KNOWN = sizeof known / sizeof *known };

/* "python3.11" and "python3" are python, but "gofmt" is not go. */
static bool is_called(const char *command, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(command, name, length) != 0)
        return false;
    return strcmp(name, "chrom") == 0 || !isalpha((unsigned char)command[length]);
}

static bool is_called_one_of(const char *command, const char *const *names)
{
    for (; *names; names++) {
        if (is_called(command, *names))
            return true;
    }
    return false;
}

static bool is_off(const struct zm_own_allocator *own, char *const *argv, char *const *environment)
{
    if (!own->off)
        return false;
    for (char *const *entry = environment; entry && *entry; entry++) {
        if (strcmp(*entry, own->off) == 0)
            return true;
    }
    /* The command may set it itself: "env PYTHONMALLOC=malloc python3". */
    for (char *const *word = argv; word && *word; word++) {
        if (strstr(*word, own->off))
            return true;
    }
    return false;
}

const struct zm_own_allocator *zm_own_allocator_of(const char *command, char *const *argv,
                                                   char *const *environment)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (is_called_one_of(command, known[i].commands))
            return is_off(&known[i], argv, environment) ? NULL : &known[i];
    }
    return NULL;
}

const struct zm_own_allocator *zm_own_allocator_named(const char *name)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    }
    return NULL;
}
