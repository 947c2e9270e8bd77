# What the helper may command. ATTEMPT is the highest attempt seen, STATE what has become of it:
# idle, ready, failed, verified. A command of an older attempt is refused, so that a helper that woke up late changes nothing.

obey() {
  case $1 in
    wait) ;;
    target) current || return 0; obey_target ;;
    verify) current || return 0; obey_verify ;;
    reboot) current || return 0; obey_reboot ;;
    poweroff) leave 11 "told to power off" ;;
    abort) leave 11 "told to give up: $(field reason)" ;;
    *) leave 11 "told something unknown" ;;
  esac
}

current() {
  asked=$(field attempt)
  case $asked in
    '' | *[!0-9]*) say "refused a command without attempt"; return 1 ;;
  esac
  [ "$asked" -ge "$ATTEMPT" ] && return 0
  say "refused a command of attempt $asked: attempt $ATTEMPT has begun"
  return 1
}

obey_target() {
  if [ "$asked" -eq "$ATTEMPT" ] && [ "$STATE" != idle ]; then
    # The answer to `ready` or to the error was lost: said again, done once.
    if [ "$STATE" = ready ]; then send_ready; else say "attempt $asked is over: $STATE"; sleep 1; fi
    return
  fi
  ATTEMPT=$asked STATE=failed
  close_target
  IQN=$(field iqn) user=$(field chap_user) secret=$(field chap_secret)
  PROBES=$(field probes)
  say "attempt $ATTEMPT: emptying $EMPTIES"
  empty_disks
  case $? in
    1) say "attempt $ATTEMPT is over: another has begun"; return ;;
    2)
      send_error "$ERASE_ERROR" ",\"disk\":$(json_text "$ERASE_NAME"),\"offset\":$ERASE_AT"
      return
      ;;
  esac
  ZEROED=1
  no_longer_empty "${DISK##*/}"
  if open_target "$IQN" "$user" "$secret"; then
    STATE=ready
    say "attempt $ATTEMPT: serving $DISK ($((SIZE / MIB)) MiB, zeroed=$ZEROED)"
    send_ready
  else
    close_target
    send_error "could not serve $DISK over iSCSI: $(tail -n 3 "$RUN/tgtadm.log" "$RUN/tgtd.log" 2>/dev/null)"
  fi
}

# Nothing may write any more when it is read back, and nothing after: the attempt's target closes for good.
obey_verify() {
  ATTEMPT=$asked
  close_target
  extents=$(field extents)
  case $extents in
    *[!0-9:\ ]*) send_error "cannot read the extents to verify"; return ;;
  esac
  say "attempt $ATTEMPT: reading back $(($(extents_bytes "$extents") / MIB)) MiB"
  if sum=$(digest_extents "$extents"); then
    STATE=verified
    send_report verify ",\"sha256\":\"$sum\",\"bytes\":$(extents_bytes "$extents")"
  else
    send_error "could not read back what was written to $DISK"
  fi
}

obey_reboot() {
  close_target
  sync
  blockdev --flushbufs "$DISK" 2>/dev/null
  evidence=
  if order=$(set_firmware_boot); then
    [ -z "$order" ] || say "$order"
  else
    evidence="the firmware's boot order has no entry for $DISK: $order"
    say "$evidence"
  fi
  send_report leaving "$(json_optional evidence "$evidence")" && leave 10 "attempt $asked is on the disk"
}

# leave CODE WHY: ends the agent; init restarts the machine for 10 and powers it off for anything else.
leave() {
  say "$2"
  close_target
  exit "$1"
}
