/* The benchmarks of zmalloc bench; argv[0] is the benchmark's own name. They return the exit
 * status.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_BENCH_H
#define ZM_TOOLS_COMMANDS_BENCH_H

int zm_bench_matrix(int argc, char **argv);
int zm_bench_overhead(int argc, char **argv);

#endif
