# What the agent's git is told to leave alone, since the agent does not see it as it is (see `hidden`).
is_hiding() { [ -f "$checkout/.git/slipway-hidden" ]; }

# The names that are hidden. An agent can write where they are kept.
hidden_names() { grep -x -e '[a-z.]*' "$checkout/.git/slipway-hidden"; }

# All of them but what was put aside and has nothing in its place.
names_in_place() {
    hidden_names | while read -r name; do
        kept="$checkout/.git/slipway-aside/$name"
        if [ -e "$name" ] || [ -L "$name" ] || ! { [ -e "$kept" ] || [ -L "$kept" ]; }; then echo "$name"; fi
    done
}

# The entries of the index at these names and below. What is unmerged has no place for a mark.
entries_of() {
    if [ $# != 0 ]; then "$GIT" ls-files -z --stage -- "$@" | sed -z -n 's/^[0-7]* [0-9a-f]* 0\t//p'; fi
}

# For an index that becomes the checkout's.
leave_alone_what_is_hidden() {
    if is_hiding; then
        entries_of $(hidden_names) | "$GIT" update-index -z --skip-worktree --stdin
    fi
}
