/* With one backend fixed at build time there is no table to fill: the exported names call its
 * functions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "choice.h"

void zm_activate(const struct zm_front *front)
{
    (void)front;
}
