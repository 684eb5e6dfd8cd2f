/*
 * As in spinlock.cc, for a constructor that asks the kernel about futexes.
 */
#include "port.h"
#define init_module *GP_unused_module
#include "../src/base/spinlock_internal.cc"
#undef init_module

#ifdef __linux__
void GP_NAME(modules)::futex() { InitModule module; }
#else
void GP_NAME(modules)::futex() {}
#endif
