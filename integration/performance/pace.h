// When a generator may send: always, never, or so many frames per second.
#pragma once
#include <sys/prctl.h>
#include <time.h>
#include "board.h"

enum {
    PACE_TICK_NS = 100000,      // a paced generator sends what is due and sleeps so long
    PACE_PAUSE_NS = 5000000,    // how often a paused one looks at the board
};

struct pace {
    struct board *board;
    double catch_up;    // what was missed longer ago (ns) is not made up for
    size_t unit;        // frames that go together
    uint64_t sent;
    double due, since;  // frames that are due by now, and when that was counted (ns)
};

static inline double pace_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

static inline void pace_sleep(long ns) {
    nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static inline struct pace pace_start(struct board *board, double catch_up_ns, size_t unit) {
    prctl(PR_SET_TIMERSLACK, 1);
    return (struct pace){.board = board, .catch_up = catch_up_ns, .unit = unit, .since = pace_now()};
}

// Waits until something may be sent, and says how many frames: whole units, and at most `most`, which are some.
static inline size_t pace_next(struct pace *pace, size_t most) {
    for (;;) {
        uint64_t rate = board_get(&pace->board->rate);
        if (!board_get(&pace->board->running)) {
            board_set(&pace->board->idle, 1);
            pace_sleep(PACE_PAUSE_NS);
            pace->due = 0;
            pace->since = pace_now();
            continue;
        }
        board_set(&pace->board->idle, 0);
        if (rate == 0) return most;
        double now = pace_now(), longest = (double)rate * pace->catch_up / 1e9;
        pace->due += (now - pace->since) * (double)rate / 1e9;
        pace->since = now;
        if (pace->due > longest && longest > (double)pace->unit) pace->due = longest;
        if (pace->due >= (double)pace->unit) {
            size_t count = pace->due < (double)most ? (size_t)pace->due : most;
            count -= count % pace->unit;
            pace->due -= (double)count;
            return count;
        }
        pace_sleep(PACE_TICK_NS);
    }
}

static inline void pace_sent(struct pace *pace, size_t count) {
    pace->sent += count;
    board_set(&pace->board->sent, pace->sent);
}
