# Makes the checkout $2 from the mirror $1 on branch $BRANCH at $COMMIT, and prints the commit it starts from.
# One that is whole is left alone; a half-made one is replaced.
mirror=$1 into=$2
if base=$(GIT_DIR="$into/.git" "$GIT" rev-parse --quiet --verify 'refs/slipway/base^{commit}' 2>/dev/null); then
    echo "$base"
    exit 0
fi
fresh="$into.new"
rm -rf "$fresh"
# git does not always say why it could not write; a full disk says it here.
trap 'test $? = 0 || head -c 65536 /dev/zero >"$fresh/probe" || true; rm -rf "$fresh"' EXIT
"$GIT" init --quiet --template= --object-format="$FORMAT" "$fresh"
printf '%s\n' "$mirror/objects" >"$fresh/.git/objects/info/alternates"
if [ -f "$mirror/shallow" ]; then cp "$mirror/shallow" "$fresh/.git/shallow"; fi
cd "$fresh"
"$GIT" config user.name Slipway
"$GIT" config user.email agent@slipway.invalid
"$GIT" update-ref "refs/heads/$BRANCH" "$COMMIT"
"$GIT" update-ref "refs/remotes/origin/$BASE_BRANCH" "$COMMIT"
"$GIT" symbolic-ref HEAD "refs/heads/$BRANCH"
# By as many processes as there are processors.
"$GIT" -c checkout.workers=0 reset --quiet --hard
# Before the rest of the work, so that nobody else's first write shares a tick of the clock with it (see mark.sh).
: >.git/slipway-seeded
seed_checkpoints
"$GIT" update-ref refs/slipway/base "$COMMIT"
cd /
rm -rf "$into"
mv "$fresh" "$into"
echo "$COMMIT"
