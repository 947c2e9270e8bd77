# What a person reads on the console: never a token, session or secret.

say() {
  printf 'metalcast [%s] %s\n' "$(uptime_seconds)" "$*"
}

uptime_seconds() {
  cut -d' ' -f1 /proc/uptime
}
