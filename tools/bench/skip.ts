/** The reason why a scenario cannot run on this machine. */
export class Skip extends Error {
  override readonly name = 'Skip';
}
