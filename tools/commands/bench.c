/* zmalloc bench: picks the benchmark.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"

#include "commands.h"

int zm_cmd_bench(int argc, char **argv)
{
    const struct zm_subcommand *other =
        argc > 1 ? zm_subcommand_named(&zm_subcommand_bench, argv[1]) : NULL;
    return other ? other->main(argc - 1, argv + 1) : zm_bench_matrix(argc, argv);
}
