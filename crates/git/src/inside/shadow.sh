# The shadow of the checkout $1: a bare repository of ours whose objects are the checkout's and whose index begins as a
# copy of the checkout's. From here on git reads the shadow's configuration, which is empty, and never the checkout's.
checkout=$1
head=$(GIT_DIR="$checkout/.git" "$GIT" rev-parse --quiet --verify 'HEAD^{commit}')
shadow="$checkout/.git/slipway"
rm -rf "$shadow"
trap 'rm -rf "$shadow"' EXIT
"$GIT" init --quiet --bare --template= --object-format="$FORMAT" "$shadow"
printf '%s\n' ../../objects >"$shadow/objects/info/alternates"
if [ -f "$checkout/.git/shallow" ]; then cp "$checkout/.git/shallow" "$shadow/shallow"; fi
export GIT_DIR="$shadow" GIT_WORK_TREE="$checkout" GIT_INDEX_FILE="$shadow/index" GIT_LITERAL_PATHSPECS=1
# With its time: git trusts an index entry only if it is older than the index.
cp -p "$checkout/.git/index" "$GIT_INDEX_FILE" 2>/dev/null || "$GIT" read-tree "$head"
cd "$checkout"
