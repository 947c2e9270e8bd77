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

/** How a service takes part in what is said. Events it may always publish. */
export interface Speech {
  /** The topic that it serves. */
  readonly serves?: string;
  /** Topics that it casts to. */
  readonly casts: readonly string[];
  /** Topics that it calls, and is answered by. */
  readonly calls?: readonly string[];
  /** Whether it sends OpenStack notifications. */
  readonly notifies?: true;
  /** The queue by which its processes share events. */
  readonly subscription?: string;
}

/** Who says what to whom: the one place. Neither the database nor the broker takes any other message of a service. */
export const speech = {
  api: { casts: ['scheduler', 'compute', 'power'], calls: ['scheduler', 'power'], notifies: true },
  scheduler: { serves: 'scheduler', casts: ['compute'], notifies: true },
  compute: {
    serves: 'compute',
    casts: ['scheduler', 'power', 'boot', 'deploy_helper'],
    notifies: true,
    subscription: 'metalcast.compute.events',
  },
  power: { serves: 'power', casts: [] },
  boot: { serves: 'boot', casts: [] },
  // What one helper has queued another may begin at once.
  'deploy-helper': { serves: 'deploy_helper', casts: ['deploy_helper'] },
} as const satisfies Record<ServiceName, Speech>;

export const speechOf = (service: ServiceName): Speech => speech[service];
