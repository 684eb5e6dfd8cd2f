/* operator new and delete, all forms, by zmalloc: for programs that link zmalloc-new.
 *
 * One object, so that a program has all of them or none, and nothing that one of libstdc++'s
 * operators allocates is freed by one of these.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <zmalloc.h>

#include <cstddef>
#include <new>

/* What pkg-config's flags ask for, so that the linker takes this object out of its archive even for
 * a program that has no new of its own (its libraries do). */
extern "C" ZMALLOC_API const int zmalloc_replaces_operator_new;
const int zmalloc_replaces_operator_new = 1;

namespace
{
void *allocate(std::size_t size, std::size_t align)
{
    return align > alignof(std::max_align_t) ? ztryaligned_alloc(align, size) : ztrymalloc(size);
}

/* The new handler makes room, throws, or ends the program. */
void *must(std::size_t size, std::size_t align)
{
    for (;;) {
        void *ptr = allocate(size, align);
        if (__builtin_expect(ptr != nullptr, 1))
            return ptr;
        std::new_handler handler = std::get_new_handler();
        if (!handler)
            throw std::bad_alloc();
        handler();
    }
}

void *may(std::size_t size, std::size_t align) noexcept
{
    try {
        return must(size, align);
    } catch (...) {
        return nullptr;
    }
}

void free_aligned(void *ptr, std::align_val_t align, std::size_t size) noexcept
{
    if (static_cast<std::size_t>(align) > alignof(std::max_align_t))
        zfree(ptr);
    else
        zfree_with_size(ptr, size);
}
} // namespace

// clang-format off
ZMALLOC_API void *operator new(std::size_t n) { return must(n, 1); }
ZMALLOC_API void *operator new[](std::size_t n) { return must(n, 1); }
ZMALLOC_API void *operator new(std::size_t n, const std::nothrow_t &) noexcept { return may(n, 1); }
ZMALLOC_API void *operator new[](std::size_t n, const std::nothrow_t &) noexcept { return may(n, 1); }
ZMALLOC_API void *operator new(std::size_t n, std::align_val_t a) { return must(n, std::size_t(a)); }
ZMALLOC_API void *operator new[](std::size_t n, std::align_val_t a) { return must(n, std::size_t(a)); }
ZMALLOC_API void *operator new(std::size_t n, std::align_val_t a, const std::nothrow_t &) noexcept { return may(n, std::size_t(a)); }
ZMALLOC_API void *operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t &) noexcept { return may(n, std::size_t(a)); }

ZMALLOC_API void operator delete(void *p) noexcept { zfree(p); }
ZMALLOC_API void operator delete[](void *p) noexcept { zfree(p); }
ZMALLOC_API void operator delete(void *p, const std::nothrow_t &) noexcept { zfree(p); }
ZMALLOC_API void operator delete[](void *p, const std::nothrow_t &) noexcept { zfree(p); }
ZMALLOC_API void operator delete(void *p, std::size_t n) noexcept { zfree_with_size(p, n); }
ZMALLOC_API void operator delete[](void *p, std::size_t n) noexcept { zfree_with_size(p, n); }
ZMALLOC_API void operator delete(void *p, std::align_val_t) noexcept { zfree(p); }
ZMALLOC_API void operator delete[](void *p, std::align_val_t) noexcept { zfree(p); }
ZMALLOC_API void operator delete(void *p, std::align_val_t, const std::nothrow_t &) noexcept { zfree(p); }
ZMALLOC_API void operator delete[](void *p, std::align_val_t, const std::nothrow_t &) noexcept { zfree(p); }
ZMALLOC_API void operator delete(void *p, std::size_t n, std::align_val_t a) noexcept { free_aligned(p, a, n); }
ZMALLOC_API void operator delete[](void *p, std::size_t n, std::align_val_t a) noexcept { free_aligned(p, a, n); }
// clang-format on
