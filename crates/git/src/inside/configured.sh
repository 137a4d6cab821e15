# Looks for what the checkout $1 has under $NAMES, and prints `covered` or `aside` with each of these names, an empty byte behind it.
# What is neither a file nor a folder cannot be covered: it is put aside, and comes back with $HOW=show.
hidden="$1/.git/slipway-hidden" aside="$1/.git/slipway-aside" found=
is_there() { [ -e "$1" ] || [ -L "$1" ]; }
cd "$1"
if [ "$HOW" = hide ]; then
    for name in $NAMES; do
        if is_there "$name"; then found=yes; fi
    done
fi
# Nothing to be done, as in most repositories.
if [ -z "$found" ] && ! is_there "$hidden" && ! is_there "$aside"; then exit 0; fi
for place in "$hidden" "$aside"; do
    if [ -L "$place" ]; then rm "$place"; fi
done
on='' off=''
for name in $NAMES; do
    if [ "$HOW" = show ]; then
        if is_there "$aside/$name" && ! is_there "$name"; then mv -T "$aside/$name" "$name"; fi
    elif is_there "$name" && { [ -L "$name" ] || ! { [ -f "$name" ] || [ -d "$name" ]; }; }; then
        mkdir -p "$aside"
        rm -rf "${aside:?}/$name"
        mv -T "$name" "$aside/$name"
    fi
    if [ "$HOW" = hide ] && is_there "$name"; then
        printf 'covered %s\0' "$name"
        on="$on $name"
    elif [ "$HOW" = hide ] && is_there "$aside/$name"; then
        printf 'aside %s\0' "$name"
        on="$on $name"
    else
        off="$off $name"
    fi
done
rmdir "$aside" 2>/dev/null || true
