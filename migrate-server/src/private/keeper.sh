# Keeps a server for the processes of a run, which come and go, and lets it go when the run is over.
#
# $1: the process whose end is the end of the run; $2: the directory by which its processes find the server.
# Standard output is the watchdog's standard input: as long as it is open here, the server is there.

trap '' HUP INT QUIT TERM PIPE
# Nothing tells a shell of the end of a process that it has not started, so it has to ask.
while kill -0 "$1"; do
    sleep 1
done
rm -rf -- "$2"
