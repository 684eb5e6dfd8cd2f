/* A backend of your own, in a file that ZMALLOC_BACKEND names.
 *
 * Write the functions below, export one object named zmalloc_module, and make a shared object of
 * it:
 *
 *     #include <zmalloc/module.h>
 *     ...
 *     ZMALLOC_MODULE = {
 *         .abi = ZMALLOC_MODULE_ABI, .struct_size = sizeof(struct zmalloc_module),
 *         .name = "mine", .version = "1", .caps = ZMALLOC_CAP_USABLE,
 *         .alloc = ..., .alloc_zeroed = ..., .alloc_aligned = ...,
 *         .resize = ..., .usable = ..., .release = ...};
 *
 *     cc -shared -fPIC -o mine.so mine.c        # needs nothing of zmalloc but this header
 *     ZMALLOC_BACKEND=./mine.so ./program
 *
 * It is loaded once, before the first allocation, and stays. A file that can't be loaded, or a
 * module that lacks something, ends the process with a message. For the functions:
 *  - Thread-safe once init has returned. They must not reach the process's own malloc, which may be
 *    this library; nothing may be thrown through them.
 *  - Blocks are aligned to max_align_t, whatever their size.
 *  - What alloc* and resize tell as usable is what `usable` and `release` tell of that block later.
 *  - Sizes may be 0 and anything above; what can't be had is {NULL, 0}.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_MODULE_H
#define ZMALLOC_MODULE_H

#include <stddef.h>
#include <stdint.h>
#include <zmalloc/backend.h>

ZMALLOC_BEGIN

/* Grows when a change would break modules. Fields may be added at the end of the struct without: a
 * module's struct_size tells which it has. */
#define ZMALLOC_MODULE_ABI 1

struct zmalloc_block {
    void *ptr;
    size_t usable; /* all may be written */
};

struct zmalloc_module {
    uint32_t abi;         /* ZMALLOC_MODULE_ABI */
    uint32_t struct_size; /* sizeof(struct zmalloc_module) */
    const char *name;     /* what zmalloc_backend_name() will say */
    const char *version;
    uint32_t caps; /* ZMALLOC_CAP_USABLE, ZMALLOC_CAP_SIZED_FREE */

    int (*init)(void); /* optional; once, before all others; 0 or -errno */
    struct zmalloc_block (*alloc)(size_t size);
    struct zmalloc_block (*alloc_zeroed)(size_t size);
    struct zmalloc_block (*alloc_aligned)(size_t align, size_t size); /* any power of two */
    /* `ptr` is live, size > 0; *old: the usable bytes before. A failure changes nothing. */
    struct zmalloc_block (*resize)(void *ptr, size_t size, size_t *old);
    size_t (*usable)(const void *ptr);
    size_t (*release)(void *ptr);                    /* the usable bytes given back */
    size_t (*release_sized)(void *ptr, size_t size); /* optional; size as asked for, or usable */
};

/* The object's name, to be given its value. */
extern ZMALLOC_API const struct zmalloc_module zmalloc_module;
#define ZMALLOC_MODULE const struct zmalloc_module zmalloc_module

ZMALLOC_END

#endif
