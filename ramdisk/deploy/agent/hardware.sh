# Drivers, disks and what else hello tells about the machine. SYS and DEV can point elsewhere for tests.
SYS=${SYS:-/sys}
DEV=${DEV:-/dev}

# A driver of a bus brings up devices that need drivers of their own, so it goes on until nothing new shows up.
load_drivers() {
  # Not empty: busybox grep takes an empty list for one that everything is on.
  echo none >"$RUN/seen"
  while new_aliases >"$RUN/new" && [ -s "$RUN/new" ]; do
    xargs modprobe -a -q -b <"$RUN/new" 2>/dev/null
    cat "$RUN/new" >>"$RUN/seen"
  done
  # No device asks for this one by name.
  modprobe -q sd_mod
  modprobe -q edd
  return 0
}

# Only the buses that carry disks and networks: a walk through all of /sys takes a slow machine a second.
new_aliases() {
  cat "$SYS"/bus/pci/devices/*/modalias "$SYS"/bus/virtio/devices/*/modalias "$SYS"/bus/scsi/devices/*/modalias \
    "$SYS"/bus/vmbus/devices/*/modalias "$SYS"/bus/xen/devices/*/modalias 2>/dev/null |
    sort -u | grep -vxFf "$RUN/seen"
  return 0
}

# Names of the disks that an image can be written to, one a line.
disks() {
  for path in "$SYS"/block/*; do
    name=${path##*/}
    case $name in
      loop* | ram* | sr* | fd* | zram* | dm-* | md* | nbd* | mmcblk*boot* | '*') continue ;;
    esac
    [ "$(sysfs "$name" ro)" = 1 ] && continue
    [ "$(sysfs "$name" removable)" = 1 ] && continue
    # One path of several to an NVMe disk: the disk itself is there too.
    [ "$(sysfs "$name" hidden)" = 1 ] && continue
    [ "$(disk_bytes "$name")" -gt 0 ] && echo "$name"
  done
}

disk_bytes() {
  echo $(($(sysfs "$1" size || echo 0) * 512))
}

# First line of a disk's attribute, without the blanks that vendors pad with.
sysfs() {
  [ -r "$SYS/block/$1/$2" ] || return 1
  head -n 1 "$SYS/block/$1/$2" 2>/dev/null | sed 's/^ *//; s/ *$//'
}

# Bytes of a disk's logical sector: the least that can be read or written.
sector_bytes() {
  sysfs "$1" queue/logical_block_size || echo 512
}

# The controller that a disk hangs on, by its place in the tree of devices.
disk_pci() {
  readlink -f "$SYS/block/$1" | grep -o '[0-9a-f]\{4,\}:[0-9a-f]\{2\}:[0-9a-f]\{2\}\.[0-7]' | tail -n 1
}

disk_serial() {
  sysfs "$1" serial || sysfs "$1" device/serial && return
  # SCSI's page 0x80: four bytes of header, then the serial number.
  [ -r "$SYS/block/$1/device/vpd_pg80" ] || return 0
  tail -c +5 "$SYS/block/$1/device/vpd_pg80" | tr -cd '\41-\176'
}

disk_wwn() {
  sysfs "$1" wwid || sysfs "$1" device/wwid
}

# config_labels: file systems with a label by which a system finds its config drive, one a line: disk, device, label.
# Of all that can be read, also of media that are no disks for an image.
config_labels() {
  for path in "$SYS"/block/*; do
    disk=${path##*/}
    case $disk in
      loop* | ram* | fd* | zram* | dm-* | md* | nbd* | '*') continue ;;
    esac
    for device in "$disk" $(partitions "$disk"); do
      label=$("$BLKID" -p -s LABEL -o value "$DEV/$device" 2>/dev/null)
      case $(printf '%s' "$label" | tr A-Z a-z) in
        config-2 | cidata) echo "$disk $device $label" ;;
      esac
    done
  done
}
BLKID=${BLKID:-/sbin/blkid}

partitions() {
  for part in "$SYS/block/$1"/*/partition; do
    [ -e "$part" ] || continue
    part=${part%/partition}
    echo "${part##*/}"
  done
}

# The drives as the BIOS told the kernel when it started, one a line: number, sectors, signature, PCI address; - is not told.
bios_drives() {
  for path in "$SYS"/firmware/edd/int13_dev*; do
    [ -d "$path" ] || continue
    number=$((0x${path##*int13_dev}))
    [ "$number" -ge 128 ] || continue
    pci=$(readlink -f "$path/pci_dev")
    [ -e "$path/pci_dev" ] || pci=-
    echo "$number $(told "$path/sectors") $(told "$path/mbr_signature") ${pci##*/}"
  done
}

told() {
  word=$(head -n 1 "$1" 2>/dev/null | tr -d ' ')
  echo "${word:--}"
}

# As the kernel spells the BIOS's: four bytes of the first sector, the last one first.
mbr_signature() {
  dd if="$DEV/$1" bs=512 count=1 2>/dev/null | tail -c +441 | head -c 4 | od -An -tx1 | awk '{ print "0x" $4 $3 $2 $1 }'
}

# modprobe returns when its driver has looked at all that was there, so a wait is only for what announces itself later.
wait_for_disks() {
  tries=0
  until [ -n "$(disks)" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || return 1
    sleep 0.5
  done
}

firmware() {
  if [ -d "$SYS/firmware/efi" ]; then echo uefi; else echo bios; fi
}

memory_mb() {
  sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo | { read -r kb && echo $((kb / 1024)); }
}

# MAC addresses of the machine's own interfaces, one a line.
macs() {
  for path in "$SYS"/class/net/*; do
    [ -e "$path/device" ] && cat "$path/address"
  done
}
