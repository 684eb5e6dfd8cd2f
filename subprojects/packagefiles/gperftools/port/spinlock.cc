#include "port.h"
/* "static SpinLock_InitHelper init_helper;" becomes a pointer without constructor. */
#define init_helper *GP_unused_helper
#include "../src/base/spinlock.cc"
#undef init_helper

void GP_NAME(modules)::spinlock() { SpinLock_InitHelper helper; }
