// latency PATH LOCAL REMOTE PORT HEADER SIZE MODE SECONDS: one frame at a time from the stream to the far end of the
// pseudowire and back again, both ends held by this process, which never sleeps. Prints the number of round
// trips, the median and the 99th percentile in microseconds, and how many frames were lost or damaged.
#define _GNU_SOURCE
#include "batch.h"
#include "frame.h"
#include "pace.h"

enum { LENGTH = 4, SAMPLES = 4000000, PATIENCE_NS = 100000000 };

static uint32_t samples[SAMPLES]; // nanoseconds

static int by_size(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

// Reads until so many bytes are there; 0 when they do not come.
static int receive(int fd, uint8_t *at, size_t size, double until) {
    for (size_t have = 0; have < size;) {
        ssize_t got = recv(fd, at + have, size - have, MSG_DONTWAIT);
        if (got > 0) have += (size_t)got;
        else if (got == 0 || (errno != EAGAIN && !is_report(errno))) die("recv");
        else if (pace_now() > until) return 0;
    }
    return 1;
}

int main(int count, char **arguments) {
    if (count != 9) {
        fprintf(stderr, "usage: %s PATH LOCAL REMOTE PORT HEADER SIZE MODE SECONDS\n", arguments[0]);
        return 2;
    }
    frame_prepare();
    struct tunnel tunnel = tunnel_open(arguments[2], arguments[3], arguments[4], arguments[5], arguments[7]);
    int stream = stream_connect(arguments[1]);
    size_t size = frame_size(arguments[6]), outer = tunnel.raw ? IP_HEADER : 0, wire = tunnel.header.size + size;
    static uint8_t record[LENGTH + FRAME_MAX], packet[IP_HEADER + HEADER_MAX + FRAME_MAX];
    uint32_t length = htonl((uint32_t)size);
    struct check check = {.size = size};
    double now = pace_now(), end = now + atof(arguments[8]) * 1e9;
    size_t taken = 0;
    uint64_t lost = 0;
    for (uint64_t number = 0; taken < SAMPLES && now < end; number++) {
        memcpy(record, &length, LENGTH);
        frame_build(record + LENGTH, size, number);
        double start = pace_now();
        if (write(stream, record, LENGTH + size) != (ssize_t)(LENGTH + size)) die("write");
        int there = receive(tunnel.fd, packet, outer + wire, start + PATIENCE_NS)
            && memcmp(packet + outer, tunnel.header.bytes, tunnel.header.size) == 0
            && send(tunnel.fd, packet + outer, wire, 0) == (ssize_t)wire
            && receive(stream, record, LENGTH + size, start + PATIENCE_NS);
        now = pace_now();
        if (there) {
            samples[taken++] = (uint32_t)(now - start);
            check_frame(&check, record + LENGTH, size);
        } else {
            lost++;
        }
    }
    if (taken == 0) die("no frame came back");
    qsort(samples, taken, sizeof *samples, by_size);
    printf("%zu %.2f %.2f %llu\n", taken, samples[taken / 2] / 1e3, samples[taken * 99 / 100] / 1e3,
        (unsigned long long)(lost + check.corrupt + check.disordered));
    return 0;
}
