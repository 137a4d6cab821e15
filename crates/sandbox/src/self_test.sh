# Tries to get out, and prints a word for each way that leads somewhere; `tried` at the end says that all were tried.
# $1: a file outside; $2: a port outside that listens; then the outside's namespaces, as /proc/self/ns names them.
secret=$1 port=$2
shift 2
if [ -e "$secret" ]; then echo file; fi
if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo network; fi
for outside; do
    if [ "$(readlink "/proc/self/ns/${outside%%:*}")" = "$outside" ]; then echo "namespace ${outside%%:*}"; fi
done
# The call of the walls is a process of the outside. The name is cut in two, so that this text does not hold it.
if grep -qs -e "--wal""ls" /proc/[0-9]*/cmdline; then echo processes; fi
if { tr '\0' '\n' </proc/1/environ | grep -q .; } 2>/dev/null; then echo environment; fi
if unshare --user true 2>/dev/null; then echo 'namespace nested'; fi
for place in / /usr /etc /dev; do
    if (: >"$place/slipway-self-test") 2>/dev/null; then echo system; fi
done
while read -r name value; do
    case $name in
        CapEff:) [ "$value" = 0000000000000000 ] || echo capabilities ;;
        NoNewPrivs:) [ "$value" = 1 ] || echo privileges ;;
    esac
done </proc/self/status
: >"$PWD/written"
echo tried
