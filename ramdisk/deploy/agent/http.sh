# Calls to the deploy helpers. Any helper can answer any call, so when one fails the next is asked.
# HELPERS: base URLs; SESSION: bearer token, empty before hello; the answer is left in $RUN/answer.

# call SECONDS PATH [BODY_FILE]: GET, or POST with the body.
# 0: answered; 1: refused for good; 2: overtaken (409), ask `next` again. Does not return while no helper can answer.
call() {
  round=0
  while :; do
    for helper in $HELPERS; do
      status=$(ask "$1" "$helper$2" "$3")
      case $status in
        2??) prefer "$helper"; return 0 ;;
        409) prefer "$helper"; return 2 ;;
        408 | 425 | 429) ;;
        4??) say "$helper refused ${2%%\?*}: HTTP $status"; return 1 ;;
      esac
      say "$helper did not answer ${2%%\?*}: ${status:-no connection}"
    done
    [ "$round" -lt 5 ] && round=$((round + 1))
    sleep "$round"
  done
}

# Prints the HTTP status, nothing when there was none. wget tells a status other than 200 only in words.
ask() {
  rm -f "$RUN/answer"
  set -- "$1" "$2" "$3" -S -O "$RUN/answer" --header 'Accept: text/plain'
  timeout=$1 url=$2 body=$3
  shift 3
  [ -n "$SESSION" ] && set -- "$@" --header "Authorization: Bearer $SESSION"
  [ -n "$body" ] && set -- "$@" --header 'Content-Type: application/json' --post-file "$body"
  if timeout "$timeout" wget "$@" "$url" 2>"$RUN/wget.log"; then
    echo 200
  else
    sed -n 's|.*HTTP/1\.[01] \([0-9][0-9][0-9]\).*|\1|p' "$RUN/wget.log" | grep -v '^200$' | tail -n 1
  fi
}

# The helper that answered is asked first from now on.
prefer() {
  others=
  for helper in $HELPERS; do
    [ "$helper" = "$1" ] || others="$others $helper"
  done
  HELPERS="$1$others"
}

# field NAME: a value of the last answer.
field() {
  sed -n "s/^$1=//p" "$RUN/answer" | head -n 1 | tr -d '\r'
}
