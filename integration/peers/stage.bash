# Sourced by integration/run and qemu-scripts/quickstart: makes all that the runner needs and starts it.
# shellcheck shell=bash

stage_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
export HOME=${HOME:-/root}

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

# stage_runner ARGUMENT…: the runner, in namespaces of its own.
stage_runner() {
    RUN_DIRECTORY=$(mktemp -d /tmp/qemu-l2tp.XXXXXX)
    # The second one is where qemu-l2tp keeps its numbers.
    export RUN_DIRECTORY STATE_DIRECTORY=$RUN_DIRECTORY
    trap 'rm -rf "$RUN_DIRECTORY"' EXIT
    "$stage_root/integration/peers/isolated" \
        dotnet "$stage_root/integration/bin/Release/net10.0/QemuL2tp.Integration.dll" "$@"
}
