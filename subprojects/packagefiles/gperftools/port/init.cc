#include "port.h"
#include "tcmalloc_guard.h"
#include "gperftools/tcmalloc.h"

#include <atomic>
#include <errno.h>
#include <sched.h>

namespace modules = GP_NAME(modules);

namespace {
enum State { kNone, kRunning, kDone };
std::atomic<int> state{kNone};
std::atomic<pthread_t> owner;

alignas(TCMallocGuard) char guard[sizeof(TCMallocGuard)];

void Initialize() {
#define X(flag) modules::flag_##flag();
  GP_FLAGS(X)
#undef X
  modules::futex();
  modules::spinlock();
  modules::malloc_extension();
  /* Page heap, fork handlers, thread key, thread cache. */
  new (guard) TCMallocGuard;
  modules::tcmalloc_extension();
#ifdef __linux__
  modules::memfs_malloc();
#endif
#ifndef NO_TCMALLOC_SAMPLES
#if __has_include("maybe_threads.h")
  modules::libpthread_initialized_setter();
#endif
  modules::stacktrace_init_default_stack_impl();
  /* Registered after the page heap's handlers, so locked before it. */
  pthread_atfork(modules::heap_profiler_lock, modules::heap_profiler_unlock,
                 modules::heap_profiler_unlock);
  modules::heapprofiler();
#endif
}

/* Not atexit, which may allocate. */
__attribute__((destructor)) void AtExit() {
  if (state.load(std::memory_order_acquire) != kDone) return;
#ifndef NO_TCMALLOC_SAMPLES
  modules::heap_profiler_exit();
#endif
  modules::stats_at_exit();
}
}  // namespace

extern "C" int GP_NAME(init)(void) {
  int seen = kNone;
  if (state.load(std::memory_order_acquire) == kDone) return 0;
  if (!state.compare_exchange_strong(seen, kRunning)) {
    /* Fork handlers or a profile may allocate through us: that works by now. */
    while (state.load(std::memory_order_acquire) == kRunning) {
      if (pthread_equal(owner.load(), pthread_self())) return 0;
      sched_yield();
    }
    return 0;
  }
  owner.store(pthread_self());
  Initialize();
  state.store(kDone, std::memory_order_release);

  void *probe = tc_malloc(1);
  tc_free(probe);
  return probe ? 0 : ENOMEM;
}
