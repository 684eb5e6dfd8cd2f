/* zmalloc bench: picks the benchmark.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct benchmark {
    const char *name;
    int (*main)(int argc, char **argv);
    const char *summary;
} benchmarks[] = {
    {"overhead", zm_bench_overhead, "what accounting costs over calling the allocator directly"},
};

static void print_help(void)
{
    puts("Usage: zmalloc bench BENCHMARK [OPTIONS]\n"
         "Measures the allocators that are built in.\n");
    for (size_t i = 0; i < sizeof benchmarks / sizeof *benchmarks; i++)
        printf("  %-10s %s\n", benchmarks[i].name, benchmarks[i].summary);
    puts("\n"
         "  -h, --help  show this help; 'zmalloc bench BENCHMARK --help' shows the benchmark's");
}

int zm_cmd_bench(int argc, char **argv)
{
    if (argc < 2)
        return zm_usage_error("bench", "no benchmark given");
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_help();
        return zm_finish_stdout("bench", ZM_EXIT_OK);
    }
    for (size_t i = 0; i < sizeof benchmarks / sizeof *benchmarks; i++) {
        if (strcmp(word, benchmarks[i].name) == 0)
            return benchmarks[i].main(argc - 1, argv + 1);
    }
    return zm_usage_error("bench", "unknown %s '%s'", word[0] == '-' ? "option" : "benchmark",
                          word);
}
