/* free must leave errno alone, but gives pages back by madvise, which fails on locked ones
 * (mlockall). jemalloc does not look at errno after it; the build calls this in its place. */
#include <errno.h>
#include <stddef.h>

#include <sys/syscall.h>
#include <unistd.h>

int je_quiet_madvise(void *address, size_t length, int advice) {
	int before = errno;
	int result = (int)syscall(SYS_madvise, address, length, advice);
	errno = before;
	return result;
}
