/* SPDX-License-Identifier: BSD-3-Clause */
#include "churn.h"

#include <stdatomic.h>
#include <zmalloc.h>

#include "test.h"

/* The start of each block. */
struct letter {
    size_t size; /* as asked for */
};

static struct letter *_Atomic mailbox[ZM_CHURN_BOXES];

static struct letter *send(uint64_t draw)
{
    size_t size = sizeof(struct letter) + draw / 8 % (draw % 64 ? 700 : 20000);
    struct letter *letter;
    switch (draw % 4) {
    case 0:
        letter = zcalloc(size);
        break;
    case 1:
        letter = ztryrealloc(NULL, size);
        break;
    default:
        letter = zmalloc(size);
    }
    letter->size = size;
    return letter;
}

static void receive(uint64_t draw, struct letter *letter)
{
    if (!letter)
        return;
    if (draw % 16 == 0) {
        size_t size = sizeof *letter + draw / 16 % 3000;
        letter = zrealloc(letter, size);
        letter->size = size;
    }
    if (draw % 3 == 0)
        zfree_with_size(letter, letter->size);
    else
        zfree(letter);
}

void zm_churn(uint64_t seed, unsigned rounds)
{
    uint64_t random = seed;
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t draw = zm_random(&random);
        struct letter *letter = send(draw >> 16);
        receive(draw >> 8, atomic_exchange(&mailbox[draw % ZM_CHURN_BOXES], letter));
    }
}

size_t zm_churn_held(void)
{
    size_t held = 0;
    for (size_t i = 0; i < ZM_CHURN_BOXES; i++)
        held += zmalloc_size(atomic_load(&mailbox[i]));
    return held;
}

void zm_churn_end(void)
{
    for (size_t i = 0; i < ZM_CHURN_BOXES; i++)
        zfree(atomic_exchange(&mailbox[i], NULL));
}
