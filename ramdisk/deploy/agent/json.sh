# JSON by hand: a busybox shell has no library for it.

# Quotes standard input as one JSON string. Only printable ASCII passes: evidence is text for people.
json_string() {
  printf '"'
  tr -cd '\11\12\40-\176' | sed 's/\\/\\\\/g; s/"/\\"/g; s/\t/\\t/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
  printf '"'
}

json_text() {
  printf '%s' "$1" | json_string
}

# Lines of standard input as an array of strings.
json_list() {
  printf '['
  comma=
  while read -r line; do
    printf '%s%s' "$comma" "$(json_text "$line")"
    comma=,
  done
  printf ']'
}

# ,"name":"value" unless the value is empty.
json_optional() {
  [ -z "$2" ] || printf ',"%s":%s' "$1" "$(json_text "$2")"
}
