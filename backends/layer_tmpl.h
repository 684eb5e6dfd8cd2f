/* A layer: a table of functions over another table, which adds what its hooks say and leaves the
 * rest to the functions below. Included once by the file that is the layer, which defines before:
 *
 *     ZM_LAYER            what the names of its functions begin with
 *     ZM_LAYER_FUNCTIONS  the list of functions: ZM_FRONT_FUNCTIONS, above the account, where the
 *                         public API calls; or ZM_OPS_FUNCTIONS, below it, in front of a backend
 *     ZM_LAYER_BELOW      the table to call, an expression
 *
 * and of these hooks, which are macros, those that it has a use for. A hook may use the parameters
 * of the function by their names: ptr, size, align, num, old.
 *
 *     ZM_LAYER_ENTER()                before all else in every function
 *     ZM_LAYER_BEFORE_ALLOC()         before a block is given or resized
 *     ZM_LAYER_BEFORE_FREE()          before a block is given back
 *     ZM_LAYER_SERVES()               whether a new block is the layer's own. Then also define
 *       ZM_LAYER_ALLOC(align, bytes)  which makes it
 *     ZM_LAYER_OWNS()                 whether the block at ptr is the layer's own. Then also define
 *       ZM_LAYER_RESIZE(), ZM_LAYER_USABLE(), and
 *       ZM_LAYER_FREE()               which returns the usable bytes given back
 *     ZM_LAYER_ADMITS(ptr, bytes)     false: the call fails without reaching the table below; ptr
 *                                     is NULL for a new block
 *     ZM_LAYER_AGAIN(bytes, tries)    whether to try once more, after so many failures below
 *     ZM_LAYER_ENTER_PTR()            in place of ZM_LAYER_ENTER, in functions that have a ptr
 *     ZM_LAYER_MOVES()                whether a resize is the layer's own: those of its blocks, and
 *                                     of NULL if it serves, unless this says something else
 *     ZM_LAYER_GAVE(name, bytes, result)  the result of a new block, failed ones too; what it
 *                                     evaluates to is returned
 *     ZM_LAYER_RESIZED(name, result)  likewise for what resizes
 *     ZM_LAYER_RELEASED(name, bytes)  likewise for what gives a block back and returns its bytes
 *
 * A layer without hooks only calls on: the compiler removes the branches of what is not defined.
 * The file makes its table of ZM_LAYER_ENTRIES.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "front.h"

#ifndef ZM_LAYER_ENTER
#    define ZM_LAYER_ENTER() (void)0
#endif
#ifndef ZM_LAYER_ENTER_PTR
#    define ZM_LAYER_ENTER_PTR() ZM_LAYER_ENTER()
#endif
#ifndef ZM_LAYER_BEFORE_ALLOC
#    define ZM_LAYER_BEFORE_ALLOC() (void)0
#endif
#ifndef ZM_LAYER_BEFORE_FREE
#    define ZM_LAYER_BEFORE_FREE() (void)0
#endif
#ifndef ZM_LAYER_SERVES
#    define ZM_LAYER_SERVES()            false
#    define ZM_LAYER_ALLOC(align, bytes) ((struct zm_block){NULL, 0})
#endif
#ifndef ZM_LAYER_RESIZE
#    define ZM_LAYER_RESIZE() ((struct zm_block){NULL, 0})
#endif
#ifndef ZM_LAYER_OWNS
#    define ZM_LAYER_OWNS()   false
#    define ZM_LAYER_USABLE() 0
#    define ZM_LAYER_FREE()   0
#endif
#ifndef ZM_LAYER_ADMITS
#    define ZM_LAYER_ADMITS(ptr, bytes) true
#endif
#ifndef ZM_LAYER_MOVES
#    define ZM_LAYER_MOVES() (ZM_LAYER_OWNS() || (!ptr && ZM_LAYER_SERVES()))
#endif
#ifndef ZM_LAYER_GAVE
#    define ZM_LAYER_GAVE(name, bytes, result) (result)
#endif
#ifndef ZM_LAYER_RESIZED
#    define ZM_LAYER_RESIZED(name, result) (result)
#endif
#ifndef ZM_LAYER_RELEASED
#    define ZM_LAYER_RELEASED(name, bytes) (bytes)
#endif
/* A layer that would try again must get to know of a failure before the OOM handler does; and a
 * resize to 0 bytes, which is a free, has not failed. */
#ifdef ZM_LAYER_AGAIN
#    define ZM_LAYER_CALL(call, attempt)          ZM_LAYER_BELOW->attempt
#    define ZM_LAYER_OUTCOME(given, seen, failed) ((given) ? (seen) : (failed))
#    define ZM_LAYER_IS_FREE()                    (ptr && size == 0)
#else
#    define ZM_LAYER_AGAIN(bytes, tries)          ((void)(tries), false)
#    define ZM_LAYER_CALL(call, attempt)          ZM_LAYER_BELOW->call
#    define ZM_LAYER_OUTCOME(given, seen, failed) (seen)
#    define ZM_LAYER_IS_FREE()                    false
#endif

#define ZM_LAYER_PASTE(layer, name) layer##_##name
#define ZM_LAYER_JOIN(layer, name)  ZM_LAYER_PASTE(layer, name)
#define ZM_LAYER_NAME(name)         ZM_LAYER_JOIN(ZM_LAYER, name)

/* A function that gives a block gives one of the layer's own, or one from below. */

#define ZM_LAYER_OWN(RESULT, block, freed, failed)                    \
    do {                                                              \
        struct zm_block own = (block);                                \
        return own.ptr || (freed) ? ZM_##RESULT##_OF(own) : (failed); \
    } while (0)

#define ZM_LAYER_FROM_BELOW(RESULT, ptr, bytes, call, attempt, seen, failed)   \
    do {                                                                       \
        for (int tries = 1; ZM_LAYER_ADMITS(ptr, bytes); tries++) {            \
            ZM_TYPE_##RESULT result = ZM_LAYER_CALL(call, attempt);            \
            if (ZM_IS_##RESULT(result) || !ZM_LAYER_AGAIN(bytes, tries))       \
                return ZM_LAYER_OUTCOME(ZM_IS_##RESULT(result), seen, failed); \
        }                                                                      \
        return failed;                                                         \
    } while (0)

#define ZM_LAYER_MAKE_ALLOC(RESULT, name, parameters, arguments, align, bytes, attempt, FAILURE) \
    static ZM_TYPE_##RESULT ZM_LAYER_NAME(name) parameters                                       \
    {                                                                                            \
        ZM_LAYER_ENTER();                                                                        \
        ZM_LAYER_BEFORE_ALLOC();                                                                 \
        if (ZM_LAYER_SERVES())                                                                   \
            ZM_LAYER_OWN(RESULT, ZM_LAYER_ALLOC(align, bytes), false,                            \
                         ZM_##RESULT##_FAILED(ZM_FAIL_##FAILURE, bytes));                        \
        ZM_LAYER_FROM_BELOW(RESULT, NULL, bytes, name arguments, attempt,                        \
                            ZM_LAYER_GAVE(name, bytes, result),                                  \
                            ZM_##RESULT##_FAILED(ZM_FAIL_##FAILURE, bytes));                     \
    }

#define ZM_LAYER_MAKE_RESIZE(RESULT, name, parameters, arguments, attempt, FAILURE) \
    static ZM_TYPE_##RESULT ZM_LAYER_NAME(name) parameters                          \
    {                                                                               \
        ZM_LAYER_ENTER_PTR();                                                       \
        ZM_LAYER_BEFORE_ALLOC();                                                    \
        if (ZM_LAYER_MOVES())                                                       \
            ZM_LAYER_OWN(RESULT, ZM_LAYER_RESIZE(), ptr &&size == 0,                \
                         ZM_##RESULT##_FAILED(ZM_FAIL_##FAILURE, size));            \
        if (ZM_LAYER_IS_FREE())                                                     \
            return ZM_LAYER_BELOW->name arguments;                                  \
        ZM_LAYER_FROM_BELOW(RESULT, ptr, size, name arguments, attempt,             \
                            ZM_LAYER_RESIZED(name, result),                         \
                            ZM_##RESULT##_FAILED(ZM_FAIL_##FAILURE, size));         \
    }

#define ZM_LAYER_MAKE_FREE(name, parameters, arguments) \
    static void ZM_LAYER_NAME(name) parameters          \
    {                                                   \
        ZM_LAYER_ENTER_PTR();                           \
        ZM_LAYER_BEFORE_FREE();                         \
        if (ZM_LAYER_OWNS())                            \
            (void)ZM_LAYER_FREE();                      \
        else                                            \
            ZM_LAYER_BELOW->name arguments;             \
    }

#define ZM_LAYER_MAKE_RELEASE(name, parameters, arguments)   \
    static size_t ZM_LAYER_NAME(name) parameters             \
    {                                                        \
        ZM_LAYER_ENTER_PTR();                                \
        ZM_LAYER_BEFORE_FREE();                              \
        if (ZM_LAYER_OWNS())                                 \
            return ZM_LAYER_FREE();                          \
        size_t freed_bytes = ZM_LAYER_BELOW->name arguments; \
        return ZM_LAYER_RELEASED(name, freed_bytes);         \
    }

#define ZM_LAYER_MAKE_ASK(name, parameters, arguments)                               \
    static size_t ZM_LAYER_NAME(name) parameters                                     \
    {                                                                                \
        ZM_LAYER_ENTER_PTR();                                                        \
        return ZM_LAYER_OWNS() ? ZM_LAYER_USABLE() : ZM_LAYER_BELOW->name arguments; \
    }

ZM_LAYER_FUNCTIONS(ZM_LAYER_MAKE_ALLOC, ZM_LAYER_MAKE_RESIZE, ZM_LAYER_MAKE_FREE,
                   ZM_LAYER_MAKE_RELEASE, ZM_LAYER_MAKE_ASK)

#define ZM_LAYER_ENTRY_RESULT(RESULT, name, ...) .name = ZM_LAYER_NAME(name),
#define ZM_LAYER_ENTRY(name, ...)                .name = ZM_LAYER_NAME(name),
#define ZM_LAYER_ENTRIES                                                             \
    ZM_LAYER_FUNCTIONS(ZM_LAYER_ENTRY_RESULT, ZM_LAYER_ENTRY_RESULT, ZM_LAYER_ENTRY, \
                       ZM_LAYER_ENTRY, ZM_LAYER_ENTRY)
