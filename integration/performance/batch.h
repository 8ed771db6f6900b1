// Receiving many datagrams per call, merged (UDP_GRO) or not.
#pragma once
#include "ends.h"

enum { BATCH = 64, PLAIN_BYTES = 16384, MERGED_BYTES = 65536, MERGED_BATCH = 8 };

struct batch {
    int count;
    size_t bytes;
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    struct { _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(int))]; } control[BATCH];
    uint8_t *memory;
};

static inline struct batch *batch_new(int gro) {
    struct batch *batch = calloc(1, sizeof *batch);
    batch->count = gro ? MERGED_BATCH : BATCH;
    batch->bytes = gro ? MERGED_BYTES : PLAIN_BYTES;
    batch->memory = malloc((size_t)batch->count * batch->bytes);
    for (int i = 0; i < batch->count; i++) {
        batch->vectors[i] = (struct iovec){batch->memory + (size_t)i * batch->bytes, batch->bytes};
        batch->messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &batch->vectors[i], .msg_iovlen = 1, .msg_control = gro ? &batch->control[i] : NULL};
    }
    return batch;
}

// How many messages there are; 0 when there is none or an ICMP error was reported.
static inline int batch_receive(struct batch *batch, int fd, int flags) {
    for (int i = 0; i < batch->count && batch->messages[i].msg_hdr.msg_control; i++)
        batch->messages[i].msg_hdr.msg_controllen = sizeof batch->control[i];
    int got = recvmmsg(fd, batch->messages, (unsigned)batch->count, flags, NULL);
    if (got < 0 && errno != EAGAIN && errno != EINTR && !is_report(errno)) die("recvmmsg");
    return got < 0 ? 0 : got;
}

// The size of the datagrams that message i was merged from.
static inline size_t batch_segment(struct batch *batch, int i) {
    struct msghdr *message = &batch->messages[i].msg_hdr;
    int size;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        if (at->cmsg_level == SOL_UDP && at->cmsg_type == UDP_GRO) {
            memcpy(&size, CMSG_DATA(at), sizeof size);
            return (size_t)size;
        }
    }
    return batch->messages[i].msg_len;
}
