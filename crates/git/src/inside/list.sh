# Prints what differs between $FROM and $TO in four sections with an empty field behind each: the large files, what git
# calls raw, the numbers of lines, and the sizes of what is on either side.
cat "$shadow/large"
printf '\0'
compare /dev/null -z --raw >"$shadow/raw"
cat "$shadow/raw"
printf '\0'
compare /dev/null -z --numstat
printf '\0'
tr '\0' '\n' <"$shadow/raw" | sed -n 's/^:[0-7]* [0-7]* \([0-9a-f]*\) \([0-9a-f]*\) .*/\1\n\2/p' | sort -u |
    "$GIT" cat-file --batch-check='%(objectname) %(objectsize)'
