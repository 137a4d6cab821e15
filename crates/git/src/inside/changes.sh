# Prints what the files of the checkout $1 differ from $BASE in, those that git does not know yet included.
new="$shadow/new"
"$GIT" ls-files -z --others --exclude-standard >"$new"
if [ -s "$new" ]; then
    "$GIT" add --intent-to-add --ignore-errors --pathspec-from-file="$new" --pathspec-file-nul 2>/dev/null || true
fi
"$GIT" diff --numstat -z --no-renames --no-ext-diff --no-textconv --ignore-submodules=dirty "$BASE" --
