/** ASCII words in lower case with one space between: such a name is its own key. */
const FOLDED = /^[!-@[-~]+(?: [!-@[-~]+)*$/;
/** Invisible characters: a name with one would look like another name. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * The key of a name: two names with the same key are one name. Compatibility forms, case, white
 * space and invisible characters make no difference (Unicode Standard Annex 15, NFKC). A key is
 * only compared and never shown.
 */
export function foldName(name: string): string {
  if (FOLDED.test(name)) return name;
  const plain = name.normalize('NFKC').replaceAll(INVISIBLE, '');
  // Upper case first, so that ß and SS are the same, as in full case folding.
  const folded = plain.toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replaceAll(/\s+/g, ' ').trim();
}

/** The key of an e-mail address: two addresses with the same key are one address. */
export function foldEmail(email: string): string {
  return email.trim().toLowerCase();
}
