/** Where a retry after a fault makes sense. */
export type Retryable = 'same-node' | 'other-node' | 'no';

interface FaultRow {
  /** HTTP status when the fault answers a request. Only the api's exception filter reads it. */
  readonly http: number;
  readonly retryable: Retryable;
  /** The request can cause it on any node: it does not count against the node. */
  readonly byRequest?: true;
  /**
   * The operator's enrolment of the node causes it, and further tries would not help: it does not count against the
   * node.
   */
  readonly byEnrolment?: true;
  /** Something else on the node's network can cause it: it does not count against the node. */
  readonly byNetwork?: true;
  /** Message for an operator; `{name}` is filled from the fault's details. */
  readonly message: string;
  /**
   * The message for those who do not run the cloud, where `message` may name machines, their BMCs, hosts or what an
   * operator wrote. Absent: a sentence for all such faults.
   */
  readonly told?: string;
  /** What an operator can do about it. */
  readonly remedy: string;
}

/** Every named failure. A new failure is a row here, not a class. */
export const faults = {
  // Requests
  BAD_REQUEST: { http: 400, retryable: 'no', message: '{reason}', remedy: 'Correct the request.' },
  UNAUTHORIZED: {
    http: 401,
    retryable: 'no',
    message: 'The request you have made requires authentication.',
    remedy: 'Ask for a new token.',
  },
  FORBIDDEN: {
    http: 403,
    retryable: 'no',
    message: "Policy doesn't allow {rule} to be performed.",
    remedy: 'Use an account with the admin role.',
  },
  NOT_FOUND: {
    http: 404,
    retryable: 'no',
    message: '{what} {id} could not be found.',
    remedy: 'Check the name or id.',
  },
  METHOD_NOT_ALLOWED: {
    http: 405,
    retryable: 'no',
    message: 'The method {method} is not allowed for this resource.',
    remedy: 'Use one of the methods that the Allow header lists.',
  },
  VERSION_NOT_SUPPORTED: {
    http: 406,
    retryable: 'no',
    message:
      'Version {version} is not supported by the API. Minimum is {minimum} and maximum is {maximum}.',
    remedy: 'Ask for a version between the two, or for latest.',
  },
  CONFLICT: {
    http: 409,
    retryable: 'no',
    message: '{reason}',
    remedy: 'Resolve the conflict that the message names.',
  },
  INVALID_STATE: {
    http: 409,
    retryable: 'no',
    message: "Cannot '{action}' {what} {id} while it is in {attribute} {state}",
    remedy: 'Wait until the work under way has ended.',
  },
  REQUEST_TIMEOUT: {
    http: 408,
    retryable: 'no',
    message: '{reason}',
    remedy: 'Send the whole request without pauses.',
  },
  URI_TOO_LONG: {
    http: 414,
    retryable: 'no',
    message: '{reason}',
    remedy: 'Use a shorter name.',
  },
  EXPECTATION_FAILED: {
    http: 417,
    retryable: 'no',
    message: 'The only supported expectation is 100-continue.',
    remedy: 'Send the request without its Expect header.',
  },
  TOO_MANY_REQUESTS: {
    http: 429,
    retryable: 'same-node',
    message: '{reason}',
    remedy:
      'Wait as long as Retry-After says. If many come from one address, find out who sends wrong log-ins or tokens.',
  },
  TOO_LARGE: { http: 413, retryable: 'no', message: '{reason}', remedy: 'Send less.' },
  RANGE_NOT_SATISFIABLE: {
    http: 416,
    retryable: 'no',
    message: 'The range {range} lies outside of the {size} bytes of the content.',
    remedy: 'Ask for a range within the size.',
  },
  UNSUPPORTED_MEDIA: {
    http: 415,
    retryable: 'no',
    message: '{reason}',
    remedy: 'Send the content type that the message names.',
  },
  NOT_IMPLEMENTED: {
    http: 501,
    retryable: 'no',
    message: '{reason}',
    remedy: 'Metalcast does not support this.',
  },
  RPC_TIMEOUT: {
    http: 503,
    retryable: 'same-node',
    message: 'Nobody on topic {topic} answered {method} within {timeoutMs} ms.',
    told: 'A service of the cloud did not answer in time.',
    remedy: 'Look at `metalcast service list`: is a service of that topic up?',
  },
  UNAVAILABLE: {
    http: 503,
    retryable: 'same-node',
    message: '{reason}',
    told: 'A service of the cloud did not answer in time.',
    remedy: 'Try again; see the service logs.',
  },

  // Placement
  NO_VALID_HOST: {
    http: 500,
    retryable: 'no',
    message: 'No valid host was found. {reason}',
    told: 'No valid host was found. {counts}',
    remedy:
      'The message counts the nodes by the reason they were rejected for; change the flavor, or free or enrol a node.',
  },
  DISK_HINT_MALFORMED: {
    http: 400,
    retryable: 'other-node',
    byEnrolment: true,
    message: "The disk hint '{hint}' cannot be read: {reason}.",
    remedy:
      'Give keys and values by the grammar of docs/disks.md, such as serial=S1 or size=">= 100".',
  },
  EXTRA_SPEC_MALFORMED: {
    http: 400,
    retryable: 'no',
    message: "The extra spec value '{value}' cannot be read: {reason}.",
    remedy: "Correct the flavor's extra spec: an operator and its operand, or a plain value.",
  },
  QUERY_MALFORMED: {
    http: 400,
    retryable: 'no',
    message: 'The hint query {query} cannot be read: {reason}.',
    remedy: 'Give a JSON list such as [">=", "$free_ram_mb", 1024].',
  },
  PLACEMENT_CONTENDED: {
    http: 503,
    retryable: 'same-node',
    message: 'Every candidate for instance {instance} was taken while it was chosen.',
    told: 'Every candidate was taken while it was chosen.',
    remedy: 'Nothing to do: the request is placed again.',
  },
  RETRIES_EXHAUSTED: {
    http: 500,
    retryable: 'no',
    message:
      'No valid host was found. Exceeded max scheduling attempts {attempts} for instance {instance}. {reason}',
    told: 'No valid host was found. Exceeded max scheduling attempts {attempts}.',
    remedy: 'The message names what each node did; repair those nodes.',
  },
  NODE_IN_USE: {
    http: 409,
    retryable: 'other-node',
    message: 'Node {node} is in use by instance {instance}.',
    remedy: 'Delete the server first.',
  },

  // Power
  POWER_UNREACHABLE: {
    http: 504,
    retryable: 'other-node',
    message: 'The BMC {address} of node {node} does not answer.',
    told: 'The power of the machine could not be controlled.',
    remedy:
      'Check the address (`metalcast node set NODE --pm-address ...` changes it), its name server if it is a name, cable and network; try `ipmitool` by hand.',
  },
  POWER_BUSY: {
    http: 503,
    retryable: 'other-node',
    message: 'The BMC {address} of node {node} is busy: {answer}',
    told: 'The power of the machine could not be controlled.',
    remedy:
      'Close other sessions at the BMC (web, console, monitoring); if it stays busy, reset it (`ipmitool mc reset cold`).',
  },
  POWER_NAME_UNKNOWN: {
    http: 502,
    retryable: 'other-node',
    message:
      'The BMC of node {node} is enrolled as {address}: this name does not exist, or has no address.',
    told: 'The power of the machine could not be controlled.',
    remedy:
      "Correct the address: `metalcast node set NODE --pm-address ...`, or the name server of the power service's host: `getent ahosts ADDRESS` there shows the same.",
  },
  POWER_AUTH: {
    http: 502,
    retryable: 'other-node',
    message: 'The BMC {address} of node {node} refused the user name or password.',
    told: 'The power of the machine could not be controlled.',
    remedy: 'Set the right ones: `metalcast node set NODE --pm-user USER --pm-password-file FILE`.',
  },
  POWER_CIPHER: {
    http: 502,
    retryable: 'other-node',
    message: 'The BMC {address} of node {node} refused the cipher suite {cipherSuite}.',
    told: 'The power of the machine could not be controlled.',
    remedy:
      'Choose one that the BMC offers (3 or 17): `metalcast node set NODE --pm-option cipher_suite=17`, with all other options of the node.',
  },
  POWER_NO_CHANGE: {
    http: 502,
    retryable: 'other-node',
    message:
      'The BMC {address} of node {node} accepted power {target}, but the power still reads {observed}.',
    told: 'The power of the machine could not be controlled.',
    remedy: 'Look at the machine; its BMC may need a reset.',
  },
  POWER_REFUSED: {
    http: 502,
    retryable: 'other-node',
    message: 'The BMC {address} of node {node} refused power {target}: {answer}',
    told: 'The power of the machine could not be controlled.',
    remedy: "Read the BMC's event log; the machine may have a hardware fault.",
  },
  POWER_MISCONFIGURED: {
    http: 409,
    retryable: 'other-node',
    message: 'The power of node {node} cannot be controlled with its enrolment: {reason}',
    told: 'The power of the machine could not be controlled.',
    remedy: "Correct the node's power driver, address, credentials or options.",
  },
  POWER_BMC_SHARED: {
    http: 409,
    retryable: 'other-node',
    message:
      'The BMC {address} of node {node} is that of node {other} too; no request was sent to it.',
    told: 'The power of the machine could not be controlled.',
    remedy:
      'Correct the address of one of the two (`metalcast node set NODE --pm-address ...`), or remove the node that does not exist.',
  },
  POWER_NO_TOOL: {
    http: 503,
    retryable: 'same-node',
    message: 'The power service cannot run {tool}: {reason}',
    told: 'The power of the machine could not be controlled.',
    remedy: 'Install the program on the hosts of the power service.',
  },

  // Network boot
  BOOT_NO_DHCP: {
    http: 500,
    retryable: 'other-node',
    message: 'Node {node} was powered on but never asked for an address; last seen: {lastSeen}.',
    told: 'The machine did not boot from the network.',
    remedy:
      'Check the provisioning cable, its switch port, and that the node boots from the network first.',
  },
  BOOT_NO_SCRIPT: {
    http: 500,
    retryable: 'other-node',
    message:
      'Node {node} got an address but never fetched its boot configuration; last seen: {lastSeen}.',
    told: 'The machine did not boot from the network.',
    remedy: 'Check that the node can reach the boot service over HTTP and TFTP.',
  },
  BOOT_NO_KERNEL: {
    http: 500,
    retryable: 'other-node',
    message:
      'Node {node} has its boot configuration but never fetched the deploy kernel; last seen: {lastSeen}.',
    told: 'The machine did not boot from the network.',
    remedy: 'Check that the node can reach the boot service over HTTP and TFTP.',
  },
  BOOT_NO_RAMDISK: {
    http: 500,
    retryable: 'other-node',
    message:
      'Node {node} fetched the deploy kernel but not the deploy ramdisk; last seen: {lastSeen}.',
    told: 'The machine did not boot from the network.',
    remedy: 'Check the provisioning network for loss, and the node for memory.',
  },
  BOOT_NO_DEPLOY_IMAGE: {
    http: 500,
    retryable: 'no',
    message: 'No deploy {what} is configured for node {node}.',
    told: 'The machine did not boot from the network.',
    remedy:
      "Set the boot service's deploy_kernel and deploy_ramdisk, or the flavor's extra specs baremetal:deploy_kernel_id and baremetal:deploy_ramdisk_id.",
  },
  BOOT_NO_ADDRESS: {
    http: 500,
    retryable: 'no',
    message: 'Node {node} has no port with an address on the provisioning network.',
    told: 'The machine has no port with an address on the provisioning network.',
    remedy:
      "Ask for a network that has a subnet with DHCP which holds the boot service's provisioning address.",
  },
  BOOT_LOOP: {
    http: 500,
    retryable: 'other-node',
    message:
      'Node {node} asked {tries} times for its deploy boot without getting further; last seen: {lastSeen}.',
    told: 'The machine did not boot from the network.',
    remedy: "Look at the node's console: the deploy kernel may not run on this hardware.",
  },
  BOOT_OTHER_CARD: {
    http: 500,
    retryable: 'other-node',
    message:
      'Node {node} boots from its card {card}, but the address of its server belongs to its card {served}; last seen: {lastSeen}.',
    told: 'The machine did not boot from the network.',
    remedy:
      'Let the firmware boot from the other card, or mark only the card that it boots from as pxe.',
  },
  BOOT_UNSUPPORTED_FIRMWARE: {
    http: 500,
    retryable: 'other-node',
    byNetwork: true,
    message:
      'Node {node} asked for an address as firmware for which there is no boot loader: {firmware}.',
    told: 'The machine did not boot from the network.',
    remedy:
      "Set the node's firmware to BIOS or 64-bit x86 UEFI, or give its card iPXE; docs/boot.md has what is served. If that is its firmware already, another machine on the provisioning network asked with the node's MAC.",
  },
  BOOT_FOREIGN_DHCP: {
    http: 500,
    retryable: 'other-node',
    byNetwork: true,
    message:
      'Node {node} took the address {foreign} from another DHCP server; last seen: {lastSeen}.',
    told: 'The machine did not boot from the network.',
    remedy:
      'Take the other DHCP server off the provisioning network; `nmap --script broadcast-dhcp-discover` shows its address.',
  },

  // Ramdisk and disk
  AGENT_SILENT: {
    http: 500,
    retryable: 'other-node',
    message: 'Node {node} loaded the deploy ramdisk, which went silent; last seen: {lastSeen}.',
    told: 'The machine booted its deploy ramdisk, which went silent.',
    remedy: "Look at the node's console: a network or disk driver may be missing in the ramdisk.",
  },
  AGENT_FAILED: {
    http: 500,
    retryable: 'other-node',
    message: 'The deploy ramdisk of node {node} failed before anything was written: {reason}',
    told: 'The deploy ramdisk of the machine failed before anything was written.',
    remedy:
      'The evidence contains the last kernel lines of the node; look at its disk and its controller.',
  },
  DEPLOY_LOOP: {
    http: 500,
    retryable: 'other-node',
    message:
      'Node {node} started {tries} times into the deploy ramdisk without finishing its deployment; last seen: {lastSeen}.',
    told: 'The machine started again and again without finishing its deployment.',
    remedy:
      "Look at the node's console and the event log of its BMC: something restarts it, such as its power supply, cooling, memory or disk controller.",
  },
  AGENT_REJECTED: {
    http: 403,
    retryable: 'other-node',
    message: 'A deploy ramdisk of node {node} was refused: {reason}',
    told: 'The deploy ramdisk of the machine was refused.',
    remedy:
      'If it called from another address, look for a second DHCP server; otherwise for a second machine with the MAC address of the node, or a boot by hand.',
  },
  DISK_MISSING: {
    http: 500,
    retryable: 'other-node',
    message: 'The deploy ramdisk found no disk on node {node}.',
    told: 'The machine has no disk that can be used.',
    remedy: 'Check the disk and its controller, and that the ramdisk has a driver for it.',
  },
  DISK_AMBIGUOUS: {
    http: 500,
    retryable: 'other-node',
    byEnrolment: true,
    message: 'It is unclear which disk of node {node} is meant: {reason}. Its disks: {disks}.',
    told: 'The machine has no disk that can be used.',
    remedy: 'Name the disk: `metalcast node set NODE --root-device serial=...`; see docs/disks.md.',
  },
  DISK_UNMATCHED: {
    http: 500,
    retryable: 'other-node',
    byEnrolment: true,
    message: 'No disk of node {node} fits its {mark} {hint}. Its disks: {disks}.',
    told: 'The machine has no disk that can be used.',
    remedy:
      'If the disk was replaced, change the node: `metalcast node set NODE --root-device ...` or `--keep-disk ...`.',
  },
  DISK_KEPT: {
    http: 500,
    retryable: 'other-node',
    byEnrolment: true,
    message: 'Node {node} has no disk to write to: {reason}. Its disks: {disks}.',
    told: 'The machine has no disk that can be used.',
    remedy:
      'Change the node with `metalcast node set NODE --root-device ...` or `--keep-disk ...`.',
  },
  DISK_ORDER_UNKNOWN: {
    http: 500,
    retryable: 'other-node',
    byEnrolment: true,
    message:
      'The BIOS of node {node} cannot be made to start from disk {disk}: {reason}. Its disks: {disks}.',
    told: 'The machine has no disk that can be used.',
    remedy:
      'Switch the machine to UEFI, or leave one disk in it that a BIOS can start from; see docs/disks.md.',
  },
  DISK_FOREIGN_CONFIG: {
    http: 500,
    retryable: 'other-node',
    message:
      'Node {node} has file systems that are not overwritten and that a server would take for its config drive: {places}.',
    told: 'The machine has no disk that can be used.',
    remedy: 'Give these file systems another label, or take the medium out of the machine.',
  },
  RAMDISK_TOO_OLD: {
    http: 500,
    retryable: 'no',
    message:
      'The deploy ramdisk on node {node} is too old for a machine with {disks} disks: it would leave old data on the others.',
    told: 'The deploy ramdisk of the cloud is too old for the machine.',
    remedy: 'Build a new deploy ramdisk (ramdisk/build.mjs) and upload it.',
  },
  ERASE_FAILED: {
    http: 500,
    retryable: 'other-node',
    message: 'Erasing disk {disk} of node {node} failed at byte {offset}: {reason}',
    told: 'The disks of the machine could not be emptied.',
    remedy: 'The evidence contains the last kernel lines of the node; replace the disk.',
  },
  ERASE_STALLED: {
    http: 500,
    retryable: 'other-node',
    message: 'Erasing the disks of node {node} stopped at {percent} % and made no more progress.',
    told: 'The disks of the machine could not be emptied.',
    remedy: "Look at the node's console; its disk may be failing.",
  },
  DISK_TOO_SMALL: {
    http: 500,
    retryable: 'other-node',
    byRequest: true,
    message:
      'The disk of node {node} has {diskMb} MiB, but {neededMb} MiB are needed for the image, config drive and swap.',
    told: 'The disk of the machine has {diskMb} MiB, but {neededMb} MiB are needed for the image, config drive and swap.',
    remedy: 'Use a smaller image or flavor, or enrol the node with its true size.',
  },
  IMAGE_MISSING: {
    http: 404,
    retryable: 'no',
    message: 'Image {image} is gone or has no data.',
    told: 'Image {image} is gone or has no data.',
    remedy: 'Upload the image again.',
  },
  IMAGE_TOO_LARGE: {
    http: 400,
    retryable: 'other-node',
    byRequest: true,
    message: 'Image {image} needs {neededMb} MiB, {where} has {availableMb} MiB.',
    told: 'Image {image} needs {neededMb} MiB, but there are {availableMb} MiB.',
    remedy: 'Use a flavor and a node with a larger disk.',
  },
  IMAGE_CORRUPT: {
    http: 409,
    retryable: 'same-node',
    message: 'Image {image} does not have the sha256 that it was stored with.',
    told: 'Image {image} does not have the sha256 that it was stored with.',
    remedy: "Check the api's image directory; upload the image again.",
  },
  IMAGE_UNSUITABLE: {
    http: 400,
    retryable: 'no',
    message: 'Image {image} cannot be written to a disk: {reason}.',
    told: 'Image {image} cannot be written to a disk: {reason}.',
    remedy: 'Use a whole-disk image, raw or qcow2, with a partition table that has room.',
  },
  WRITE_FAILED: {
    http: 500,
    retryable: 'other-node',
    message: 'Writing to the disk of node {node} failed at {percent} %: {reason}',
    told: 'The image could not be written to the disk of the machine.',
    remedy: 'The evidence contains the last kernel lines of the node; its disk may be failing.',
  },
  WRITE_STALLED: {
    http: 500,
    retryable: 'other-node',
    message: 'Writing to the disk of node {node} stopped at {percent} % and made no more progress.',
    told: 'The image could not be written to the disk of the machine.',
    remedy:
      'Check that the node was not switched off or lost its power (`metalcast node power status NODE`), the provisioning network, and the disk.',
  },
  VERIFY_FAILED: {
    http: 500,
    retryable: 'other-node',
    message: 'What node {node} reads back from its disk differs from what was written ({where}).',
    told: 'The image could not be written to the disk of the machine.',
    remedy: 'Replace the disk.',
  },
  TARGET_REFUSED: {
    http: 500,
    retryable: 'other-node',
    message: 'The iSCSI target of node {node} refused the helper: {reason}',
    told: 'The image could not be written to the disk of the machine.',
    remedy: 'Look for a second machine with the same address.',
  },
  FIRST_BOOT_SILENT: {
    http: 500,
    retryable: 'other-node',
    byRequest: true,
    message:
      'The image promises a sign of life ({sign}), but none came from node {node} after it left the ramdisk.',
    told: 'The image promises a sign of life ({sign}), but none came after the machine left the deploy ramdisk.',
    remedy: "Look at the node's console: does the image boot on this hardware?",
  },
  NETWORK_EXHAUSTED: {
    http: 409,
    retryable: 'no',
    message: '{reason}',
    told: 'A network has no free address, or the machine too few network interfaces.',
    remedy: 'Free addresses on the network, or use a node with more interfaces.',
  },

  // Secrets
  SECRET_UNREADABLE: {
    http: 500,
    retryable: 'no',
    byRequest: true,
    message: 'The secret {owner} cannot be decrypted: {reason}.',
    told: 'A secret of the server cannot be decrypted.',
    remedy:
      'Give the service all keys of its purpose (docs/keys.md); if the key is lost, store the secret again: set the BMC password, or build the server again.',
  },

  // Database schema
  SCHEMA_UNMANAGED: {
    http: 500,
    retryable: 'no',
    message: 'The database {database} is not empty and has no record of migrations.',
    remedy: 'Use an empty database, or one that `metalcast db sync` made.',
  },
  MIGRATION_FAILED: {
    http: 500,
    retryable: 'no',
    message: 'Migration {migration} failed in the database {database}: {reason}',
    remedy:
      'Nothing of it was kept, and no later one is applied. Correct the cause, then `metalcast db sync --retry`.',
  },
  MIGRATION_EDITED: {
    http: 500,
    retryable: 'no',
    message:
      'Migration {migration} is not the one that was applied to the database {database}: its file was changed since.',
    remedy: 'Restore the file; changes belong in a new migration.',
  },
  MIGRATION_BUSY: {
    http: 503,
    retryable: 'same-node',
    message: 'Another process has been migrating the database {database} for {waitedMs} ms.',
    remedy: 'Wait for its end and try again.',
  },

  // Operation
  CANCELLED: {
    http: 409,
    retryable: 'no',
    message: 'Cancelled: {reason}',
    told: 'Cancelled.',
    remedy: 'Nothing to do.',
  },
  QUEUE_TIMEOUT: {
    http: 503,
    retryable: 'no',
    message: '{work} waited {waitedS} s in the queue of {service} without getting its turn.',
    told: 'A service of the cloud did not answer in time.',
    remedy:
      'The service is up but overloaded: start more of it, raise its capacity, or its queue_ms (queue_timeout_ms of compute).',
  },
  SERVICE_LOST: {
    http: 500,
    retryable: 'same-node',
    message: 'No {service} service took care of {work} in time.',
    told: 'A service of the cloud did not answer in time.',
    remedy:
      'Look at `metalcast service list`: start the service, or read in its log why it stopped or could not reach the database or the broker.',
  },
  INTERNAL: {
    http: 500,
    retryable: 'same-node',
    message: 'Unexpected error {reference}; the log of {service} has it.',
    told: 'Unexpected error {reference}.',
    remedy: 'This is a bug in Metalcast; please report it with that part of the log.',
  },
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof faults;

export function isFaultCode(code: string): code is FaultCode {
  return Object.hasOwn(faults, code);
}

/**
 * Whether a build that fails by this fault counts against its node: too many such builds in a row quarantine the node.
 */
export function countsAgainstNode(code: FaultCode): boolean {
  const { retryable, byRequest, byEnrolment, byNetwork }: FaultRow = faults[code];
  const isOfOthers = byRequest === true || byEnrolment === true || byNetwork === true;
  return retryable === 'other-node' && !isOfOthers;
}
