/* As on a system whose system calls it doesn't know: it must not take the place of mmap, mremap and sbrk. */
#include <config.h>
#include "base/logging.h"
#include "base/spinlock.h"
#include "malloc_backtrace.h"
#include "mmap_hook.h"
#include <sys/mman.h>
#undef HAVE_SYS_SYSCALL_H
#undef __linux__
#undef __FreeBSD__
#include "../src/mmap_hook.cc"
