/** The page is English, and so are its dates and numbers, whatever the browser's language. */
export const LOCALE = 'en-GB';

/** A number with its thousands apart. */
export function numberText(number: number): string {
  return number.toLocaleString(LOCALE);
}
