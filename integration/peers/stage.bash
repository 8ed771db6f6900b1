# Sourced by integration/run and qemu-scripts/quickstart: makes all that the runner needs and starts it.
# shellcheck shell=bash

stage_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
stage_scenarios=$stage_root/integration/bin/Release/net10.0/QemuL2tp.Integration.dll
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
# On a busy machine a test host takes its time to come up: seconds.
export VSTEST_CONNECTION_TIMEOUT=900
export HOME=${HOME:-/root}
# Other users too run the program and read what is written here.
umask 022

# Packages, kernel and initramfs.
stage_machines() {
    local prepared name value
    prepared=$("$stage_root/integration/peers/prepare") || return
    while IFS='=' read -r name value; do
        export "$name=$value"
    done <<<"$prepared"
    QEMU=${QEMU:-$(command -v qemu-system-x86_64)}
    export QEMU
}

# stage NAME…: all that scenarios of these names need besides.
stage() {
    stage_program && stage_packages "$@" && stage_newer_qemu "$@" && stage_testpmd "$@"
}

# The program, unless QEMU_L2TP names one already, and the runner.
stage_program() {
    QEMU_L2TP=${QEMU_L2TP:-$("$stage_root/qemu-scripts/publish")} || return
    export QEMU_L2TP
    local log
    if ! log=$(dotnet build "$stage_root/integration" -c Release --nologo -v quiet 2>&1); then
        echo "$log" >&2
        return 1
    fi
}

# stage_packages NAME…: packages of all kinds and a machine to install them on, when scenarios of these names need them. They are
# made here because the run has no network. What cannot be made has its reason in place of its path.
stage_packages() {
    dotnet "$stage_scenarios" --list "$@" | grep -q '^Packages' || return 0
    echo "making packages" >&2
    local log
    log=$(mktemp)
    DEB=$("$stage_root/qemu-scripts/build-deb" 2>"$log") || { cat "$log" >&2; return 1; }
    SINGLE_FILE=$("$stage_root/qemu-scripts/publish" --self-contained x64)
    ARM64=$("$stage_root/qemu-scripts/publish" --self-contained arm64 2>"$log") || ARM64=$(grep -o -m 1 'error .*' "$log")
    CONTAINER=$("$stage_root/integration/peers/build-container" 2>"$log") || CONTAINER=$(tail -n 1 "$log")
    PACKAGES=$stage_root/.build/packages
    dotnet pack "$stage_root/QemuL2tp.sln" -c Release -o "$PACKAGES" --nologo -v quiet >"$log" 2>&1 || { cat "$log" >&2; return 1; }
    export DEB SINGLE_FILE ARM64 CONTAINER PACKAGES
    rm -f "$log"
}

# stage_newer_qemu NAME…: QEMU 9 or later, when scenarios of these names need it: moved by 7.2 without KVM the guest's kernel panics, with an
# earlier qemu-l2tp too, and it has no rom=off. It is fetched here for the same reason; where none can be had, why is in place of its path.
stage_newer_qemu() {
    dotnet "$stage_scenarios" --list "$@" | grep -q '^VhostUserM' || return 0
    NEWER_QEMU=$QEMU
    if (($("$QEMU" --version | sed -n 's/.* version \([0-9]*\)\..*/\1/p') < 9)); then
        local log
        log=$(mktemp)
        NEWER_QEMU=$("$stage_root/integration/fetch-qemu10" 2>"$log") || NEWER_QEMU="no QEMU 9 or later: $(tail -n 1 "$log")"
        rm -f "$log"
    fi
    export NEWER_QEMU
}

# stage_testpmd NAME…: DPDK's testpmd, likewise.
stage_testpmd() {
    dotnet "$stage_scenarios" --list "$@" | grep -q '^VhostUserDpdk' || return 0
    local log
    log=$(mktemp)
    TESTPMD=$("$stage_root/integration/fetch-dpdk" 2>"$log") || TESTPMD="no testpmd of DPDK: $(tail -n 1 "$log")"
    export TESTPMD
    rm -f "$log"
}

# stage_runner ARGUMENT…: the runner, in namespaces of its own.
stage_runner() {
    RUN_DIRECTORY=$(mktemp -d /tmp/qemu-l2tp.XXXXXX)
    # The second one is where qemu-l2tp keeps its numbers.
    export RUN_DIRECTORY STATE_DIRECTORY=$RUN_DIRECTORY
    trap 'rm -rf "$RUN_DIRECTORY"' EXIT
    "$stage_root/integration/peers/isolated" \
        dotnet "$stage_scenarios" "$@"
}
