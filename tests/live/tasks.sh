#!/bin/sh
# Tasks against ps(1) and /proc/PID/schedstat: a task of our own that burns CPU, and a stopped one.
. tests/live/lib.sh

timeout 30 sh -c 'while :; do :; done' &
shell=$!
sleep 60 &
stopped=$!
kill -STOP "$stopped"
sleep 0.3
busy=$(pgrep -P "$shell")
comm() { tr -d '\n' <"/proc/$1/comm"; }
entity="task:$busy/$(comm "$busy")"
set -- $(cat "/proc/$busy/schedstat")
nice=$(ps -o ni= -p "$busy" | tr -d ' ')
take
on_cpu=$1 delay=$2
set -- $(cat "/proc/$busy/schedstat")
between 'time on a CPU of a busy task' "$on_cpu" "$1" sched.task.on_cpu "$entity"
between 'its wait for a CPU' "$delay" "$2" sched.task.run_delay "$entity"
equal 'its state' R app.task.state "$entity"
equal 'its nice value' "$nice" sched.task.nice "$entity"
equal 'a user task' 0 app.task.kernel "$entity"
equal 'a stopped task (ps says T)' "$(ps -o s= -p "$stopped")" app.task.state "task:$stopped/$(comm "$stopped")"
equal 'ksoftirqd of CPU 0 is a kernel thread' 1 app.task.kernel "task:$(pgrep -x 'ksoftirqd/0')/ksoftirqd/0"
kill -KILL "$stopped"
kill "$shell" 2>/dev/null
wait 2>/dev/null
finish
