/* The OOM handler and messages: nothing here allocates.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmalloc.h>

#include "quiet.h"

char *zm_decimal(char buf[ZM_DECIMAL_MAX], unsigned long long value)
{
    char *p = buf + ZM_DECIMAL_MAX - 1;
    *p = '\0';
    do {
        *--p = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    return p;
}

void zm_complain(const char *first, ...)
{
    /* One write, so that the lines of several processes do not mix. */
    char line[1024];
    size_t length = 0;
    va_list args;
    va_start(args, first);
    for (const char *s = first; s; s = va_arg(args, const char *))
        for (; *s && length < sizeof line - 1; s++)
            line[length++] = *s;
    va_end(args);
    line[length++] = '\n';
    (void)zm_write_quietly(STDERR_FILENO, line, length); /* else there is nobody to tell */
}

static void oom_abort(size_t size)
{
    char digits[ZM_DECIMAL_MAX];
    zm_complain("zmalloc: out of memory trying to allocate ", zm_decimal(digits, size), " bytes",
                (char *)NULL);
    abort();
}

static void (*_Atomic oom_handler)(size_t size) = oom_abort;

void zmalloc_set_oom_handler(void (*handler)(size_t size))
{
    atomic_store(&oom_handler, handler ? handler : oom_abort);
}

void *zm_oom(size_t size)
{
    errno = ENOMEM;
    atomic_load (&oom_handler)(size);
    return NULL;
}

void *zm_enomem(void)
{
    errno = ENOMEM;
    return NULL;
}

void zm_no_note(void)
{
    zm_complain("zmalloc: no memory to note whose a resized block is", (char *)NULL);
    abort();
}
