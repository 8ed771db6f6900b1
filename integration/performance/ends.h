// Sockets of the two ends: the stream that QEMU would hold, and the far end of the pseudowire.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "board.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    IP_PROTOCOL_L2TP = 115,
    IP_HEADER = 20,          // a raw IPv4 socket delivers it, without options
    HEADER_MAX = 32,
    SOCKET_BUFFER = 7 << 20, // as much as qemu-l2tp asks for
    SEGMENTS = 64,           // the kernel's limit for UDP_SEGMENT
    DATAGRAM_MAX = 65507,
};

// The L2TPv3 header in front of each frame; the same both ways.
struct header {
    uint8_t bytes[HEADER_MAX];
    size_t size;
};

struct tunnel {
    int fd;
    int raw;               // IP protocol 115
    struct header header;
};

static inline struct header header_of(const char *hex) {
    struct header header = {.size = strlen(hex) / 2};
    if (header.size > HEADER_MAX) die("header");
    for (size_t i = 0; i < header.size; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) die("header");
        header.bytes[i] = (uint8_t)byte;
    }
    return header;
}

static inline void set_option(int fd, int level, int name, int value, const char *what) {
    if (setsockopt(fd, level, name, &value, sizeof value) != 0) die(what);
}

static inline int has_word(const char *words, const char *word) {
    return strstr(words, word) != NULL;
}

// MODE has "raw" for IP protocol 115 instead of UDP, "gro" to receive merged datagrams.
static inline struct tunnel tunnel_open(const char *local, const char *remote, const char *port, const char *hex, const char *mode) {
    struct tunnel tunnel = {.raw = has_word(mode, "raw"), .header = header_of(hex)};
    // Both ends have the same port and addresses of their own.
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = tunnel.raw ? 0 : htons((uint16_t)atoi(port))}, to = from;
    if (inet_pton(AF_INET, local, &from.sin_addr) != 1 || inet_pton(AF_INET, remote, &to.sin_addr) != 1) die("address");
    tunnel.fd = tunnel.raw ? socket(AF_INET, SOCK_RAW, IP_PROTOCOL_L2TP) : socket(AF_INET, SOCK_DGRAM, 0);
    if (tunnel.fd < 0) die("socket");
    set_option(tunnel.fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER, "SO_RCVBUFFORCE");
    set_option(tunnel.fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER, "SO_SNDBUFFORCE");
    if (has_word(mode, "gro")) set_option(tunnel.fd, SOL_UDP, UDP_GRO, 1, "UDP_GRO");
    if (bind(tunnel.fd, (struct sockaddr *)&from, sizeof from) != 0) die("bind");
    if (connect(tunnel.fd, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
    return tunnel;
}

// What ICMP said about an earlier datagram: the other end is not there yet. For raw sockets that is ENOPROTOOPT.
static inline int is_report(int error) {
    return error == ECONNREFUSED || error == ENOPROTOOPT || error == EHOSTUNREACH || error == ENETUNREACH;
}

static inline struct sockaddr_un stream_address(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) die("path");
    strcpy(address.sun_path, path);
    return address;
}

static inline int stream_connect(const char *path) {
    struct sockaddr_un address = stream_address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) die("socket");
    // The file is there a moment before the forwarder listens.
    for (int tries = 0; connect(fd, (struct sockaddr *)&address, sizeof address) != 0; tries++) {
        if (tries == 200) die(path);
        usleep(10000);
    }
    return fd;
}
