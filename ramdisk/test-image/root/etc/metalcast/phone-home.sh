# Phones home as cloud-init's module phone_home does. Says nothing of the URL: it has a token.

# phone_home URL
phone_home() {
  form="instance_id=$uuid&hostname=$(hostname)&fqdn=$(hostname)"
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    # Not by -T: Debian 12's static wget crashes on it.
    timeout 10 wget -q -O /dev/null --post-data "$form" "$1" 2>/dev/null && return
    sleep 3
  done
  echo 'nobody was at home'
}
