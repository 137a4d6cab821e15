# The shadow's index begins as a copy of the checkout's.
head=$(GIT_DIR="$checkout/.git" "$GIT" rev-parse --quiet --verify 'HEAD^{commit}')
# With its time: git trusts an index entry only if it is older than the index.
cp -p "$checkout/.git/index" "$GIT_INDEX_FILE" 2>/dev/null || "$GIT" read-tree "$head"
# Until the agent's git writes its own, it says what was still true when the first checkpoint was made (see mark.sh).
untouched="$checkout/.git/slipway-untouched"
if [ -f "$untouched" ] && [ -z "$(find "$checkout/.git/index" -cnewer "$untouched" 2>/dev/null)" ]; then
    touch -r "$untouched" "$GIT_INDEX_FILE"
fi
# What the agent's git leaves alone counts here as it is, but for what was put aside.
if is_hiding; then entries_of $(names_in_place) | "$GIT" update-index -z --no-skip-worktree --stdin; fi
