/* Writing that the process does not feel: for messages and reports that nobody's program has asked
 * for. Safe in signal handlers; allocates nothing.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_QUIET_H
#define ZM_BASE_QUIET_H

#include <stddef.h>

/* Writes all of it: 0, or -errno. What fails raises no signal (a pipe without reader SIGPIPE, a
 * file at its limit SIGXFSZ, a terminal of others SIGTTOU), and a reader that does not read is
 * waited for no longer than a second: -EAGAIN. What a regular file had no room for is taken back,
 * so that no part of it stays behind. */
int zm_write_quietly(int fd, const char *bytes, size_t length);

#endif
