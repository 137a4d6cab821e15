# What a file is for git is ours to say: no attribute of the repository hides a change or names a program. The names after
# the first line only help to find the head of a function.
mkdir -p "$shadow/info"
cat >"$shadow/info/attributes" <<END
* !diff
*.rs diff=rust
*.py diff=python
*.go diff=golang
*.java diff=java
*.kt diff=kotlin
*.c diff=cpp
*.h diff=cpp
*.cc diff=cpp
*.cpp diff=cpp
*.hpp diff=cpp
*.cs diff=csharp
*.css diff=css
*.html diff=html
*.md diff=markdown
*.php diff=php
*.rb diff=ruby
*.sh diff=bash
END
# How $FROM and $TO differ in the paths that the file $1 names, or in all where it names none.
compare() {
    paths=$1
    shift
    xargs -0 -n 10000 -x "$GIT" diff-tree -r --full-index --find-renames -l2000 --no-ext-diff --no-textconv --no-color \
        --ignore-submodules="$LINKS" "$@" "$FROM" "$TO" -- <"$paths"
}
