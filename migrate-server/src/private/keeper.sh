# Keeps a server for the processes of a run, which come and go, and lets it go when the run is over.
#
# $1: the process whose end is the end of the run; $2: when it was started, as proc(5) has it; $3: the directory by which its
# processes find the server. Standard output is the watchdog's standard input: as long as it is open here, the server is there.

trap '' HUP INT QUIT TERM PIPE

# Where there is a /proc, another process of that number is known by its start: the twenty-second field, of which the name, the
# second, may have spaces and ends with the last parenthesis.
is_there() {
    kill -0 "$1" || return 1
    if [ -r "/proc/$1/stat" ]; then
        read -r stat <"/proc/$1/stat" || return 1
        set -- "$2" ${stat##*)}
        [ "$1" = "${21}" ]
    fi
}

# Nothing tells a shell of the end of a process that it has not started, so it has to ask.
while is_there "$1" "$2"; do
    sleep 1
done
rm -rf -- "$3"
