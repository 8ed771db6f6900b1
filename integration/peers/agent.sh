#!/bin/dash
# Answers one command line at a time on the virtio serial port named "agent":
# in:  ID SECONDS BASE64-OF-SHELL-TEXT        out: ID STATUS LENGTH, then LENGTH bytes
port=
while [ -z "$port" ]; do
    for entry in /sys/class/virtio-ports/*; do
        [ "$(cat "$entry/name" 2>/dev/null)" = agent ] && port=/dev/${entry##*/}
    done
done
while :; do
    # Reading answers "end of file" for as long as nobody is connected on the host side.
    while read -r id seconds text; do
        echo "$text" | base64 -d >/tmp/command
        timeout -s KILL "$seconds" dash /tmp/command >/tmp/output 2>&1 </dev/null
        status=$?
        echo "$id $status $(wc -c </tmp/output)"
        cat /tmp/output
    done <>"$port" >&0
    sleep 0.1
done
