/* For LD_AUDIT: with an auditor there the loader lays out thread-local storage in another way.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <link.h>

unsigned int la_version(unsigned int version)
{
    return version < LAV_CURRENT ? version : LAV_CURRENT;
}
