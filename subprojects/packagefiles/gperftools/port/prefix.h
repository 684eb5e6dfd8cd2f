/*
 * Included before every source of one variant (-include). It keeps gperftools
 * from overriding anything of libc or libstdc++, from needing libstdc++ at run
 * time, and from doing any work before init() is called.
 */
#ifndef GP_PREFIX_H
#define GP_PREFIX_H

#undef _GLIBCXX_ASSERTIONS
#undef _GLIBCXX_DEBUG

#include "rename.h"
/* Standard headers must not see tokens as common as "base". */
#pragma push_macro("base")
#undef base

/*
 * operator new would take other memory than the allocator's. What init() and the C
 * interface reach does without; the rest (leak reports, lists for C++ callers,
 * deleting destructors) must not require libstdc++.
 */
#include <stddef.h>
void *operator new(size_t) __attribute__((weak));
void *operator new[](size_t) __attribute__((weak));
void operator delete(void *) noexcept __attribute__((weak));
void operator delete[](void *) noexcept __attribute__((weak));
void operator delete(void *, size_t) noexcept __attribute__((weak));
void operator delete[](void *, size_t) noexcept __attribute__((weak));

/* Abstract classes refer to this one; nobody calls it. */
#if defined(__clang__) && defined(__ELF__)
__asm__(".weak __cxa_pure_virtual");
#elif defined(__ELF__)
extern "C" void __cxa_pure_virtual(void);
#pragma weak __cxa_pure_virtual
#endif

/* What the templates of libstdc++ and libc++ want from their libraries: port/runtime.cc has it. */
#define __libcpp_verbose_abort GP_NAME(libcpp_verbose_abort)
#define __throw_bad_alloc GP_NAME(throw_bad_alloc)
#define __throw_bad_array_new_length GP_NAME(throw_bad_array_new_length)
#define __throw_length_error GP_NAME(throw_length_error)
#define __throw_logic_error GP_NAME(throw_logic_error)
#define _Rb_tree_decrement GP_NAME(rb_tree_decrement)
#define _Rb_tree_increment GP_NAME(rb_tree_increment)
#define _Rb_tree_insert_and_rebalance GP_NAME(rb_tree_insert_and_rebalance)
#define _Rb_tree_rebalance_for_erase GP_NAME(rb_tree_rebalance_for_erase)

#include <algorithm>
#include <limits>
#include <map>
#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#pragma pop_macro("base")

/* std::string is compiled in libstdc++.so and allocates there. */
void *GP_NAME(own_malloc)(size_t);
void *GP_NAME(own_realloc)(void *, size_t);
void GP_NAME(own_free)(void *);
#include "text.h"
namespace std {
using GP_NAME(string) = ::GP_NAME(string);
struct GP_NAME(nothrow_t) {};
constexpr GP_NAME(nothrow_t) GP_NAME(nothrow){};
inline new_handler GP_NAME(set_new_handler)(new_handler) { return nullptr; }
inline new_handler GP_NAME(get_new_handler)() { return nullptr; }
}
inline void *operator new[](size_t n, const std::GP_NAME(nothrow_t) &) noexcept {
  return GP_NAME(own_malloc)(n);
}
#define string GP_NAME(string)
#define nothrow_t GP_NAME(nothrow_t)
#define nothrow GP_NAME(nothrow)
#define set_new_handler GP_NAME(set_new_handler)
#define get_new_handler GP_NAME(get_new_handler)

/*
 * free must leave errno alone, but gives pages back by madvise, which fails on locked ones
 * (mlockall). Who calls it tries again while errno is EAGAIN: that is done here.
 */
static inline int GP_NAME(quiet_madvise)(void *address, size_t length, int advice) {
  int before = errno, result;
  do
    result = madvise(address, length, advice);
  while (result == -1 && errno == EAGAIN);
  if (result == 0 || before != EAGAIN)
    errno = before;
  return result;
}
#define madvise GP_NAME(quiet_madvise)

/* From 2.16 on what could not be mapped is unmapped, which a sanitizer's munmap dies of. */
static inline int GP_NAME(sure_munmap)(void *address, size_t length) {
  return address == MAP_FAILED ? -1 : munmap(address, length);
}
#define munmap GP_NAME(sure_munmap)

/* libm would be one more library to load, for one call per sample. */
extern "C" double GP_NAME(log2)(double);
#define log2 GP_NAME(log2)

/* No name of libc or libstdc++ is defined. */
#define TCMALLOC_LIBC_OVERRIDE_INL_H_
#define CPP_NOTHROW noexcept
#define CPP_BADALLOC
static inline void ReplaceSystemAlloc() {}
/* Aliases are made from strings, which escape renaming. */
#define TCMALLOC_NO_ALIASES
/* No static TCMallocGuard. */
#define WIN32_OVERRIDE_ALLOCATORS

/* Nothing at load time: flags and modules wait for init(). */
#define _GOOGLEINIT_H
#include "base/logging.h"
#define REGISTER_MODULE_INITIALIZER(name, body) \
  namespace GP_NAME(modules) { void name() { body; } }

/* spinlock.h makes a macro of the class's name, against unnamed holders, and from then on uses the name
 * as it stands. */
#undef SpinLockHolder
class GP_NAME(SpinLockHolder);
typedef GP_NAME(SpinLockHolder) SpinLockHolder;
#define SpinLockHolder GP_NAME(SpinLockHolder)
#include "base/spinlock.h"
#undef SpinLockHolder
#define SpinLockHolder GP_NAME(SpinLockHolder)

#include "base/commandlineflags.h"
#undef DEFINE_VARIABLE
#define DEFINE_VARIABLE(type, name, value, meaning) \
  DECLARE_VARIABLE(type, name);                     \
  type FLAG__namespace_do_not_use_directly_use_DECLARE_##type##_instead::FLAGS_##name; \
  namespace GP_NAME(modules) { void flag_##name() { FLAGS_##name = (value); } }
#undef DECLARE_string
#undef DEFINE_string
#define DEFINE_string(name, value, meaning)         \
  static GP_NAME(flag_text) FLAGS_##name;           \
  namespace GP_NAME(modules) { void flag_##name() { FLAGS_##name.text = (value); } }

#ifdef __ELF__
/* lld exports these from a shared library unless they are hidden. */
#undef DECLARE_ATTRIBUTE_SECTION_VARS
#define DECLARE_ATTRIBUTE_SECTION_VARS(name)                                     \
  extern char __start_##name[] __attribute__((weak, visibility("hidden")));      \
  extern char __stop_##name[] __attribute__((weak, visibility("hidden")))
#endif

#if GP_TLS_INITIAL_EXEC == 0
#undef ATTR_INITIAL_EXEC
#define ATTR_INITIAL_EXEC
#endif

/* A thread's cache tells when it ends. Its class is upstream's, but for one member's destructor. */
#if __has_include("thread_cache_ptr.h") /* 2.16 and on */
#define GP_WATCHES_CACHES
inline void (*GP_NAME(cache_ends))();
#include "config.h"
#include "sampler.h"
namespace tcmalloc {
struct GP_NAME(WatchedSampler) : Sampler {
  ~GP_NAME(WatchedSampler)() { if (GP_NAME(cache_ends)) GP_NAME(cache_ends)(); }
};
}
#define Sampler GP_NAME(WatchedSampler)
#include "thread_cache.h"
#undef Sampler
#endif

#endif
