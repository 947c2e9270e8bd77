#!/bin/bash
# An image that needs more than the rack's disks have, and a flavor that does not say how much disk it wants.
set -eu
image=$(mktemp)
trap 'rm -f "$image"' EXIT
qemu-img create -q -f qcow2 "$image" 40G
openstack image create --disk-format qcow2 --container-format bare --file "$image" large >/dev/null
openstack flavor create --id any-disk --ram 256 --vcpus 1 --disk 0 any.disk >/dev/null
