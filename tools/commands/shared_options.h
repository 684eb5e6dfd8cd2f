/* Options that several subcommands have, and what their values may be.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_SHARED_OPTIONS_H
#define ZM_TOOLS_COMMANDS_SHARED_OPTIONS_H

#include "tools/measuring/blocks.h"
#include "tools/options/complete.h"
#include "tools/options/options.h"
#include "tools/reporting/table_export.h"
#include "tools/results/jsonlines.h"
#include "tools/samples/backends.h"
#include "tools/samples/row.h"

zm_set zm_set_backends; /* struct zm_backend_list */
zm_set zm_set_more;     /* struct zm_more_rows */

zm_set zm_set_export; /* struct zm_exports */

zm_offer zm_offer_backend;      /* one, which may be from outside */
zm_offer zm_offer_backend_list; /* of those that are built in */
zm_offer zm_offer_wraps;
zm_offer zm_offer_arm; /* a backend, then wraps */

/* ---- rows of tables: ZM_INTO is the subcommand's struct, which calls their places alike ---- */

#define ZM_OPTION_BACKENDS                                                                \
    {                                                                                     \
        .name = "backends", .letter = 'b', .value = "LIST", .set = zm_set_backends,       \
        .at = ZM_PLACE(backends, struct zm_backend_list), .offer = zm_offer_backend_list, \
        .help = "Backends, separated by commas. The default is all that 'zmalloc info' "  \
                "lists.",                                                                 \
    }

#define ZM_OPTION_WITH                                                                             \
    {                                                                                              \
        .name = "with", .value = "ARM", .set = zm_set_more,                                        \
        .at = ZM_PLACE(more, struct zm_more_rows), .offer = zm_offer_arm,                          \
        .help = "Adds a row to the table; can be given more than once. ARM is a backend by name, " \
                "or one from outside: 'lib:LIBRARY', any library with malloc and free, or the "    \
                "file of a module. Wraps may follow, after commas, as 'zmalloc run --wrap' takes " \
                "them: 'lib:libtbbmalloc.so.2', './mine.so', 'jemalloc,slow:ns=20'.",              \
    }

#define ZM_OPTION_NO_CONTROL                                                                 \
    {                                                                                        \
        .name = "no-control", ZM_FLAG(no_control),                                           \
        .help = "Leaves out the control, which is libc once more in each block: what it "    \
                "differs from itself by is noise.",                                          \
        .more = "That saves one run in each block, but then differences that are noise are " \
                "reported more often.",                                                      \
    }

#define ZM_OPTION_SEED                                                                      \
    {                                                                                       \
        .name = "seed", .value = "N", ZM_NUMBER(seed, "the seed", 0, ZM_SEED_MAX),          \
        .help = "Repeats the order of an earlier run, which has printed its seed with the " \
                "results.",                                                                 \
    }

#define ZM_OPTION_TIMEOUT(member)                                                                 \
    {                                                                                             \
        .name = "timeout", .value = "S", ZM_SECONDS_OF(member, "the timeout"),                    \
        .help = "Stops a run that takes longer than S seconds. It counts as failed. By default, " \
                "that befalls one that takes ten times as long as the first, and a minute more.", \
    }

#define ZM_OPTION_JSON                                                                  \
    {                                                                                   \
        .name = "json", .value = "FILE", ZM_TEXT(json_path), .offer = zm_offer_files,   \
        .help = "Appends each run to FILE as soon as it has ended, as a line of JSON. " \
                "With '-' that goes to stdout, and the tables go to stderr.",           \
        .more = "The lines are described under JSON LINES in zmalloc-compare(1); "      \
                "zmalloc-report(1) reads them.",                                        \
    }

#define ZM_OPTION_EXPORT                                                                       \
    {                                                                                          \
        .name = "export", .value = "FORMAT:FILE", .set = zm_set_export,                        \
        .at = ZM_PLACE(exports, struct zm_exports), .offer = zm_offer_formats,                 \
        .words = "markdown csv json",                                                          \
        .help = "Writes the summary into FILE, too: medians, ranges and intervals. FORMAT is " \
                "'markdown', 'csv' or 'json'; '-' as FILE is stdout. Can be given more than "  \
                "once.",                                                                       \
    }

/* ---- and lines of their help ---- */

#define ZM_EXIT_INTERRUPTED                                                             \
    {                                                                                   \
        "128 + n", "Stopped by signal n, 130 by Ctrl-C. What was measured is reported." \
    }

#define ZM_VARIABLE_NO_COLOR                              \
    {                                                     \
        "NO_COLOR", "If not empty, there are no colours." \
    }

#define ZM_VARIABLE_TMPDIR                                                                      \
    {                                                                                           \
        "TMPDIR", "Where the reports of processes are kept while a run lasts, instead of /tmp." \
    }

#define ZM_VARIABLE_PRELOAD                                                           \
    {                                                                                 \
        "ZMALLOC_PRELOAD", "The preload library, where it is not in its usual place." \
    }

#endif
