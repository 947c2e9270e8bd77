export interface Account {
  /** Base of the identity API, with or without `/v3`. */
  readonly authUrl: string;
  readonly user: string;
  readonly password: string;
  readonly project: string;
  /** Names; `Default` when not given. */
  readonly userDomain?: string;
  readonly projectDomain?: string;
}

/** The request for a token (Identity API v3, "Password authentication with scoped authorization"). */
export interface PasswordAuth {
  readonly url: string;
  readonly body: object;
}

export function passwordAuth(account: Account): PasswordAuth {
  const { user, password, project, userDomain = 'Default', projectDomain = 'Default' } = account;
  const identity = {
    methods: ['password'],
    password: { user: { name: user, domain: { name: userDomain }, password } },
  };
  const scope = { project: { name: project, domain: { name: projectDomain } } };
  const base = account.authUrl.replace(/\/+$/, '').replace(/\/v3$/, '');
  return { url: `${base}/v3/auth/tokens`, body: { auth: { identity, scope } } };
}
