# Commits what is outstanding in the checkout $1 and writes everything since $BASE into the bundle $2.
# Prints `conflicts`, `busy`, `nothing` or `commit ID`.
bundle=$2 lock="$checkout/.git/index.lock"
if [ -n "$("$GIT" ls-files --unmerged)" ]; then
    echo conflicts
    exit 0
fi
# The checkout's index is ours until its new state is in place.
if ! (set -C && : >"$lock") 2>/dev/null; then
    echo busy
    exit 0
fi
trap 'rm -rf "$shadow" "$lock"' EXIT
export GIT_OBJECT_DIRECTORY="$checkout/.git/objects"
"$GIT" add --all
tree=$("$GIT" write-tree)
commit=$head
if [ "$tree" != "$("$GIT" rev-parse "$head^{tree}")" ]; then
    commit=$(printf '%s\n' "$MESSAGE" | "$GIT" commit-tree "$tree" -p "$head" -F -)
    GIT_DIR="$checkout/.git" "$GIT" update-ref -m 'commit (Slipway)' HEAD "$commit" "$head"
    cp -p "$GIT_INDEX_FILE" "$lock"
    mv "$lock" "$checkout/.git/index"
fi
rm -f "$lock"
trap 'rm -rf "$shadow"' EXIT
if [ "$("$GIT" rev-list --count "$BASE..$commit")" = 0 ]; then
    echo nothing
    exit 0
fi
"$GIT" update-ref refs/heads/delivered "$commit"
"$GIT" bundle create --quiet "$bundle" refs/heads/delivered "^$BASE"
echo "commit $commit"
