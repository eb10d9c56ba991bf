/** A client's packet violates MQTT 3.1.1; the message names the clause. */
export class IllegalPacket extends Error {
  override name = 'IllegalPacket';
  /** The return code of the CONNACK that answers the packet, where there is one. */
  readonly returnCode: number | undefined;

  constructor(message: string, returnCode?: number) {
    super(message);
    this.returnCode = returnCode;
  }
}
