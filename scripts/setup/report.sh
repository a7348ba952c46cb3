# shellcheck shell=bash
# What the set-up shows: a line for each step, and on failure the reason and the next command.

runtime=$root/.runtime
log=$runtime/setup.log
running='' # the step under way
ticker=''
told=90 # exit code of a failure that was explained

# Inside a step, stderr is the log. Numbers, because macOS's bash has no {name}>.
exec 3>&2

say() {
  # shellcheck disable=SC2059 # the format is its caller's
  printf "$@" >&3
}

# Two set-ups at once would write to the same node_modules.
one_at_a_time() {
  [[ -w $root ]] || fail "$(id -un) may not write to $root" "sudo $again"
  mkdir -p "$runtime"
  exec 4>"$runtime/setup.lock"
  if command -v flock >/dev/null && ! flock --nonblock 4; then
    say 'waiting for another set-up of this checkout\n'
    flock --timeout 900 4 || fail 'The other set-up has not ended in 15 minutes' "fuser -v $runtime/setup.lock"
  fi
  : >"$log"
}

# step NUMBER TITLE FUNCTION
# FUNCTION is called plainly, never as a condition: bash would ignore errexit inside it.
step() {
  running="[$1/4] $2 …"
  step_started=$SECONDS
  say '%s' "$running"
  tick
  "$3" >>"$log" 2>&1 </dev/null
  stop_ticking
  say ' %d s\n' $((SECONDS - step_started))
  running=''
}

# A terminal sees the seconds pass. The loop looks for the set-up itself, which cannot end it
# when it is killed.
tick() {
  [[ -t 3 ]] || return 0
  while sleep 1 && kill -0 $$ 2>/dev/null; do
    say '\r%s %d s' "$running" $((SECONDS - step_started))
  done &
  ticker=$!
}

stop_ticking() {
  [[ $ticker ]] || return 0
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  ticker=''
  say '\r%s' "$running"
}

# fail REASON NEXT_COMMAND
fail() {
  tell "$@"
  exit "$told"
}

tell() {
  end_step_as_failed
  say 'error: %s\n  next: %s\n' "$1" "$2"
}

end_step_as_failed() {
  [[ $running ]] || return 0
  stop_ticking
  say ' failed after %d s\n' $((SECONDS - step_started))
  running=''
}

report_failure() {
  local status=$?
  case $status in
    0) ;;
    "$told") exit 1 ;;
    130 | 143) tell 'The set-up was interrupted' "$again" ;;
    *)
      if [[ $running ]]; then
        end_step_as_failed
        tail -n 15 "$log" | sed 's/^/    /' >&3
      fi
      tell "The set-up stopped with exit code $status; its whole output is in $log" "$again"
      ;;
  esac
}
trap report_failure EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
