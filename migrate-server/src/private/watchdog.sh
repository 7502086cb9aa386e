# Runs one command for one owner and outlives both: it ends the command, and removes a directory,
# when the owner is gone. The owner's words come on standard input; its end is the owner's end.
#
# $1: the directory to remove at the end, or empty; the rest: the command.
# Standard output may be a lock that is held as long as this script runs; standard error is the
# command's output, kept open by the command alone, so that its end is the command's end.

trap '' HUP INT QUIT TERM PIPE
remove=$1
shift
command=

while read -r word; do
    case $word in
    go)
        "$@" </dev/null >&2 &
        command=$!
        exec 2>/dev/null
        ;;
    fast) kill -INT "$command" ;;
    immediate) kill -QUIT "$command" ;;
    leave)
        if [ -n "$command" ]; then
            wait "$command"
            exit "$?"
        fi
        exit 0
        ;;
    esac
done

if [ -n "$command" ]; then
    exec 2>/dev/null
    kill -INT "$command"
    # A command that has just been started may not listen yet, one that is stuck never does.
    (
        sleep 1
        kill -INT "$command"
        sleep 9
        kill -QUIT "$command"
        sleep 5
        kill -KILL "$command"
    ) </dev/null >/dev/null &
    wait "$command"
fi
if [ -n "$remove" ]; then
    rm -rf -- "$remove"
fi
# The group is this script's own: what is left in it is the wait above, and the script itself.
kill -KILL 0
