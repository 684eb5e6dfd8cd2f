/* SPDX-License-Identifier: BSD-3-Clause */
#include "misfit.h"

#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* The library is for the libc that this command is for, and each libc has a loader of its own. */
#ifdef __GLIBC__
#    define OTHER_LOADER "ld-musl"
#    define OTHER_LIBC   "a program for musl, the preload library is for glibc"
#else
#    define OTHER_LOADER "ld-linux"
#    define OTHER_LIBC   "a program for glibc, the preload library is for another libc"
#endif

/* What is compared lies in the same place whatever the word size. */
static bool read_header(int fd, ElfW(Ehdr) * header)
{
    return fd >= 0 && pread(fd, header, sizeof *header, 0) == (ssize_t)sizeof *header &&
           memcmp(header->e_ident, ELFMAG, SELFMAG) == 0;
}

static bool same_machine(const ElfW(Ehdr) * a, const ElfW(Ehdr) * b)
{
    return a->e_ident[EI_CLASS] == b->e_ident[EI_CLASS] &&
           a->e_ident[EI_DATA] == b->e_ident[EI_DATA] && a->e_machine == b->e_machine;
}

static bool loaded_by_other(int fd, const ElfW(Ehdr) * header)
{
    char loader[PATH_MAX];
    for (int i = 0; i < header->e_phnum; i++) {
        ElfW(Phdr) part;
        off_t at = (off_t)(header->e_phoff + (size_t)i * sizeof part);
        if (pread(fd, &part, sizeof part, at) != (ssize_t)sizeof part)
            return false;
        if (part.p_type != PT_INTERP)
            continue;
        ssize_t length = pread(fd, loader, sizeof loader - 1, (off_t)part.p_offset);
        loader[length > 0 ? length : 0] = '\0';
        return strstr(loader, OTHER_LOADER) != NULL;
    }
    return false;
}

static const char *compare(int program, int library)
{
    ElfW(Ehdr) header, wanted;
    if (!read_header(program, &header) || !read_header(library, &wanted))
        return NULL;
    if (!same_machine(&header, &wanted))
        return header.e_ident[EI_CLASS] == ELFCLASS32 && wanted.e_ident[EI_CLASS] == ELFCLASS64
                   ? "a 32-bit program, the preload library has 64 bits"
                   : "a program for another machine than the preload library";
    return loaded_by_other(program, &header) ? OTHER_LIBC : NULL;
}

const char *zm_misfit(const char *program, const char *library)
{
    int one = open(program, O_RDONLY | O_CLOEXEC), other = open(library, O_RDONLY | O_CLOEXEC);
    const char *why = compare(one, other);
    if (one >= 0)
        close(one);
    if (other >= 0)
        close(other);
    return why;
}
