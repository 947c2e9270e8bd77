# Addresses by DHCP, on every interface that has a cable.

nics() {
  for path in /sys/class/net/*; do
    [ -e "$path/device" ] && echo "${path##*/}"
  done
}

take_addresses() {
  ip link set lo up
  for nic in $(nics); do
    ip link set "$nic" up
    [ "$(cat "/sys/class/net/$nic/carrier")" = 1 ] || continue
    udhcpc -i "$nic" -s /etc/metalcast/lease.sh -x "hostname:$(hostname)" -t 10 -T 1 -A 1 -n -q -f >/dev/null 2>&1
  done
}

first_address() {
  ip -4 -o addr show scope global | sed -n '1s|.* inet \([0-9.]*\)/.*|\1|p'
}
