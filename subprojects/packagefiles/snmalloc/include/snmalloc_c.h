/* snmalloc for C: libc's functions with a prefix. */
#ifndef SNMALLOC_C_H
#define SNMALLOC_C_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *sn_malloc(size_t size);
void *sn_calloc(size_t count, size_t size);
void *sn_realloc(void *ptr, size_t size);
void *sn_memalign(size_t alignment, size_t size);
void sn_free(void *ptr);
void sn_free_sized(void *ptr, size_t size);
size_t sn_malloc_usable_size(const void *ptr);
size_t sn_malloc_good_size(size_t size);

/* Bytes of chunks that are in use, now and at most. */
void sn_malloc_info(size_t *current, size_t *peak);

#ifdef __cplusplus
}
#endif

#endif
