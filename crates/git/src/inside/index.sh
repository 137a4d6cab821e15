# The shadow's index begins as a copy of the checkout's.
head=$(GIT_DIR="$checkout/.git" "$GIT" rev-parse --quiet --verify 'HEAD^{commit}')
# With its time: git trusts an index entry only if it is older than the index.
cp -p "$checkout/.git/index" "$GIT_INDEX_FILE" 2>/dev/null || "$GIT" read-tree "$head"
# What the agent's git leaves alone counts here as it is, but for what was put aside.
if is_hiding; then entries_of $(names_in_place) | "$GIT" update-index -z --no-skip-worktree --stdin; fi
