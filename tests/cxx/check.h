/* Checks for C++, where cmocka's longjmp has no place.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TEST_CXX_CHECK_H
#define ZM_TEST_CXX_CHECK_H

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                                 \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            std::exit(1);                                                                \
        }                                                                                \
    } while (0)

#define CHECK_THROWS(what, expression)                                                   \
    do {                                                                                 \
        bool thrown = false;                                                             \
        try {                                                                            \
            (void)(expression);                                                          \
        } catch (const what &) {                                                         \
            thrown = true;                                                               \
        }                                                                                \
        if (!thrown) {                                                                   \
            std::fprintf(stderr, "%s:%d: throws no " #what ": %s\n", __FILE__, __LINE__, \
                         #expression);                                                   \
            std::exit(1);                                                                \
        }                                                                                \
    } while (0)

#endif
