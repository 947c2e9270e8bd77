# What the agent says to a helper (docs/agent-protocol.md). A refusal ends the agent: somebody else has this node now.

who() {
  printf '"node":"%s","epoch":%s' "$NODE" "$EPOCH"
}

send_hello() {
  {
    printf '{%s,"boot_try":%s,"token":"%s","nonce":"%s"' "$(who)" "$BOOT_TRY" "$TOKEN" "$NONCE"
    printf ',"protocol":2,"macs":%s,"disks":[' "$(macs | json_list)"
    comma=
    for name in $(disks); do
      printf '%s' "$comma"
      disk_json "$name"
      comma=,
    done
    printf '],"config_labels":['
    config_labels | config_labels_json
    printf '],"bios_drives":['
    bios_drives | bios_drives_json
    printf '],"cpus":%s,"cpu_arch":"%s"' "$(nproc)" "$(uname -m)"
    printf ',"memory_mb":%s,"firmware":"%s"}' "$(memory_mb)" "$(firmware)"
  } >"$RUN/hello.json"
  post hello "$RUN/hello.json"
  rm -f "$RUN/hello.json"
}

disk_json() {
  printf '{"name":"%s","size":%s' "$1" "$(disk_bytes "$1")"
  json_optional serial "$(disk_serial "$1")"
  json_optional wwn "$(disk_wwn "$1")"
  json_optional model "$(sysfs "$1" device/model)"
  json_optional vendor "$(sysfs "$1" device/vendor)"
  json_optional pci "$(disk_pci "$1")"
  rotational=$(sysfs "$1" queue/rotational)
  [ -z "$rotational" ] || printf ',"rotational":%s' "$rotational"
  [ ! -d "$SYS/firmware/edd" ] || json_optional mbr_signature "$(mbr_signature "$1")"
  printf '}'
}

config_labels_json() {
  comma=
  while read -r disk device label; do
    printf '%s{"disk":%s,"device":%s,"label":%s}' "$comma" "$(json_text "$disk")" "$(json_text "$device")" "$(json_text "$label")"
    comma=,
  done
}

bios_drives_json() {
  comma=
  while read -r number sectors signature pci; do
    printf '%s{"drive":%s' "$comma" "$number"
    [ "$sectors" = - ] || printf ',"sectors":%s' "$sectors"
    [ "$signature" = - ] || json_optional mbr_signature "$signature"
    [ "$pci" = - ] || json_optional pci "$pci"
    printf '}'
    comma=,
  done
}

send_ready() {
  printf '{%s,"attempt":%s,"portal":"%s","port":3260,"iqn":"%s","lun":1,"zeroed":%s}' \
    "$(who)" "$ATTEMPT" "$(cat "$RUN/address")" "$IQN" "$ZEROED" >"$RUN/ready.json"
  post ready "$RUN/ready.json"
}

# send_report STEP MORE: fails when the report came too late, because a newer attempt has begun.
send_report() {
  printf '{%s,"attempt":%s,"step":"%s"%s}' "$(who)" "$ATTEMPT" "$1" "$2" >"$RUN/report.json"
  post report "$RUN/report.json"
}

# send_error WHAT [MORE]: with the kernel's last words, which name a failing disk better than any program does.
send_error() {
  STATE=failed
  say "failed: $1"
  send_report error ",\"error\":$(printf '%s' "$1" | head -c 1500 | json_string),\"evidence\":$(evidence)$2"
}

evidence() {
  dmesg 2>/dev/null | tail -n 20 | tail -c 6000 | json_string
}

post() {
  call 20 "/v1/agent/$1" "$2"
  case $? in
    1) leave 11 "this boot is no longer wanted" ;;
    2) say "overtaken: $1 came too late"; sleep 1; return 1 ;;
  esac
}
