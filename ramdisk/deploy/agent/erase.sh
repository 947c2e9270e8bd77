# Empties disks: nothing of what was on them may be read after. Each is discarded, if the disk can and reads as zeros after it; else
# zeros are written all over it, by the disk itself where it can. What is done is told to the helper, for it may take hours.
# Busybox's own blkdiscard has no -z, and its shell prefers what is built in.
BLKDISCARD=${BLKDISCARD:-/sbin/blkdiscard}
# Stretches of a disk that are emptied at once: as many as are done in a few seconds.
LEAST_STEP=$((64 * MIB))
MOST_STEP=$((16384 * MIB))
TELL_SECONDS=${TELL_SECONDS:-10}

# Empties all disks of EMPTIES. 0: done; 1: a helper has begun another attempt; 2: it failed, see ERASE_ERROR, ERASE_NAME, ERASE_AT.
# Idempotent: a disk that was emptied in this boot, and that nobody could write to since, is left.
empty_disks() {
  ERASE_TOTAL=0 ERASE_BEFORE=0 TOLD=-$TELL_SECONDS
  for name in $EMPTIES; do ERASE_TOTAL=$((ERASE_TOTAL + $(disk_bytes "$name"))); done
  for name in $EMPTIES; do
    ERASE_NAME=$name ERASE_AT=0 ERASE_ERROR=''
    if [ ! -e "$RUN/empty-$name" ]; then
      empty_disk "$name" || return
      : >"$RUN/empty-$name"
    fi
    ERASE_BEFORE=$((ERASE_BEFORE + $(disk_bytes "$name")))
  done
}

# Somebody may write to the disk from now on.
no_longer_empty() {
  rm -f "$RUN/empty-$1"
}

empty_disk() {
  dev=$DEV/$1 size=$(disk_bytes "$1") sector=$(sector_bytes "$1")
  blockdev --flushbufs "$dev" 2>/dev/null
  choose_samples "$1"
  if in_steps discard && reads_zero; then
    say "$1: discarded, reads as zeros"
    return
  fi
  [ -z "$OVER" ] || return 1
  say "$1: not empty after a discard; zeros are written to all of it"
  if in_steps zero_by_disk && reads_zero; then
    return
  fi
  [ -z "$OVER" ] || return 1
  if ! in_steps zero_by_hand; then
    [ -z "$OVER" ] || return 1
    ERASE_ERROR="zeros could not be written: $(tail -n 1 "$RUN/erase.log")"
    return 2
  fi
  sync
  blockdev --flushbufs "$dev" 2>/dev/null
  # What a disk that has gone read-only, or counts more than it has, did not keep.
  reads_zero && return
  ERASE_ERROR='zeros were written, but other bytes are read'
  return 2
}

# in_steps HOW: does it to the whole disk, stretch by stretch, and tells how far it is. Fails at the first that fails, with ERASE_AT,
# and when another attempt has begun, with OVER.
in_steps() {
  OVER='' ERASE_AT=0 step=$LEAST_STEP
  while [ "$ERASE_AT" -lt "$size" ]; do
    length=$((size - ERASE_AT))
    [ "$length" -le "$step" ] || length=$step
    began=$(seconds)
    "$1" "$ERASE_AT" "$length" 2>"$RUN/erase.log" || return 1
    took=$(($(seconds) - began))
    ERASE_AT=$((ERASE_AT + length))
    tell_erasing || { OVER=1; return 1; }
    if [ "$took" -lt 2 ]; then
      [ "$step" -ge $MOST_STEP ] || step=$((step * 2))
    elif [ "$took" -gt 8 ] && [ "$step" -gt $((MIB)) ]; then
      step=$((step / 2))
    fi
  done
}

discard() {
  "$BLKDISCARD" -o "$1" -l "$2" "$dev"
}

zero_by_disk() {
  "$BLKDISCARD" -z -o "$1" -l "$2" "$dev"
}

# Around the page cache, so that an error shows at once.
zero_by_hand() {
  whole=$(($2 / MIB)) rest=$(($2 % MIB))
  if [ "$whole" -gt 0 ]; then
    dd if=/dev/zero of="$dev" bs=$MIB count="$whole" seek="$1" oflag=seek_bytes,direct conv=notrunc || return 1
  fi
  [ "$rest" -eq 0 ] || dd if=/dev/zero of="$dev" bs="$sector" count=$((rest / sector)) \
    seek=$(($1 + whole * MIB)) oflag=seek_bytes,direct conv=notrunc
}

# Not more often than TELL_SECONDS, and at the end.
tell_erasing() {
  done_bytes=$((ERASE_BEFORE + ERASE_AT))
  [ $(($(seconds) - TOLD)) -ge "$TELL_SECONDS" ] || return 0
  TOLD=$(seconds)
  send_report erasing ",\"disk\":$(json_text "$ERASE_NAME"),\"bytes\":$done_bytes,\"total\":$ERASE_TOTAL"
}

seconds() {
  cut -d. -f1 /proc/uptime
}

# choose_samples NAME: where it is read back: one place at random in each 32nd of the disk, 64 KiB each, and where the deployment
# before has written (PROBES, of the disk that is given).
choose_samples() {
  SAMPLES=$(od -An -v -tu4 -N128 /dev/urandom | awk -v size="$size" -v unit=65536 '
    { for (i = 1; i <= NF; i++) {
        part = size / 32
        at = int((n * part + $i / 4294967296 * part) / unit) * unit
        n++
        if (at + unit <= size) printf "%.0f:%d ", at, unit
    } }')
  [ "$1" != "${DISK##*/}" ] || SAMPLES="$SAMPLES $(valid_probes)"
}

valid_probes() {
  for extent in $PROBES; do
    offset=${extent%:*} length=${extent#*:}
    case $offset:$length in
      *[!0-9:]* | :* | *:) continue ;;
    esac
    [ $((offset % sector)) -eq 0 ] && [ $((length % sector)) -eq 0 ] && [ $((offset + length)) -le "$size" ] && echo "$extent"
  done
}

# The first MiB, the last, and the samples, around the page cache.
# One pipe for all: each process costs a slow machine 10 ms.
reads_zero() {
  rm -f "$RUN/unread"
  other=$({ read_samples || : >"$RUN/unread"; } | tr -d '\0' | head -c 1 | wc -c)
  [ ! -e "$RUN/unread" ] && [ "$other" -eq 0 ]
}

read_samples() {
  last=$((size > MIB ? (size - MIB) / sector * sector : 0))
  read_of "$dev" "$sector" 0 $((size < MIB ? size : MIB)) || return 1
  read_of "$dev" "$sector" "$last" $((size - last)) || return 1
  for extent in $SAMPLES; do
    read_of "$dev" "$sector" "${extent%:*}" "${extent#*:}" || return 1
  done
}
