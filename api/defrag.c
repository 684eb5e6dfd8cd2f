/* Defragmentation: which blocks should move, and the move.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <zmalloc.h>

#include "direct.h"
#include "runtime/active.h"
#include "runtime/choice.h"

/* A block should move if its slab is not much fuller than the average, and if the slab's blocks
 * find room elsewhere. Without the second condition blocks would be moved for nothing, again and
 * again. The first is not "emptier than the average", because all slabs may be alike, each with
 * holes. */
static bool should_move(const struct zm_slab *slab)
{
    return slab->room > 1 && slab->used < slab->room && !slab->current &&
           slab->all_room - slab->all_used >= slab->room &&
           (uint64_t)slab->used * slab->all_room * 8 <= (uint64_t)slab->all_used * slab->room * 9;
}

/* The control of an allocator that knows slabs, or NULL. */
static const struct zm_control *with_slabs(void)
{
    const struct zm_control *control = zm_direct();
    return control && control->slabs ? control : NULL;
}

static int find_slab(const struct zm_control *control, const void *ptr, struct zm_slab *out)
{
    void *one = (void *)ptr;
    int saved_errno = errno;
    int status = control ? control->slabs(&one, 1, out) : -ENOTSUP;
    errno = saved_errno;
    return status;
}

int zmalloc_can_defrag(void)
{
    const struct zm_control *control = with_slabs();
    int saved_errno = errno;
    int can = control && control->slabs(NULL, 0, NULL) == 0;
    errno = saved_errno;
    return can;
}

int zmalloc_get_defrag_hint(const void *ptr, struct zmalloc_defrag_hint *out)
{
    struct zm_slab slab;
    if (!out || out->struct_size != sizeof *out || !ptr)
        return -EINVAL;
    int status = find_slab(with_slabs(), ptr, &slab);
    if (status)
        return status;
    out->current = slab.current;
    out->used = slab.used;
    out->room = slab.room;
    out->all_used = slab.all_used;
    out->all_room = slab.all_room;
    return 0;
}

int zmalloc_should_defrag(const void *ptr)
{
    struct zm_slab slab;
    if (!ptr)
        return 0;
    int status = find_slab(with_slabs(), ptr, &slab);
    return status ? status : should_move(&slab);
}

int zmalloc_should_defrag_many(void *const *ptrs, size_t count, unsigned char *should)
{
    enum { SOME = 64 };
    struct zm_slab slabs[SOME];
    const struct zm_control *control = with_slabs();
    int saved_errno = errno, status = control ? 0 : -ENOTSUP;
    for (size_t done = 0; done < count && !status; done += SOME) {
        size_t some = count - done < SOME ? count - done : SOME;
        status = control->slabs(ptrs + done, some, slabs);
        for (size_t i = 0; i < some && !status; i++)
            should[done + i] = should_move(&slabs[i]);
    }
    errno = saved_errno;
    return status;
}

static void *move(const struct zm_control *control, void *ptr)
{
    size_t size = ZM_CALL(usable)(ptr);
    struct zm_block moved = zm_count_direct(control->alloc_near(ptr, size));
    if (!moved.ptr)
        return NULL;
    memcpy(moved.ptr, ptr, size);
    zfree_no_tcache(ptr);
    return moved.ptr;
}

void *zdefrag(void *ptr)
{
    const struct zm_control *control = with_slabs();
    struct zm_slab slab;
    if (!ptr || !control || find_slab(control, ptr, &slab) != 0 || !should_move(&slab))
        return NULL;
    int saved_errno = errno;
    void *moved = move(control, ptr);
    errno = saved_errno;
    return moved;
}
