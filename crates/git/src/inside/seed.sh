# The index that the first checkpoint of the fresh checkout, which is the working directory, begins with (see mark.sh): it
# knows that each file is as the commit has it. What attributes wrote in other bytes is to be read again.
seed_checkpoints() (
    cp -p .git/index .git/slipway-index
    export GIT_INDEX_FILE="$PWD/.git/slipway-index"
    # Git would look into a repository that the index knows, by that one's configuration.
    "$GIT" ls-files -z --stage | sed -z -n 's/^160000 [0-9a-f]* 0\t//p' |
        "$GIT" update-index -z --force-remove --stdin
    if [ -z "$("$GIT" ls-files -- .gitattributes '*/.gitattributes')" ]; then exit 0; fi
    "$GIT" ls-files -z | "$GIT" check-attr -z --stdin eol ident working-tree-encoding |
        sed -z -n 'N;N;/\x00\(unspecified\|unset\|eol\x00lf\)$/d;s/\x00[^\x00]*\x00[^\x00]*$//p' | sort -zu |
        xargs -0 -r "$GIT" --literal-pathspecs ls-files -z --stage -- |
        "$GIT" update-index -z --index-info
)
