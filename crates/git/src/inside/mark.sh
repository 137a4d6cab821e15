# Records the files of the checkout as the commit refs/slipway/checkpoints/$NAME and prints its id. The same files give the
# same commit. What cannot be recorded stands in it as a link to $BASE: another repository, a file that cannot be
# read or that is larger than $LARGEST.
kept="$checkout/.git/slipway-index"
links() { "$GIT" ls-files -z --stage | sed -z -n 's/^160000 [0-9a-f]* 0\t//p'; }
open() { "$GIT" ls-files -z --others --modified --exclude-standard; }

# The index of the last checkpoint, or of the checkout's making, knows which files have not changed since.
if ! cp -p "$kept" "$GIT_INDEX_FILE" 2>/dev/null || ! "$GIT" write-tree >/dev/null 2>&1; then
    rm -f "$GIT_INDEX_FILE"
    "$GIT" read-tree "$BASE" 2>/dev/null || true
    # Git would look into a repository that the index knows, by that one's configuration.
    links | "$GIT" update-index -z --force-remove --stdin
    "$GIT" update-index -q --refresh >/dev/null || true
fi

: >"$shadow/began"
touch -r "$GIT_INDEX_FILE" "$shadow/believed"
# Git reads each file again that was written in the second of its index or later, and of a fresh checkout that is every one. What
# nobody has touched since needs no reading: who could has begun long after. The index is of a later second while git looks.
seeded="$checkout/.git/slipway-seeded"
if [ -f "$seeded" ]; then
    newer=$(find . -mindepth 1 -path ./.git -prune -o -cnewer "$seeded" -print -quit) || newer=unknown
    if [ -z "$newer" ]; then
        touch -r "$shadow/began" "$seeded"
        mv -fT "$seeded" "$checkout/.git/slipway-untouched" || true
        touch -r "$shadow/began" -d '+2 seconds' "$GIT_INDEX_FILE"
    fi
    rm -f "$seeded"
fi

for list in missed large unrecorded; do : >"$shadow/$list"; done
open >"$shadow/open"
# Now they are known to be as the index has them; the next time only what was written since is read.
if [ -s "$shadow/open" ]; then known=believed; else known=began; fi
touch -r "$shadow/$known" "$GIT_INDEX_FILE"
if [ -s "$shadow/open" ]; then
    sed -z 's|^|./|' "$shadow/open" |
        xargs -0 -r sh -c 'find "$@" -maxdepth 0 -type f -size "+$LARGEST" -print0' sh 2>/dev/null |
        sed -z 's|^\./||' >"$shadow/large"
    if [ -s "$shadow/large" ]; then
        # Git does not open a file that is said not to have changed.
        empty=$("$GIT" hash-object --stdin </dev/null)
        sed -z "s|^|100644 $empty 0\t|" "$shadow/large" | "$GIT" update-index -z --replace --index-info
        "$GIT" update-index -z --assume-unchanged --stdin <"$shadow/large"
    fi
    # What it says is not kept in a file: the disk may be full.
    status=0 said=$("$GIT" add --all --ignore-errors 2>&1) || status=$?
    case "$status $said" in
        0*) ;;
        1*'No space left'* | 1*'quota exceeded'* | [!1]* | 1[0-9]*) echo "$said" >&2 && exit 1 ;;
        *) open | sed -z 's|/$||' >"$shadow/missed" ;;
    esac
    { cat "$shadow/missed" "$shadow/large" && links; } | sort -zu >"$shadow/unrecorded"
    sed -z "s|^|160000 $BASE 0\t|" "$shadow/unrecorded" | "$GIT" update-index -z --replace --index-info
fi
tree=$("$GIT" write-tree)
"$GIT" update-index -z --force-remove --stdin <"$shadow/unrecorded"
commit=$(echo Checkpoint | "$GIT" commit-tree "$tree")

# Only now the checkout gets any of it: the objects, and then what holds them.
keep_objects
mv -fT "$GIT_INDEX_FILE" "$kept"
keep_checkpoint "$commit"
