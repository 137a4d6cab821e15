# Brings the checkout $1 from $BASE to $TIP, a later commit of its base branch that the mirror $2 has: what is committed on top
# by $HOW (`merge` or `rebase`), what is not by comparing with both. Sets $FROM and $TO, the files before and after. Ends
# early with `busy`, `conflicts`, `unrelated`, or `stuck` and the commit that cannot be moved.
mirror=$2 lock="$checkout/.git/index.lock"
TAB=$(printf '\t')
if [ "$BASE" != "$TIP" ] && [ "$(GIT_DIR="$checkout/.git" "$GIT" rev-parse -q --verify refs/slipway/base)" = "$TIP" ]; then
    # It was done already, and whoever asked did not live to hear it.
    printf 'done\0000\n'
    "$GIT" ls-files --unmerged -z | sed -z 's/^[^\t]*\t//' | sort -zu
    exit 0
fi
if [ -n "$("$GIT" ls-files --unmerged)" ] || [ -e "$checkout/.git/MERGE_HEAD" ]; then
    printf 'conflicts\0'
    exit 0
fi
if ! (set -C && : >"$lock") 2>/dev/null; then
    printf 'busy\0'
    exit 0
fi
trap 'end $?; rm -f "$lock"' EXIT
export GIT_OBJECT_DIRECTORY="$checkout/.git/objects" GIT_ALTERNATE_OBJECT_DIRECTORIES="$mirror/objects"
if [ -f "$mirror/shallow" ]; then cat "$mirror/shallow" >>"$shadow/shallow"; fi

# Everything that lies in the checkout, committed or not, as one commit on top of its head.
"$GIT" ls-files -z --stage | sed -z -n 's/^160000 [0-9a-f]* 0\t//p' | "$GIT" update-index -z --force-remove --stdin
"$GIT" add --all
files=$("$GIT" write-tree)
FROM=$(echo 'What the checkout holds' | "$GIT" commit-tree "$files" -p "$head")
if ! "$GIT" merge-base "$head" "$TIP" >/dev/null; then
    printf 'unrelated\0'
    exit 0
fi

# What is committed. A merge that does not work out is left to be finished: $open is its other side.
own=$("$GIT" rev-list --count "$TIP..$head") open='' new=$TIP
if [ "$own" != 0 ] && [ "$HOW" = merge ]; then
    if tree=$("$GIT" merge-tree --write-tree --no-messages "$head" "$TIP"); then
        new=$(printf 'Merge branch %s\n' "$BASE_BRANCH" | "$GIT" commit-tree "$tree" -p "$head" -p "$TIP" -F -)
    else
        new=$head open=$TIP
    fi
elif [ "$own" != 0 ]; then
    for commit in $("$GIT" rev-list --reverse --topo-order --no-merges "$TIP..$head"); do
        if ! tree=$("$GIT" merge-tree --write-tree --no-messages --merge-base="$commit^" "$new" "$commit"); then
            printf 'stuck\0%s\0' "$("$GIT" show --no-patch --format=%s "$commit")"
            exit 0
        fi
        [ "$tree" != "$("$GIT" rev-parse "$new^{tree}")" ] || continue
        "$GIT" show --no-patch --format='%an%n%ae%n%ad' --date=raw "$commit" >"$shadow/author"
        { read -r name && read -r email && read -r date; } <"$shadow/author"
        new=$("$GIT" cat-file commit "$commit" | sed '1,/^$/d' | GIT_AUTHOR_NAME=$name GIT_AUTHOR_EMAIL=$email \
            GIT_AUTHOR_DATE=$date "$GIT" commit-tree "$tree" -p "$new" -F -)
    done
fi

# What lies in the checkout. Where both sides changed the same lines the file gets both, with marks between them.
status=0
"$GIT" merge-tree --write-tree --no-messages -z "$FROM" "$TIP" >"$shadow/merged" || status=$?
[ "$status" -le 1 ] || exit "$status"
merged=$(head -z -n 1 "$shadow/merged" | tr -d '\0')
tail -z -n +2 "$shadow/merged" >"$shadow/stages"
TO=$(echo 'What the checkout will hold' | "$GIT" commit-tree "$merged" -p "$FROM" -p "$TIP")
