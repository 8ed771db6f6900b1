// stream-end BOARD PATH SIZE single|many|sink|both: plays QEMU on a unix stream socket (records of a 4-byte
// big-endian length and a frame). single: one frame per writev, as QEMU writes; many: up to 64 KiB per write;
// both: many, and a sink for the way back.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include "ends.h"
#include "frame.h"
#include "pace.h"

// The stream holds a burst back, so all of a delay is made up for.
enum { WRITE_BYTES = 65536, READ_BYTES = 262144, LENGTH = 4, CATCH_UP_NS = 100000000 };

static void write_all(int fd, const uint8_t *at, size_t left) {
    while (left > 0) {
        ssize_t done = write(fd, at, left);
        if (done < 0) die("write to the stream");
        at += done;
        left -= (size_t)done;
    }
}

// The record lies in one piece, so one write is what QEMU's writev of length and frame is to the reader.
static void send_frames(int fd, struct board *board, size_t size, int single) {
    static uint8_t buffer[WRITE_BYTES];
    struct pace pace = pace_start(board, CATCH_UP_NS, 1);
    uint32_t length = htonl((uint32_t)size);
    size_t most = single ? 1 : WRITE_BYTES / (LENGTH + size);
    for (;;) {
        size_t count = pace_next(&pace, most);
        uint8_t *at = buffer;
        for (size_t i = 0; i < count; i++) {
            memcpy(at, &length, LENGTH);
            frame_build(at + LENGTH, size, pace.sent + i);
            at += LENGTH + size;
        }
        write_all(fd, buffer, (size_t)(at - buffer));
        pace_sent(&pace, count);
    }
}

static void receive_frames(int fd, struct board *board, size_t size) {
    static uint8_t buffer[READ_BYTES];
    struct check check = {.size = size};
    size_t have = 0;
    for (;;) {
        ssize_t got = read(fd, buffer + have, sizeof buffer - have);
        if (got <= 0) die("read from the stream");
        have += (size_t)got;
        size_t at = 0;
        while (have - at >= LENGTH) {
            uint32_t length;
            memcpy(&length, buffer + at, LENGTH);
            length = ntohl(length);
            if (length > sizeof buffer - LENGTH) {
                check.corrupt++;
                check_publish(&check, board);
                fprintf(stderr, "a record of %u bytes\n", length);
                exit(1);
            }
            if (have - at < LENGTH + length) break;
            check_frame(&check, buffer + at + LENGTH, length);
            at += LENGTH + length;
        }
        memmove(buffer, buffer + at, have - at);
        have -= at;
        check_publish(&check, board);
    }
}

int main(int count, char **arguments) {
    if (count != 5) {
        fprintf(stderr, "usage: %s BOARD PATH SIZE single|many|sink|both\n", arguments[0]);
        return 2;
    }
    frame_prepare();
    struct board *board = board_open(arguments[1]);
    int fd = stream_connect(arguments[2]);
    size_t size = frame_size(arguments[3]);
    int both = strcmp(arguments[4], "both") == 0 && board_fork(&board);
    if (both || strcmp(arguments[4], "sink") == 0) receive_frames(fd, board, size);
    send_frames(fd, board, size, strcmp(arguments[4], "single") == 0);
}
