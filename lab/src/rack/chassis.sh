#!/bin/sh
# The chassis behind one BMC, called by ipmi_sim: chassis.sh FOLDER get|set|check ITEM [VALUE] …
# The machine is a QEMU process; its power is that process, its boot device is QEMU's boot order. FOLDER holds
# machine.args (see node.ts). The machine has its own mark, MACHINE_MARK, because it outlives its BMC like a real one.
folder=$1 verb=$2
shift 2
# Socket paths are relative to the folder, because they must be short.
cd "$folder" || exit 1

# Prints the pid of the machine if it runs. The command line is checked because the pid may have been reused.
machine() {
  pid=$(cat "$folder/qemu.pid" 2>/dev/null) || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF "$folder/qemu.pid" && echo "$pid"
}

# Sends lines to the machine's monitor.
monitor() {
  printf '%s\n' "$1" | socat -t0.2 - "UNIX-CONNECT:monitor.sock" >/dev/null 2>&1
}

boot_device() {
  cat "$folder/boot-device" 2>/dev/null || echo default
}

# UEFI firmware keeps its own boot order in its variables, like servers that use or lose the BMC's setting at the first
# start. Only `pxe` has an effect: it puts the network first in the stored order, permanently.
own_order() {
  [ -e "$folder/variables.fd" ] && [ "$(boot_device)" != pxe ]
}

# Boot index of the network card. Disks have indexes from 1, the card is before or after them; -1 is none.
nic_place() {
  if own_order; then echo -1; elif [ "$(boot_device)" = pxe ]; then echo 0; else echo 99; fi
}

# Prints the machine's arguments with the boot indexes filled in.
arguments() {
  disks='\1'
  own_order && disks=-1
  sed "s/@NIC@/$(nic_place)/; s/@DISK\([0-9]*\)@/$disks/" "$folder/machine.args"
}

# QEMU daemonizes after a successful start, so a failed start has an exit code here.
power_on() {
  machine >/dev/null && return 0
  [ -e "$folder/refuse-power-on" ] && return 1
  rm -f "$folder/qemu.pid" monitor.sock
  set --
  while read -r word; do set -- "$@" "$word"; done <<EOF
$(arguments)
EOF
  METALCAST_MARK=$MACHINE_MARK qemu-system-x86_64 "$@" >>"$folder/qemu.log" 2>&1 </dev/null
}

power_off() {
  pid=$(machine) || return 0
  kill -9 "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
  rm -f "$folder/qemu.pid"
}

boot_from() {
  echo "$1" >"$folder/boot-device"
  machine >/dev/null || return 0
  monitor "$(arguments | sed -n 's/.*,id=\([a-z]*[0-9]\),.*,bootindex=\([-0-9]*\).*/qom-set \/machine\/peripheral\/\1 bootindex \2/p')"
}

set_item() {
  case $1 in
    power) if [ "$2" = 1 ]; then power_on; else power_off; fi ;;
    reset) machine >/dev/null && monitor system_reset ;;
    shutdown) machine >/dev/null && monitor system_powerdown ;;
    boot) boot_from "$2" ;;
  esac
}

get_item() {
  case $1 in
    power) if machine >/dev/null; then echo power:1; else echo power:0; fi ;;
    boot) echo "boot:$(boot_device)" ;;
    *) echo "$1:0" ;;
  esac
}

while [ $# -gt 0 ]; do
  case $verb in
    get) get_item "$1" || exit 1; shift ;;
    set) set_item "$1" "$2" || exit 1; shift 2 ;;
    *) exit 0 ;;
  esac
done
