#!/bin/bash
# An image that needs more than the rack's disks have, and a flavor that does not say how much disk it wants.
set -eu
image=$(mktemp)
trap 'rm -f "$image" "$image.raw"' EXIT
truncate -s 40G "$image.raw"
printf 'label: dos\nsize=64MiB, type=83, bootable\n' | sfdisk -q "$image.raw"
qemu-img convert -q -f raw -O qcow2 "$image.raw" "$image"
openstack image create --disk-format qcow2 --container-format bare --file "$image" large >/dev/null
openstack flavor create --id any-disk --ram 256 --vcpus 1 --disk 0 any.disk >/dev/null
