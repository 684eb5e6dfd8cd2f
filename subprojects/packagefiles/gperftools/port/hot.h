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

/* The thread's cache, if it has one and neither is taking a stack trace nor has something else to do first. Callers may
 * keep it, and give it to the functions below, until GP_NAME(cache_ends) says that it ends: in a stack trace, too. */
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

/* A caller that never gives NULL, but a cache of zeros in its place, spares itself comparisons. */
inline ATTRIBUTE_ALWAYS_INLINE bool IsCache(const ThreadCache *cache) {
#ifdef GP_NO_CACHE_IS_ZEROS
  return true;
#else
  return cache != NULL;
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
  if (PREDICT_FALSE(list->empty())) return NULL;
  const size_t size = ObjectSize(*list);
  if (PREDICT_FALSE(!cache->TryRecordAllocationFast(size))) return NULL;
  *usable = size;
  *cached -= size;
  return list->Pop();
}

inline size_t FindList(ThreadCache *cache, uint32_t cl, void **list);
inline void PushBack(ThreadCache *cache, void *list, void *ptr, size_t usable);
inline void *TryPop(ThreadCache *cache, size_t cl, size_t *usable);

/* Found and put away in two steps: a list that is as long as it may be takes no block here. So does
 * no list of a cache that is all zeros. */
template <typename List>
inline ATTRIBUTE_ALWAYS_INLINE size_t SizeIfRoom(const List &list) {
  return PREDICT_TRUE(list.length() < list.max_length()) ? ObjectSize(list) : 0;
}

template <typename List>
inline ATTRIBUTE_ALWAYS_INLINE void Push(ThreadCache *cache, List *list, void *ptr, size_t usable,
                                         int32_t *cached, const int32_t *most) {
  const int32_t now = *cached + static_cast<int32_t>(usable);
  list->Push(ptr);
  *cached = now;
  if (PREDICT_FALSE(now > *most)) cache->Scavenge();
}

/* The lists are private, but an explicit instantiation may name any member. */
template <auto Lists, auto Cached, auto Most>
struct Members {
  friend inline ATTRIBUTE_ALWAYS_INLINE size_t FindList(ThreadCache *cache, uint32_t cl,
                                                        void **list) {
    *list = &(cache->*Lists)[cl];
    return SizeIfRoom((cache->*Lists)[cl]);
  }
  friend inline ATTRIBUTE_ALWAYS_INLINE void PushBack(ThreadCache *cache, void *list, void *ptr,
                                                      size_t usable) {
    Push(cache, static_cast<decltype(&(cache->*Lists)[0])>(list), ptr, usable, &(cache->*Cached),
         &(cache->*Most));
  }
  friend inline ATTRIBUTE_ALWAYS_INLINE void *TryPop(ThreadCache *cache, size_t cl,
                                                     size_t *usable) {
    return Pop(cache, &(cache->*Lists)[cl], &(cache->*Cached), usable);
  }
};
template struct Members<&ThreadCache::list_, &ThreadCache::size_, &ThreadCache::max_size_>;

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
inline ATTRIBUTE_ALWAYS_INLINE void *Malloc(ThreadCache *cache, size_t size, bool raise,
                                            size_t *usable) {
  uint32_t cl;
  if (PREDICT_FALSE(!base::internal::new_hooks_.empty() || !IsCache(cache) ||
                    !GetClass(size, raise, &cl)))
    return NULL;
  size_t index = cl; /* the load of the class has widened it */
  Settle(&index);
  return TryPop(cache, index, usable);
}

/* The usable bytes of a block that Free can take, and its list in the cache; 0: not this one, or NULL,
 * whose page has no class. */
inline ATTRIBUTE_ALWAYS_INLINE size_t Find(ThreadCache *cache, const void *ptr, void **list) {
  uint32_t cl;
  if (PREDICT_FALSE(!base::internal::delete_hooks_.empty() || !IsCache(cache) ||
                    !Static::pageheap()->TryGetSizeClass(
                        reinterpret_cast<uintptr_t>(ptr) >> kPageShift, &cl)))
    return 0;
  Settle(&cl);
  return FindList(cache, cl, list);
}

/* The same from the size, of small ones alone: many larger blocks start a page, and those may have
 * no class; which is told by a jump that nothing predicts. */
inline ATTRIBUTE_ALWAYS_INLINE size_t FindSized(ThreadCache *cache, const void *ptr, size_t size,
                                                bool raise, void **list) {
  uint32_t cl;
  if (PREDICT_FALSE(!base::internal::delete_hooks_.empty() || !IsCache(cache) ||
                    size > kRaisedMax || (reinterpret_cast<uintptr_t>(ptr) & (kPageSize - 1)) == 0 ||
                    IsEmergency(ptr) ||
                    !GetClass(size, raise, &cl)))
    return 0;
  Settle(&cl);
  return FindList(cache, cl, list);
}

/* Calls, if it does, last. */
inline ATTRIBUTE_ALWAYS_INLINE void Free(ThreadCache *cache, void *ptr, void *list, size_t usable) {
  PushBack(cache, list, ptr, usable);
}

}  // namespace GP_NAME(hot)

#endif
