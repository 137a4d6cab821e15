# Prints what differs between the checkpoints $FROM and $TO of the checkout $1, or `gone`.
if ! "$GIT" diff-tree -r --numstat -z --no-renames --no-ext-diff --no-textconv --ignore-submodules "$FROM" "$TO" --; then
    echo gone
fi
