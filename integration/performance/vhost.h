// The front end's side of vhost-user (QEMU, docs/interop/vhost-user.rst): what QEMU says when a driver starts, with one region of
// memory and one pair of rings.
#pragma once
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <sys/mman.h>
#include "ends.h"
#include "ring.h"

#ifndef VIRTIO_NET_F_GUEST_USO4
#define VIRTIO_NET_F_GUEST_USO4 54
#define VIRTIO_NET_F_GUEST_USO6 55
#define VIRTIO_NET_F_HOST_USO 56
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum {
    GET_FEATURES = 1,
    SET_FEATURES = 2,
    SET_OWNER = 3,
    SET_MEM_TABLE = 5,
    SET_VRING_NUM = 8,
    SET_VRING_ADDR = 9,
    SET_VRING_BASE = 10,
    SET_VRING_KICK = 12,
    SET_VRING_CALL = 13,
    GET_PROTOCOL_FEATURES = 15,
    SET_PROTOCOL_FEATURES = 16,
    SET_VRING_ENABLE = 18,

    VHOST_VERSION = 1,
    VHOST_NEED_REPLY = 8,
    VHOST_HEADER = 12,
    VHOST_F_PROTOCOL_FEATURES = 30,
    VHOST_REPLY_ACK = 1 << 3,
    NOT_OFFERED = 3,        // the status of a process whose back end lacks a feature
};

#define FEATURE(bit) (1ull << (bit))
// As far above 0 as memory above the PCI hole is, so that no two kinds of address are the same number.
#define GUEST_ADDRESS 0x100000000ull

struct vhost_message {
    uint32_t request, flags, size;
    union {
        uint64_t number;
        struct { uint32_t index, value; } ring;
        struct { uint32_t index, flags; uint64_t desc, used, avail, log; } addresses;
        struct { uint32_t count, padding; uint64_t guest, size, user, offset; } memory;
    };
} __attribute__((packed));

// Memory that the device has mapped too.
struct shared {
    int fd;
    uint8_t *at;
    size_t size, taken;
};

static inline struct shared shared_new(size_t size) {
    struct shared shared = {.fd = memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING), .size = size};
    if (shared.fd < 0 || ftruncate(shared.fd, (off_t)size) != 0) die("memfd");
    shared.at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, shared.fd, 0);
    if (shared.at == MAP_FAILED) die("mmap");
    return shared;
}

// Memory is taken in whole pages and never given back.
static inline uint8_t *shared_take(struct shared *shared, size_t size) {
    uint8_t *at = shared->at + shared->taken;
    shared->taken += (size + 4095) & ~(size_t)4095;
    if (shared->taken > shared->size) die("the shared memory is too small");
    return at;
}

static inline uint64_t guest_address(const struct shared *shared, const void *at) {
    return GUEST_ADDRESS + (uint64_t)((const uint8_t *)at - shared->at);
}

static inline void vhost_send(int connection, struct vhost_message *message, size_t size, int descriptor) {
    struct { _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(int))]; } control = {0};
    struct iovec vector = {message, VHOST_HEADER + size};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
    message->flags |= VHOST_VERSION;
    message->size = (uint32_t)size;
    if (descriptor >= 0) {
        header.msg_control = &control;
        header.msg_controllen = sizeof control;
        struct cmsghdr *passed = CMSG_FIRSTHDR(&header);
        *passed = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof descriptor)};
        memcpy(CMSG_DATA(passed), &descriptor, sizeof descriptor);
    }
    if (sendmsg(connection, &header, MSG_NOSIGNAL) != (ssize_t)vector.iov_len) die("vhost-user");
}

static inline uint64_t vhost_reply(int connection, uint32_t request) {
    struct vhost_message reply;
    ssize_t got = recv(connection, &reply, VHOST_HEADER + sizeof reply.number, MSG_WAITALL);
    if (got != (ssize_t)(VHOST_HEADER + sizeof reply.number) || reply.request != request) {
        fprintf(stderr, "the back end does not answer vhost-user request %u\n", request);
        exit(1);
    }
    return reply.number;
}

static inline uint64_t vhost_get(int connection, uint32_t request) {
    vhost_send(connection, &(struct vhost_message){.request = request}, 0, -1);
    return vhost_reply(connection, request);
}

// Waits until it is done (REPLY_ACK).
static inline void vhost_set(int connection, struct vhost_message message, size_t size, int descriptor) {
    message.flags = VHOST_NEED_REPLY;
    vhost_send(connection, &message, size, descriptor);
    if (vhost_reply(connection, message.request) != 0) {
        fprintf(stderr, "the back end refuses vhost-user request %u\n", message.request);
        exit(1);
    }
}

static inline void vhost_set_number(int connection, uint32_t request, uint64_t number) {
    vhost_set(connection, (struct vhost_message){.request = request, .number = number}, sizeof number, -1);
}

static inline void vhost_set_ring(int connection, uint32_t request, uint32_t index, uint32_t value) {
    vhost_set(connection, (struct vhost_message){.request = request, .ring = {index, value}}, sizeof(uint64_t), -1);
}

static inline void vhost_set_descriptor(int connection, uint32_t request, uint32_t index, int descriptor) {
    vhost_set(connection, (struct vhost_message){.request = request, .number = index}, sizeof(uint64_t), descriptor);
}

static const struct { int bit; const char *name; } vhost_features[] = {
    {VIRTIO_NET_F_CSUM, "VIRTIO_NET_F_CSUM"},
    {VIRTIO_NET_F_GUEST_CSUM, "VIRTIO_NET_F_GUEST_CSUM"},
    {VIRTIO_NET_F_GUEST_TSO4, "VIRTIO_NET_F_GUEST_TSO4"},
    {VIRTIO_NET_F_HOST_TSO4, "VIRTIO_NET_F_HOST_TSO4"},
    {VIRTIO_NET_F_MRG_RXBUF, "VIRTIO_NET_F_MRG_RXBUF"},
    {VIRTIO_RING_F_INDIRECT_DESC, "VIRTIO_F_INDIRECT_DESC"},
    {VIRTIO_RING_F_EVENT_IDX, "VIRTIO_F_EVENT_IDX"},
    {VHOST_F_PROTOCOL_FEATURES, "VHOST_USER_F_PROTOCOL_FEATURES"},
    {VIRTIO_F_VERSION_1, "VIRTIO_F_VERSION_1"},
    {VIRTIO_NET_F_GUEST_USO4, "VIRTIO_NET_F_GUEST_USO4"},
    {VIRTIO_NET_F_GUEST_USO6, "VIRTIO_NET_F_GUEST_USO6"},
    {VIRTIO_NET_F_HOST_USO, "VIRTIO_NET_F_HOST_USO"},
};

// Ends the process, and says what is missing, when not all are offered. All must be in the list above.
static inline void vhost_negotiate(int connection, uint64_t features) {
    uint64_t missing = features & ~vhost_get(connection, GET_FEATURES);
    if (missing) {
        const char *space = "";
        for (size_t i = 0; i < sizeof vhost_features / sizeof *vhost_features; i++) {
            if (missing & FEATURE(vhost_features[i].bit)) {
                fprintf(stderr, "%s%s", space, vhost_features[i].name);
                space = " ";
            }
        }
        fprintf(stderr, "\n");
        exit(NOT_OFFERED);
    }
    if (!(vhost_get(connection, GET_PROTOCOL_FEATURES) & VHOST_REPLY_ACK)) {
        fprintf(stderr, "VHOST_USER_PROTOCOL_F_REPLY_ACK\n");
        exit(NOT_OFFERED);
    }
    vhost_send(connection, &(struct vhost_message){.request = SET_PROTOCOL_FEATURES, .number = VHOST_REPLY_ACK}, sizeof(uint64_t), -1);
    vhost_set(connection, (struct vhost_message){.request = SET_OWNER}, 0, -1);
    vhost_set_number(connection, SET_FEATURES, features);
}

static inline void vhost_share(int connection, const struct shared *shared) {
    struct vhost_message table = {.request = SET_MEM_TABLE,
        .memory = {.count = 1, .guest = GUEST_ADDRESS, .size = shared->size, .user = (uint64_t)(uintptr_t)shared->at}};
    vhost_set(connection, table, sizeof table.memory, shared->fd);
}

static inline void vhost_start(int connection, uint32_t index, const struct ring *ring) {
    struct vhost_message addresses = {.request = SET_VRING_ADDR,
        .addresses = {.index = index, .desc = (uint64_t)(uintptr_t)ring->vring.desc, .used = (uint64_t)(uintptr_t)ring->vring.used,
            .avail = (uint64_t)(uintptr_t)ring->vring.avail}};
    vhost_set_ring(connection, SET_VRING_NUM, index, RING_SIZE);
    vhost_set_ring(connection, SET_VRING_BASE, index, 0);
    vhost_set(connection, addresses, sizeof addresses.addresses, -1);
    vhost_set_descriptor(connection, SET_VRING_KICK, index, ring->kick);
    vhost_set_descriptor(connection, SET_VRING_CALL, index, ring->call);
    vhost_set_ring(connection, SET_VRING_ENABLE, index, 1);
}
