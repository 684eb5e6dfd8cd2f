/* zmalloc bench, and the workloads that it runs if no other benchmark is named. They return the
 * exit status.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_BENCH_H
#define ZM_TOOLS_COMMANDS_BENCH_H

int zm_cmd_bench(int argc, char **argv);
int zm_bench_matrix(int argc, char **argv);

#endif
