/** A registered user. */
export interface Account {
  username: string;
  email: string;
  admin: boolean;
  /** False: it signs in by the provider, and has no password. */
  password?: boolean;
}

/** An account and the end of its token (ISO 8601). The token must be renewed before that. */
export interface SignedIn extends Account {
  expiresAt: string;
}

/** How accounts are created on this server; `none`: the server has no accounts. */
export type SignUpMode = 'open' | 'closed' | 'none';

/** The identity that the server gives this browser. An older server sends neither `signUp` nor `mail`. */
export type Visit = ({ guest: true } | Account) & {
  signUp?: SignUpMode;
  /** The name of the OpenID provider by which people can sign in. */
  provider?: string;
  /** True where the server can send mail. */
  mail?: boolean;
};

/** The fields of the form. */
export interface SignUp {
  email: string;
  username: string;
  password: string;
  /** The secret of an invitation. */
  invitation?: string;
}

export interface SignIn {
  login: string;
  password: string;
}

export interface PasswordChange {
  password: string;
  newPassword: string;
}

/** Where the page is, and the secret of an invitation. */
export interface ProviderSignIn {
  channel: string | undefined;
  invitation: string | undefined;
}

/** A new password, and the secret of a link. */
export interface PasswordReset {
  reset: string;
  newPassword: string;
}
