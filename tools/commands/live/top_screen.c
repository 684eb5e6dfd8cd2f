/* The keys are those of top and htop where these have one for the same.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "top_screen.h"

#include "tools/common/cli.h"

#ifdef ZM_WITH_NCURSES

#    include <curses.h>
#    include <locale.h>
#    include <stdlib.h>
#    include <string.h>
#    include <time.h>
#    include <unistd.h>

#    include "details.h"
#    include "tools/common/clock.h"
#    include "tools/common/table.h"
#    include "tools/common/units.h"
#    include "tools/process/child.h"

#    define HISTORY 60

struct screen {
    struct zm_top *top;
    double interval;
    pid_t chosen;  /* the process whose row is marked; 0: the first */
    pid_t opened;  /* the one that is shown alone; 0: none */
    size_t scroll; /* rows above the first that is shown */
    bool colour, asks_for_help;
    uint64_t history[HISTORY]; /* used bytes of the opened one, the newest last */
    size_t seen;
};

static const char *const help[] = {
    "q          leaves; the process that is open first",
    "up, down   choose a process",
    "Enter      opens it",
    "M          sorts by RSS",
    "U          by used memory",
    "A          by allocations a second",
    "K          by peak",
    "N          by process ID",
    "+, -       looks less often, more often",
    "space      looks now",
    "^L         draws anew",
    NULL,
};

static void put(int y, const char *text, attr_t how)
{
    attron(how);
    mvaddnstr(y, 0, text, COLS);
    clrtoeol();
    attroff(how);
}

static size_t index_of(const struct zm_top *top, pid_t pid)
{
    for (size_t i = 0; i < top->now.count; i++) {
        if (top->rows[i].process->source.pid == pid)
            return i;
    }
    return 0;
}

static void draw_list(struct screen *s)
{
    char line[512];
    size_t marked = index_of(s->top, s->chosen), room = LINES > 3 ? (size_t)LINES - 3 : 1;
    if (marked < s->scroll)
        s->scroll = marked;
    if (marked >= s->scroll + room)
        s->scroll = marked - room + 1;
    put(1, zm_top_heading(COLS >= ZM_TOP_WIDE), s->colour ? COLOR_PAIR(1) | A_BOLD : A_REVERSE);
    for (size_t i = 0; i < room && s->scroll + i < s->top->now.count; i++) {
        zm_top_line(&s->top->rows[s->scroll + i], COLS >= ZM_TOP_WIDE, COLS, line, sizeof line);
        put((int)i + 2, line, s->scroll + i == marked ? A_REVERSE : A_NORMAL);
    }
}

static void draw_history(const struct screen *s, int y)
{
    static const char levels[] = " .:-=+*#%@";
    uint64_t most = 1;
    size_t from = HISTORY - s->seen;
    char line[HISTORY + 1] = "", buf[32];
    for (size_t i = from; i < HISTORY; i++)
        most = s->history[i] > most ? s->history[i] : most;
    for (size_t i = from; i < HISTORY; i++)
        line[i - from] = levels[(size_t)((double)s->history[i] / (double)most * 9)];
    line[s->seen] = '\0';
    mvprintw(y, 0, "used, of %s: |%s|", zm_with_unit(ZM_BYTES, (double)most, buf, sizeof buf),
             line);
}

/* As `zmalloc stat --details` prints them, as far as the screen reaches. */
static void draw_details(const struct zm_live_source *source, int y)
{
    struct zm_details details;
    char *text = NULL, *rest = NULL;
    size_t size = 0;
    if (zm_details_read(source, &details) != 0)
        return;
    FILE *out = open_memstream(&text, &size);
    if (out)
        zm_details_text(&details, out);
    zm_details_free(&details);
    if (!out || fclose(out) != 0)
        return;
    for (char *line = strtok_r(text, "\n", &rest); line && y < LINES - 1;
         line = strtok_r(NULL, "\n", &rest))
        put(y++, line, A_NORMAL);
    free(text);
}

static void draw_one(const struct screen *s)
{
    const struct zm_top_row *row = &s->top->rows[index_of(s->top, s->opened)];
    const struct zm_live_account *a = &row->process->account;
    if (s->top->now.count == 0 || row->process->source.pid != s->opened) {
        mvprintw(2, 0, "process %ld has ended", (long)s->opened);
        return;
    }
    struct {
        const char *title;
        enum zm_quantity quantity;
        double value;
    } lines[] = {
        {"used", ZM_BYTES, (double)row->used},
        {"peak", ZM_BYTES, (double)a->peak},
        {"RSS", ZM_BYTES, (double)row->process->rss},
        {"allocated", ZM_BYTES, (double)a->allocated},
        {"freed", ZM_BYTES, (double)a->freed},
        {"live blocks", ZM_COUNT, (double)(a->allocs - a->frees)},
        {"allocations", ZM_COUNT, (double)a->allocs},
        {"a second", ZM_COUNT, row->allocs_per_s},
        {"bytes a second", ZM_BYTES, row->bytes_per_s},
        {"threads", ZM_COUNT, (double)a->threads},
    };
    char text[512], buf[32];
    zm_top_line(row, COLS >= ZM_TOP_WIDE, COLS, text, sizeof text);
    put(1, zm_top_heading(COLS >= ZM_TOP_WIDE), s->colour ? COLOR_PAIR(1) | A_BOLD : A_REVERSE);
    put(2, text, A_NORMAL);
    mvprintw(4, 0, "%-16s%s %s%s", "backend", a->backend, a->version,
             a->copied ? ", forked past the library: its parent's figures are in these" : "");
    int y = 5;
    for (size_t i = 0; i < sizeof lines / sizeof *lines && y < LINES; i++)
        mvprintw(y++, 0, "%-16s%s", lines[i].title,
                 zm_with_unit(lines[i].quantity, lines[i].value, buf, sizeof buf));
    draw_history(s, y + 1);
    draw_details(&row->process->source, y + 3);
}

static void draw(struct screen *s)
{
    char line[256], clock[16] = "", summary[200];
    time_t now = time(NULL);
    struct tm local;
    erase();
    if (localtime_r(&now, &local))
        strftime(clock, sizeof clock, "%H:%M:%S", &local);
    zm_top_summary(s->top, summary, sizeof summary);
    snprintf(line, sizeof line, "zmalloc top %s  %s", clock, summary);
    put(0, line, A_BOLD);
    if (s->asks_for_help) {
        for (int i = 0; help[i]; i++)
            put(i + 2, help[i], A_NORMAL);
    } else if (s->opened) {
        draw_one(s);
    } else {
        draw_list(s);
    }
    snprintf(line, sizeof line, "q leave  h help  Enter open  by %s, each %g s",
             zm_top_order_names[s->top->order], s->interval);
    put(LINES - 1, line, A_REVERSE);
    refresh();
}

static void remember(struct screen *s)
{
    const struct zm_top *top = s->top;
    size_t at = index_of(top, s->opened);
    if (!s->opened || top->now.count == 0 || top->rows[at].process->source.pid != s->opened)
        return;
    memmove(s->history, s->history + 1, (HISTORY - 1) * sizeof *s->history);
    s->history[HISTORY - 1] = top->rows[at].used;
    s->seen += s->seen < HISTORY;
}

static void choose(struct screen *s, int by)
{
    size_t count = s->top->now.count, at = index_of(s->top, s->chosen);
    if (count == 0)
        return;
    if (by < 0 ? at > 0 : at + 1 < count)
        at += (size_t)by;
    s->chosen = s->top->rows[at].process->source.pid;
}

static void sort_by(struct screen *s, enum zm_top_order order)
{
    s->top->order = order;
    zm_top_sort(s->top);
}

static void open_chosen(struct screen *s)
{
    if (s->top->now.count == 0)
        return;
    s->opened = s->top->rows[index_of(s->top, s->chosen)].process->source.pid;
    s->seen = 0;
    remember(s);
}

/* False if the user leaves. */
static bool obey(struct screen *s, int pressed, double *next)
{
    bool back = pressed == 'q' || pressed == 27;
    if (pressed == ('L' & 0x1f)) {
        clearok(curscr, TRUE);
        return true;
    }
    if (s->asks_for_help || (back && s->opened)) {
        s->opened = s->asks_for_help ? s->opened : 0;
        s->asks_for_help = false;
        return true;
    }
    switch (pressed) {
    case 'h':
    case '?':
        s->asks_for_help = true;
        break;
    case KEY_UP:
    case KEY_DOWN:
        choose(s, pressed == KEY_UP ? -1 : 1);
        break;
    case '\n':
    case KEY_ENTER:
        open_chosen(s);
        break;
    case 'M':
        sort_by(s, ZM_TOP_RSS);
        break;
    case 'U':
        sort_by(s, ZM_TOP_USED);
        break;
    case 'A':
        sort_by(s, ZM_TOP_ALLOCS);
        break;
    case 'K':
        sort_by(s, ZM_TOP_PEAK);
        break;
    case 'N':
        sort_by(s, ZM_TOP_PID);
        break;
    case '+':
        s->interval = s->interval < 60 ? s->interval * 2 : s->interval;
        break;
    case '-':
        s->interval = s->interval > 0.2 ? s->interval / 2 : s->interval;
        break;
    case ' ':
        *next = 0;
        break;
    default:
        return !back;
    }
    return true;
}

static void watch(struct screen *s, const pid_t *pids, size_t count)
{
    double next = 0;
    while (!zm_child_interrupted()) {
        double now = zm_now();
        if (now >= next) {
            (void)zm_top_look(s->top, pids, count);
            remember(s);
            next = now + s->interval;
        }
        draw(s);
        bool input = zm_pause_for_input(STDIN_FILENO, next > now ? next - now : 0);
        int pressed = getch(); /* or that the terminal's size has changed */
        if (input && pressed == ERR)
            return; /* the terminal is gone */
        for (; pressed != ERR; pressed = getch()) {
            if (!obey(s, pressed, &next))
                return;
        }
    }
}

int zm_top_screen(struct zm_top *top, const pid_t *pids, size_t count, double interval)
{
    struct screen s = {.top = top, .interval = interval};
    setlocale(LC_CTYPE, "");
    if (!newterm(NULL, stdout, stdin)) {
        zm_error("top", "this terminal (TERM=%s) can't be drawn on; see --batch",
                 getenv("TERM") ? getenv("TERM") : "");
        return ZM_EXIT_TOOL;
    }
    s.colour = zm_wants_colour(stdout) && has_colors() && start_color() == OK &&
               init_pair(1, COLOR_BLACK, COLOR_GREEN) == OK;
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    curs_set(0);
    set_escdelay(50);
    watch(&s, pids, count);
    endwin();
    return zm_child_interrupted() ? ZM_EXIT_SIGNAL + zm_child_interrupted() : ZM_EXIT_OK;
}

bool zm_top_has_screen(void)
{
    return true;
}

#else

int zm_top_screen(struct zm_top *top, const pid_t *pids, size_t count, double interval)
{
    (void)top, (void)pids, (void)count, (void)interval;
    return ZM_EXIT_TOOL;
}

bool zm_top_has_screen(void)
{
    return false;
}

#endif
