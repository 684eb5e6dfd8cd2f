/* The edit distance: letters left out, put in, replaced, or two neighbours swapped.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "suggest.h"

#include <string.h>

#define LONGEST 31 /* what is longer is no mistyped word of ours */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= a_length; i++)
        rows[i][0] = i;
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        for (size_t j = 1; j <= b_length; j++) {
            size_t replaced = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            rows[i][j] = least(replaced, least(rows[i - 1][j], rows[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    }
    return rows[a_length][b_length];
}

struct zm_suggestion zm_suggestion_for(const char *typed, size_t length)
{
    /* A third of the letters may be wrong: beyond that nearly any short word is near any other. */
    return (struct zm_suggestion){.typed = typed, .length = length, .distance = (length + 1) / 3};
}

void zm_suggestion_try(struct zm_suggestion *best, const char *word)
{
    size_t length = strlen(word);
    if (length > LONGEST || best->length > LONGEST)
        return;
    size_t far = distance(best->typed, best->length, word, length);
    /* As many mistakes as letters is another word. */
    if (far >= length || far >= best->length || far > best->distance ||
        (best->word && far == best->distance))
        return;
    best->distance = far;
    best->word = word;
}
