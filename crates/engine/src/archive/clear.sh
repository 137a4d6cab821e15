# Removes the folder $1.
find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \;
rm -rf -- "$1"
