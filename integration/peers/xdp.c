/*
 * xdp INTERFACE native|generic pass|drop: an XDP program of two instructions on an interface, in its driver or in front of the stack, for as
 * long as this process lives. Prints "attached" when it is there.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attributes)
{
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

int main(int count, char **words)
{
    if (count != 4) {
        fprintf(stderr, "usage: xdp INTERFACE native|generic pass|drop\n");
        return 2;
    }
    struct bpf_insn program[] = {
        { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = strcmp(words[3], "drop") == 0 ? XDP_DROP : XDP_PASS },
        { .code = BPF_JMP | BPF_EXIT },
    };
    union bpf_attr load = {
        .prog_type = BPF_PROG_TYPE_XDP,
        .expected_attach_type = BPF_XDP,
        .insn_cnt = sizeof program / sizeof program[0],
        .insns = (unsigned long)program,
        .license = (unsigned long)"GPL",
    };
    int loaded = bpf(BPF_PROG_LOAD, &load);
    if (loaded < 0) {
        fprintf(stderr, "loading: %s\n", strerror(errno));
        return 1;
    }
    union bpf_attr link = {
        .link_create = {
            .prog_fd = loaded,
            .target_ifindex = if_nametoindex(words[1]),
            .attach_type = BPF_XDP,
            .flags = strcmp(words[2], "native") == 0 ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE,
        },
    };
    if (bpf(BPF_LINK_CREATE, &link) < 0) {
        fprintf(stderr, "attaching: %s\n", strerror(errno));
        return 1;
    }
    puts("attached");
    fflush(stdout);
    pause();
    return 0;
}
