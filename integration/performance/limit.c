// limit PATH LOCAL REMOTE PORT HEADER plain|offload[,raw]: the least that a forwarder has to do, as a limit for
// those that do more. plain: sendmmsg and recvmmsg; offload: UDP_SEGMENT and UDP_GRO with 64 KiB buffers.
// One thread, poll, blocking writes: what is not written is not read, which is enough under a one-way load.
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/uio.h>
#include "batch.h"

enum {
    READ_BYTES = 131072,
    LENGTH = 4,
    RECORDS = READ_BYTES / 16,
    VECTORS = 1024, // the kernel's limit for one call
};

struct out {
    size_t messages, vectors;
    struct mmsghdr message[RECORDS];
    struct iovec vector[2 * RECORDS];
    struct { _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(uint16_t))]; } control[RECORDS];
};

static struct out out;

static void send_out(int fd) {
    for (size_t done = 0; done < out.messages;) {
        int sent = sendmmsg(fd, out.message + done, (unsigned)(out.messages - done), 0);
        // The first one is refused: it is lost, as on a wire.
        done += sent < 0 ? 1 : (size_t)sent;
    }
    out.messages = out.vectors = 0;
}

static void segment_by(size_t message, size_t wire) {
    struct msghdr *to = &out.message[message].msg_hdr;
    uint16_t size = (uint16_t)wire;
    to->msg_control = &out.control[message];
    to->msg_controllen = sizeof out.control[message];
    struct cmsghdr *control = CMSG_FIRSTHDR(to);
    *control = (struct cmsghdr){.cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof size)};
    memcpy(CMSG_DATA(control), &size, sizeof size);
}

// Sends the whole records in the buffer; frames of one size, the last perhaps shorter, go as one message.
static size_t to_tunnel(const struct tunnel *tunnel, uint8_t *buffer, size_t have, size_t most_segments) {
    size_t at = 0, first = 0, segments = 0, bytes = 0;
    while (have - at >= LENGTH) {
        uint32_t length;
        memcpy(&length, buffer + at, LENGTH);
        length = ntohl(length);
        if (length > DATAGRAM_MAX) die("length");
        if (have - at < LENGTH + length) break;
        size_t wire = tunnel->header.size + length;
        if (segments > 0 && segments < most_segments && wire <= first && bytes + wire <= DATAGRAM_MAX) {
            if (segments == 1) segment_by(out.messages - 1, first);
            segments = wire < first ? most_segments : segments + 1;
        } else {
            out.message[out.messages++].msg_hdr = (struct msghdr){.msg_iov = &out.vector[out.vectors]};
            first = wire;
            segments = 1;
            bytes = 0;
        }
        bytes += wire;
        out.vector[out.vectors++] = (struct iovec){(void *)tunnel->header.bytes, tunnel->header.size};
        out.vector[out.vectors++] = (struct iovec){buffer + at + LENGTH, length};
        out.message[out.messages - 1].msg_hdr.msg_iovlen += 2;
        at += LENGTH + length;
    }
    send_out(tunnel->fd);
    return at;
}

static void write_vectors(int fd, struct iovec *vectors, size_t count) {
    while (count > 0) {
        ssize_t done = writev(fd, vectors, (int)count);
        if (done < 0) return; // QEMU has gone; the next read says so
        while (count > 0 && (size_t)done >= vectors->iov_len) {
            done -= (ssize_t)vectors->iov_len;
            vectors++;
            count--;
        }
        if (count > 0) {
            vectors->iov_base = (uint8_t *)vectors->iov_base + done;
            vectors->iov_len -= (size_t)done;
        }
    }
}

// The length takes the place of the header's last bytes, so a record is one piece.
static void to_stream(const struct tunnel *tunnel, struct batch *batch, int stream) {
    static struct iovec vectors[VECTORS];
    size_t outer = tunnel->raw ? IP_HEADER : 0, skip = outer + tunnel->header.size, used = 0;
    int got = batch_receive(batch, tunnel->fd, MSG_DONTWAIT);
    for (int i = 0; i < got; i++) {
        size_t segment = batch_segment(batch, i), left = batch->messages[i].msg_len, length;
        for (uint8_t *at = batch->vectors[i].iov_base; left > 0; at += length, left -= length) {
            length = left < segment ? left : segment;
            if (length <= skip || memcmp(at + outer, tunnel->header.bytes, tunnel->header.size) != 0) continue;
            uint32_t prefix = htonl((uint32_t)(length - skip));
            memcpy(at + skip - LENGTH, &prefix, LENGTH);
            vectors[used++] = (struct iovec){at + skip - LENGTH, LENGTH + length - skip};
            if (used == VECTORS) {
                write_vectors(stream, vectors, used);
                used = 0;
            }
        }
    }
    write_vectors(stream, vectors, used);
}

static void forward(const struct tunnel *tunnel, struct batch *batch, int stream, size_t most_segments) {
    static uint8_t buffer[READ_BYTES];
    size_t have = 0;
    struct pollfd wait[] = {{.fd = stream, .events = POLLIN}, {.fd = tunnel->fd, .events = POLLIN}};
    for (;;) {
        if (poll(wait, 2, -1) < 0) die("poll");
        if (wait[0].revents) {
            ssize_t got = read(stream, buffer + have, sizeof buffer - have);
            if (got <= 0) return;
            have += (size_t)got;
            size_t taken = to_tunnel(tunnel, buffer, have, most_segments);
            have -= taken;
            memmove(buffer, buffer + taken, have);
        }
        if (wait[1].revents) to_stream(tunnel, batch, stream);
    }
}

int main(int count, char **arguments) {
    if (count != 7) {
        fprintf(stderr, "usage: %s PATH LOCAL REMOTE PORT HEADER plain|offload[,raw]\n", arguments[0]);
        return 2;
    }
    int offload = has_word(arguments[6], "offload");
    int raw = has_word(arguments[6], "raw");
    struct tunnel tunnel = tunnel_open(arguments[2], arguments[3], arguments[4], arguments[5], raw ? "raw" : offload ? "gro" : "");
    struct batch *batch = batch_new(offload && !raw);
    if (tunnel.header.size < LENGTH) die("header");
    struct sockaddr_un address = stream_address(arguments[1]);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0) die("listen");
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int stream = accept(listener, NULL, NULL);
        if (stream < 0) die("accept");
        forward(&tunnel, batch, stream, offload && !raw ? SEGMENTS : 1);
        close(stream);
    }
}
