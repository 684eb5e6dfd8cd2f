/* mimalloc's init.c with the work of its constructor moved to the first use, so that a process
 * that does not use mimalloc does not pay for it. Every thread's first allocation passes through
 * mi_thread_init; the constructor's promise, that one thread alone gets there first, is kept by
 * letting the others wait. */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__FreeBSD__)
#include <pthread_np.h>
#endif

#include "mimalloc.h"
#ifdef PORT_NEW_LAYOUT
#include "mimalloc/internal.h"
#include "forks.h"
#else
#include "mimalloc-internal.h"
#endif

void _mi_port_process_init(void);
void _mi_port_thread_init(void);

#define mi_process_init _mi_port_process_init
#define mi_thread_init _mi_port_thread_init
#include "src/init.c"
#undef mi_process_init
#undef mi_thread_init

#ifndef PORT_NEW_LAYOUT
static bool is_initial_thread(void) {
#if defined(__linux__)
  return syscall(SYS_gettid) == getpid();
#elif defined(__APPLE__) || defined(__FreeBSD__)
  return pthread_main_np() != 0;
#else
  return true;
#endif
}
#endif

static void load(void) {
#ifdef PORT_NEW_LAYOUT
  _mi_port_forks_init();
  _mi_auto_process_init();
  atexit(_mi_auto_process_done);
#else
  mi_process_load();
  if (!is_initial_thread()) {
    /* mimalloc takes the loading thread for the one that lives as long as the process and never
     * gives up its heap: this one gets a heap like any other thread's. */
    _mi_heap_main.thread_id = 1;
    _mi_heap_set_default_direct((mi_heap_t *)&_mi_heap_empty);
  }
#endif
}

void mi_thread_init(void) {
  static atomic_bool loaded;
  static atomic_uintptr_t loader;

  if (!atomic_load_explicit(&loaded, memory_order_acquire)) {
    uintptr_t none = 0;
    uintptr_t self = (uintptr_t)_mi_thread_id();
    if (atomic_compare_exchange_strong(&loader, &none, self)) {
      load();
      atomic_store_explicit(&loaded, true, memory_order_release);
    } else if (none != self) { /* self: what load() calls may allocate */
      while (!atomic_load_explicit(&loaded, memory_order_acquire))
        sched_yield();
    }
  }
  _mi_port_thread_init();
}

void mi_process_init(void) {
  mi_thread_init();
}
