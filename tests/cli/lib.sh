# Shared by the tests of commands: what a command says and how it ends. Source it, then go to $scratch.
. "$(dirname "$0")/../live/lib.sh"
case $FAULTLINE in /*) ;; *) FAULTLINE=$PWD/$FAULTLINE ;; esac

# expect NAME CODE PATTERN COMMAND...: the exit code, and what is said on stdout or stderr
expect() {
	name=$1 code=$2 pattern=$3
	shift 3
	"$@" >out 2>err
	got=$?
	if [ "$got" -ne "$code" ]; then
		bad "$name: exit code $got, not $code: $(head -n 1 err)"
	elif [ -n "$pattern" ] && ! cat out err | grep -q -- "$pattern"; then
		bad "$name: nothing says '$pattern': $(head -n 1 err)"
	elif [ "$code" -eq 3 ] && { [ "$(wc -l <err)" -ne 1 ] || [ -s out ]; }; then
		bad "$name: an error is one line on stderr and nothing else"
	else
		ok "$name"
	fi
}
