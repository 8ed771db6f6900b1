// Frames of TCP or UDP over IPv4, and super-frames: as many of them as a guest hands over or gets in one piece (TSO, USO). Each
// number has one frame, so whatever cuts or joins must make these very bytes. Without either they are those of frame.h.
#pragma once
#include <netinet/in.h>
#include "ends.h"
#include "frame.h"

enum {
    IPV4_HEADER = 20,
    TCP_HEADER = 20,
    UDP_HEADER = 8,
    TRANSPORT = FRAME_HEADER + IPV4_HEADER,
    HEADERS_MAX = TRANSPORT + TCP_HEADER,
    TCP_ACK = 0x10,
    TCP_PSH = 0x08,
    SUPER_PAYLOAD_MAX = 65536 - HEADERS_MAX,
};

struct packets {
    int transport;          // IPPROTO_TCP, IPPROTO_UDP, or 0
    size_t size;            // bytes of a frame
    size_t headers;         // bytes in front of its payload
    size_t payload;
    size_t per_super;       // frames in a super-frame
    size_t checksum_offset; // in the transport header
    uint8_t head[HEADERS_MAX];
    uint32_t pattern_sum[FRAME_PATTERNS];
};

// The Internet checksum does not depend on the byte order, as long as it is stored in the one that was read.
static inline uint32_t words_sum(const uint8_t *at, size_t size) {
    uint32_t sum = 0;
    for (; size > 1; at += 2, size -= 2) {
        uint16_t word;
        memcpy(&word, at, sizeof word);
        sum += word;
    }
    if (size == 1) {
        uint16_t word = 0;
        memcpy(&word, at, 1);
        sum += word;
    }
    return sum;
}

static inline uint16_t words_fold(uint32_t sum) {
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)(sum + (sum >> 16));
}

static inline void word_set(uint8_t *at, uint16_t value) {
    memcpy(at, &value, sizeof value);
}

// MODE has "tcp" or "udp", or neither.
static inline struct packets packets_of(const char *mode, size_t size) {
    frame_prepare();
    struct packets packets = {.size = size, .headers = FRAME_HEADER, .per_super = 1};
    if (has_word(mode, "tcp")) packets.transport = IPPROTO_TCP;
    if (has_word(mode, "udp")) packets.transport = IPPROTO_UDP;
    if (packets.transport) {
        static const uint8_t ip[IPV4_HEADER] = {0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 0, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1};
        static const uint8_t tcp[TCP_HEADER] = {0x9c, 0x40, 0x14, 0x51, 0, 0, 0, 0, 0, 0, 0, 1, 0x50, TCP_ACK, 0x40, 0};
        int is_tcp = packets.transport == IPPROTO_TCP;
        packets.headers = TRANSPORT + (is_tcp ? TCP_HEADER : UDP_HEADER);
        packets.checksum_offset = is_tcp ? 16 : 6;
        memcpy(packets.head, frame_head, FRAME_HEADER);
        packets.head[12] = 8; // IPv4
        packets.head[13] = 0;
        memcpy(packets.head + FRAME_HEADER, ip, sizeof ip);
        packets.head[FRAME_HEADER + 9] = (uint8_t)packets.transport;
        // The ports are at the same place in both.
        memcpy(packets.head + TRANSPORT, tcp, is_tcp ? sizeof tcp : 4);
        packets.per_super = SUPER_PAYLOAD_MAX / (size - packets.headers);
        if (packets.per_super > SEGMENTS) packets.per_super = SEGMENTS;
    }
    packets.payload = size - packets.headers;
    for (size_t i = 0; i < FRAME_PATTERNS; i++)
        packets.pattern_sum[i] = words_sum(frame_pattern + i, packets.payload - FRAME_NUMBER);
    return packets;
}

// The headers of one frame, complete, or those of a super-frame of so many that begins with this number: lengths of the whole, and
// in the checksum field only the sum of the pseudo header, as Linux hands it over.
static inline void headers_build(const struct packets *packets, uint8_t *at, uint64_t number, size_t count) {
    size_t length = packets->headers - TRANSPORT + count * packets->payload;
    uint8_t *ip = at + FRAME_HEADER, *transport = at + TRANSPORT, *checksum = transport + packets->checksum_offset;
    memcpy(at, packets->head, packets->headers);
    word_set(ip + 2, htons((uint16_t)(IPV4_HEADER + length)));
    word_set(ip + 4, htons((uint16_t)number));
    word_set(ip + 10, (uint16_t)~words_fold(words_sum(ip, IPV4_HEADER)));
    if (packets->transport == IPPROTO_TCP) {
        uint32_t sequence = htonl((uint32_t)(number * packets->payload));
        memcpy(transport + 4, &sequence, sizeof sequence);
        // As when an application has written so much at a time.
        if ((number + count) % packets->per_super == 0) transport[13] |= TCP_PSH;
    } else {
        word_set(transport + 4, htons((uint16_t)length));
    }
    uint32_t sum = words_sum(ip + 12, 8) + htons((uint16_t)packets->transport) + htons((uint16_t)length);
    if (count > 1) {
        word_set(checksum, words_fold(sum));
        return;
    }
    sum += words_sum(transport, packets->headers - TRANSPORT) + words_sum((const uint8_t *)&number, sizeof number)
        + packets->pattern_sum[number % FRAME_PATTERNS];
    uint16_t complete = (uint16_t)~words_fold(sum);
    word_set(checksum, complete == 0 && packets->transport == IPPROTO_UDP ? 0xffff : complete);
}

static inline void packet_build(const struct packets *packets, uint8_t *frame, uint64_t number) {
    if (!packets->transport) {
        frame_build(frame, packets->size, number);
        return;
    }
    headers_build(packets, frame, number, 1);
    payload_build(frame + packets->headers, packets->payload, number);
}

// Whole payloads, one after the other, behind the headers that they should have; counts each as a frame.
static inline void check_payloads(const struct packets *packets, struct check *check, const uint8_t *frame, size_t count) {
    uint8_t head[HEADERS_MAX];
    const uint8_t *at = frame + packets->headers;
    uint64_t number;
    memcpy(&number, at, sizeof number);
    headers_build(packets, head, number, count);
    int is_intact = memcmp(frame, head, packets->headers) == 0;
    for (size_t i = 0; i < count; i++, at += packets->payload) {
        uint64_t found;
        if (is_intact && payload_is_intact(at, packets->payload, &found) && found == number + i)
            check_order(check, found);
        else
            check->corrupt++;
    }
}

static inline void packet_check(const struct packets *packets, struct check *check, const uint8_t *frame, size_t size) {
    if (!packets->transport)
        check_frame(check, frame, size);
    else if (size == packets->size)
        check_payloads(packets, check, frame, 1);
    else
        check->corrupt++;
}

// A super-frame of two frames or more.
static inline void super_check(const struct packets *packets, struct check *check, const uint8_t *frame, size_t size) {
    size_t count = packets->transport && size > packets->headers ? (size - packets->headers) / packets->payload : 0;
    if (count > 1 && size == packets->headers + count * packets->payload)
        check_payloads(packets, check, frame, count);
    else
        check->corrupt++;
}
