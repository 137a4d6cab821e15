# Sets $FROM to $BASE and $TO to a tree of the checkout's files as they would be committed now. It lives in the shadow and
# ends with it. Writes `SIZE TIME PATH` of each file that is larger than $LARGEST, and so was not read, to $shadow/large.
TAB=$(printf '\t')
export TAB
# Git would look into a repository that its index knows, by that one's configuration. Empty folders of such stay known.
"$GIT" ls-files -z --stage | sed -z -n '/^160000 /p' >"$shadow/links"
sed -z 's/^[^\t]*\t//' "$shadow/links" | "$GIT" update-index -z --force-remove --stdin
"$GIT" ls-files -z --others --modified --exclude-standard | sed -z 's|^|./|' |
    xargs -0 -r sh -c 'find "$@" -maxdepth 0 -type f -size "+$LARGEST" -printf "%s %T@ %p\0" || true' sh 2>/dev/null |
    sed -z 's|^\([0-9]* [0-9.]* \)\./|\1|' >"$shadow/large"
if [ -s "$shadow/large" ]; then
    # Git does not open a file that is said not to have changed.
    empty=$("$GIT" hash-object -w --stdin </dev/null)
    sed -z 's|^[0-9]* [0-9.]* ||' "$shadow/large" >"$shadow/large.paths"
    sed -z "s|^|100644 $empty 0$TAB|" "$shadow/large.paths" | "$GIT" update-index -z --replace --index-info
    "$GIT" update-index -z --assume-unchanged --stdin <"$shadow/large.paths"
fi
# What cannot be read stays as it was.
status=0 said=$("$GIT" -c core.looseCompression=0 add --all --ignore-errors 2>&1) || status=$?
case "$status $said" in
    0*) ;;
    1*'No space left'* | 1*'quota exceeded'* | [!1]* | 1[0-9]*) echo "$said" >&2 && exit 1 ;;
esac
xargs -0 -r sh -c 'for link; do
    path=./${link#*"$TAB"}
    if [ -d "$path" ] && [ ! -L "$path" ] && [ -z "$(ls -A "$path")" ]; then printf "%s\0" "$link"; fi
done' sh <"$shadow/links" | "$GIT" update-index -z --index-info
FROM=$BASE TO=$("$GIT" write-tree) LINKS=none
