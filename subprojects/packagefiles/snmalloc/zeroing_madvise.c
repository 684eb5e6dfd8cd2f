/* snmalloc zeroes large blocks by MADV_DONTNEED, which fails on memory that is locked (mlockall): then
 * calloc would return what was there before. The build calls this in its place. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <sys/syscall.h>
#include <unistd.h>

#define MADVISE_DONTNEED 4 /* sys/mman.h would declare madvise, which is a macro elsewhere */

int sn_port_madvise(void *address, size_t length, int advice)
{
	int before = errno;
	int result = (int)syscall(SYS_madvise, address, length, advice);
	if (result != 0 && advice == MADVISE_DONTNEED) {
		memset(address, 0, length);
		result = 0;
	}
	if (result == 0)
		errno = before;
	return result;
}
