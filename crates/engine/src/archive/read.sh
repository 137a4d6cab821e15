# Reads tar into the empty folder $1, and nowhere else: tar takes `..` for an error and makes links last.
cd "$1"
tar --extract --file=- --preserve-permissions --no-same-owner --delay-directory-restore
sync -f .
