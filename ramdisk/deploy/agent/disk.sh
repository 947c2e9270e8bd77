# The disk that is given, read back after an attempt. DISK is its device file, SIZE its bytes.
MIB=1048576

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

read_extent() {
  read_of "$DISK" "$(sector_bytes "${DISK##*/}")" "$1" "$2"
}

# read_of DEVICE SECTOR OFFSET LENGTH, around the page cache: whole blocks of a MiB (an eighth for less), then the rest in sectors.
read_of() {
  block=$MIB
  [ "$4" -ge $MIB ] || block=$((MIB / 8))
  blocks=$(($4 / block)) left=$(($4 % block))
  if [ "$blocks" -gt 0 ]; then
    dd if="$1" bs=$block skip="$3" count="$blocks" iflag=direct,skip_bytes 2>/dev/null || return 1
  fi
  [ "$left" -eq 0 ] ||
    dd if="$1" bs="$2" skip=$(($3 + blocks * block)) count=$((left / $2)) iflag=direct,skip_bytes 2>/dev/null
}

# Sum of the extents' lengths.
extents_bytes() {
  sum=0
  for extent in $1; do sum=$((sum + ${extent#*:})); done
  echo "$sum"
}
