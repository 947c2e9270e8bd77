/** The purpose of a key. Each purpose has its own keys, so that no process can do more than its work needs. */
export const purposes = {
  bmc: { kind: 'pair', protects: 'the passwords of BMCs' },
  instance: { kind: 'pair', protects: "servers' user data and administrator passwords" },
  token: { kind: 'secret', protects: 'the tokens of the identity API' },
  agent: { kind: 'secret', protects: "ramdisks' sessions, CHAP secrets and phone-home tokens" },
} as const;
export type Purpose = keyof typeof purposes;

/** `public` encrypts, `private` decrypts; a `secret` does both. */
export type Half = 'public' | 'private' | 'secret';

export interface KeyFileRow {
  readonly purpose: Purpose;
  readonly half: Half;
  /** Its name in the folder that `metalcast keys create` makes. */
  readonly file: string;
  /** The services that get the key; no other may have it. */
  readonly services: readonly string[];
  readonly use: string;
}

/** Every file with keys. */
export const keyFiles = {
  bmcPublic: {
    purpose: 'bmc',
    half: 'public',
    file: 'bmc-public.json',
    services: ['api'],
    use: 'seals the passwords of BMCs',
  },
  bmcPrivate: {
    purpose: 'bmc',
    half: 'private',
    file: 'bmc-private.json',
    services: ['power'],
    use: 'opens the passwords of BMCs',
  },
  instancePublic: {
    purpose: 'instance',
    half: 'public',
    file: 'instance-public.json',
    services: ['api', 'scheduler'],
    use: "seals servers' user data and administrator passwords",
  },
  instancePrivate: {
    purpose: 'instance',
    half: 'private',
    file: 'instance-private.json',
    services: ['deploy-helper'],
    use: "opens servers' user data and administrator passwords",
  },
  token: {
    purpose: 'token',
    half: 'secret',
    file: 'token.json',
    services: ['api'],
    use: 'seals and opens the tokens of the identity API',
  },
  agent: {
    purpose: 'agent',
    half: 'secret',
    file: 'agent.json',
    services: ['boot', 'deploy-helper'],
    use: "derives ramdisks' sessions, CHAP secrets and phone-home tokens",
  },
} as const satisfies Record<string, KeyFileRow>;
export type KeyName = keyof typeof keyFiles;

export const isPurpose = (name: string): name is Purpose => Object.hasOwn(purposes, name);

/** The files that hold keys of the purpose. */
export const filesOf = (purpose: Purpose): KeyName[] =>
  (Object.keys(keyFiles) as KeyName[]).filter((name) => keyFiles[name].purpose === purpose);
