/* Calling the program's reclaim function.
 *
 * The function may never come back: longjmp and C++ exceptions leave it. Nothing tells us, so a
 * mark lies in the frame that called it, and the thread knows where. A caller above that place, or
 * a mark that has changed, shows that the frame is gone. A mark that is still there shows nothing:
 * it may lie in an array of a later frame that nobody has written to. So the frames are walked.
 * Where they do not lead to the mark it is on another stack, which may be gone, too.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "reclaim.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#ifdef __linux__
#    include <sys/syscall.h>
#    include <sys/uio.h>
#    include <unistd.h>
#endif
#ifdef ZM_UNWIND
#    include <unwind.h>
#endif

#include "base/compiler.h"
#include "base/wait.h"

#define PATIENCE_NS UINT64_C(10000000000)
#define MARK        UINT64_C(0x7265636c61696d21)

static ZM_THREAD_LOCAL struct zm_reclaim *running;
static ZM_THREAD_LOCAL const volatile uint64_t *mark_at;
static ZM_THREAD_LOCAL uintptr_t called_from; /* where the frame with the mark returns to */
static pthread_key_t exit_key;
static bool exit_key_made;

static void end(void)
{
    atomic_fetch_sub(&running->inside, 1);
    running = NULL;
    mark_at = NULL;
}

/* A thread that has left its reclaim without coming back may end before anybody notices. */
static void thread_ends(void *unused)
{
    (void)unused;
    if (running)
        end();
}

/* Not at the first reclaim: a fork that met the making would leave the child's unfinished. */
void zm_reclaim_start(void)
{
    exit_key_made = pthread_key_create(&exit_key, thread_ends) == 0;
}

/* A signal handler's own stack may lie anywhere, so no address on it can be compared. */
static bool on_alternate_stack(void)
{
    stack_t stack;
    return sigaltstack(NULL, &stack) == 0 && stack.ss_flags & SS_ONSTACK;
}

/* Where the frames of this stack show the mark to be. */
enum place { IN_ITS_FRAME, IN_ANOTHER_FRAME, NOT_SEEN };

#ifdef ZM_UNWIND
/* The first frame that lies above the mark has called the one in which the mark lies. */
static _Unwind_Reason_Code look_at_frame(struct _Unwind_Context *context, void *place)
{
    if (_Unwind_GetCFA(context) <= (uintptr_t)mark_at)
        return _URC_NO_REASON;
    *(enum place *)place = _Unwind_GetIP(context) == called_from ? IN_ITS_FRAME : IN_ANOTHER_FRAME;
    return _URC_END_OF_STACK;
}
#endif

static enum place place_of_mark(void)
{
    enum place place = NOT_SEEN;
#ifdef ZM_UNWIND
    _Unwind_Backtrace(look_at_frame, &place);
#endif
    return place;
}

/* The mark's stack may be unmapped, so the system reads it. Where the system won't, in some
 * sandboxes, we do. */
static bool mark_stands_on_other_stack(void)
{
#ifdef SYS_process_vm_readv
    uint64_t seen = 0;
    struct iovec to = {&seen, sizeof seen}, from = {(void *)(uintptr_t)mark_at, sizeof seen};
    int saved_errno = errno;
    long length = syscall(SYS_process_vm_readv, getpid(), &to, 1UL, &from, 1UL, 0UL);
    bool gone = length < 0 && errno == EFAULT;
    errno = saved_errno;
    if (gone || length == sizeof seen)
        return seen == MARK;
#endif
    return *mark_at == MARK;
}

static bool mark_stands(void)
{
    switch (place_of_mark()) {
    case IN_ITS_FRAME:
        return *mark_at == MARK;
    case IN_ANOTHER_FRAME:
        return false;
    default:
        return mark_stands_on_other_stack();
    }
}

bool zm_reclaim_is_running(const void *frame)
{
    static ZM_THREAD_LOCAL bool
        looking; /* what is called for that may allocate, if it is replaced */
    if (ZM_LIKELY(!running))
        return false;
    if (looking)
        return true;
    looking = true;
    bool above = (uintptr_t)frame > (uintptr_t)mark_at && !on_alternate_stack();
    bool stands = !above && mark_stands();
    looking = false;
    if (!stands)
        end();
    return stands;
}

void zm_reclaim_enter(struct zm_reclaim *reclaim)
{
    atomic_fetch_add(&reclaim->inside, 1);
}

void zm_reclaim_leave(struct zm_reclaim *reclaim)
{
    atomic_fetch_sub(&reclaim->inside, 1);
}

size_t zm_reclaim_call(struct zm_reclaim *reclaim, size_t wanted)
{
    volatile uint64_t mark = MARK;
    running = reclaim;
    mark_at = &mark;
    called_from = (uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0));
    if (exit_key_made)
        pthread_setspecific(exit_key, &running);
    size_t freed = reclaim->function(wanted, reclaim->arg);
    mark = 0;
    if (mark_at == &mark) /* else it seemed to have ended: it allocated on another stack */
        end();
    return freed <= PTRDIFF_MAX ? freed : 0;
}

bool zm_reclaim_wait(struct zm_reclaim *reclaim, const void *frame)
{
    unsigned steps = 0;
    while (!zm_reclaim_is_running(frame) && atomic_load(&reclaim->inside))
        if (zm_wait(&steps) > PATIENCE_NS)
            return false;
    return true;
}

void zm_reclaim_after_fork(struct zm_reclaim *reclaim)
{
    atomic_store(&reclaim->inside, running == reclaim);
}
