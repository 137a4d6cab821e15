# Writes the parts of the session's folder $1 as tar.
cd "$1"
set --
for part in work agent; do
    if [ -d "$part" ] && [ ! -L "$part" ]; then set -- "$@" "$part"; fi
done
for part; do
    find "$part" -type d ! -perm -500 -exec chmod u+rx {} \;
    find "$part" -type f ! -perm -400 -exec chmod u+r {} +
done
printf '%s\n' "$@" | sed '/^$/d' |
    exec tar --create --file=- --format=posix --pax-option=delete=atime,delete=ctime --sparse --numeric-owner --files-from=-
