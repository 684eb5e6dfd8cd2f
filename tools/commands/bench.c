/* zmalloc bench: picks the benchmark.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"

#include <string.h>

#include "tools/common/cli.h"

int zm_cmd_bench(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "overhead") == 0)
        return zm_bench_overhead(argc - 1, argv + 1);
    return zm_bench_matrix(argc, argv);
}
