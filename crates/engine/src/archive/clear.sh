# Removes everything in the folder $1.
find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \;
find "$1" -mindepth 1 -delete
