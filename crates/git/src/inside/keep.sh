# Gives the checkout the objects of the shadow.
keep_objects() {
    rm -rf "$shadow/objects/info"
    cp -rlf "$shadow/objects/." "$checkout/.git/objects/"
}

# Holds the commit $1 as the checkpoint $NAME.
keep_checkpoint() {
    mkdir -p "$checkout/.git/refs/slipway/checkpoints"
    echo "$1" >"$shadow/ref"
    sync "$shadow/ref"
    mv -fT "$shadow/ref" "$checkout/.git/refs/slipway/checkpoints/$NAME"
    echo "$1"
}
