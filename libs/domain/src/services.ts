/** The services, as their folders are named. */
export const serviceNames = [
  'api',
  'scheduler',
  'compute',
  'power',
  'boot',
  'deploy-helper',
] as const;
export type ServiceName = (typeof serviceNames)[number];

export const isServiceName = (name: string): name is ServiceName =>
  (serviceNames as readonly string[]).includes(name);

/** The name of a service in the list of services: Nova's, where Nova has the service. */
export const binaries = {
  api: 'metalcast-api',
  scheduler: 'nova-scheduler',
  compute: 'nova-compute',
  power: 'metalcast-power',
  boot: 'metalcast-boot',
  'deploy-helper': 'metalcast-deploy-helper',
} as const satisfies Record<ServiceName, string>;

/** How a service takes part in what is said. */
export interface ServiceMessages {
  /** The topic that it serves. */
  readonly serves?: string;
  /** Topics that it casts to. */
  readonly casts: readonly string[];
  /** Topics that it calls, and is answered by. */
  readonly calls?: readonly string[];
  /** Types of the events that it publishes. */
  readonly publishes: readonly string[];
  /** Whether it sends OpenStack notifications. */
  readonly notifies?: true;
  /** Types of events that its processes follow, as RabbitMQ's patterns of routing keys. */
  readonly follows?: readonly string[];
  /** The queue by which its processes share events. */
  readonly subscription?: string;
}

/** Who says what to whom: the one place. Neither the database nor the broker takes any other message of a service. */
export const serviceMessages = {
  api: {
    casts: ['scheduler', 'compute', 'power'],
    calls: ['scheduler', 'power'],
    publishes: [
      ...['node.enrolled', 'node.changed', 'node.removed', 'aggregate.changed'],
      // A server without a node is deleted by the request itself.
      ...['instance.created', 'instance.deleted'],
    ],
    notifies: true,
  },
  scheduler: {
    serves: 'scheduler',
    casts: ['compute'],
    // A claim takes the node's first step.
    publishes: ['instance.scheduled', 'node.state'],
    notifies: true,
    // Events that tell of a change of what filters see.
    follows: [
      ...['node.state', 'node.enrolled', 'node.removed', 'node.changed', 'node.quarantined'],
      'aggregate.#',
    ],
  },
  compute: {
    serves: 'compute',
    casts: ['scheduler', 'power', 'boot', 'deploy_helper'],
    publishes: [
      ...['node.state', 'node.quarantined', 'node.unwiped', 'instance.step', 'instance.active'],
      ...['instance.rescheduled', 'instance.rebooted', 'instance.failed', 'instance.deleted'],
    ],
    notifies: true,
    subscription: 'metalcast.compute.events',
  },
  power: {
    serves: 'power',
    casts: [],
    publishes: ['node.power.changed', 'node.power.failed'],
    // Their BMCs may be new.
    follows: ['node.enrolled', 'node.changed'],
  },
  boot: {
    serves: 'boot',
    casts: [],
    publishes: [
      ...['boot.prepared', 'boot.failed', 'boot.foreign_dhcp', 'boot.dhcp', 'boot.script'],
      ...['boot.other_card', 'boot.unsupported_firmware', 'boot.relayed_dhcp'],
      ...['boot.kernel', 'boot.ramdisk', 'boot.loop', 'boot.local.dhcp', 'boot.local.phone_home'],
      'instance.first_sign',
    ],
  },
  'deploy-helper': {
    serves: 'deploy_helper',
    // What one helper has queued another may begin at once.
    casts: ['deploy_helper'],
    follows: ['node.state'],
    publishes: [
      ...['agent.hello', 'agent.error', 'agent.leaving', 'deploy.started', 'deploy.progress'],
      ...['deploy.verified', 'deploy.failed'],
    ],
  },
} as const satisfies Record<ServiceName, ServiceMessages>;

export const messagesOfService = (service: ServiceName): ServiceMessages =>
  serviceMessages[service];
