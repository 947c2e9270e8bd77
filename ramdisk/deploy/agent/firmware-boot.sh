# UEFI firmware's own list of what to start: gets an entry for the disk that was written, second after the network option by which
# the machine came here. So no other network option costs minutes before the disk comes, and no other disk comes first.
# Without the entry firmware finds a disk all the same, later. EFI_VARS can point elsewhere for tests.
EFI_VARS=${EFI_VARS:-$SYS/firmware/efi/efivars}
EFI_GUID=8be4df61-93ca-11d2-aa0d-00e098032b8c
# What a variable's file begins with: kept over a restart, for firmware and for systems.
EFI_ATTRIBUTES=07000000
ENTRY_NAME='Metalcast disk'

# Sets the entry for DISK. Idempotent: an earlier deployment's is overwritten, and firmware's memory is written only when something
# changes. BIOS machines have none. Prints the order, or fails after it has printed why not.
set_firmware_boot() {
  [ "$(firmware)" = uefi ] || return 0
  efi_variables || { echo "the firmware's variables cannot be read"; return 1; }
  partition=$(system_partition) || { echo "no EFI system partition on $DISK"; return 1; }
  entries=$(echo $(metalcast_entries))
  entry=${entries%% *}
  entry=${entry:-$(free_entry)}
  write_variable "Boot$entry" "$(load_option "$partition")" || return 1
  order=$(boot_order "$entry" "$entries")
  write_variable BootOrder "$(little_endian $order)" || return 1
  for id in $entries; do
    [ "$id" = "$entry" ] || rm -f "$EFI_VARS/Boot$id-$EFI_GUID"
  done
  echo "Boot$entry is $DISK, the firmware's order: $order"
}

efi_variables() {
  if [ ! -e "$EFI_VARS/BootOrder-$EFI_GUID" ]; then
    modprobe -q efivarfs
    mount -t efivarfs efivarfs "$EFI_VARS"
  fi 2>/dev/null
  [ -n "$(ls "$EFI_VARS" 2>/dev/null)" ]
}

# hex FILE [OFFSET COUNT]: bytes as hex digits.
hex() {
  od -An -v -tx1 -j "${2:-0}" ${3:+-N "$3"} "$1" 2>/dev/null | tr -d ' \n'
}

# A variable's value as hex digits, without its attributes.
variable() {
  hex "$EFI_VARS/$1-$EFI_GUID" 4
}

# write_variable NAME HEX: as one write, for firmware takes a variable whole. Nothing is written that is there.
write_variable() {
  file=$EFI_VARS/$1-$EFI_GUID
  [ "$(hex "$file")" = "$EFI_ATTRIBUTES$2" ] && return
  printf '%b' "$(printf %s "$EFI_ATTRIBUTES$2" | sed 's/../\\x&/g')" >"$RUN/variable"
  said=$(dd if="$RUN/variable" of="$file" bs=64k 2>&1) || {
    echo "the firmware's variable $1 cannot be written: $(echo "$said" | head -n 1)"
    return 1
  }
}

# little_endian WORD …: numbers of four hex digits, each with its low byte first.
little_endian() {
  printf %s "$*" | tr -d ' ' | sed 's/\(..\)\(..\)/\2\1/g' | tr A-F a-f
}

# Hex digits of text as firmware keeps it, UTF-16, with its end.
utf16() {
  printf '%s\0' "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ \(..\)/\100/g'
}

# Numbers of the entries that are Metalcast's, by their name.
metalcast_entries() {
  name=$(utf16 "$ENTRY_NAME")
  for id in $(entry_numbers); do
    case $(variable "Boot$id") in
      ????????????"$name"*) echo "$id" ;;
    esac
  done
}

# Four hex digits in capitals each, as in the variables' names.
entry_numbers() {
  ls "$EFI_VARS" | sed -n "s/^Boot\([0-9A-F][0-9A-F][0-9A-F][0-9A-F]\)-$EFI_GUID\$/\1/p"
}

free_entry() {
  number=0
  while [ -e "$EFI_VARS/Boot$(printf %04X $number)-$EFI_GUID" ]; do number=$((number + 1)); done
  printf %04X $number
}

# boot_order ENTRY OLD: the network option first by which the machine came, ENTRY next, then all others as they were, without OLD.
boot_order() {
  others=
  for id in $(variable BootOrder | sed 's/\(..\)\(..\)/\2\1 /g' | tr a-f A-F); do
    case " $1 $2 " in *" $id "*) ;; *) others="$others $id" ;; esac
  done
  first=$(came_by $others)
  printf '%s' "$first${first:+ }$1"
  for id in $others; do [ "$id" = "$first" ] || printf ' %s' "$id"; done
}

# Of the numbers, the one that this start is of; some firmware has a number of its own for a start that its BMC asks for: then
# the first one that is active and a network card's (a device path with a MAC address in it).
came_by() {
  current=$(variable BootCurrent | sed 's/\(..\)\(..\)/\2\1/' | tr a-f A-F)
  for id in "$@"; do [ "$id" = "$current" ] && echo "$id" && return; done
  for id in "$@"; do
    case $(variable "Boot$id") in ?[13579bdf]*030b2500*) echo "$id"; return ;; esac
  done
}

# The partition that firmware starts a disk from, as a node of a device path: by its place and, as firmware wants it, its identity.
system_partition() {
  sector=$(sysfs "${DISK##*/}" queue/logical_block_size || echo 512)
  if [ "$(hex "$DISK" "$sector" 8)" = 4546492050415254 ]; then
    gpt_system_partition
  elif [ "$(hex "$DISK" 510 2)" = 55aa ]; then
    mbr_system_partition
  fi | grep .
}

# Of type C12A7328-F81F-11D2-BA4B-00A0C93EC93B.
gpt_system_partition() {
  entries_at=$(($(number "$(hex "$DISK" $((sector + 72)) 8)") * sector))
  count=$(number "$(hex "$DISK" $((sector + 80)) 4)") bytes=$(number "$(hex "$DISK" $((sector + 84)) 4)")
  [ "$bytes" -ge 128 ] && [ "$bytes" -le 4096 ] && [ "$count" -ge 1 ] && [ "$count" -le 1024 ] || return
  found=$(od -An -v -tx1 -w"$bytes" -j "$entries_at" -N $((count * bytes)) "$DISK" | tr -d ' ' |
    grep -n ^28732ac11ff8d211ba4b00a0c93ec93b | head -n 1)
  [ -n "$found" ] || return
  gpt_entry=${found#*:}
  first=$(digits "$gpt_entry" 32 8) last=$(digits "$gpt_entry" 40 8)
  size=$(to_hex $(($(number "$last") - $(number "$first") + 1)) 8)
  partition_node "${found%%:*}" "$first" "$size" "$(digits "$gpt_entry" 16 16)" 0202
}

# Of type EF.
mbr_system_partition() {
  for place in 1 2 3 4; do
    mbr_entry=$(hex "$DISK" $((430 + place * 16)) 16)
    [ "$(digits "$mbr_entry" 4 1)" = ef ] || continue
    partition_node "$place" "$(digits "$mbr_entry" 8 4)00000000" "$(digits "$mbr_entry" 12 4)00000000" \
      "$(hex "$DISK" 440 4)000000000000000000000000" 0101
    return
  done
}

# digits HEX OFFSET COUNT: those bytes of it.
digits() {
  echo "$1" | cut -c $(($2 * 2 + 1))-$((($2 + $3) * 2))
}

# partition_node PLACE START SIZE IDENTITY FORMAT: UEFI's HD(): all of it hex digits but the place.
partition_node() {
  printf %s "04012a00$(to_hex "$1" 4)$2$3$4$5"
}

# number HEX: of bytes, the lowest first.
number() {
  rest=$1 value=
  while [ -n "$rest" ]; do value=${rest%"${rest#??}"}$value rest=${rest#??}; done
  echo $((0x${value:-0}))
}

# to_hex NUMBER BYTES: the lowest byte first.
to_hex() {
  left=$1 bytes_left=$2
  while [ "$bytes_left" -gt 0 ]; do
    printf %02x $((left & 255))
    left=$((left >> 8)) bytes_left=$((bytes_left - 1))
  done
}

# load_option PARTITION: what firmware keeps of an entry: active, its name, and the path of the loader that every image has.
load_option() {
  case $(uname -m) in aarch64) loader=BOOTAA64.EFI ;; *) loader=BOOTX64.EFI ;; esac
  file=$(utf16 "\\EFI\\BOOT\\$loader")
  path=${1}0404$(to_hex $((${#file} / 2 + 4)) 2)${file}7fff0400
  printf %s "01000000$(to_hex $((${#path} / 2)) 2)$(utf16 "$ENTRY_NAME")$path"
}
