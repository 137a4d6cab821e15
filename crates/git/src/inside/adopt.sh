# The files are in place: now the branch, the index and the base follow. Prints the paths with conflicts.
GIT_DIR="$checkout/.git" "$GIT" update-ref -m 'update from base (Slipway)' HEAD "$new" "$head"
export GIT_INDEX_FILE="$shadow/index"
rm -f "$GIT_INDEX_FILE"
"$GIT" read-tree "$new"
"$GIT" update-index -q --refresh >/dev/null || true
if [ -s "$shadow/stages" ]; then
    sed -z 's/^[^\t]*\t//' "$shadow/stages" | sort -zu >"$shadow/conflicts"
    "$GIT" update-index -z --force-remove --stdin <"$shadow/conflicts"
    "$GIT" update-index -z --index-info <"$shadow/stages"
    cat "$shadow/conflicts"
fi
if [ -n "$open" ]; then
    printf '%s\n' "$open" >"$checkout/.git/MERGE_HEAD"
    printf 'Merge branch %s\n' "$BASE_BRANCH" >"$checkout/.git/MERGE_MSG"
fi
leave_alone_what_is_hidden
cp -p "$GIT_INDEX_FILE" "$lock"
mv "$lock" "$checkout/.git/index"
# The last says that all of it was done.
for reference in "refs/remotes/origin/$BASE_BRANCH" refs/slipway/base; do
    GIT_DIR="$checkout/.git" "$GIT" update-ref "$reference" "$TIP"
done
