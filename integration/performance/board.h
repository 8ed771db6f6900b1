// The board: a file that the orchestrator, a generator and a sink have mapped. The orchestrator says what
// to do, the others keep their counts on it; so a window of time is cut out without telling anybody.
#pragma once
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { BOARD_BYTES = 4096, BOARD_BACK = 2048 };

struct board {
    // Written by the orchestrator.
    _Atomic uint64_t rate;       // frames per second, 0: as many as go
    _Atomic uint64_t running;    // 0: pause
    uint64_t unused[6];          // a cache line for each writer
    // Written by the generator.
    _Atomic uint64_t sent;
    _Atomic uint64_t idle;       // it has seen the pause: nothing follows
    uint64_t unused_too[6];
    // Written by the sink.
    _Atomic uint64_t arrived;    // intact and in order
    _Atomic uint64_t disordered; // behind another, or twice
    _Atomic uint64_t corrupt;
};

static inline void die(const char *what) {
    perror(what);
    exit(1);
}

static inline struct board *board_open(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) die(path);
    void *at = mmap(NULL, BOARD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) die("mmap");
    close(fd);
    return at;
}

// For both ways at once: true in a child, which ends with its parent and has the half of the board for the way back.
static inline int board_fork(struct board **board) {
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child > 0) return 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    *board = (struct board *)((char *)*board + BOARD_BACK);
    return 1;
}

static inline void board_set(_Atomic uint64_t *field, uint64_t value) {
    atomic_store_explicit(field, value, memory_order_relaxed);
}

static inline uint64_t board_get(_Atomic uint64_t *field) {
    return atomic_load_explicit(field, memory_order_relaxed);
}
