/* zmalloc run: one command under one backend.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tools/common/cli.h"
#include "tools/common/command.h"
#include "tools/process/preload.h"
#include "tools/samples/backends.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmalloc/backend.h>

extern char **environ;

static void print_help(void)
{
    puts("Usage: zmalloc run [-b BACKEND] [--wrap=LIST] [--stats[=FILE]] [--] COMMAND [ARGUMENTS]\n"
         "Runs COMMAND with every allocation served, and counted, by BACKEND.\n"
         "\n"
         "  -b, --backend=BACKEND  the allocator: see 'zmalloc info'; or one from outside: a "
         "module's\n"
         "                         file (./mine.so), or a library with malloc "
         "(lib:libtbbmalloc.so.2);\n"
         "                         without it ZMALLOC_BACKEND, else the build's default\n"
         "      --wrap=LIST        puts wraps around the backend: guard, fault, count, slow, with "
         "options;\n"
         "                         see zmalloc-run(1)\n"
         "      --stats[=FILE]     each process adds one line of JSON to FILE (default: stderr) "
         "when it\n"
         "                         exits; %p in FILE is its process ID\n"
         "  -h, --help             show this help\n"
         "\n"
         "Exit status: COMMAND's own; 127 COMMAND or BACKEND not found, 126 COMMAND can't be "
         "executed,\n"
         "125 preload library missing or FILE not writable, 2 wrong usage.\n"
         "Environment: ZMALLOC_PRELOAD names the preload library, where it is not in its usual "
         "place.");
}

/* `format` with %p as this process's ID, which exec keeps. */
static bool own_stats_file(const char *format, char path[PATH_MAX])
{
    size_t used = 0;
    for (const char *s = format; *s; s++) {
        int n;
        if (s[0] == '%' && s[1] == 'p') {
            n = snprintf(path + used, PATH_MAX - used, "%ld", (long)getpid());
            s++;
        } else {
            n = snprintf(path + used, PATH_MAX - used, "%c", *s);
        }
        used += (size_t)n;
        if (used >= PATH_MAX)
            return false;
    }
    return used > 0;
}

/* Tries out what the preload library will do at exit, when it is too late to complain. */
static int check_writable(const char *format)
{
    char path[PATH_MAX];
    int fd = -1;
    errno = ENAMETOOLONG;
    if (own_stats_file(format, path)) {
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0)
            unlink(path);
        else if (errno == EEXIST)
            fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    }
    if (fd < 0) {
        zm_error("run", "can't write the statistics file '%s': %s", format, strerror(errno));
        return ZM_EXIT_TOOL;
    }
    close(fd);
    return 0;
}

static int ask_for_stats(const char *file)
{
    char absolute[PATH_MAX];
    if (strcmp(file, "stderr") != 0) {
        int status = check_writable(file);
        if (status != 0)
            return status;
        if (file[0] != '/') { /* the command may change directory */
            char cwd[PATH_MAX];
            int n = getcwd(cwd, sizeof cwd)
                        ? snprintf(absolute, sizeof absolute, "%s/%s", cwd, file)
                        : -1;
            if (n < 0 || (size_t)n >= sizeof absolute) {
                zm_error("run", "can't make the path '%s' absolute", file);
                return ZM_EXIT_TOOL;
            }
            file = absolute;
        }
    }
    if (setenv("ZMALLOC_STATS", file, 1) != 0) {
        zm_error("run", "out of memory");
        return ZM_EXIT_TOOL;
    }
    return 0;
}

static bool reserve_tls(const char *backend)
{
    if (!zm_backend_is_library(backend))
        return true;
    const char *value = zm_backend_tls_tunable();
    return value && setenv(ZM_TLS_TUNABLE, value, 1) == 0;
}

int zm_cmd_run(int argc, char **argv)
{
    static const struct option options[] = {{"backend", required_argument, NULL, 'b'},
                                            {"stats", optional_argument, NULL, 's'},
                                            {"wrap", required_argument, NULL, 'w'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *backend = getenv("ZMALLOC_BACKEND");
    const char *stats = NULL, *wraps = getenv("ZMALLOC_WRAP"), *why;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "+:b:h", options, NULL)) != -1;) {
        switch (c) {
        case 'b':
            backend = optarg;
            break;
        case 's':
            stats = optarg ? optarg : "stderr";
            break;
        case 'w':
            wraps = optarg;
            break;
        case 'h':
            print_help();
            return zm_finish_stdout("run", ZM_EXIT_OK);
        default:
            return zm_refuse_option("run", c, argv);
        }
    }
    if (optind == argc)
        return zm_usage_error("run", "no command given");

    backend = backend && *backend ? zm_backend_find("run", backend, strlen(backend))
                                  : zm_backend_default();
    if (!backend)
        return ZM_EXIT_NOT_FOUND;
    if (wraps && zmalloc_check_wraps(wraps, &why) != 0)
        return zm_usage_error("run", "can't wrap with '%s': %s", wraps, why);
    char program[PATH_MAX], library[PATH_MAX];
    int status = zm_command_find("run", argv[optind], program);
    if (status == 0)
        status = zm_preload_find("run", library);
    if (status == 0)
        status = zm_preload_apply("run", library);
    if (status == 0 && stats)
        status = ask_for_stats(stats);
    if (status != 0)
        return status;
    if (setenv("ZMALLOC_BACKEND", backend, 1) != 0 ||
        (wraps && setenv("ZMALLOC_WRAP", wraps, 1) != 0) || !reserve_tls(backend)) {
        zm_error("run", "out of memory");
        return ZM_EXIT_TOOL;
    }
    execve(program, argv + optind, environ);
    return zm_command_refused("run", argv[optind], errno);
}
