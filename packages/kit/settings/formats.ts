import convict from 'convict';

/**
 * Adds to convict the formats that settings name by a word; the error of each describes a valid value.
 * A format that one setting needs is a function beside that setting.
 */
export function addFormats(): void {
  convict.addFormats({
    'port number': integerFormat(0, 65_535),
    'whole number': integerFormat(0, Number.MAX_SAFE_INTEGER),
    limit: integerFormat(-1, Number.MAX_SAFE_INTEGER),
    'positive number': integerFormat(1, Number.MAX_SAFE_INTEGER),
    'number of seconds': integerFormat(1, 3_600),
    text: {
      validate(value: unknown) {
        if (typeof value !== 'string') throw new Error('must be text');
      },
    },
    'required text': {
      validate(value: unknown) {
        if (typeof value !== 'string' || value === '') throw new Error('must not be empty');
      },
    },
    'server name': {
      validate(value: unknown) {
        if (!/^[\x21-\x7e]{0,128}$/.test(String(value)))
          throw new Error('must be visible ASCII without spaces');
      },
    },
    'http address': {
      validate(value: unknown) {
        urlFormat(['http:', 'https:']).validate(value);
        if (value === '') return;
        const { username, password } = new URL(String(value));
        if (username || password) throw new Error('must hold no user and no password');
      },
    },
  });
}

/** Convict's own number formats read "80abc" as 80; this format refuses it. */
function integerFormat(min: number, max: number) {
  return {
    validate(value: unknown) {
      if (!Number.isSafeInteger(value) || Number(value) < min || Number(value) > max) {
        throw new Error(`must be a whole number from ${min}${max < 1e9 ? ` to ${max}` : ''}`);
      }
    },
    coerce: (value: unknown) =>
      typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value,
  };
}

/** The format of an address with one of these protocols, or of an empty text. */
export function urlFormat(protocols: string[]) {
  return {
    validate(value: unknown) {
      const ok =
        value === '' ||
        (URL.canParse(String(value)) && protocols.includes(new URL(String(value)).protocol));
      if (!ok) throw new Error(`must be an address that starts with ${protocols.join(' or ')}`);
    },
  };
}
