#!/bin/sh
# Builds Debian's root file system and the boot loaders' files in the folder $1, from Debian's packages.
# Everything that is mounted for this stays in a mount namespace that ends with this program.
set -eu
[ "${2-}" = inside ] || exec unshare --mount --pid --fork --kill-child "$0" "$1" inside
out=$1
here=$(dirname "$0")
tree=$out/tree
packages=$(sed -n 's/^\([a-z][^ ]*\) .*/\1/p' "$here/packages.txt" | paste -sd,)

# The initial ramdisk is made while the kernel is installed, so its options come first. All other files come last:
# update-grub would run then if there were a grub.cfg.
ramdisk=etc/initramfs-tools/conf.d
mmdebstrap --mode=root --format=directory --variant=minbase \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --include="$packages" \
  --essential-hook="mkdir -p \"\$1/$ramdisk\" && cp '$here/files/$ramdisk/fsck' \"\$1/$ramdisk\"" \
  --customize-hook="'$here/customize.sh' \"\$1\"" bookworm "$tree"

# GRUB for BIOS: the first sector, and what it loads.
cp "$here/find-root.cfg" "$tree/tmp/"
chroot "$tree" grub-mkimage -O i386-pc -p /boot/grub -c /tmp/find-root.cfg -o /tmp/core.img \
  biosdisk part_gpt part_msdos ext2 search_label
cp "$tree/usr/lib/grub/i386-pc/boot.img" "$tree/tmp/core.img" "$out"
rm "$tree/tmp/find-root.cfg" "$tree/tmp/core.img"

# Both file systems, where they will be on the disk. No fbx64.efi: at the first start it would put the disk before the
# network in the firmware's boot order. No lazy tables: the first start of each machine would write them.
disk=$out/disk.raw
truncate --size="$DISK_BYTES" "$disk"
mkfs.vfat --invariant -F 16 -n DEBIAN-ESP --offset $((ESP_AT / 512)) -h $((ESP_AT / 512)) "$disk" $((ESP_BYTES / 1024)) >/dev/null
printf '%s\nconfigfile $prefix/grub.cfg\n' "$(cat "$here/find-root.cfg")" >"$out/grub.cfg"
esp=$disk@@$ESP_AT
mmd -i "$esp" ::EFI ::EFI/BOOT ::EFI/debian
mcopy -i "$esp" "$tree/usr/lib/shim/shimx64.efi.signed" ::EFI/BOOT/BOOTX64.EFI
mcopy -i "$esp" "$tree/usr/lib/shim/mmx64.efi.signed" ::EFI/BOOT/mmx64.efi
mcopy -i "$esp" "$tree/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" ::EFI/BOOT/grubx64.efi
mcopy -i "$esp" "$out/grub.cfg" ::EFI/debian/grub.cfg
id=6d657461-6c63-4173-8000-0000000000f5
mke2fs -q -t ext4 -L debian-root -U $id -E "offset=$ROOT_AT,hash_seed=$id,lazy_itable_init=0,lazy_journal_init=0" \
  -d "$tree" "$disk" $((ROOT_BYTES / 1024))k
rm -rf "$tree" "$out/grub.cfg"
