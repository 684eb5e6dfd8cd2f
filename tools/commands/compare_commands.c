/* Multiplying rows.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "compare_commands.h"

#include "tools/common/cli.h"
#include "tools/common/command.h"
#include "tools/common/shell.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

/* A command with values in its places. */
struct command {
    char label[ZM_LABEL_MAX + 1];
    char **argv; /* owned */
};

struct commands {
    struct command all[ZM_ROWS_MAX];
    size_t count;
};

static int out_of_memory(const char *subcommand)
{
    zm_error(subcommand, "out of memory");
    return ZM_EXIT_TOOL;
}

static void free_words(char **words)
{
    for (char **w = words; w && *w; w++)
        free(*w);
    free(words);
}

/* ---- words ---- */

/* `text` with `value` in each place of "{name}". The caller frees it. NULL: out of memory. */
static char *with_value(const char *text, const char *name, size_t name_length, const char *value,
                        size_t length)
{
    char *out = NULL;
    size_t size;
    FILE *file = open_memstream(&out, &size);
    if (!file)
        return NULL;
    while (*text) {
        if (*text == '{' && strncmp(text + 1, name, name_length) == 0 &&
            text[1 + name_length] == '}') {
            fwrite(value, 1, length, file);
            text += name_length + 2;
        } else {
            putc(*text++, file);
        }
    }
    if (fclose(file) != 0) {
        free(out);
        return NULL;
    }
    return out;
}

static char **copy_words(char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    char **out = calloc(count + 1, sizeof *out);
    for (size_t i = 0; out && i < count; i++) {
        out[i] = strdup(words[i]);
        if (!out[i]) {
            free_words(out);
            return NULL;
        }
    }
    return out;
}

/* The words with a value put in. NULL: out of memory. */
static char **words_with(char *const *words, const char *name, size_t name_length,
                         const char *value, size_t length)
{
    size_t count = 0;
    while (words[count])
        count++;
    char **out = calloc(count + 1, sizeof *out);
    for (size_t i = 0; out && i < count; i++) {
        out[i] = with_value(words[i], name, name_length, value, length);
        if (!out[i]) {
            free_words(out);
            return NULL;
        }
    }
    return out;
}

/* ---- commands ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static int add_command(const char *subcommand, struct commands *out, const char *label,
                       char *const *words)
{
    struct command *command = &out->all[out->count];
    if (out->count == ZM_ROWS_MAX - 1)
        return zm_usage_error(subcommand, "more than %d rows", ZM_ROWS_MAX - 1);
    command->argv = copy_words(words);
    if (!command->argv)
        return out_of_memory(subcommand);
    snprintf(command->label, sizeof command->label, "%.*s", ZM_LABEL_MAX, label);
    out->count++;
    return 0;
}

static int read_commands(const char *subcommand, const struct zm_command_options *options,
                         char *const *operand, struct commands *out)
{
    int status = 0;
    if (options->command_count == 0)
        return add_command(subcommand, out, "", operand);
    if (*operand)
        return zm_usage_error(subcommand, "either -c or a command, not '%s' too", *operand);
    for (size_t i = 0; i < options->command_count && status == 0; i++) {
        wordexp_t words;
        int error = wordexp(options->commands[i], &words, WRDE_NOCMD);
        if (error != 0 || words.we_wordc == 0)
            return zm_usage_error(subcommand,
                                  "can't read the command '%s'; for | & ; < > ( ) { } use: sh -c "
                                  "'...'",
                                  options->commands[i]);
        status = add_command(subcommand, out, base_name(words.we_wordv[0]), words.we_wordv);
        wordfree(&words);
    }
    return status;
}

/* ---- parameters ---- */

bool zm_is_parameter(const char *text)
{
    size_t length =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return length > 0 && text[length] == '=' && text[length + 1] && text[length + 1] != ',';
}

static bool has_place(const struct command *command, const char *name, size_t length)
{
    for (char *const *word = command->argv; *word; word++) {
        for (const char *at = *word; (at = strchr(at, '{')); at++) {
            if (strncmp(at + 1, name, length) == 0 && at[1 + length] == '}')
                return true;
        }
    }
    return false;
}

/* Makes of each command one with each of the values; those without a place for it stay as they are.
 */
static int multiply(const char *subcommand, const char *parameter, struct commands *commands)
{
    struct commands *out = calloc(1, sizeof *out);
    size_t name = strcspn(parameter, "="), used = 0;
    int status = out ? 0 : out_of_memory(subcommand);
    for (size_t i = 0; i < commands->count && status == 0; i++) {
        struct command *command = &commands->all[i];
        if (!has_place(command, parameter, name)) {
            status = add_command(subcommand, out, command->label, command->argv);
            continue;
        }
        used++;
        for (const char *value = parameter + name; *value && status == 0;) {
            char label[2 * ZM_LABEL_MAX + 2];
            size_t length = strcspn(++value, ",");
            snprintf(label, sizeof label, "%s%s%.*s=%.*s", command->label,
                     *command->label ? " " : "", (int)name, parameter, (int)length, value);
            char **words = words_with(command->argv, parameter, name, value, length);
            status = words ? add_command(subcommand, out, label, words) : out_of_memory(subcommand);
            free_words(words);
            value += length;
        }
    }
    if (status == 0 && used == 0)
        status =
            zm_usage_error(subcommand, "no command has a place for '{%.*s}'", (int)name, parameter);
    for (size_t i = 0; i < commands->count; i++)
        free_words(commands->all[i].argv);
    commands->count = 0;
    if (out)
        *commands = *out;
    free(out);
    return status;
}

/* ---- rows ---- */

/* A number tells commands apart whose labels are alike, or too long beside that of a backend. */
static void make_label(const struct commands *commands, size_t index, const char *backend,
                       char out[ZM_LABEL_MAX + 1])
{
    const char *label = commands->all[index].label, *space = *backend ? " " : "";
    bool unique = strlen(label) + strlen(space) + strlen(backend) <= ZM_LABEL_MAX;
    for (size_t i = 0; i < commands->count; i++)
        unique = unique && (i == index || strcmp(commands->all[i].label, label) != 0);
    int room = ZM_LABEL_MAX - 4 - (int)(strlen(space) + strlen(backend));
    char text[128];
    if (unique)
        snprintf(text, sizeof text, "%s%s%s", label, space, backend);
    else
        snprintf(text, sizeof text, "%zu %.*s%s%s", index + 1, room > 0 ? room : 0, label, space,
                 backend);
    snprintf(out, ZM_LABEL_MAX + 1, "%.*s", ZM_LABEL_MAX, text);
}

static int add_row(const char *subcommand, const struct commands *commands, size_t index,
                   const struct zm_row *from, bool alone, struct zm_rows *out)
{
    char label[ZM_LABEL_MAX + 1], program[PATH_MAX];
    struct zm_row row = {.backend = NULL};
    make_label(commands, index, alone ? "" : from->label, label);
    if (out->count == ZM_ROWS_MAX - 1) /* the last one is the control's */
        return zm_usage_error(subcommand, "more than %d rows", ZM_ROWS_MAX - 1);
    int status = zm_command_find(subcommand, commands->all[index].argv[0], program);
    if (status == 0 && (zm_row_copy(label, from, &row) != 0 ||
                        zm_row_set_command(&row, program, commands->all[index].argv) != 0))
        status = out_of_memory(subcommand);
    if (status == 0 && !zm_rows_add(out, &row))
        status = zm_usage_error(subcommand, "'%s' is there twice", label);
    zm_row_clear(&row);
    return status;
}

static int make_workload(const char *subcommand, const struct zm_command_options *options,
                         char *const *operand, const struct zm_rows *rows, struct zm_workload *out)
{
    size_t size;
    char *line = options->command_count ? NULL : zm_shell_line(operand);
    FILE *name = open_memstream(&out->name, &size);
    if (name && line)
        fputs(line, name);
    for (size_t i = 0; name && i < options->command_count; i++)
        fprintf(name, "%s%s", i ? " | " : "", options->commands[i]);
    bool whole = name && fclose(name) == 0 && (line || options->command_count);
    free(line);
    out->program = strdup(rows->all[0].program);
    out->argv = rows->all[0].argv;
    return whole && out->program ? 0 : out_of_memory(subcommand);
}

int zm_rows_of_commands(const char *subcommand, const struct zm_command_options *options,
                        char *const *operand, struct zm_workload *workload, struct zm_rows *rows)
{
    struct commands *commands = calloc(1, sizeof *commands);
    struct zm_rows *out = calloc(1, sizeof *out);
    int status = commands && out ? read_commands(subcommand, options, operand, commands)
                                 : out_of_memory(subcommand);
    for (size_t i = 0; i < options->parameter_count && status == 0; i++)
        status = multiply(subcommand, options->parameters[i], commands);
    for (size_t i = 0; status == 0 && i < commands->count; i++) {
        for (size_t r = 0; r < rows->count && status == 0; r++)
            status = add_row(subcommand, commands, i, &rows->all[r], rows->count == 1, out);
    }
    if (status == 0) {
        out->baseline = rows->baseline; /* of the first command */
        zm_rows_clear(rows);
        *rows = *out;
        out->count = 0;
        status = make_workload(subcommand, options, operand, rows, workload);
    }
    if (out)
        zm_rows_clear(out);
    for (size_t i = 0; commands && i < commands->count; i++)
        free_words(commands->all[i].argv);
    free(commands);
    free(out);
    return status;
}
