/* Calling the program's reclaim function.
 *
 * The function may never come back: longjmp and C++ exceptions leave it. Nothing tells us, so a
 * mark lies in the frame that called it, and the thread knows where. A caller above that place, or
 * a mark that has changed, shows that the frame is gone. A mark that is still there shows nothing:
 * it may lie in an array of a later frame that nobody has written to. So then the frames are
 * walked.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "reclaim.h"

#include <pthread.h>
#include <signal.h>
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

#ifdef ZM_UNWIND
/* The first frame that lies above the mark has called the one in which the mark lies. */
static _Unwind_Reason_Code look_at_frame(struct _Unwind_Context *context, void *is_another)
{
    if (_Unwind_GetCFA(context) <= (uintptr_t)mark_at)
        return _URC_NO_REASON;
    *(bool *)is_another = _Unwind_GetIP(context) != called_from;
    return _URC_END_OF_STACK;
}
#endif

/* False also where the frames can't be walked so far. */
static bool mark_is_in_another_frame(void)
{
    bool is_another = false;
#ifdef ZM_UNWIND
    _Unwind_Backtrace(look_at_frame, &is_another);
#endif
    return is_another;
}

bool zm_reclaim_is_running(const void *frame)
{
    if (ZM_LIKELY(!running))
        return false;
    bool above = (uintptr_t)frame > (uintptr_t)mark_at && !on_alternate_stack();
    if (!above && *mark_at == MARK && !mark_is_in_another_frame())
        return true;
    end();
    return false;
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
