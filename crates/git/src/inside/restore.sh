# Brings the files that differ between the checkpoints $FROM and $TO of the checkout $1 to their state in $TO. Each must be
# as in $FROM, or as in $TO already. Prints `gone`, `touched` and the paths that are neither, or `done` and how many.
lists="$shadow/lists"
mkdir "$lists"
if ! "$GIT" diff-tree -r -z --raw --no-renames "$FROM" "$TO" -- >"$lists/raw"; then
    echo gone
    exit 0
fi
# Each is `:MODE MODE ID ID LETTER` and the path. What a checkpoint did not record is left alone.
each='N; /^:160000 /d; /^:[0-7]* 160000 /d'
pairs() { sed -z -n "$each; $1" "$lists/raw"; }
pairs 's/^:[0-9 a-f]* .\x00//p' >"$lists/paths"
pairs 's/^:\([0-7]*\) [0-7]* \([0-9a-f]*\) [0-9a-f]* .\x00/\1 \2 0\t/p' >"$lists/from.entries"
pairs 's/^:[0-7]* \([0-7]*\) [0-9a-f]* \([0-9a-f]*\) .\x00/\1 \2 0\t/p' >"$lists/to.entries"

# A new file that $TO would ignore was perhaps there before, and only came to light.
: >"$lists/spared"
if grep -qz -e '^\.gitignore$' -e '/\.gitignore$' "$lists/paths"; then
    export GIT_INDEX_FILE="$lists/rules.index"
    "$GIT" read-tree "$TO"
    mkdir "$shadow/rules"
    "$GIT" ls-files -z | { grep -z -e '^\.gitignore$' -e '/\.gitignore$' || true; } |
        "$GIT" checkout-index -z --stdin --prefix="$shadow/rules/"
    # Not as pathspecs, whose magic begins with a colon.
    sed -z -n 's/^000000 [^\t]*\t/.\//p' "$lists/to.entries" >"$lists/new"
    (
        unset GIT_LITERAL_PATHSPECS
        export GIT_WORK_TREE="$shadow/rules"
        cd "$shadow/rules"
        "$GIT" check-ignore -z --no-index --stdin <"$lists/new" || [ $? = 1 ]
    ) | sed -z 's|^\./||' >"$lists/spared"
fi

# `all` are the side's files, `off` those that are not so in the checkout, `other` those of them that are there.
for side in from to; do
    export GIT_INDEX_FILE="$lists/$side.index"
    sed -z '/^000000 /d' "$lists/$side.entries" | "$GIT" update-index -z --index-info
    "$GIT" update-index -z --force-remove --stdin <"$lists/spared"
    "$GIT" update-index -q --refresh >/dev/null || true
    "$GIT" ls-files -z >"$lists/$side.all"
    "$GIT" diff-files -z --name-only >"$lists/$side.off"
    "$GIT" diff-files -z --name-only --diff-filter=d >"$lists/$side.other"
done
# Git leaves out what no checkout may have, such as a file of `.git`.
if sort -zu "$lists/from.all" "$lists/to.all" "$lists/spared" | comm -z -13 - "$lists/paths" | grep -q ''; then
    echo 'a checkpoint has a file that cannot be' >&2
    exit 1
fi
without() { comm -z -23 "$lists/$1" "$lists/$2"; }
dotted() { sed -z 's|^|./|' "$1"; }
without from.all to.all >"$lists/only.from"
without only.from from.off >"$lists/remove"

# What stands where a file or a folder must go: a link or a file above it, or the files below it.
dotted "$lists/to.off" | xargs -0 -r sh -c 'for path; do
    if [ -d "$path" ] && [ ! -L "$path" ]; then find "$path" -mindepth 1 ! -type d -print0; fi
    found=
    while path=${path%/*} && [ "$path" != . ]; do
        if [ -L "$path" ] || { [ -e "$path" ] && [ ! -d "$path" ]; }; then found=$path; fi
    done
    if [ -n "$found" ]; then printf "%s\0" "$found"; fi
done' sh | sed -z 's|^\./||' | sort -zu >"$lists/inway"
{
    comm -z -12 "$lists/from.off" "$lists/to.off"
    without from.other to.all
    without to.other from.all
    without inway remove
} | sort -zu >"$lists/touched"
if [ -s "$lists/touched" ]; then
    printf 'touched\0'
    head -z -n "$MOST" "$lists/touched"
    exit 0
fi

# Everything is made ready aside, so that a file is the old or the new one at any time.
"$GIT" checkout-index -q -z --stdin --prefix="$shadow/fresh/" <"$lists/to.off"
dotted "$lists/remove" | xargs -0 -r rm -f --
sed -z -n 's|/[^/]*$||p' "$lists/only.from" | sort -zu |
    xargs -0 -r rmdir -p --ignore-fail-on-non-empty -- 2>/dev/null || true
dotted "$lists/to.off" | xargs -0 -r sh -euc 'for path; do
    if [ -d "$path" ] && [ ! -L "$path" ]; then find "$path" -depth -type d -exec rmdir {} +; fi
done' sh
# Folder by folder, from inside it, once it is certain where that is: no link leads elsewhere.
dotted "$lists/to.off" | sed -z 's|/[^/]*$||' | sort -zu | xargs -0 -r sh -euc 'root=$(pwd -P) fresh=$1
shift
for folder; do
    cd "$root"
    [ -d "$folder" ] || mkdir -p "$folder"
    cd -P "$folder"
    if [ "$PWD" != "$root${folder#.}" ]; then
        echo "$folder is not a folder of the checkout" >&2
        exit 1
    fi
    find "$fresh/$folder" -mindepth 1 -maxdepth 1 ! -type d -print0 | xargs -0 -r mv -f -t .
done' sh "$shadow/fresh"
printf 'done\0'
without paths spared | tr -cd '\0' | wc -c
