// vhost-tap PATH INTERFACE: plays QEMU and its guest's driver on a vhost-user socket, and hands frames on to a new tap interface and
// back; checksums that are still to be computed and super-frames of TCP over IPv4 stay as they are. So a guest's place is taken by the
// host's network stack, which nobody need emulate. Prints "ready" when the rings are set up. It connects; it does not listen.
#define _GNU_SOURCE
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include "vhost.h"

enum {
    RECEIVEQ = 0,
    TRANSMITQ = 1,
    PAGE = 4096,
    BURST = 64,             // frames in one direction before the other one has its turn
    SLOTS = 256,            // transmit buffers, each with room for a super-frame
    SLOT_BYTES = 17 * PAGE,
    SLOTS_ENOUGH = SLOTS * 3 / 4,
    PIECES = 64,            // receive buffers of a frame, at most
};

struct ends {
    struct shared shared;
    struct ring rings[2];
    uint8_t *received, *sent;
    int connection, tap;
    uint16_t free_slots;
    uint16_t free_slot[RING_SIZE];
};

static int tap_open(const char *name) {
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    int header = sizeof(struct virtio_net_hdr_v1), tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap < 0) die("/dev/net/tun");
    if (strlen(name) >= sizeof request.ifr_name) die("INTERFACE");
    strcpy(request.ifr_name, name);
    if (ioctl(tap, TUNSETIFF, &request) != 0 || ioctl(tap, TUNSETVNETHDRSZ, &header) != 0) die(name);
    if (ioctl(tap, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) != 0) die("offloads of the tap interface");
    return tap;
}

static struct vring_desc piece(const struct ends *ends, const void *at, uint32_t size, uint16_t flags) {
    return (struct vring_desc){.addr = guest_address(&ends->shared, at), .len = size, .flags = flags};
}

static void start(struct ends *ends) {
    size_t ring = vring_size(RING_SIZE, RING_ALIGN);
    ends->shared = shared_new(2 * (ring + PAGE) / PAGE * PAGE + (size_t)RING_SIZE * PAGE + (size_t)SLOTS * SLOT_BYTES);
    for (int i = RECEIVEQ; i <= TRANSMITQ; i++) ends->rings[i] = ring_new(shared_take(&ends->shared, ring), ends->connection);
    ends->received = shared_take(&ends->shared, (size_t)RING_SIZE * PAGE);
    ends->sent = shared_take(&ends->shared, (size_t)SLOTS * SLOT_BYTES);
    for (uint16_t i = 0; i < RING_SIZE; i++) {
        ends->rings[RECEIVEQ].vring.desc[i] = piece(ends, ends->received + (size_t)i * PAGE, PAGE, VRING_DESC_F_WRITE);
        ring_post(&ends->rings[RECEIVEQ], i);
    }
    for (uint16_t i = 0; i < SLOTS; i++) {
        ends->rings[TRANSMITQ].vring.desc[i] = piece(ends, ends->sent + (size_t)i * SLOT_BYTES, SLOT_BYTES, 0);
        ends->free_slot[ends->free_slots++] = i;
    }
    vhost_negotiate(ends->connection, FEATURE(VIRTIO_F_VERSION_1) | FEATURE(VIRTIO_NET_F_MRG_RXBUF) | FEATURE(VIRTIO_RING_F_EVENT_IDX)
        | FEATURE(VHOST_F_PROTOCOL_FEATURES) | FEATURE(VIRTIO_NET_F_CSUM) | FEATURE(VIRTIO_NET_F_HOST_TSO4)
        | FEATURE(VIRTIO_NET_F_GUEST_CSUM) | FEATURE(VIRTIO_NET_F_GUEST_TSO4));
    vhost_share(ends->connection, &ends->shared);
    for (uint32_t i = RECEIVEQ; i <= TRANSMITQ; i++) vhost_start(ends->connection, i, &ends->rings[i]);
    ring_publish(&ends->rings[RECEIVEQ]);
}

// The header of a frame is in its first buffer, and is the tap interface's too.
static void frame_to_tap(struct ends *ends, uint16_t buffer, uint32_t written) {
    struct ring *ring = &ends->rings[RECEIVEQ];
    struct iovec pieces[PIECES];
    uint16_t buffers[PIECES];
    const struct virtio_net_hdr_v1 *header = (const void *)(ends->received + (size_t)buffer * PAGE);
    unsigned count = header->num_buffers;
    if (written < sizeof *header || count == 0 || count > PIECES) die("num_buffers");
    for (unsigned i = 0; i < count; i++) {
        if (i > 0 && !ring_take(ring, &buffer, &written)) die("num_buffers");
        if (written > PAGE) die("a buffer that is longer than it is");
        pieces[i] = (struct iovec){ends->received + (size_t)buffer * PAGE, written};
        buffers[i] = buffer;
    }
    // Lost like on a wire: EIO while the interface is down.
    if (writev(ends->tap, pieces, (int)count) < 0 && errno != EIO && errno != EAGAIN) die("writing to the tap interface");
    for (unsigned i = 0; i < count; i++) ring_post(ring, buffers[i]);
}

// 1 when there may be more.
static int to_tap(struct ends *ends) {
    struct ring *ring = &ends->rings[RECEIVEQ];
    uint16_t buffer;
    uint32_t written;
    int frames = 0;
    for (; frames < BURST && ring_take(ring, &buffer, &written); frames++) frame_to_tap(ends, buffer, written);
    if (frames > 0) ring_publish(ring);
    return frames == BURST;
}

static void reclaim(struct ends *ends) {
    uint32_t written;
    while (ring_take(&ends->rings[TRANSMITQ], &ends->free_slot[ends->free_slots], &written)) ends->free_slots++;
}

static int from_tap(struct ends *ends) {
    struct ring *ring = &ends->rings[TRANSMITQ];
    int frames = 0;
    reclaim(ends);
    for (; frames < BURST && ends->free_slots > 0; frames++) {
        uint16_t slot = ends->free_slot[ends->free_slots - 1];
        ssize_t got = read(ends->tap, ends->sent + (size_t)slot * SLOT_BYTES, SLOT_BYTES);
        if (got < 0 && errno == EAGAIN) break;
        if (got < 0) die("reading from the tap interface");
        ring->vring.desc[slot].len = (uint32_t)got;
        ring_post(ring, slot);
        ends->free_slots--;
    }
    if (frames > 0) ring_publish(ring);
    return frames == BURST;
}

static void wait_for_either(struct ends *ends) {
    struct ring *receive = &ends->rings[RECEIVEQ], *transmit = &ends->rings[TRANSMITQ];
    int is_full = ends->free_slots == 0;
    struct pollfd wait[] = {{.fd = receive->call, .events = POLLIN}, {.fd = transmit->call, .events = POLLIN},
        {.fd = ends->connection, .events = POLLIN}, {.fd = is_full ? -1 : ends->tap, .events = POLLIN}};
    uint64_t calls;
    __atomic_store_n(&vring_used_event(&receive->vring), receive->seen, __ATOMIC_RELAXED);
    // Slots that come back are of interest when there is none.
    __atomic_store_n(&vring_used_event(&transmit->vring), (uint16_t)(transmit->seen + (is_full ? SLOTS_ENOUGH : 0) - 1), __ATOMIC_RELAXED);
    atomic_thread_fence(memory_order_seq_cst);
    if (ring_used(receive) != receive->seen || (is_full && (uint16_t)(ring_used(transmit) - transmit->seen) >= SLOTS_ENOUGH)) return;
    if (poll(wait, sizeof wait / sizeof *wait, -1) < 0) die("poll");
    for (int i = 0; i < 2; i++)
        if (wait[i].revents && read(wait[i].fd, &calls, sizeof calls) < 0) die("call");
    if (wait[2].revents) {
        fprintf(stderr, "the back end has closed the vhost-user connection\n");
        exit(1);
    }
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: %s PATH INTERFACE\n", arguments[0]);
        return 2;
    }
    static struct ends ends;
    ends.tap = tap_open(arguments[2]);
    ends.connection = stream_connect(arguments[1]);
    start(&ends);
    puts("ready");
    fflush(stdout);
    for (;;)
        if (!(to_tap(&ends) | from_tap(&ends))) wait_for_either(&ends);
}
