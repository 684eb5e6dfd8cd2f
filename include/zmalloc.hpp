/* zmalloc for C++: an allocator for containers, and a std::pmr::memory_resource.
 *
 *     std::vector<int, zm::allocator<int>> numbers;
 *     std::pmr::string text(zm::resource());
 *
 * C++11 and later, the memory resources with C++17. They throw std::bad_alloc when memory runs out
 * and never call the OOM handler; where exceptions are off, they call it, and end the program if it
 * returns, and that of a heap ends it at once. To have operator new and delete replaced as well, link zmalloc-new: see
 * docs/cplusplus.md. (The namespace is zm because zmalloc is a function.)
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_HPP
#define ZMALLOC_HPP

#include <zmalloc.h>

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <type_traits>

#if defined(__has_include) && __cplusplus >= 201703L
#    if __has_include(<memory_resource>)
#        include <memory_resource>
#        define ZMALLOC_HAVE_MEMORY_RESOURCE 1
#    endif
#endif

namespace zm
{
namespace detail
{
/* Every block is aligned so far without being asked, under ZMALLOC_CAP_WORD_ALIGNED too. */
constexpr bool over_aligned(std::size_t align)
{
    return align > 8;
}

inline void *allocate(std::size_t size, std::size_t align)
{
    void *ptr = over_aligned(align) ? ztryaligned_alloc(align, size) : ztrymalloc(size);
    if (!ptr) {
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
        throw std::bad_alloc();
#else
        ptr = over_aligned(align) ? zaligned_alloc(align, size) : zmalloc(size);
        if (!ptr)
            std::abort();
#endif
    }
    return ptr;
}

/* The size of a block with an alignment of its own is no help to the allocators. */
inline void deallocate(void *ptr, std::size_t size, std::size_t align) noexcept
{
    if (over_aligned(align))
        zfree(ptr);
    else
        zfree_with_size(ptr, size);
}
} // namespace detail

/* All of them are equal: what one has allocated any other may free. */
template <class T> class allocator
{
  public:
    using value_type = T;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using propagate_on_container_move_assignment = std::true_type;
    using is_always_equal = std::true_type;

    allocator() noexcept = default;
    template <class U> allocator(const allocator<U> &) noexcept
    {
    }

    T *allocate(std::size_t n)
    {
        if (n > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(T)) {
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
            throw std::bad_array_new_length();
#else
            n = static_cast<std::size_t>(-1) / sizeof(T); /* more than there can be */
#endif
        }
        return static_cast<T *>(detail::allocate(n * sizeof(T), alignof(T)));
    }

    void deallocate(T *ptr, std::size_t n) noexcept
    {
        detail::deallocate(ptr, n * sizeof(T), alignof(T));
    }
};

template <class T, class U> bool operator==(const allocator<T> &, const allocator<U> &) noexcept
{
    return true;
}

template <class T, class U> bool operator!=(const allocator<T> &, const allocator<U> &) noexcept
{
    return false;
}

#ifdef ZMALLOC_HAVE_MEMORY_RESOURCE
/* Use the one that resource() returns: each is equal to itself alone. */
class memory_resource final : public std::pmr::memory_resource
{
    void *do_allocate(std::size_t size, std::size_t align) override
    {
        return detail::allocate(size, align);
    }

    void do_deallocate(void *ptr, std::size_t size, std::size_t align) override
    {
        detail::deallocate(ptr, size, align);
    }

    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
    {
        return this == &other;
    }
};

/* The one resource; never destroyed, so that objects that outlive main may use it. */
inline std::pmr::memory_resource *resource() noexcept
{
    alignas(memory_resource) static unsigned char place[sizeof(memory_resource)];
    static std::pmr::memory_resource *const one = ::new (place) memory_resource;
    return one;
}

/* A heap (zmalloc/heap.h) as a memory resource; it is not destroyed with it. Equal to itself alone.
 *
 *     zm::heap_resource cache(heap);
 *     std::pmr::vector<int> numbers(&cache); */
class heap_resource final : public std::pmr::memory_resource
{
  public:
    explicit heap_resource(zmalloc_heap *heap) noexcept : heap_(heap)
    {
    }

    zmalloc_heap *heap() const noexcept
    {
        return heap_;
    }

  private:
    void *do_allocate(std::size_t size, std::size_t align) override
    {
        void *ptr = detail::over_aligned(align) ? zmalloc_heap_aligned_alloc(heap_, align, size)
                                                : zmalloc_heap_malloc(heap_, size);
        if (!ptr) {
#    if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
            throw std::bad_alloc();
#    else
            std::abort();
#    endif
        }
        return ptr;
    }

    void do_deallocate(void *ptr, std::size_t, std::size_t) override
    {
        zfree(ptr);
    }

    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
    {
        return this == &other;
    }

    zmalloc_heap *heap_;
};
#endif
} // namespace zm

#endif
