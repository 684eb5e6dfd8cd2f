/* As consumer.c, for a C++ program whose operator new is replaced.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <cstdio>
#include <vector>
#include <zmalloc.h>

int main()
{
    std::vector<int> numbers(1000000, 1);
    if (zmalloc_used_memory() < numbers.size() * sizeof(int) ||
        zmalloc_size(numbers.data()) < numbers.size() * sizeof(int))
        return 1;
    std::printf("%s %s\n", zmalloc_version(), ZMALLOC_LIB);
    return 0;
}
