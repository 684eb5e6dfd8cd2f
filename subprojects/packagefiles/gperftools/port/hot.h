/*
 * What goes well of malloc and free, for a caller's own functions to be made of:
 * a block from the thread's list or none, no call. tcmalloc.cc does the rest.
 */
#ifndef GP_HOT_H
#define GP_HOT_H

#ifdef ENABLE_EMERGENCY_MALLOC
#include "emergency_malloc.h"
#endif
#include "malloc_hook-inl.h"
#include "static_vars.h"
#include "thread_cache.h"
#if __has_include("thread_cache_ptr.h") /* 2.16 and on */
#include "thread_cache_ptr.h"
#define GP_HAS_THREAD_CACHE_PTR
#endif

#ifndef ATTRIBUTE_ALWAYS_INLINE
#define ATTRIBUTE_ALWAYS_INLINE __attribute__((always_inline))
#endif

namespace GP_NAME(hot) {

using tcmalloc::Static;
using tcmalloc::ThreadCache;

/* The thread's cache, if it has one and neither is taking a stack trace nor has something else to do first. */
inline ATTRIBUTE_ALWAYS_INLINE ThreadCache *MallocCache() {
#ifdef GP_HAS_THREAD_CACHE_PTR
  return tcmalloc::ThreadCachePtr::GetIfPresent();
#else
  return ThreadCache::GetFastPathCache();
#endif
}

inline ATTRIBUTE_ALWAYS_INLINE ThreadCache *FreeCache() {
#ifdef GP_HAS_THREAD_CACHE_PTR
  return tcmalloc::ThreadCachePtr::GetIfPresent();
#else
  return ThreadCache::GetCacheIfPresent();
#endif
}

/* Or the list's address is computed twice, from class and from its widened copy. */
template <typename Class>
inline ATTRIBUTE_ALWAYS_INLINE void Settle(Class *cl) {
  __asm__("" : "+r"(*cl));
}

template <typename List>
inline ATTRIBUTE_ALWAYS_INLINE size_t ObjectSize(const List &list) {
  const uint32_t size = list.object_size();
  if (size == 0) __builtin_unreachable(); /* spares the caller a compare */
  return size;
}

template <typename List>
inline ATTRIBUTE_ALWAYS_INLINE void *Pop(ThreadCache *cache, List *list, int32_t *cached,
                                         size_t *usable) {
  const size_t size = ObjectSize(*list);
  if (PREDICT_FALSE(list->empty() || !cache->TryRecordAllocationFast(size))) return NULL;
  *usable = size;
  *cached -= size;
  return list->Pop();
}

inline size_t ListedSize(const ThreadCache *cache, uint32_t cl);
inline void *TryPop(ThreadCache *cache, size_t cl, size_t *usable);

/* The lists are private, but an explicit instantiation may name any member. */
template <auto Lists, auto Cached>
struct Members {
  friend inline ATTRIBUTE_ALWAYS_INLINE size_t ListedSize(const ThreadCache *cache, uint32_t cl) {
    return ObjectSize((cache->*Lists)[cl]);
  }
  friend inline ATTRIBUTE_ALWAYS_INLINE void *TryPop(ThreadCache *cache, size_t cl,
                                                     size_t *usable) {
    return Pop(cache, &(cache->*Lists)[cl], &(cache->*Cached), usable);
  }
};
template struct Members<&ThreadCache::list_, &ThreadCache::size_>;

inline ATTRIBUTE_ALWAYS_INLINE bool IsEmergency(const void *ptr) {
#ifdef ENABLE_EMERGENCY_MALLOC
  return PREDICT_FALSE(tcmalloc::IsEmergencyPtr(ptr));
#else
  return false;
#endif
}

/* Usable bytes of malloc(size); 0 where blocks have no class. */
inline ATTRIBUTE_ALWAYS_INLINE size_t ClassSize(size_t size) {
  uint32_t cl;
  return Static::sizemap()->GetSizeClass(size, &cl) ? Static::sizemap()->ByteSizeForClass(cl) : 0;
}

/* Classes of sizes up to 1,024 by steps of 8, as in sizemap, but none below that of Raise's size:
 * what else would be a comparison in every call. */
enum { kRaisedMax = 1024 };
inline unsigned char raised_class[kRaisedMax / 8 + 1];

/* When the sizemap is there, before any Malloc and FindSized with raise. */
inline void Raise(size_t min_size) {
  for (size_t i = 0; i <= kRaisedMax / 8; i++)
    raised_class[i] = Static::sizemap()->SizeClass(i * 8 < min_size ? min_size : i * 8);
}

inline ATTRIBUTE_ALWAYS_INLINE bool GetClass(size_t size, bool raise, uint32_t *cl) {
  if (!raise || PREDICT_FALSE(size > kRaisedMax)) return Static::sizemap()->GetSizeClass(size, cl);
  *cl = raised_class[(static_cast<uint32_t>(size) + 7) >> 3];
  return true;
}

/* NULL: not now. */
inline ATTRIBUTE_ALWAYS_INLINE void *Malloc(size_t size, bool raise, size_t *usable) {
  ThreadCache *cache = MallocCache();
  uint32_t cl;
  if (PREDICT_FALSE(!base::internal::new_hooks_.empty() || cache == NULL ||
                    !GetClass(size, raise, &cl)))
    return NULL;
  size_t index = cl; /* the load of the class has widened it */
  Settle(&index);
  return TryPop(cache, index, usable);
}

/* The usable bytes of a block that Free can take, and its class; 0: not this one, or NULL, whose
 * page has no class. */
inline ATTRIBUTE_ALWAYS_INLINE size_t Find(const void *ptr, uint32_t *cl) {
  const ThreadCache *cache = FreeCache();
  if (PREDICT_FALSE(!base::internal::delete_hooks_.empty() || cache == NULL ||
                    !Static::pageheap()->TryGetSizeClass(
                        reinterpret_cast<uintptr_t>(ptr) >> kPageShift, cl)))
    return 0;
  Settle(cl);
  return ListedSize(cache, *cl);
}

/* The same from the size, of small ones alone: many larger blocks start a page, and those may have
 * no class; which is told by a jump that nothing predicts. */
inline ATTRIBUTE_ALWAYS_INLINE size_t FindSized(const void *ptr, size_t size, bool raise,
                                                uint32_t *cl) {
  const ThreadCache *cache = FreeCache();
  if (PREDICT_FALSE(!base::internal::delete_hooks_.empty() || cache == NULL ||
                    size > kRaisedMax || (reinterpret_cast<uintptr_t>(ptr) & (kPageSize - 1)) == 0 ||
                    IsEmergency(ptr) ||
                    !GetClass(size, raise, cl)))
    return 0;
  Settle(cl);
  return ListedSize(cache, *cl);
}

/* Calls, if it does, last. */
inline ATTRIBUTE_ALWAYS_INLINE void Free(void *ptr, uint32_t cl) {
  FreeCache()->Deallocate(ptr, cl);
}

}  // namespace GP_NAME(hot)

#endif
