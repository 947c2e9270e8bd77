# The config drive, swap, and the partition that the system was loaded from.

partitions() {
  sed -n 's/.* \([a-z][a-z0-9]*\)$/\1/p' /proc/partitions
}

# A disk may take seconds to be found; the partition that this system came from shows that it has been.
wait_for() {
  tries=0
  until device=$(findfs "LABEL=$1" 2>/dev/null); do
    tries=$((tries + 1))
    [ "$tries" -lt "$2" ] || return 1
    sleep 0.1
  done
  echo "$device"
}

# Sets name, uuid and home (where to phone, if anywhere); leaves user_data in /run and the first public key with root.
read_config_drive() {
  name='' uuid='' home=''
  wait_for SYSTEM 100 >/dev/null
  drive=$(wait_for config-2 5 || wait_for CONFIG-2 1) || return 1
  mkdir -p /mnt/config
  mount -o ro "$drive" /mnt/config || return 1
  latest=/mnt/config/openstack/latest
  name=$(meta hostname)
  uuid=$(meta uuid)
  mkdir -p -m 700 /root/.ssh
  sed -n 's/.*"public_keys": *{[^"]*"[^"]*": *"\([^"]*\)".*/\1/p' $latest/meta_data.json >/root/.ssh/authorized_keys
  if [ -f $latest/vendor_data.json ]; then
    # cloud-init's module, inside a JSON string.
    home=$(sed -n 's/.*phone_home:\\n  url: \([^\\" ]*\).*/\1/p' $latest/vendor_data.json)
  fi
  if [ -f $latest/user_data ]; then cp $latest/user_data /run/user_data; fi
  umount /mnt/config
}

# A top-level string of meta_data.json, which may be pretty-printed or one line.
meta() {
  tr -d '\n' <$latest/meta_data.json | sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"
}

# Swap is known by its mark at the end of the first page.
enable_swap() {
  for part in $(partitions); do
    [ "$(dd if="/dev/$part" bs=1 skip=4086 count=10 2>/dev/null)" = SWAPSPACE2 ] || continue
    swapon "/dev/$part" && echo "swap on /dev/$part"
  done
}

# What is written below /disk outlives a restart; the rest of the system is memory.
mount_own_partition() {
  mkdir -p /disk
  mount "$(findfs LABEL=SYSTEM)" /disk 2>/dev/null
}
