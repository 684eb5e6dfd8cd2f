/* zmalloc info --capabilities.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "info_capabilities.h"

#include <stdbool.h>
#include <stdio.h>
#include <zmalloc/allocator.h>
#include <zmalloc/backend.h>

static bool describe(size_t index, struct zmalloc_backend_info *out)
{
    *out = (struct zmalloc_backend_info){.struct_size = sizeof *out};
    return zmalloc_backend_describe(index, out) == 0;
}

static void print_row(const char *word, uint32_t bit, bool figures)
{
    struct zmalloc_backend_info info;
    printf("| %s |", word);
    for (size_t i = 0; describe(i, &info); i++)
        printf(" %s |", (figures ? info.figures : info.caps) & bit ? "yes" : "");
    putchar('\n');
}

static void print_head(const char *title)
{
    struct zmalloc_backend_info info;
    printf("| %s |", title);
    for (size_t i = 0; describe(i, &info); i++)
        printf(" %s |", info.name);
    printf("\n|---|");
    for (size_t i = 0; describe(i, &info); i++)
        printf("---|");
    putchar('\n');
}

static void print_table(const char *title, const char *(*name)(uint32_t bit), bool figures)
{
    print_head(title);
    for (uint32_t bit = 1; bit; bit <<= 1)
        if (name(bit))
            print_row(name(bit), bit, figures);
}

void zm_capabilities_print(void)
{
    print_table("can", zmalloc_capability_name, false);
    putchar('\n');
    print_table("tells", zmalloc_figure_name, true);
}
