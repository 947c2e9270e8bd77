# The interface that the machine booted from, and its address.

# The kernel option BOOTIF is 01- and the MAC, its bytes apart by dashes: the loader's own interface.
boot_mac() {
  for word in $(cat /proc/cmdline); do
    case $word in
      BOOTIF=*) echo "${word#BOOTIF=??-}" | tr A-F- a-f: && return ;;
    esac
  done
}

# The interface with the boot loader's MAC; without one, all that are there, the one that gets an answer wins.
candidates() {
  mac=$(boot_mac)
  for path in /sys/class/net/*; do
    [ -e "$path/device" ] || continue
    if [ -z "$mac" ] || [ "$(cat "$path/address")" = "$mac" ]; then echo "${path##*/}"; fi
  done
}

# Leaves the address in $RUN/address. Goes on until there is one: whoever waits for the node has a deadline.
bring_up_network() {
  ip link set lo up
  until [ -s "$RUN/address" ]; do
    for nic in $(candidates); do
      ip link set "$nic" up
      udhcpc -i "$nic" -s "$AGENT/lease.sh" -t 4 -T 1 -A 1 -n -q -f >/dev/null 2>&1 && break
      say "no DHCP answer on $nic ($(cat "/sys/class/net/$nic/address"))"
    done
    [ -s "$RUN/address" ] || sleep 1
  done
  say "address $(cat "$RUN/address") on $nic"
}
