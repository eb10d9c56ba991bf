/** Somebody who has signed up. */
export interface Account {
  username: string;
  email: string;
  admin: boolean;
}

/** An account and its token's end (ISO 8601), before which it is to be renewed. */
export interface SignedIn extends Account {
  expiresAt: string;
}

/** How accounts are made here; `none` where there are none. */
export type SignUpMode = 'open' | 'closed' | 'none';

/** Who the server takes this browser for; an older server does not say how accounts are made. */
export type Visit = ({ guest: true } | Account) & {
  signUp?: SignUpMode;
};

/** What a form asks for. */
export interface SignUp {
  email: string;
  username: string;
  password: string;
}

export interface SignIn {
  login: string;
  password: string;
}

export interface PasswordChange {
  password: string;
  newPassword: string;
}
