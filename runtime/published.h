/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_PUBLISHED_H
#define ZM_RUNTIME_PUBLISHED_H

#include "base/compiler.h"
#include "base/live_format.h"

#define ZM_PUBLISHED_MOST 64

extern ZM_HIDDEN struct zm_live_published zm_published[ZM_PUBLISHED_MOST];

#endif
