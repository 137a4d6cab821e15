# Prints how many kilobytes and how many files the folder $1 holds; where there are more than $2 files it stops there.
# What cannot be looked into is passed over. A name may hold line ends: a file is a line that begins with a number.
du -akx -- "$1" 2>/dev/null |
    awk -v most="$2" '/^[0-9]+\t/ { files++; kilobytes = $1 } files > most { exit } END { printf "%d %d\n", kilobytes, files }'
