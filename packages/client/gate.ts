/** A promise that is resolved from outside. Node 20 has no `Promise.withResolvers`. */
export class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}
