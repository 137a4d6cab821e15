# The shadow of the checkout $1: a bare repository of ours whose objects are the checkout's. From here on git reads the
# shadow's configuration, which is empty, and never the checkout's. Each job has its own, since a server that was taken
# over may still be at work beside the one that follows it.
checkout=$1
for folder in .git .git/objects .git/refs .git/refs/slipway .git/refs/slipway/checkpoints; do
    if [ -L "$checkout/$folder" ]; then
        echo "$folder of the checkout is a link" >&2
        exit 1
    fi
done
if ! [ -d "$checkout/.git/objects" ]; then
    echo "there is no checkout" >&2
    exit 1
fi
# No job lives as long as what a killed one left.
find "$checkout/.git" -mindepth 1 -maxdepth 1 -name 'slipway.*' -mmin "+$STALE" -exec rm -rf {} +
shadow=$(mktemp -d "$checkout/.git/slipway.XXXXXXXX")
# Git does not always say why it could not write; a full disk says it here.
end() {
    test "$1" = 0 || head -c 65536 /dev/zero >"$shadow/probe" || true
    rm -rf "$shadow"
}
trap 'end $?' EXIT
"$GIT" init --quiet --bare --template= --object-format="$FORMAT" "$shadow"
printf '%s\n' ../../objects >"$shadow/objects/info/alternates"
if [ -f "$checkout/.git/shallow" ]; then cp "$checkout/.git/shallow" "$shadow/shallow"; fi
export GIT_DIR="$shadow" GIT_WORK_TREE="$checkout" GIT_INDEX_FILE="$shadow/index" GIT_LITERAL_PATHSPECS=1
cd "$checkout"
