// tunnel-end BOARD LOCAL REMOTE PORT HEADER SIZE MODE: the far end of the pseudowire. MODE joins words:
// plain (sendmmsg), segment (UDP_SEGMENT), sink or both (a sink, and segment for the way back); gro with the
// sink; raw for IP protocol 115; tcp or udp for frames that are made of a guest's super-frames, or may become some.
#define _GNU_SOURCE
#include "batch.h"
#include "packet.h"
#include "pace.h"

// A longer burst would only overflow the socket of a forwarder that could take the rate.
enum { MESSAGES = 16, CATCH_UP_NS = 1000000 };

static void send_frames(const struct tunnel *tunnel, struct board *board, const struct packets *packets, int segment) {
    static uint8_t buffer[MESSAGES * DATAGRAM_MAX];
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    size_t wire = tunnel->header.size + packets->size;
    size_t per_message = segment ? DATAGRAM_MAX / wire : 1;
    if (per_message > SEGMENTS) per_message = SEGMENTS;
    size_t most = segment ? MESSAGES * per_message : BATCH;
    if (segment) set_option(tunnel->fd, SOL_UDP, UDP_SEGMENT, (int)wire, "UDP_SEGMENT");
    for (size_t i = 0; i < most; i++) memcpy(buffer + i * wire, tunnel->header.bytes, tunnel->header.size);
    struct pace pace = pace_start(board, CATCH_UP_NS, 1);
    for (;;) {
        size_t count = pace_next(&pace, most), used = 0;
        for (size_t i = 0; i < count; i++) packet_build(packets, buffer + i * wire + tunnel->header.size, pace.sent + i);
        for (size_t first = 0; first < count; first += per_message, used++) {
            size_t frames = count - first < per_message ? count - first : per_message;
            vectors[used] = (struct iovec){buffer + first * wire, frames * wire};
            messages[used].msg_hdr = (struct msghdr){.msg_iov = &vectors[used], .msg_iovlen = 1};
        }
        for (size_t done = 0; done < used;) {
            int sent = sendmmsg(tunnel->fd, messages + done, (unsigned)(used - done), 0);
            // A refusal is the answer to an earlier datagram; the numbers tell what did not arrive.
            if (sent < 0 && !is_report(errno)) die("sendmmsg");
            if (sent > 0) done += (size_t)sent;
        }
        pace_sent(&pace, count);
    }
}

static void receive_frames(const struct tunnel *tunnel, struct board *board, const struct packets *packets, int gro) {
    struct batch *batch = batch_new(gro);
    struct check check = {.size = packets->size};
    size_t outer = tunnel->raw ? IP_HEADER : 0, skip = outer + tunnel->header.size;
    for (;;) {
        int got = batch_receive(batch, tunnel->fd, MSG_WAITFORONE);
        for (int i = 0; i < got; i++) {
            size_t segment = batch_segment(batch, i), left = batch->messages[i].msg_len;
            const uint8_t *at = batch->vectors[i].iov_base;
            while (left > 0) {
                size_t length = left < segment ? left : segment;
                if (length < skip || memcmp(at + outer, tunnel->header.bytes, tunnel->header.size) != 0)
                    check.corrupt++;
                else
                    packet_check(packets, &check, at + skip, length - skip);
                at += length;
                left -= length;
            }
        }
        check_publish(&check, board);
    }
}

int main(int count, char **arguments) {
    if (count != 8) {
        fprintf(stderr, "usage: %s BOARD LOCAL REMOTE PORT HEADER SIZE MODE\n", arguments[0]);
        return 2;
    }
    struct board *board = board_open(arguments[1]);
    const char *mode = arguments[7];
    struct tunnel tunnel = tunnel_open(arguments[2], arguments[3], arguments[4], arguments[5], mode);
    struct packets packets = packets_of(mode, frame_size(arguments[6]));
    int both = has_word(mode, "both"), back = both && board_fork(&board);
    if (has_word(mode, "sink") || (both && !back)) receive_frames(&tunnel, board, &packets, has_word(mode, "gro"));
    send_frames(&tunnel, board, &packets, back || has_word(mode, "segment"));
}
