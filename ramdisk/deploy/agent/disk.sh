# The disk itself: emptied before an attempt, read back after it. DISK is its device file, SIZE its bytes.
MIB=1048576

# Discards the whole disk. Prints 1 when it reads back as zeros, else 0 (a disk promises nothing about what a discard leaves).
empty_disk() {
  blockdev --flushbufs "$DISK" 2>/dev/null
  if blkdiscard "$DISK" 2>/dev/null && reads_zero; then
    echo 1
    return
  fi
  # At least no old partition table stays: the first MiB, and the last, where GPT keeps its copy.
  wipe_mib 0
  wipe_mib $((SIZE / MIB - 1))
  [ $((SIZE % MIB)) -eq 0 ] || dd if=/dev/zero of="$DISK" bs=512 seek=$((SIZE / MIB * 2048)) \
    count=$((SIZE % MIB / 512)) conv=notrunc,fsync 2>/dev/null
  echo 0
}

wipe_mib() {
  dd if=/dev/zero of="$DISK" bs=$MIB seek="$1" count=1 conv=notrunc,fsync 2>/dev/null
}

# The first MiB, the last, and up to 15 samples of 128 KiB in between, around the page cache.
# One pipe for all: each process costs a slow machine 10 ms.
reads_zero() {
  rm -f "$RUN/unread"
  other=$({ read_samples || : >"$RUN/unread"; } | tr -d '\0' | head -c 1 | wc -c)
  [ ! -e "$RUN/unread" ] && [ "$other" -eq 0 ]
}

read_samples() {
  last=$((SIZE / MIB - 1))
  step=$((last / 16 + 1))
  mib=$step
  read_extent 0 $MIB && read_extent $((last * MIB)) $((SIZE - last * MIB)) || return 1
  while [ "$mib" -lt "$last" ]; do
    read_extent $((mib * MIB)) $((MIB / 8)) || return 1
    mib=$((mib + step))
  done
}

# digest_extents 'OFFSET:LENGTH …': prints the sha256 of what the disk itself holds there, one extent after the other.
# Fails when an extent lies outside the disk or cannot be read.
digest_extents() {
  sync
  blockdev --flushbufs "$DISK" 2>/dev/null
  rm -f "$RUN/unread"
  digest=$({ read_extents "$1" || : >"$RUN/unread"; } | sha256sum)
  [ -e "$RUN/unread" ] && return 1
  echo "${digest%% *}"
}

read_extents() {
  for extent in $1; do
    offset=${extent%:*} length=${extent#*:}
    [ $((offset + length)) -le "$SIZE" ] || return 1
    [ $((offset % 512)) -eq 0 ] && [ $((length % 512)) -eq 0 ] || return 1
    read_extent "$offset" "$length" || return 1
  done
}

# Whole blocks of a MiB (an eighth for less), then the rest in sectors.
read_extent() {
  block=$MIB
  [ "$2" -ge $MIB ] || block=$((MIB / 8))
  whole=$(($2 / block)) rest=$(($2 % block))
  if [ "$whole" -gt 0 ]; then
    dd if="$DISK" bs=$block skip="$1" count="$whole" iflag=direct,skip_bytes 2>/dev/null || return 1
  fi
  [ "$rest" -eq 0 ] ||
    dd if="$DISK" bs=512 skip=$(($1 + whole * block)) count=$((rest / 512)) iflag=direct,skip_bytes 2>/dev/null
}

# Sum of the extents' lengths.
extents_bytes() {
  sum=0
  for extent in $1; do sum=$((sum + ${extent#*:})); done
  echo "$sum"
}
