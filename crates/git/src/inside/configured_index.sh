# Tells the git of the agent in the checkout $1 to leave $on alone, which it does not see as it is, and to look at $off again.
# Also where git does not know it: its empty stand-in must not be committed.
mkdir -p "$checkout/.git/info"
exclude="$checkout/.git/info/exclude"
cat "$exclude" >"$shadow/rules" 2>/dev/null || true
: >"$shadow/hidden"
for name in $NAMES; do
    grep -v -x -F -e "/$name" "$shadow/rules" >"$shadow/others" || true
    mv "$shadow/others" "$shadow/rules"
done
for name in $on; do
    echo "$name" >>"$shadow/hidden"
    if [ -f "$name" ]; then echo "/$name" >>"$shadow/rules"; fi
done
mv -fT "$shadow/rules" "$exclude"
export GIT_INDEX_FILE="$checkout/.git/index"
entries_of $off | "$GIT" update-index -z --no-skip-worktree --stdin
entries_of $on | "$GIT" update-index -z --skip-worktree --stdin
if [ -n "$on" ]; then mv -fT "$shadow/hidden" "$hidden"; else rm -f "$hidden"; fi
