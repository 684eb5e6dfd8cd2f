/* Everything at once: threads that come and go, hand blocks to each other, and look at every byte;
 * forks in the middle of it; signal handlers that read the account. At the end used memory is
 * exact.
 *
 * usage: stress MILLIONS
 *
 * of operations: blocks given out, resized or given back.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>

enum {
    THREADS = 4,
    LIFE = 20000, /* operations of one thread, at least */
    LIVES_PER_FORK = 8,
    BOXES = 1024,
    WHOLE = 8192, /* up to this size every byte is looked at; of larger ones the ends */
};

struct letter {
    size_t size;
    unsigned char text[];
};

static struct letter *_Atomic mailbox[BOXES];
static _Atomic uint64_t operations;
static atomic_uint signals;

static uint64_t draw(uint64_t *state) /* xorshift64 */
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static size_t draw_size(uint64_t random)
{
    size_t most = random % 256 == 0 ? 300000 : random % 16 == 0 ? 10000 : 400;
    return sizeof(struct letter) + 1 + random / 256 % most;
}

/* ---- contents ---- */

static unsigned char byte_of(const struct letter *letter)
{
    return (unsigned char)((uintptr_t)letter / 16 + letter->size);
}

/* All bytes of a piece are this one: the first is, and each is as the one before. */
static bool all_are(const unsigned char *piece, size_t length, unsigned char byte)
{
    return piece[0] == byte && memcmp(piece, piece + 1, length - 1) == 0;
}

static void write_text(struct letter *letter, size_t size)
{
    letter->size = size;
    size_t length = size - sizeof *letter;
    if (size <= WHOLE) {
        memset(letter->text, byte_of(letter), length);
        return;
    }
    memset(letter->text, byte_of(letter), WHOLE / 2);
    memset(letter->text + length - WHOLE / 2, byte_of(letter), WHOLE / 2);
}

static void read_text(const struct letter *letter, unsigned char byte, size_t size)
{
    size_t length = size - sizeof *letter;
    if (size <= WHOLE) {
        ZM_WANT(all_are(letter->text, length, byte));
        return;
    }
    ZM_WANT(all_are(letter->text, WHOLE / 2, byte));
    ZM_WANT(all_are(letter->text + length - WHOLE / 2, WHOLE / 2, byte));
}

/* ---- operations ---- */

static struct letter *take_letter(uint64_t random)
{
    size_t size = draw_size(random >> 8), align = (size_t)16 << (random >> 4) % 9;
    struct letter *letter;
    switch (random % 8) {
    case 0:
        letter = zm_take_zeroed(1, size);
        ZM_WANT(letter && letter->size == 0);
        read_text(letter, 0, size);
        break;
    case 1:
        size = (size + align - 1) & ~(align - 1);
        letter = zm_take_aligned(align, size);
        ZM_WANT((uintptr_t)letter % align == 0);
        break;
    default:
        letter = zm_take(size);
    }
    ZM_WANT(letter && zm_size(letter) >= size);
    write_text(letter, size);
    return letter;
}

static struct letter *resize_letter(struct letter *letter, size_t size)
{
    size_t before = letter->size, kept = (before < size ? before : size) - sizeof *letter;
    unsigned char byte = byte_of(letter);
    letter = zm_retake(letter, size);
    ZM_WANT(letter && letter->size == before);
    ZM_WANT(all_are(letter->text, kept < WHOLE / 2 ? kept : WHOLE / 2, byte));
    write_text(letter, size);
    return letter;
}

static void give_letter(struct letter *letter)
{
    if (!letter)
        return;
    read_text(letter, byte_of(letter), letter->size);
    memset(letter, 0xee, sizeof *letter);
    zm_give(letter);
}

static unsigned churn(uint64_t *state, unsigned least)
{
    unsigned done = 0;
    while (done < least) {
        uint64_t random = draw(state);
        struct letter *letter = take_letter(random);
        if (random >> 40 & 1) {
            letter = resize_letter(letter, draw_size(random >> 20));
            done++;
        }
        give_letter(atomic_exchange(&mailbox[(random >> 48) % BOXES], letter));
        done += 2;
    }
    return done;
}

static size_t held_by_letters(void)
{
    size_t held = 0;
    for (int i = 0; i < BOXES; i++)
        held += mailbox[i] ? zm_size(mailbox[i]) : 0;
    return held;
}

static void give_all_letters(void)
{
    for (int i = 0; i < BOXES; i++)
        give_letter(atomic_exchange(&mailbox[i], NULL));
}

/* ---- processes ---- */

static void *live(void *seed)
{
    uint64_t state = (uintptr_t)seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    operations += churn(&state, LIFE);
    return NULL;
}

static void start(pthread_t *thread, uintptr_t seed)
{
    ZM_WANT(pthread_create(thread, NULL, live, (void *)seed) == 0);
}

/* What the parent's threads were doing just then is lost; all else can be read and given back. */
static _Noreturn void live_in_child(uint64_t seed)
{
    struct sigaction end = {.sa_handler = SIG_DFL};
    sigaction(SIGALRM, &end, NULL);
    alarm(ZM_HANGS_AFTER * 3);
    size_t before = zm_used(), held = held_by_letters();
    give_all_letters();
    ZM_WANT(before - zm_used() == held);
    before = zm_used();
    seed |= 1;
    churn(&seed, LIFE / 8);
    ZM_WANT(zm_used() - before == held_by_letters());
    pthread_t thread;
    start(&thread, 1);
    pthread_join(thread, NULL);
    give_all_letters();
    _exit(0);
}

static void fork_once(uint64_t seed)
{
    pid_t child = fork();
    if (child == 0)
        live_in_child(seed);
    zm_want_good_end(child);
}

static void look(int number)
{
    (void)number;
    ZM_WANT(zm_used() < (size_t)1 << 30); /* and never below zero */
    signals++;
}

static void look_often(long microseconds)
{
    struct sigaction action = {.sa_handler = look, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    struct timeval interval = {.tv_usec = microseconds};
    setitimer(ITIMER_REAL, &(struct itimerval){interval, interval}, NULL);
}

static uintptr_t run_lives(uint64_t wanted)
{
    pthread_t threads[THREADS];
    uintptr_t lives = 0;
    while (lives < THREADS || operations < wanted) {
        if (lives >= THREADS)
            pthread_join(threads[lives % THREADS], NULL);
        if (lives % LIVES_PER_FORK == LIVES_PER_FORK - 1)
            fork_once(lives);
        start(&threads[lives % THREADS], lives + 1);
        lives++;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    give_all_letters();
    return lives;
}

int main(int argc, char **argv)
{
    ZM_WANT(argc == 2);
    uint64_t wanted = strtoull(argv[1], NULL, 10) * 1000000;
    zm_loaded_init();
    run_lives(0); /* libc keeps the threads' stacks, and what belongs to them */
    size_t before = zm_used();
    operations = 0;
    look_often(200);
    uintptr_t lives = run_lives(wanted);
    look_often(0);
    if (zm_used() != before)
        dprintf(STDERR_FILENO, "used memory was %zu, now %zu\n", before, zm_used());
    ZM_WANT(zm_used() == before);
    dprintf(STDOUT_FILENO, "%s: %llu operations, %lu threads, %lu forks, %u signals\n",
            zm_backend(), (unsigned long long)operations, (unsigned long)lives,
            (unsigned long)lives / LIVES_PER_FORK, signals);
    return 0;
}
