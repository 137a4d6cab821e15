# Packs into the checkout $1 what its own history needs of the objects that it borrows: everything reachable from its
# references, logs and index, down to $BASE and its files; not what came before. A repository that is damaged keeps
# what it has.
export GIT_OBJECT_DIRECTORY="$checkout/.git/objects"
own="$checkout/.git"
cp -p "$own/index" "$GIT_INDEX_FILE" 2>/dev/null || true
{
    echo "$BASE"
    GIT_DIR="$own" "$GIT" for-each-ref --format='%(objectname)' || true
    cat "$own"/HEAD "$own"/*_HEAD 2>/dev/null | cut -f 1 || true
    find "$own/logs" -type f -exec cat {} + 2>/dev/null | cut -d ' ' -f 1,2 | tr ' ' '\n' || true
    "$GIT" ls-files --stage 2>/dev/null | cut -d ' ' -f 2 || true
} | grep -x -E '[0-9a-f]{40}|[0-9a-f]{64}' | sort -u >"$shadow/wanted"
"$GIT" cat-file --batch-check <"$shadow/wanted" | sed -n 's/^\([0-9a-f]*\) [a-z]* [0-9]*$/\1/p' >"$shadow/found"
echo "$BASE" >>"$shadow/shallow"
if said=$("$GIT" pack-objects --quiet --revs "$shadow/pack" <"$shadow/found" 2>&1); then
    mkdir -p "$own/objects/pack"
    # Git finds a pack by its index.
    for file in "$shadow"/pack-*.pack "$shadow"/pack-*.[!p]*; do
        [ -e "$own/objects/pack/${file##*/}" ] || mv "$file" "$own/objects/pack/"
    done
    "$GIT" prune-packed --quiet
else
    echo "$said" >&2
    case $said in *'No space left'* | *'quota exceeded'*) exit 1 ;; esac
fi
