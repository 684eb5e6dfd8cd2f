/* `reclaim` left by a C++ exception: the limit holds after it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <zmalloc.h>

static void want(bool condition, const char *what)
{
    if (condition)
        return;
    std::fprintf(stderr, "not so: %s\n", what);
    std::exit(1);
}

static std::size_t calls;
static bool throws;

static std::size_t evict(std::size_t, void *)
{
    calls++;
    if (throws)
        throw std::runtime_error("nothing to evict");
    return 0;
}

static void set_limit(bool will_throw)
{
    throws = will_throw;
    struct zmalloc_limit limit = {};
    limit.struct_size = sizeof limit;
    limit.hard = 1 << 20;
    limit.reclaim = evict;
    want(zmalloc_set_limit(&limit) == 0, "the limit can be set");
}

int main()
{
    for (int i = 0; i < 3; i++) {
        bool caught = false;
        calls = 0;
        set_limit(true);
        try {
            ztrymalloc(2 << 20);
        } catch (const std::runtime_error &) {
            caught = true;
        }
        want(caught && calls == 1, "the exception arrives");
        set_limit(false);
        want(!ztrymalloc(100 << 20) && calls == 2, "100 MiB are refused under a limit of 1 MiB");
    }
    return 0;
}
