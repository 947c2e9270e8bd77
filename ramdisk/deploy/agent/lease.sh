#!/bin/sh
# Called by udhcpc with what the DHCP server gave.
case $1 in
  bound | renew)
    ip addr flush dev "$interface"
    ip addr add "$ip/${mask:-24}" dev "$interface"
    [ -n "$router" ] && ip route add default via "${router%% *}" dev "$interface"
    echo "$ip" >/run/address
    ;;
esac
exit 0
