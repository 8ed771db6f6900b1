// The driver's side of a split virtqueue with event indexes (virtio 1.3, 2.7), as Linux uses it. Every descriptor always stands for
// the same buffer, so a buffer is told by the index of its descriptor.
#pragma once
#include <linux/virtio_ring.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include "board.h"

enum { RING_SIZE = 1024, RING_ALIGN = 64 };

struct ring {
    struct vring vring;
    int connection;         // its end is the end of the ring
    int kick, call;
    uint16_t posted;        // entries of the available ring that are written
    uint16_t published;     // and those that the device knows of
    uint16_t seen;          // entries of the used ring that were taken
};

// Takes vring_size(RING_SIZE, RING_ALIGN) bytes.
static inline struct ring ring_new(void *memory, int connection) {
    struct ring ring = {.connection = connection, .kick = eventfd(0, EFD_CLOEXEC), .call = eventfd(0, EFD_CLOEXEC)};
    if (ring.kick < 0 || ring.call < 0) die("eventfd");
    vring_init(&ring.vring, RING_SIZE, memory, RING_ALIGN);
    return ring;
}

static inline uint16_t ring_used(const struct ring *ring) {
    return __atomic_load_n(&ring->vring.used->idx, __ATOMIC_ACQUIRE);
}

static inline void ring_post(struct ring *ring, uint16_t buffer) {
    ring->vring.avail->ring[ring->posted++ % RING_SIZE] = buffer;
}

// Gives the device what was posted, and kicks it when it sleeps.
static inline void ring_publish(struct ring *ring) {
    uint16_t before = ring->published;
    uint64_t one = 1;
    __atomic_store_n(&ring->vring.avail->idx, ring->posted, __ATOMIC_RELEASE);
    ring->published = ring->posted;
    atomic_thread_fence(memory_order_seq_cst);
    uint16_t event = __atomic_load_n(&vring_avail_event(&ring->vring), __ATOMIC_RELAXED);
    if (vring_need_event(event, ring->posted, before) && write(ring->kick, &one, sizeof one) < 0) die("kick");
}

// Takes back the next buffer and says how much was written to it; 0 when the device is not done with one.
static inline int ring_take(struct ring *ring, uint16_t *buffer, uint32_t *written) {
    if (ring->seen == ring_used(ring)) return 0;
    const struct vring_used_elem *entry = &ring->vring.used->ring[ring->seen++ % RING_SIZE];
    if (entry->id >= RING_SIZE) die("a buffer that there is not");
    *buffer = (uint16_t)entry->id;
    *written = entry->len;
    return 1;
}

// Sleeps until the device is done with so many buffers.
static inline void ring_wait(struct ring *ring, uint16_t count) {
    struct pollfd wait[] = {{.fd = ring->call, .events = POLLIN}, {.fd = ring->connection, .events = POLLIN}};
    uint64_t calls;
    __atomic_store_n(&vring_used_event(&ring->vring), (uint16_t)(ring->seen + count - 1), __ATOMIC_RELAXED);
    atomic_thread_fence(memory_order_seq_cst);
    while ((uint16_t)(ring_used(ring) - ring->seen) < count) {
        if (poll(wait, 2, -1) < 0) die("poll");
        if (wait[1].revents) {
            fprintf(stderr, "the back end has closed the vhost-user connection\n");
            exit(1);
        }
        if (wait[0].revents && read(ring->call, &calls, sizeof calls) < 0) die("call");
    }
}
