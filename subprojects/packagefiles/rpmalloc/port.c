/* rpmalloc's one file, with names that stay inside, and what a library inside another needs beside
 * it: locks that a fork leaves open, heaps that come back from threads however they end, threads
 * that find no memory for a heap, blocks of large alignments, and figures that cost nothing per
 * block. What upstream calls of the system is ours where something has to be noticed. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <signal.h>
#include <sys/syscall.h>
#endif

/* The header says "default" for each function. */
#define visibility(kind) visibility("hidden")
#include "rpmalloc.h"
#undef visibility

static void *map(size_t size, size_t alignment, size_t *offset, size_t *mapped_size);
static int commit(void *address, size_t size);
static int decommit(void *address, size_t size);
static void unmap(void *address, size_t offset, size_t mapped_size);
static int port_key_create(pthread_key_t *key, void (*destructor)(void *));
static int port_set_heap(pthread_key_t key, const void *heap);

/* Where there are two definitions the one with values counts. */
static rpmalloc_interface_t global_memory_interface_default = {
	.memory_map = map, .memory_commit = commit, .memory_decommit = decommit, .memory_unmap = unmap};

#define pthread_key_create port_key_create
#define pthread_setspecific port_set_heap
#define rpaligned_alloc upstream_aligned_alloc
#define rpmalloc_global_statistics upstream_global_statistics
#ifdef PORT_TLS_MODEL
#define tls_model(kind) tls_model(PORT_TLS_MODEL)
#endif
static RPMALLOC_ALLOCATOR void *upstream_aligned_alloc(size_t alignment, size_t size);
static __attribute__((unused)) void upstream_global_statistics(rpmalloc_global_statistics_t *stats);
#include "rpmalloc/rpmalloc.c"
#undef pthread_key_create
#undef pthread_setspecific
#undef rpaligned_alloc
#undef rpmalloc_global_statistics
#undef tls_model

/* What a thread has that found no memory for a heap, up to the end of that call: it gives nothing.
 * With none at all upstream would follow a null pointer. */
enum { NOBODY = 1 }; /* as the owner of a heap: no thread's number is odd */
static heap_t destitute = {.id = UINT32_MAX, .owner_thread = NOBODY};

/* ---- threads ---- */

static _Thread_local unsigned rounds; /* of destructors that have met this thread's heap */

/* Which thread a heap has is also noted as the system's number, in a field that upstream has no use
 * for: some end without a last word, say because they have allocated in the last round. */
static void note_thread(heap_t *heap)
{
#if defined(__linux__)
	__atomic_store_n(&heap->finalize, (uint32_t)syscall(SYS_gettid), __ATOMIC_RELAXED);
#else
	(void)heap;
#endif
}

static bool has_gone(const heap_t *heap)
{
#if defined(__linux__)
	uint32_t thread = __atomic_load_n(&heap->finalize, __ATOMIC_RELAXED);
	return thread && syscall(SYS_tgkill, getpid(), (pid_t)thread, 0) != 0 && errno == ESRCH;
#else
	(void)heap;
	return false;
#endif
}

/* From now on its blocks are local to no thread, also not to a new one with the same address. */
static void give_up(heap_t *heap)
{
	__atomic_store_n(&heap->finalize, 0, __ATOMIC_RELAXED);
	heap->owner_thread = NOBODY;
	heap_release(heap);
}

static void take_back(void)
{
	heap_t *back[64];
	size_t count = 0;
	int before = errno;
	heap_lock_acquire();
	for (heap_t *heap = global_heap_used; heap && count < sizeof back / sizeof *back; heap = heap->next)
		if (has_gone(heap)) {
			heap->finalize = 0;
			back[count++] = heap;
		}
	heap_lock_release();
	while (count > 0)
		give_up(back[--count]);
	errno = before;
}

/* The last step of set_thread_heap. */
static int port_set_heap(pthread_key_t key, const void *heap)
{
	if (!heap) {
		global_thread_heap = &destitute;
		return 0;
	}
	if (heap == &global_heap_fallback)
		return pthread_setspecific(key, NULL);
	note_thread(global_thread_heap);
	return pthread_setspecific(key, heap);
}

/* In the last round ThreadSanitizer has done with the thread. */
#ifdef PORT_TSAN
enum { ROUNDS = 1 };
#else
enum { ROUNDS = PTHREAD_DESTRUCTOR_ITERATIONS };
#endif

/* The heap is kept up to the last round, because others' destructors allocate, too. */
static void thread_ends(void *heap)
{
	if (++rounds < ROUNDS) {
		pthread_setspecific(pthread_key, heap);
	} else if (get_thread_id() != global_main_thread_id) {
		give_up(heap);
		set_thread_heap(global_heap_default);
	}
}

/* ---- forks ---- */

static bool holds_heaps, holds_huge;

/* Waits a second at most: the thread that has it may be the one that forks, in a signal handler. */
static bool take(atomic_uintptr_t *lock)
{
	for (int i = 0; i < 1000; i++) {
		struct timespec millisecond = {.tv_nsec = 1000000};
		uintptr_t nobody = 0;
		if (atomic_compare_exchange_strong(lock, &nobody, get_thread_id()))
			return true;
		if (nobody == get_thread_id())
			return false;
		if (i < 100)
			sched_yield();
		else
			nanosleep(&millisecond, NULL);
	}
	return false;
}

static void before_fork(void)
{
	for (int i = 0; i < 1000; i++) {
		holds_heaps = take(&global_heap_lock);
		if (!holds_heaps || !global_heap_creating)
			break;
		heap_lock_release();
		sched_yield();
		holds_heaps = false;
	}
	holds_huge = take(&global_huge_cache.lock);
}

static void in_parent(void)
{
	if (holds_huge)
		huge_cache_lock_release();
	if (holds_heaps)
		heap_lock_release();
}

/* Nobody uses the other threads' heaps any more: each may be in the middle of something. */
static void in_child(void)
{
	for (heap_t *heap = holds_heaps ? global_heap_used : NULL; heap; heap = heap->next)
		heap->finalize = 0;
	if (global_thread_heap->id != 0)
		note_thread(global_thread_heap);
	global_heap_creating = 0;
	huge_cache_lock_release();
	heap_lock_release();
}

static int port_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	(void)destructor;
	pthread_atfork(before_fork, in_parent, in_child);
	return pthread_key_create(key, thread_ends);
}

/* ---- memory from the system: as upstream, but counted, and errno stays as it is ---- */

static atomic_size_t mapped, committed;

/* Upstream maps more than it wants, for the alignment, and unmaps the rest: under RLIMIT_AS there may be
 * no room for that. Then what is free is looked for, below what was had last. */
static void *map_exactly(size_t size, size_t alignment, size_t *offset, size_t *mapped_size)
{
#if defined(MAP_FIXED_NOREPLACE)
	static atomic_uintptr_t last;
	uintptr_t there = atomic_load_explicit(&last, memory_order_relaxed);
	if (there == 0)
		there = (uintptr_t)&there & ~(uintptr_t)(alignment - 1);
	for (int i = 0; i < 256 && there > 2 * alignment; i++) {
		there -= alignment;
		void *address = mmap((void *)there, size, PROT_READ | PROT_WRITE,
		                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (address == (void *)there) {
			atomic_store_explicit(&last, there, memory_order_relaxed);
			*offset = 0;
			*mapped_size = size;
			return address;
		}
		if (address != MAP_FAILED) /* by a system that takes the address for a hint */
			munmap(address, size);
		else if (errno != EEXIST)
			break;
	}
	atomic_store_explicit(&last, 0, memory_order_relaxed);
#endif
	return NULL;
}

/* What is mapped without an alignment are heaps: then there may be some of threads that have gone. */
static void *map(size_t size, size_t alignment, size_t *offset, size_t *mapped_size)
{
	if (get_thread_heap() == &destitute) {
		global_thread_heap = global_heap_default; /* the next call tries again */
		return NULL;
	}
	if (alignment == 0)
		take_back();
	int before = errno;
	void *address = os_mmap(size, alignment, offset, mapped_size);
	if (!address && alignment)
		address = map_exactly(size, alignment, offset, mapped_size);
	if (!address)
		return NULL;
	errno = before;
	atomic_fetch_add_explicit(&mapped, *mapped_size, memory_order_relaxed);
	return address;
}

static int commit(void *address, size_t size)
{
	atomic_fetch_add_explicit(&committed, size, memory_order_relaxed);
	return os_mcommit(address, size);
}

/* Fails on memory that is locked. */
static int decommit(void *address, size_t size)
{
	int before = errno, failed = os_mdecommit(address, size);
	errno = before;
	if (!failed)
		atomic_fetch_sub_explicit(&committed, size, memory_order_relaxed);
	return failed;
}

/* Only huge blocks are unmapped, of which every page was committed. */
static void unmap(void *address, size_t offset, size_t mapped_size)
{
	int before = errno;
	os_munmap(address, offset, mapped_size);
	errno = before;
	atomic_fetch_sub_explicit(&mapped, mapped_size, memory_order_relaxed);
	atomic_fetch_sub_explicit(&committed, mapped_size, memory_order_relaxed);
}

/* Of the fields these two, in every build: upstream's count each block, in builds that count. */
void rpmalloc_global_statistics(rpmalloc_global_statistics_t *stats)
{
	*stats = (rpmalloc_global_statistics_t){
		.mapped = atomic_load_explicit(&mapped, memory_order_relaxed),
		.active = atomic_load_explicit(&committed, memory_order_relaxed)};
}

/* ---- alignments ---- */

/* Upstream's end at RPMALLOC_MAX_ALIGNMENT. Above that a block gets a span of its own, whose head is
 * found from wherever in it the block begins. */
RPMALLOC_ALLOCATOR void *rpaligned_alloc(size_t alignment, size_t size)
{
	if (alignment < RPMALLOC_MAX_ALIGNMENT)
		return upstream_aligned_alloc(alignment, size);
	if (alignment >= SPAN_SIZE || size > PTRDIFF_MAX - SPAN_SIZE)
		return NULL;
	size_t whole = size + alignment;
	if (whole <= LARGE_BLOCK_SIZE_LIMIT)
		whole = LARGE_BLOCK_SIZE_LIMIT + 1;
	block_t *block = heap_allocate_block_huge(get_thread_heap(), whole, 0);
	if (!block)
		return NULL;
	span_t *span = block_get_span(block);
	span->page_address_mask = SPAN_MASK;
	return pointer_offset(span, alignment);
}
