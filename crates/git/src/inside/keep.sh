# Gives the checkout the objects of the shadow.
keep_objects() {
    rm -rf "$shadow/objects/info"
    cp -rlf "$shadow/objects/." "$checkout/.git/objects/"
}

# Holds the commit $1 as the checkpoint $NAME. The newest 500 are held.
keep_checkpoint() {
    mkdir -p "$checkout/.git/refs/slipway/checkpoints"
    echo "$1" >"$shadow/ref"
    sync "$shadow/ref"
    mv -fT "$shadow/ref" "$checkout/.git/refs/slipway/checkpoints/$NAME"
    # What git keeps for turns of long ago would grow without end.
    find "$checkout/.git/refs/slipway/checkpoints" -mindepth 1 -maxdepth 1 -type f -printf '%T@ %p\0' |
        sort -z -n -r | tail -z -n +501 | sed -z 's/^[^ ]* //' | xargs -0 -r rm -f --
    echo "$1"
}
