/* zm::allocator and zm::resource() under the standard containers.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>
#include <zmalloc.hpp>

#include "check.h"

namespace
{
template <class T> bool aligned(const T *ptr)
{
    return reinterpret_cast<std::uintptr_t>(ptr) % alignof(T) == 0;
}

struct alignas(64) line {
    char bytes[64];
};

struct alignas(4096) page {
    char bytes[4096];
};

using text = std::basic_string<char, std::char_traits<char>, zm::allocator<char>>;

void containers()
{
    std::vector<int, zm::allocator<int>> numbers;
    for (int i = 0; i < 100000; i++)
        numbers.push_back(i);
    CHECK(zmalloc_used_memory() >= numbers.capacity() * sizeof(int));
    CHECK(numbers[99999] == 99999);

    std::map<int, text, std::less<int>, zm::allocator<std::pair<const int, text>>> tree;
    std::unordered_map<int, text, std::hash<int>, std::equal_to<int>,
                       zm::allocator<std::pair<const int, text>>>
        table;
    std::list<text, zm::allocator<text>> chain;
    for (int i = 0; i < 1000; i++) {
        tree[i] = table[i] = text(static_cast<std::size_t>(i), 'x');
        chain.push_back(tree[i]);
    }
    CHECK(zmalloc_used_memory() >= 3u * 1000 * 999 / 2);

    // Moved and swapped without a copy.
    const text *front = &chain.front();
    auto moved = std::move(chain);
    CHECK(&moved.front() == front);
    std::vector<int, zm::allocator<int>> other;
    const int *data = numbers.data();
    other.swap(numbers);
    CHECK(other.data() == data);

    std::size_t before = zmalloc_used_memory();
    auto shared = std::allocate_shared<text>(zm::allocator<text>(), "shared");
    CHECK(*shared == "shared" && zmalloc_used_memory() > before);
}

void alignment()
{
    std::vector<line, zm::allocator<line>> lines(3);
    std::vector<page, zm::allocator<page>> pages(3);
    CHECK(aligned(lines.data()) && aligned(pages.data()));
    lines.resize(1000);
    pages.resize(10);
    CHECK(aligned(lines.data()) && aligned(pages.data()));
}

void other_threads()
{
    std::vector<text, zm::allocator<text>> made;
    std::thread([&] { made.assign(1000, text(100, 't')); }).join();
    CHECK(made.back().size() == 100);
}

void equality()
{
    zm::allocator<int> a;
    zm::allocator<char> b(a);
    CHECK(a == b && !(a != b));
    static_assert(std::allocator_traits<zm::allocator<int>>::is_always_equal::value, "");
    using rebound = std::allocator_traits<zm::allocator<int>>::rebind_alloc<char>;
    static_assert(std::is_same<rebound, zm::allocator<char>>::value, "");
    static_assert(std::is_empty<zm::allocator<int>>::value, "containers don't grow by it");
}

void failure()
{
    const std::size_t too_many = static_cast<std::size_t>(-1) / 2 / sizeof(int) + 1;
    CHECK_THROWS(std::bad_array_new_length, zm::allocator<int>().allocate(too_many));
    CHECK_THROWS(std::bad_array_new_length, zm::allocator<line>().allocate(too_many / 4));
    CHECK_THROWS(std::bad_alloc, zm::allocator<char>().allocate(too_many));
    CHECK_THROWS(std::bad_alloc, zm::allocator<page>().allocate(too_many / 2048));
}

#ifdef ZMALLOC_HAVE_MEMORY_RESOURCE
void resources()
{
    std::pmr::memory_resource *resource = zm::resource();
    CHECK(resource == zm::resource() && resource->is_equal(*zm::resource()));
    CHECK(!resource->is_equal(*std::pmr::new_delete_resource()));
    std::size_t before = zmalloc_used_memory();
    {
        std::pmr::vector<std::pmr::string> strings(resource);
        for (int i = 0; i < 1000; i++)
            strings.emplace_back(100, 's');
        CHECK(strings.back().get_allocator().resource() == resource);
        CHECK(zmalloc_used_memory() - before >= 100 * 1000);

        std::pmr::unsynchronized_pool_resource pool(resource);
        std::pmr::monotonic_buffer_resource heap(1000, &pool);
        std::pmr::list<std::pmr::string> chain(&heap);
        for (int i = 0; i < 1000; i++)
            chain.emplace_back(100, 'c');
        CHECK(zmalloc_used_memory() - before >= 200 * 1000);

        for (std::size_t align = 1; align <= 65536; align *= 2) {
            void *ptr = resource->allocate(100, align);
            CHECK(reinterpret_cast<std::uintptr_t>(ptr) % align == 0);
            CHECK(zmalloc_size(ptr) >= 100);
            resource->deallocate(ptr, 100, align);
        }
        void *nothing = resource->allocate(0);
        CHECK(nothing);
        resource->deallocate(nothing, 0);
    }
    CHECK(zmalloc_used_memory() == before);
    CHECK_THROWS(std::bad_alloc, resource->allocate(static_cast<std::size_t>(-1) / 2));
    CHECK_THROWS(std::bad_alloc, resource->allocate(static_cast<std::size_t>(-1) / 2, 4096));
}

void heaps()
{
    struct zmalloc_heap_options options = {};
    options.struct_size = sizeof options;
    options.name = "strings";
    options.hard_limit = 1 << 20;
    zmalloc_heap *heap = zmalloc_heap_create(&options);
    struct zmalloc_heap_usage usage = {};
    usage.struct_size = sizeof usage;
    std::size_t before = zmalloc_used_memory();
    {
        zm::heap_resource resource(heap), other(heap);
        CHECK(resource.heap() == heap && resource.is_equal(resource) && !resource.is_equal(other));
        std::pmr::vector<std::pmr::string> strings(&resource);
        for (int i = 0; i < 1000; i++)
            strings.emplace_back(100, 's');
        CHECK(zmalloc_heap_of(strings.data()) == heap);
        CHECK(zmalloc_heap_of(strings.back().data()) == heap);
        CHECK(zmalloc_heap_get_usage(heap, &usage) == 0 && usage.used_bytes >= 100 * 1000);
        CHECK(zmalloc_used_memory() - before == usage.used_bytes);
        for (std::size_t align = 1; align <= 4096; align *= 2) {
            void *ptr = resource.allocate(100, align);
            CHECK(reinterpret_cast<std::uintptr_t>(ptr) % align == 0);
            resource.deallocate(ptr, 100, align);
        }
        CHECK_THROWS(std::bad_alloc, resource.allocate(2 << 20));
        CHECK_THROWS(std::bad_alloc, resource.allocate(2 << 20, 4096));
    }
    CHECK(zmalloc_heap_get_usage(heap, &usage) == 0 && usage.used_bytes == 0);
    CHECK(zmalloc_heap_destroy(heap, nullptr) == 0);
    CHECK(zmalloc_used_memory() == before);
}
#endif
} // namespace

int main()
{
    void (*parts[])() = {
        containers, alignment, other_threads, equality, failure,
#ifdef ZMALLOC_HAVE_MEMORY_RESOURCE
        resources,  heaps,
#endif
    };
    zfree(zmalloc(1));
    for (auto part : parts) {
        std::size_t before = zmalloc_used_memory();
        part();
        CHECK(zmalloc_used_memory() == before);
    }
    return 0;
}
