# Prints how the paths on the standard input, separated by NUL, differ between $FROM and $TO: raw, an empty field, and the
# changes in the same order, their names quoted.
cat >"$shadow/wanted"
compare "$shadow/wanted" -z --raw
printf '\0'
compare "$shadow/wanted" --patch
