# Checkpoints hold files byte by byte: no attribute changes line ends, encodings or keywords on the way in or out.
mkdir -p "$shadow/info"
echo '* -text !eol !ident !filter !working-tree-encoding' >"$shadow/info/attributes"
# Names are bytes, sorted as git sorts them.
export LC_ALL=C
