# Prints the paths of the checkout's files, tracked or new, each with an empty byte behind it.
"$GIT" ls-files -z --cached --others --exclude-standard --deduplicate | head -c "$MOST"
