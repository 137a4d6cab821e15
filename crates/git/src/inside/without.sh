# Makes of the checkpoint $FROM another one, $NAME, in which the paths on the standard input are as in $BASE. Prints its
# id, `gone`, `unrecorded` where a checkpoint cannot hold one of them, or `others` where other files would have to change.
paths="$shadow/paths"
sort -zu >"$paths"
if ! "$GIT" read-tree "$FROM" 2>/dev/null; then
    echo gone
    exit 0
fi
xargs -0 "$GIT" ls-tree -z --full-tree "$BASE" -- <"$paths" | { grep -z -v '^040000 ' || true; } >"$shadow/entries"
xargs -0 "$GIT" ls-files -z --stage -- <"$paths" >"$shadow/held"
if cat "$shadow/entries" "$shadow/held" | grep -qz '^160000 '; then
    echo unrecorded
    exit 0
fi
"$GIT" update-index -z --force-remove --stdin <"$paths"
"$GIT" update-index -z --replace --index-info <"$shadow/entries"
tree=$("$GIT" write-tree)
if "$GIT" diff-tree -r -z --name-only --no-renames "$FROM" "$tree" -- | sort -zu | comm -z -13 "$paths" - | grep -qz ''; then
    echo others
    exit 0
fi
commit=$(echo Checkpoint | "$GIT" commit-tree "$tree")
keep_objects
keep_checkpoint "$commit"
