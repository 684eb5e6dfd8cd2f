/* Reading a program's own figures.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "self_report.h"

#include "tools/samples/figure.h"

#include <jansson.h>
#include <math.h>
#include <unistd.h>

const char *zm_self_report_read(const char *path, double *values, char **text)
{
    *text = NULL;
    if (access(path, F_OK) != 0)
        return NULL;
    json_t *object = json_load_file(path, 0, NULL);
    const char *problem = json_is_object(object) ? NULL : "not one JSON object";
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        enum zm_figure figure;
        if (!zm_figure_find(key, &figure))
            continue;
        double number = json_number_value(value);
        if (json_is_number(value) && isfinite(number) && number >= 0)
            values[figure] = number;
        else
            problem = "a figure that is no number";
    }
    if (json_is_object(object))
        *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return problem;
}
