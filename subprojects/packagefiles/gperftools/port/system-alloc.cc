/*
 * Tells of all pages that come from the system. If they may not be had, it is as if there had been
 * no memory.
 */
#include "system-alloc.h"
#include "note_pages.h"

static void *AllocUnnoted(size_t size, size_t *actual_size, size_t alignment);

void *TCMalloc_SystemAlloc(size_t size, size_t *actual_size, size_t alignment) {
  size_t got = size;
  void *result = AllocUnnoted(size, &got, alignment);
  if (!result) return nullptr;
  /* Read after the pages were got, so that it may be set at any time: whoever gets pages that
   * somebody else gave back after that knows it. */
  bool (*note)(void *, size_t, bool) = __atomic_load_n(&GP_NAME(note_pages), __ATOMIC_ACQUIRE);
  if (note && !note(result, got, true)) {
    munmap(result, got);
    return nullptr;
  }
  if (actual_size) *actual_size = got;
  return result;
}

#undef TCMalloc_SystemAlloc
#define TCMalloc_SystemAlloc AllocUnnoted
#include "../src/system-alloc.cc"
