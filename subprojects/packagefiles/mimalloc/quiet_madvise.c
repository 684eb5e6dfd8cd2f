/* free must leave errno alone, but gives pages back by madvise, which fails on locked ones
 * (mlockall). mimalloc looks at errno after MADV_FREE alone; the build calls this in its place. */
#include <errno.h>
#include <stddef.h>

#include <sys/syscall.h>
#include <unistd.h>

#define MADVISE_FREE 8 /* sys/mman.h would declare madvise, which is a macro here */

int mi_quiet_madvise(void *address, size_t length, int advice)
{
	int before = errno;
	int result = (int)syscall(SYS_madvise, address, length, advice);
	if (result == 0 || advice != MADVISE_FREE)
		errno = before;
	return result;
}
