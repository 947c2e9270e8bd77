# The disk as an iSCSI target, one tgtd for each attempt. Only a new process surely knows nothing of the attempt before.
TGTD=

# Kills the tgtd of before and waits for its end. Closing its connections would not stop a write that is under way.
close_target() {
  [ -n "$TGTD" ] || return 0
  kill -9 "$TGTD" 2>/dev/null
  wait "$TGTD" 2>/dev/null
  TGTD=
}

# open_target IQN USER SECRET: LUN 1 is the disk; the account is bound before anybody may connect.
open_target() {
  tgtd -f --iscsi "portal=$(cat "$RUN/address"):3260" >"$RUN/tgtd.log" 2>&1 &
  TGTD=$!
  tries=0
  until admin sys show; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] && kill -0 "$TGTD" 2>/dev/null || return 1
    sleep 0.1
  done
  admin target new --tid 1 --targetname "$1" &&
    admin logicalunit new --tid 1 --lun 1 --bstype rdwr --backing-store "$DISK" &&
    admin account new --user "$2" --password "$3" &&
    admin account bind --tid 1 --user "$2" &&
    admin target bind --tid 1 --initiator-address ALL
}

admin() {
  mode=$1 op=$2
  shift 2
  tgtadm --lld iscsi --mode "$mode" --op "$op" "$@" >/dev/null 2>>"$RUN/tgtadm.log"
}
