#!/bin/bash
# Drives a running lab with Debian's unmodified openstack client and checks every answer.
# Needs the variables of .lab/openrc; $1 is the lab's folder.
set -eu -o pipefail
folder=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }
# field FILTER WHAT EXPECTED: a jq filter over the last answer.
check() {
  local got
  got=$(jq -r "$1" "$work/answer") || fail "$1: jq could not read the answer"
  [[ $got =~ $2 ]] || fail "$1 is '$got', not '$2'"
}
# One start of the client for all commands, for each costs more than a second: without a command it reads them from its standard input.
# It tells no exit code then; a command that failed has complained.
coproc CLIENT { exec openstack 2>"$work/complaints"; }
end='end-of-this-command'
quiet() {
  local line=''
  printf '%s\n!echo %s\n' "$*" "$end" >&"${CLIENT[1]}"
  : >"$work/answer"
  while IFS= read -r line <&"${CLIENT[0]}" && [[ $line != "$end" ]]; do printf '%s\n' "$line" >>"$work/answer"; done
  [[ $line == "$end" && ! -s $work/complaints ]] || fail "openstack $*: $(cat "$work/complaints")"
}
os() { quiet "$@" -f json; }

os token issue;                                  check .id '.{20,}'; check .project_id '.+'
os catalog list;                                 check 'map(.Type) | sort | join(" ")' 'compute.*identity.*image.*network'
os flavor create --ram 512 --vcpus 1 --disk 4 --swap 64 client.small
                                                 check .name '^client.small$'; check .ram '^512$'
quiet flavor set --property cpu_arch=x86_64 client.small
os flavor show client.small;                     check '.properties | tostring' 'x86_64'
os flavor list;                                  check 'map(.Name) | join(" ")' 'client.small'

qemu-img convert -O qcow2 "$(node ramdisk/build.mjs | jq -r .image)" "$work/image.qcow2"
os image create --disk-format qcow2 --container-format bare --file "$work/image.qcow2" \
  --property metalcast_first_sign=phone_home client.image
                                                 check .name '^client.image$'
os image show client.image;                      check .status '^active$'; check .disk_format '^qcow2$'

ssh-keygen -q -t ed25519 -N '' -C client -f "$work/key"
os keypair create --public-key "$work/key.pub" client.key
                                                 check .name '^client.key$'; check .fingerprint ':'
printf '#!/bin/sh\necho CLIENT-USER-DATA-RAN\n' >"$work/user-data"

os network list;                                 check 'map(.Name) | join(" ")' 'provisioning'
os hypervisor list;                              check 'length' '^2$'
os compute service list;                         check 'map(.State) | unique | join(" ")' '^up$'
                                                 check 'map(.Binary) | sort | join(" ")' 'metalcast-api.*nova-compute nova-scheduler'

os server create --image client.image --flavor client.small --key-name client.key \
  --user-data "$work/user-data" --wait client.server
                                                 check .status '^ACTIVE$'; check .key_name '^client.key$'
server=$(jq -r .id "$work/answer")
os server show client.server;                    check .id "^$server$"; check '.addresses | tostring' '10[.]77[.]0'
node=$(jq -r '."OS-EXT-SRV-ATTR:hypervisor_hostname"' "$work/answer")
os server list;                                  check 'map(select(.Name == "client.server"))[0].Status' '^ACTIVE$'
os hypervisor list --long;                       check 'length' '^2$'

os hypervisor show "$node";                      check .hypervisor_hostname "^$node$"

serial=$(jq -r --arg node "$node" '.nodes[] | select(.uuid == $node).serial' "$folder/lab.json")
for _ in $(seq 600); do
  grep -aq CLIENT-USER-DATA-RAN "$serial" && break
  sleep 0.2
done
grep -aq "METALCAST-READY hostname=client-server uuid=$server" "$serial" || fail 'the console has no marker of this server'
grep -aq CLIENT-USER-DATA-RAN "$serial" || fail 'the user data did not run'

starts() { grep -ac "METALCAST-READY hostname=client-server uuid=$server" "$serial"; }
quiet server reboot --hard --wait client.server
os server show client.server;                    check .status '^ACTIVE$'
for _ in $(seq 600); do
  [ "$(starts)" -ge 2 ] && break
  sleep 0.2
done
[ "$(starts)" -ge 2 ] || fail 'the console has no second marker of this server after its reboot'
os server event list client.server;              check 'map(.Action) | join(" ")' '^reboot create$'

quiet server delete --wait client.server
os server list;                                  check 'map(.Name) | join(" ")' '^(first)?$'
quiet keypair delete client.key
quiet image delete client.image
quiet flavor delete client.small
os keypair list;                                 check length '^0$'
exec {CLIENT[1]}>&-
wait "$CLIENT_PID"
echo 'all answers as expected'
