/* Rows from backends.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "row.h"

#include <stdio.h>

void zm_rows_add_control(struct zm_rows *rows)
{
    struct zm_row control = rows->all[rows->baseline];
    control.control = true;
    snprintf(control.label, sizeof control.label, "%.*s again", ZM_LABEL_MAX - 6,
             rows->all[rows->baseline].label);
    rows->all[rows->count++] = control;
}

void zm_rows_from_backends(const struct zm_backend_list *backends, bool control,
                           struct zm_rows *out)
{
    *out = (struct zm_rows){.count = backends->count, .baseline = zm_backends_baseline(backends)};
    for (size_t i = 0; i < backends->count; i++) {
        out->all[i].backend = backends->names[i];
        snprintf(out->all[i].label, sizeof out->all[i].label, "%s", backends->names[i]);
    }
    if (control)
        zm_rows_add_control(out);
}
