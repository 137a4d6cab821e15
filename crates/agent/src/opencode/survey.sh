# Tells what the checkout $1 has under the names that follow, each with an empty byte behind it: `link NAME`, `file PATH` for what
# lies in a folder, and `json PATH TEXT`, the text in Base64. No link is followed.
cd "$1"
shift
for name; do
    if [ -L "$name" ]; then
        printf 'link %s\0' "$name"
    elif [ -d "$name" ]; then
        for inner in "$name"/opencode.json "$name"/opencode.jsonc; do set -- "$@" "$inner"; done
    elif [ -e "$name" ]; then
        printf 'file %s\0' "$name"
    fi
done
for name; do
    case $name in *.json | *.jsonc) ;; *) continue ;; esac
    if [ -f "$name" ] && [ ! -L "$name" ]; then
        printf 'json %s ' "$name"
        head -c "$LARGEST" "$name" | base64 -w 0
        printf '\0'
    fi
done
for name; do
    if [ -d "$name" ] && [ ! -L "$name" ]; then
        find "$name" -maxdepth 5 -name node_modules -prune -o ! -type d -printf 'file %p\0' | head -z -n "$MOST"
    fi
done
