/* A program that links zmalloc-new: every form of new and delete, its own and those inside of
 * libstdc++, is in the account.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>
#include <zmalloc.h>

#include "check.h"

namespace
{
// Not to be seen through: the compiler may leave out a new with its delete.
void *volatile sink;

template <class T> T *seen(T *ptr)
{
    sink = const_cast<void *>(static_cast<const volatile void *>(ptr));
    return static_cast<T *>(sink);
}

struct object {
    object()
    {
        bytes[0] = 1;
    }
    ~object()
    {
        count++;
    } // so that arrays have a cookie, and a sized delete
    char bytes[100];
    static int count;
};
int object::count;

struct alignas(256) wide {
    wide()
    {
        bytes[0] = 1;
    }
    ~wide()
    {
        object::count++;
    }
    char bytes[256];
};

constexpr std::align_val_t ALIGN{512};

void forms()
{
    std::size_t before = zmalloc_used_memory();
#define FORM(size, allocation, release)                             \
    do {                                                            \
        void *ptr = seen(allocation);                               \
        CHECK(ptr &&zmalloc_size(ptr) >= (size));                   \
        CHECK(zmalloc_used_memory() == before + zmalloc_size(ptr)); \
        release;                                                    \
        CHECK(zmalloc_used_memory() == before);                     \
    } while (0)
    const std::nothrow_t &quiet = std::nothrow;
    for (std::size_t n : {0, 1, 8, 9, 24, 100, 4000, 100000, 5000000}) {
        FORM(n, ::operator new(n), ::operator delete(ptr));
        FORM(n, ::operator new(n), ::operator delete(ptr, n));
        FORM(n, ::operator new(n, quiet), ::operator delete(ptr, quiet));
        FORM(n, ::operator new[](n), ::operator delete[](ptr));
        FORM(n, ::operator new[](n), ::operator delete[](ptr, n));
        FORM(n, ::operator new[](n, quiet), ::operator delete[](ptr, quiet));
        for (std::align_val_t align : {std::align_val_t{1}, std::align_val_t{16}, ALIGN}) {
            FORM(n, ::operator new(n, align), ::operator delete(ptr, align));
            FORM(n, ::operator new(n, align), ::operator delete(ptr, n, align));
            FORM(n, ::operator new(n, align, quiet), ::operator delete(ptr, align, quiet));
            FORM(n, ::operator new[](n, align), ::operator delete[](ptr, align));
            FORM(n, ::operator new[](n, align), ::operator delete[](ptr, n, align));
            FORM(n, ::operator new[](n, align, quiet), ::operator delete[](ptr, align, quiet));
        }
    }
    void *ptr = seen(::operator new(100, ALIGN));
    CHECK(reinterpret_cast<std::uintptr_t>(ptr) % 512 == 0);
    ::operator delete(ptr, ALIGN);
    ::operator delete(nullptr);
    ::operator delete(nullptr, ALIGN);
}

void expressions()
{
    std::size_t before = zmalloc_used_memory();
    object *one = seen(new object), *many = seen(new object[10]);
    wide *aligned = seen(new wide), *all = seen(new wide[3]);
    CHECK(zmalloc_used_memory() - before >= 11 * sizeof(object) + 4 * sizeof(wide));
    CHECK(reinterpret_cast<std::uintptr_t>(all) % alignof(wide) == 0);
    object::count = 0;
    delete one;
    delete[] many;
    delete aligned;
    delete[] all;
    CHECK(object::count == 15);
    CHECK(zmalloc_used_memory() == before);
}

// What libstdc++ allocates within its own code, and what it frees of ours, and we of its.
void inside_the_library()
{
    std::size_t before = zmalloc_used_memory();
    zmalloc_stats then = {}, now = {};
    then.struct_size = now.struct_size = sizeof now;
    CHECK(zmalloc_get_stats(&then) == 0);
    {
        std::filesystem::path path("/a/quite/long/path/that/fits/into/no/small/string");
        std::vector<std::string> names;
        for (const auto &part : path)
            names.push_back(part.string() + " and so on, for longer than a small string");
        std::thread([&names] { names.clear(); }).join();
    }
    CHECK(zmalloc_get_stats(&now) == 0);
    CHECK(now.allocs - then.allocs > 10);
    CHECK(zmalloc_used_memory() == before);
}

int asked;

void handler()
{
    if (++asked == 3)
        std::set_new_handler(nullptr);
}

void failure()
{
    const std::size_t huge = static_cast<std::size_t>(-1) / 2 - 4096;
    CHECK_THROWS(std::bad_alloc, seen(::operator new(huge)));
    CHECK_THROWS(std::bad_alloc, seen(::operator new[](huge, ALIGN)));
    CHECK(!seen(::operator new(huge, std::nothrow)));
    CHECK(!seen(::operator new[](huge, ALIGN, std::nothrow)));
    std::set_new_handler(handler);
    CHECK_THROWS(std::bad_alloc, seen(::operator new(huge)));
    CHECK(asked == 3);
    std::set_new_handler([] { throw std::bad_alloc(); });
    CHECK(!seen(::operator new(huge, std::nothrow)));
    std::set_new_handler(nullptr);
}
} // namespace

int main()
{
    forms();
    expressions();
    std::thread([] {}).join(); // what threads need once is allocated now
    inside_the_library();
    failure();
    return 0;
}
