// Frames that can be told apart: an Ethernet header, a number, and a payload that depends on the number.
#pragma once
#include <stdint.h>
#include <string.h>
#include "board.h"

enum {
    FRAME_NUMBER = 14,  // offset of the number: behind addresses and type
    FRAME_PAYLOAD = 22,
    FRAME_MAX = 9216,
    FRAME_PATTERNS = 251,
};

static uint8_t frame_pattern[FRAME_MAX + FRAME_PATTERNS];
// Locally administered addresses and the first experimental EtherType.
static const uint8_t frame_head[FRAME_NUMBER] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};

static inline void frame_prepare(void) {
    uint32_t value = 1;
    for (size_t i = 0; i < sizeof frame_pattern; i++) {
        value = value * 1664525 + 1013904223;
        frame_pattern[i] = (uint8_t)(value >> 24);
    }
}

static inline void frame_build(uint8_t *frame, size_t size, uint64_t number) {
    memcpy(frame, frame_head, sizeof frame_head);
    memcpy(frame + FRAME_NUMBER, &number, sizeof number);
    memcpy(frame + FRAME_PAYLOAD, frame_pattern + number % FRAME_PATTERNS, size - FRAME_PAYLOAD);
}

// What a sink knows; published on the board after each batch.
struct check {
    size_t size;
    uint64_t next, arrived, disordered, corrupt;
};

static inline void check_frame(struct check *check, const uint8_t *frame, size_t size) {
    uint64_t number;
    if (size != check->size || memcmp(frame, frame_head, sizeof frame_head) != 0) {
        check->corrupt++;
        return;
    }
    memcpy(&number, frame + FRAME_NUMBER, sizeof number);
    if (memcmp(frame + FRAME_PAYLOAD, frame_pattern + number % FRAME_PATTERNS, size - FRAME_PAYLOAD) != 0) {
        check->corrupt++;
    } else if (number < check->next) {
        check->disordered++;
    } else {
        check->arrived++;
        check->next = number + 1;
    }
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
