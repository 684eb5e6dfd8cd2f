/* Printing rows with lines that one can copy to a shell.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "pareto_text.h"

#include "tools/common/printable.h"
#include "tools/common/shell.h"
#include "tools/common/units.h"
#include "tools/common/width.h"
#include "tools/statistics/pareto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Writes "NAME=value" as one types it to a shell. A value with control characters is escaped
 * instead, so that the terminal does not obey it; it cannot be copied. */
static int put_setting(FILE *out, char *setting)
{
    char *value = strchr(setting, '=') + 1;
    char *quoted = zm_shell_line((char *const[]){value, NULL});
    if (!quoted)
        return -ENOMEM;
    fprintf(out, " %.*s", (int)(value - setting), setting);
    zm_put_printable(out, quoted);
    free(quoted);
    return 0;
}

static int put_row(FILE *out, const struct zm_row *row, const struct zm_pareto *f, size_t r,
                   const char *library)
{
    char label[ZM_LABEL_SHOWN], seconds[32], bytes[32], time_ratio[16], memory_ratio[16];
    zm_printable(row->label, label, sizeof label);
    fprintf(out, "  %s%*s  wall %s (%s)  peak RSS %s (%s)\n", label,
            zm_padding(label, ZM_LABEL_MAX), "",
            zm_with_unit(ZM_SECONDS, f->time[r].spread.median, seconds, sizeof seconds),
            zm_ratio(f->costs[r].time, 1, time_ratio, sizeof time_ratio),
            zm_with_unit(ZM_BYTES, f->memory[r].spread.median, bytes, sizeof bytes),
            zm_ratio(f->costs[r].memory, 1, memory_ratio, sizeof memory_ratio));
    zm_put_between(out, "    LD_PRELOAD=", library, "");
    zm_put_between(out, " ZMALLOC_BACKEND=", row->backend, "");
    int status = 0;
    for (char *const *s = row->settings; s && *s && status == 0; s++)
        status = put_setting(out, *s);
    putc('\n', out);
    return status;
}

/* Whether some of them have too few blocks to be told from others. */
static bool is_unsure(const struct zm_pareto *f, size_t rows)
{
    bool unsure = false;
    for (size_t r = 0; r < rows; r++)
        unsure = unsure || (f->unbeaten[r] && f->time[r].interval.pairs < ZM_INTERVAL_PAIRS);
    return unsure;
}

/* The fastest row that is left; ZM_ROWS_MAX if none is. */
static size_t fastest(const struct zm_pareto *f, size_t rows)
{
    size_t found = ZM_ROWS_MAX;
    for (size_t r = 0; r < rows; r++) {
        if (f->unbeaten[r] && (found == ZM_ROWS_MAX || f->costs[r].time < f->costs[found].time))
            found = r;
    }
    return found;
}

int zm_pareto_print(const struct zm_evidence *e, const char *library, FILE *out)
{
    struct zm_pareto *f = malloc(sizeof *f);
    int status = f ? zm_pareto_find(e, f) : -ENOMEM;
    bool unsure = status == 0 && is_unsure(f, e->rows->count);
    if (status == 0 && f->count > 0)
        zm_put_between(out, "\nPareto front of time and memory, in ratios to ",
                       e->rows->all[e->rows->baseline].label,
                       unsure
                           ? ":\nso far no other row was better in one and no worse in the other, "
                             "which may be noise\n"
                           : ":\nof no other row it can be told that it is better in one and no "
                             "worse in the other\n");
    for (size_t r; status == 0 && (r = fastest(f, e->rows->count)) < ZM_ROWS_MAX;
         f->unbeaten[r] = false) {
        status = put_row(out, &e->rows->all[r], f, r, library);
    }
    if (unsure)
        fprintf(out, "  From fewer than %d blocks: give it more time (--time) to be sure.\n",
                ZM_INTERVAL_PAIRS);
    free(f);
    return status;
}
