export type { Channel, ChannelOptions, PostOptions } from './channel.ts';
export type { Client, ConnectionState, ConnectOptions, StreamOrigin } from './client.ts';
export { connect } from './client.ts';
export { ParleyError } from './error.ts';
export type {
  ChannelState,
  Closing,
  Deletion,
  Edit,
  LogEvent,
  Message,
  MessageReceipt,
  Mute,
  Page,
  Presence,
  Reaction,
  ReadPosition,
  Receipt,
  Renamed,
  Reset,
  Signal,
  TypedEvent,
  Vote,
} from './events.ts';
export { newKey } from './outbox.ts';
export type { Handler, Subscription } from './subscription.ts';
