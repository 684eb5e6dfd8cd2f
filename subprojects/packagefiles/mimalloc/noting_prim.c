/* mimalloc's functions of the operating system, with someone told of all pages that they get. Who is told
 * says false if that must not be; then it is as if there had been no memory. What is mapped at a fixed
 * address was its own before. */
#if defined(__linux__) || defined(__FreeBSD__)
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

/* Read after the pages were got, so that it may be set at any time: whoever gets pages that somebody else
 * gave back after that knows it. */
bool (*mi_note_pages)(void *start, size_t bytes);

static void *noting_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	void *got = mmap(address, length, protection, flags, fd, offset);
	bool (*note)(void *, size_t) = __atomic_load_n(&mi_note_pages, __ATOMIC_ACQUIRE);
	if (!note || got == MAP_FAILED || flags & MAP_FIXED || note(got, length))
		return got;
	munmap(got, length);
	errno = ENOMEM;
	return MAP_FAILED;
}
#define mmap noting_mmap
#endif

#ifdef PORT_NEW_LAYOUT
#include "src/prim/prim.c"
#else
#include "src/os.c"
#endif
