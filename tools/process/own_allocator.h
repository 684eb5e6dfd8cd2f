/* Programs that have an allocator of their own, above malloc or beside it: what they do is hidden
 * from the backend, so a comparison says less than it seems to.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_OWN_ALLOCATOR_H
#define ZM_TOOLS_PROCESS_OWN_ALLOCATOR_H

struct zm_own_allocator {
    const char *name;            /* as it is recorded: "python" */
    const char *const *commands; /* what names of its processes begin with; NULL after the last */
    const char *off;             /* the setting that turns it off; NULL: there is none */
    const char *warning;         /* a sentence on what is hidden, and the way out */
};

/* The one that a process has, by its name, unless its environment or a word of the command line
 * says that it is off. NULL: none is known. */
const struct zm_own_allocator *zm_own_allocator_of(const char *command, char *const *argv,
                                                   char *const *environment);

/* By the recorded name. NULL: there is none. */
const struct zm_own_allocator *zm_own_allocator_named(const char *name);

#endif
