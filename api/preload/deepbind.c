/* A library that is opened with RTLD_DEEPBIND finds its malloc in libc, past any preloaded one. The
 * process then crashes as soon as one of the library and the program frees a block of the other, as
 * PHP and its extensions do. So the flag is taken away. ZMALLOC_DEEPBIND=keep leaves it.
 *
 * The function may have no frame: libc's looks at the address to which it returns for the object
 * that called, whose run path it searches.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "deepbind.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/environment.h"
#include "base/failure.h"
#include "runtime/choice.h"

#define VARIABLE "ZMALLOC_DEEPBIND"

#if defined(__GLIBC__) && defined(RTLD_DEEPBIND)

typedef void *(*opener)(const char *file, int flags);

static opener opens; /* the next one, libc's in the end */
static int taken = RTLD_DEEPBIND;

void zm_deepbind_start(void)
{
    char buf[32];
    const char *wanted = zm_environment(VARIABLE, buf, sizeof buf);
    if (wanted && strcmp(wanted, "keep") == 0) {
        taken = 0;
    } else if (wanted && *wanted) {
        zm_complain("zmalloc: " VARIABLE "=", wanted, ": not known; there is: keep", (char *)NULL);
        abort();
    }
}

static opener find(void)
{
    if (!opens)
        *(void **)&opens = dlsym(RTLD_NEXT, "dlopen");
    return opens;
}

/* A backend from outside is loaded by the choice, and shall find libc's malloc. */
static int allowed(int flags)
{
    return zm_choosing() ? flags : flags & ~taken;
}

#    if defined(__has_attribute) && __has_attribute(musttail)
#        define LEAVES_NO_FRAME
#        define JUMP __attribute__((musttail)) return
#    else
#        define LEAVES_NO_FRAME , optimize("O2")
#        define JUMP            return
#    endif

__attribute__((visibility("default") LEAVES_NO_FRAME)) void *dlopen(const char *file, int flags)
{
    opener next = find();
    flags = allowed(flags);
    JUMP next(file, flags);
}

#else

void zm_deepbind_start(void)
{
}

#endif
