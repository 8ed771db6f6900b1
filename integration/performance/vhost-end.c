// vhost-end BOARD PATH SIZE MODE: plays QEMU and its guest's driver on a vhost-user socket: split rings, mergeable buffers, indirect
// descriptors, event indexes. MODE joins words: send or sink; tcp or udp, so that what is sent are super-frames (TSO, USO), and what
// arrives may be. Prints "ready" when the rings are set up. Status 3: the back end does not offer what is printed on stderr.
#define _GNU_SOURCE
#include "vhost.h"
#include "packet.h"
#include "pace.h"

enum {
    CATCH_UP_NS = 100000000,    // the ring holds a burst back, so all of a delay is made up for
    BURST = 64,                 // frames for which the device is kicked at most once
    SUPER_FRAMES = 64,          // as many as that are under way at most: 4 MiB, about what TCP has in flight
    PAGE = 4096,                // pieces of a super-frame's payload, as of a file that is sent; 17 pieces with the headers
    SUPER_BYTES = PAGE + 65536,
    PLAIN_BUFFER = 1536,        // receive buffers of Linux, for frames of 1500 bytes and for those of any size
    SUPER_BUFFER = PAGE,
    RECEIVEQ = 0,
    TRANSMITQ = 1,
};

struct guest {
    struct packets packets;
    struct shared shared;
    struct ring rings[2];
    size_t buffer;              // bytes of a receive buffer
    size_t slots, slot;         // transmit buffers, and bytes of one
    uint8_t *received, *sent;   // the buffers
    size_t free_slots;
    uint16_t free_slot[RING_SIZE];
};

static uint64_t features_of(const struct packets *packets, int sink) {
    uint64_t features = FEATURE(VIRTIO_F_VERSION_1) | FEATURE(VIRTIO_NET_F_MRG_RXBUF) | FEATURE(VIRTIO_RING_F_INDIRECT_DESC)
        | FEATURE(VIRTIO_RING_F_EVENT_IDX) | FEATURE(VHOST_F_PROTOCOL_FEATURES);
    if (!packets->transport) return features;
    int is_tcp = packets->transport == IPPROTO_TCP;
    if (!sink) return features | FEATURE(VIRTIO_NET_F_CSUM) | FEATURE(is_tcp ? VIRTIO_NET_F_HOST_TSO4 : VIRTIO_NET_F_HOST_USO);
    // Of USO Linux takes both or none.
    return features | FEATURE(VIRTIO_NET_F_GUEST_CSUM)
        | (is_tcp ? FEATURE(VIRTIO_NET_F_GUEST_TSO4) : FEATURE(VIRTIO_NET_F_GUEST_USO4) | FEATURE(VIRTIO_NET_F_GUEST_USO6));
}

static struct virtio_net_hdr_v1 *slot_header(struct guest *guest, uint16_t slot) {
    return (struct virtio_net_hdr_v1 *)(guest->sent + slot * guest->slot);
}

// Behind the headers, and their indirect table, which take the first page.
static uint8_t *slot_payload(struct guest *guest, uint16_t slot) {
    return guest->sent + slot * guest->slot + PAGE;
}

static struct vring_desc piece(const struct guest *guest, const void *at, size_t size, uint16_t flags) {
    return (struct vring_desc){.addr = guest_address(&guest->shared, at), .len = (uint32_t)size, .flags = flags};
}

// Header and frame in one piece, as Linux has it.
static void lay_out_frame(struct guest *guest, uint16_t slot) {
    void *header = slot_header(guest, slot);
    guest->rings[TRANSMITQ].vring.desc[slot] = piece(guest, header, sizeof(struct virtio_net_hdr_v1) + guest->packets.size, 0);
}

static void lay_out_super(struct guest *guest, uint16_t slot) {
    const struct packets *packets = &guest->packets;
    struct virtio_net_hdr_v1 *header = slot_header(guest, slot);
    struct vring_desc *table = (struct vring_desc *)((uint8_t *)header + PAGE / 2);
    uint8_t *payload = slot_payload(guest, slot);
    uint16_t pieces = 1;
    *header = (struct virtio_net_hdr_v1){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = packets->transport == IPPROTO_TCP ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_UDP_L4,
        .hdr_len = (uint16_t)packets->headers, .gso_size = (uint16_t)packets->payload,
        .csum_start = TRANSPORT, .csum_offset = (uint16_t)packets->checksum_offset};
    table[0] = piece(guest, header, sizeof *header + packets->headers, 0);
    for (size_t at = 0, left = packets->per_super * packets->payload; left > 0; at += PAGE, pieces++) {
        size_t part = left < PAGE ? left : PAGE;
        table[pieces - 1].flags = VRING_DESC_F_NEXT;
        table[pieces - 1].next = pieces;
        table[pieces] = piece(guest, payload + at, part, 0);
        left -= part;
    }
    guest->rings[TRANSMITQ].vring.desc[slot] = piece(guest, table, pieces * sizeof *table, VRING_DESC_F_INDIRECT);
}

static void start(struct guest *guest, int connection, uint64_t features) {
    int is_super = guest->packets.transport != 0;
    size_t ring = vring_size(RING_SIZE, RING_ALIGN) + PAGE;
    guest->buffer = is_super ? SUPER_BUFFER : PLAIN_BUFFER;
    guest->slots = is_super ? SUPER_FRAMES : RING_SIZE;
    guest->slot = is_super ? SUPER_BYTES : (sizeof(struct virtio_net_hdr_v1) + guest->packets.size + 2047) & ~(size_t)2047;
    guest->shared = shared_new((2 * ring + RING_SIZE * guest->buffer + guest->slots * guest->slot + PAGE) & ~(size_t)(PAGE - 1));
    for (int i = RECEIVEQ; i <= TRANSMITQ; i++) guest->rings[i] = ring_new(shared_take(&guest->shared, ring - PAGE), connection);
    guest->received = shared_take(&guest->shared, RING_SIZE * guest->buffer);
    guest->sent = shared_take(&guest->shared, guest->slots * guest->slot);
    for (uint16_t i = 0; i < RING_SIZE; i++) {
        guest->rings[RECEIVEQ].vring.desc[i] = piece(guest, guest->received + i * guest->buffer, guest->buffer, VRING_DESC_F_WRITE);
        ring_post(&guest->rings[RECEIVEQ], i);
    }
    for (uint16_t i = 0; i < guest->slots; i++) {
        guest->free_slot[guest->free_slots++] = i;
        if (is_super) lay_out_super(guest, i);
        else lay_out_frame(guest, i);
    }
    vhost_negotiate(connection, features);
    vhost_share(connection, &guest->shared);
    for (uint32_t i = RECEIVEQ; i <= TRANSMITQ; i++) vhost_start(connection, i, &guest->rings[i]);
    ring_publish(&guest->rings[RECEIVEQ]);
    puts("ready");
    fflush(stdout);
}

// Of one super-frame, or one frame.
static void post_frames(struct guest *guest, uint64_t number) {
    const struct packets *packets = &guest->packets;
    uint16_t slot = guest->free_slot[--guest->free_slots];
    uint8_t *frame = (uint8_t *)(slot_header(guest, slot) + 1), *payload = slot_payload(guest, slot);
    if (!packets->transport) {
        packet_build(packets, frame, number);
    } else {
        headers_build(packets, frame, number, packets->per_super);
        for (size_t i = 0; i < packets->per_super; i++) payload_build(payload + i * packets->payload, packets->payload, number + i);
    }
    ring_post(&guest->rings[TRANSMITQ], slot);
}

static void send_frames(struct guest *guest, struct board *board) {
    struct ring *ring = &guest->rings[TRANSMITQ];
    size_t unit = guest->packets.per_super;
    struct pace pace = pace_start(board, CATCH_UP_NS, unit);
    uint32_t written;
    for (;;) {
        while (ring_take(ring, &guest->free_slot[guest->free_slots], &written)) guest->free_slots++;
        if (guest->free_slots == 0) {
            // Linux too begins again when most of a full ring is free.
            ring_wait(ring, (uint16_t)(guest->slots * 3 / 4));
            continue;
        }
        size_t most = unit > 1 ? 1 : guest->free_slots < BURST ? guest->free_slots : BURST, count = pace_next(&pace, most * unit);
        for (size_t i = 0; i < count; i += unit) post_frames(guest, pace.sent + i);
        ring_publish(ring);
        pace_sent(&pace, count);
    }
}

// Whether the header says of a frame what is true and was negotiated; then *is_super tells what kind it is.
static int header_is_right(const struct packets *packets, const struct virtio_net_hdr_v1 *header, int *is_super) {
    *is_super = header->gso_type != VIRTIO_NET_HDR_GSO_NONE;
    if (!*is_super) return header->flags == 0 || (packets->transport && header->flags == VIRTIO_NET_HDR_F_DATA_VALID);
    int type = packets->transport == IPPROTO_TCP ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_UDP_L4;
    return packets->transport && header->gso_type == type && header->flags == VIRTIO_NET_HDR_F_NEEDS_CSUM
        && header->gso_size == packets->payload && header->csum_start == TRANSPORT && header->csum_offset == packets->checksum_offset;
}

// A frame that begins in this buffer, and may go on in the next ones.
static void receive_frame(struct guest *guest, struct check *check, uint16_t buffer, uint32_t written) {
    static uint8_t joined[RING_SIZE * PAGE];
    const size_t skip = sizeof(struct virtio_net_hdr_v1);
    const uint8_t *at = guest->received + buffer * guest->buffer, *frame = at + skip;
    struct virtio_net_hdr_v1 header;
    if (written < skip || written > guest->buffer) die("a buffer without a header");
    memcpy(&header, at, skip);
    size_t size = written - skip;
    if (header.num_buffers == 0 || header.num_buffers > RING_SIZE) die("num_buffers");
    if (header.num_buffers > 1) {
        frame = memcpy(joined, frame, size);
        for (unsigned i = 1; i < header.num_buffers; i++) {
            ring_post(&guest->rings[RECEIVEQ], buffer);
            if (!ring_take(&guest->rings[RECEIVEQ], &buffer, &written) || written > guest->buffer) die("num_buffers");
            memcpy(joined + size, guest->received + buffer * guest->buffer, written);
            size += written;
        }
    }
    int is_super;
    if (!header_is_right(&guest->packets, &header, &is_super)) check->corrupt++;
    else if (is_super) super_check(&guest->packets, check, frame, size);
    else packet_check(&guest->packets, check, frame, size);
    // It is the device's again from the next publication on.
    ring_post(&guest->rings[RECEIVEQ], buffer);
}

static void receive_frames(struct guest *guest, struct board *board) {
    struct ring *ring = &guest->rings[RECEIVEQ];
    struct check check = {.size = guest->packets.size};
    uint16_t buffer;
    uint32_t written;
    for (;;) {
        int got = 0;
        for (; got < BURST && ring_take(ring, &buffer, &written); got++) receive_frame(guest, &check, buffer, written);
        if (got == 0) {
            ring_wait(ring, 1);
            continue;
        }
        ring_publish(ring);
        check_publish(&check, board);
    }
}

int main(int count, char **arguments) {
    if (count != 5) {
        fprintf(stderr, "usage: %s BOARD PATH SIZE MODE\n", arguments[0]);
        return 2;
    }
    static struct guest guest;
    const char *mode = arguments[4];
    int sink = has_word(mode, "sink");
    struct board *board = board_open(arguments[1]);
    guest.packets = packets_of(mode, frame_size(arguments[3]));
    start(&guest, stream_connect(arguments[2]), features_of(&guest.packets, sink));
    if (sink) receive_frames(&guest, board);
    send_frames(&guest, board);
}
