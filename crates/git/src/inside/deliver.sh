# Commits what is outstanding in the checkout $1 and writes everything since $BASE into the bundle $2.
# Prints `conflicts`, `busy`, `nothing` or `commit ID`.
bundle=$2 lock="$checkout/.git/index.lock"
TAB=$(printf '\t')
export TAB
if [ -n "$("$GIT" ls-files --unmerged)" ]; then
    echo conflicts
    exit 0
fi
# The checkout's index is ours until its new state is in place.
if ! (set -C && : >"$lock") 2>/dev/null; then
    echo busy
    exit 0
fi
trap 'end $?; rm -f "$lock"' EXIT
export GIT_OBJECT_DIRECTORY="$checkout/.git/objects"
# Git would look into a repository that its index knows, by that one's configuration. Empty folders of such stay known.
"$GIT" ls-files -z --stage | sed -z -n '/^160000 /p' >"$shadow/links"
sed -z 's/^[^\t]*\t//' "$shadow/links" | "$GIT" update-index -z --force-remove --stdin
"$GIT" add --all
xargs -0 -r sh -c 'for link; do
    path=./${link#*"$TAB"}
    if [ -d "$path" ] && [ ! -L "$path" ] && [ -z "$(ls -A "$path")" ]; then printf "%s\0" "$link"; fi
done' sh <"$shadow/links" | "$GIT" update-index -z --index-info
tree=$("$GIT" write-tree)
commit=$head
if [ "$tree" != "$("$GIT" rev-parse "$head^{tree}")" ]; then
    # A merge that is resolved and not committed yet.
    other=$(head -n 1 "$checkout/.git/MERGE_HEAD" 2>/dev/null | grep -x -E '[0-9a-f]{40}|[0-9a-f]{64}' || true)
    commit=$(printf '%s\n' "$MESSAGE" | "$GIT" commit-tree "$tree" -p "$head" ${other:+-p "$other"} -F -)
    GIT_DIR="$checkout/.git" "$GIT" update-ref -m 'commit (Slipway)' HEAD "$commit" "$head"
    leave_alone_what_is_hidden
    cp -p "$GIT_INDEX_FILE" "$lock"
    mv "$lock" "$checkout/.git/index"
    rm -f "$checkout/.git/MERGE_HEAD" "$checkout/.git/MERGE_MSG"
fi
rm -f "$lock"
trap 'end $?' EXIT
if [ "$("$GIT" rev-list --count "$BASE..$commit")" = 0 ]; then
    echo nothing
    exit 0
fi
"$GIT" update-ref refs/heads/delivered "$commit"
"$GIT" bundle create --quiet "$bundle" refs/heads/delivered "^$BASE"
echo "commit $commit"
