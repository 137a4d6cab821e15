# Lets the checkout $1 borrow objects from the mirror $2 again, if that still knows $BASE; else its history begins there.
# Prints `lost` where the files of $BASE are nowhere.
mirror=$2
own="$checkout/.git"
export GIT_OBJECT_DIRECTORY="$own/objects"
if [ -L "$own/objects/info" ]; then rm "$own/objects/info"; fi
mkdir -p "$own/objects/info"
grep -v -x "$BASE" "$own/shallow" >"$shadow/begin" 2>/dev/null || true
if GIT_DIR="$mirror" GIT_OBJECT_DIRECTORY="$mirror/objects" "$GIT" cat-file -e "$BASE^{commit}" 2>/dev/null; then
    if [ "$(cat "$own/objects/info/alternates" 2>/dev/null)" != "$mirror/objects" ]; then
        printf '%s\n' "$mirror/objects" >"$shadow/alternates"
        rm -rf "$own/objects/info/alternates"
        mv "$shadow/alternates" "$own/objects/info/alternates"
    fi
    if [ -f "$mirror/shallow" ]; then cat "$mirror/shallow" >>"$shadow/begin"; fi
else
    echo "$BASE" >>"$shadow/begin"
    rm -rf "$own/objects/info/alternates"
fi
if [ -s "$shadow/begin" ]; then mv -fT "$shadow/begin" "$own/shallow"; else rm -f "$own/shallow"; fi
if [ -z "$("$GIT" rev-parse --quiet --verify "$BASE^{tree}")" ]; then echo lost; fi
