/** The page is in English, so its dates and numbers are too, in every browser language. */
export const LOCALE = 'en-GB';

/** A number with separated thousands. */
export function numberText(number: number): string {
  return number.toLocaleString(LOCALE);
}
