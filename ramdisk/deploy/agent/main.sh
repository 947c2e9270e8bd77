#!/bin/sh
# The deploy agent: says hello to a helper, then does what it is told until it restarts or powers off.
# Exit codes: 10 restart the machine, anything else power it off. Configuration: /etc/metalcast/agent.conf, which the boot
# service sends as a second initrd: NODE, EPOCH, BOOT_TRY, TOKEN, HELPERS.
AGENT=${AGENT:-/agent}
RUN=${RUN:-/run}
CONF=${CONF:-/etc/metalcast/agent.conf}
for part in say json hardware http disk erase target firmware-boot messages commands; do
  . "$AGENT/$part.sh"
done

SESSION='' ATTEMPT=0 STATE=idle PROBES=''

main() {
  [ -r "$CONF" ] || leave 11 "no $CONF: this boot was not prepared"
  . "$CONF"
  [ -n "$NODE" ] && [ -n "$TOKEN" ] && [ -n "$HELPERS" ] || leave 11 "$CONF is not complete"
  NONCE=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
  wait_for_disks || say "found no disk"
  introduce
  while :; do
    next
  done
}

introduce() {
  send_hello || leave 11 "this boot is no longer wanted"
  TOKEN=
  SESSION=$(field session)
  name=$(field disk)
  DISK=$DEV/$name SIZE=$(disk_bytes "$name")
  disks | grep -qxF -- "$name" || leave 11 "told to use the disk $name, which is not there"
  EMPTIES=$(field empties)
  # A helper of before knows of one disk.
  [ -n "$EMPTIES" ] || EMPTIES=$name
  for other in $EMPTIES; do
    disks | grep -qxF -- "$other" || leave 11 "told to empty the disk $other, which is not there"
  done
  say "node $NODE, epoch $EPOCH: waiting for commands, disk $name"
}

# Held open by the helper until there is something to do; a helper that answers at once is asked at most once a second.
next() {
  since=$(cut -d. -f1 /proc/uptime)
  call 40 "/v1/agent/next?node=$NODE&epoch=$EPOCH&state=$STATE&attempt=$ATTEMPT" ''
  case $? in
    1) leave 11 "this boot is no longer wanted" ;;
    2) sleep 1; return ;;
  esac
  command=$(field command)
  obey "$command"
  if [ "$command" = wait ] && [ "$(cut -d. -f1 /proc/uptime)" = "$since" ]; then sleep 1; fi
}

main
