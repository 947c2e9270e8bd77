#!/bin/sh
# Turns the installed packages in the folder $1 into a system for many machines. A hook of mmdebstrap.
set -eu
tree=$1
here=$(dirname "$0")

cp -R --no-preserve=mode,ownership "$here/files/." "$tree/"
mkdir -p "$tree/boot/efi"

# GRUB's modules for BIOS; the signed GRUB for UEFI contains its own.
mkdir -p "$tree/boot/grub/i386-pc"
cp "$tree"/usr/lib/grub/i386-pc/*.mod "$tree"/usr/lib/grub/i386-pc/*.lst "$tree/boot/grub/i386-pc/"
# From now on, a new version of GRUB installs itself on the machine's disk.
touch "$tree/etc/grub.d/enable_cloud"

chroot "$tree" systemctl enable systemd-networkd systemd-resolved
# For LVM only, and it takes seconds at each start.
chroot "$tree" systemctl disable e2scrub_reap

# Options for the installation alone: recommended packages are installed from now on, and written safely.
rm "$tree/etc/apt/apt.conf.d/99mmdebstrap"
sed -i /force-unsafe-io/d "$tree/etc/dpkg/dpkg.cfg.d/99mmdebstrap"

# Each machine gets its own. The host name is the building machine's.
rm -f "$tree"/etc/ssh/ssh_host_*
echo debian >"$tree/etc/hostname"
: >"$tree/etc/machine-id"
rm -f "$tree/var/lib/dbus/machine-id" "$tree/var/lib/systemd/random-seed"
