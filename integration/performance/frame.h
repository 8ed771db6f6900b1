// Frames that can be told apart: headers, a number, and bytes that depend on the number. Here those of Ethernet alone.
#pragma once
#include <stdint.h>
#include <string.h>
#include "board.h"

enum {
    FRAME_HEADER = 14,  // addresses and type
    FRAME_NUMBER = 8,
    FRAME_MAX = 9216,
    FRAME_PATTERNS = 251,
};

static uint8_t frame_pattern[FRAME_MAX + FRAME_PATTERNS];
// Locally administered addresses and the first experimental EtherType.
static const uint8_t frame_head[FRAME_HEADER] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};

static inline void frame_prepare(void) {
    uint32_t value = 1;
    for (size_t i = 0; i < sizeof frame_pattern; i++) {
        value = value * 1664525 + 1013904223;
        frame_pattern[i] = (uint8_t)(value >> 24);
    }
}

// What follows the headers.
static inline void payload_build(uint8_t *at, size_t size, uint64_t number) {
    memcpy(at, &number, sizeof number);
    memcpy(at + FRAME_NUMBER, frame_pattern + number % FRAME_PATTERNS, size - FRAME_NUMBER);
}

static inline int payload_is_intact(const uint8_t *at, size_t size, uint64_t *number) {
    memcpy(number, at, sizeof *number);
    return memcmp(at + FRAME_NUMBER, frame_pattern + *number % FRAME_PATTERNS, size - FRAME_NUMBER) == 0;
}

static inline void frame_build(uint8_t *frame, size_t size, uint64_t number) {
    memcpy(frame, frame_head, sizeof frame_head);
    payload_build(frame + FRAME_HEADER, size - FRAME_HEADER, number);
}

// What a sink knows; published on the board after each batch.
struct check {
    size_t size;
    uint64_t next, arrived, disordered, corrupt;
};

// An intact frame of this number has come.
static inline void check_order(struct check *check, uint64_t number) {
    if (number < check->next) {
        check->disordered++;
    } else {
        check->arrived++;
        check->next = number + 1;
    }
}

static inline void check_frame(struct check *check, const uint8_t *frame, size_t size) {
    uint64_t number;
    if (size == check->size && memcmp(frame, frame_head, sizeof frame_head) == 0
        && payload_is_intact(frame + FRAME_HEADER, size - FRAME_HEADER, &number))
        check_order(check, number);
    else
        check->corrupt++;
}

static inline void check_publish(const struct check *check, struct board *board) {
    board_set(&board->arrived, check->arrived);
    board_set(&board->disordered, check->disordered);
    board_set(&board->corrupt, check->corrupt);
}

static inline size_t frame_size(const char *text) {
    long size = atol(text);
    if (size < 60 || size > FRAME_MAX) {
        fprintf(stderr, "a frame of %s bytes\n", text);
        exit(2);
    }
    return (size_t)size;
}
