export type { Channel, ChannelOptions, Handler } from './channel.ts';
export type { Client, ConnectionState, ConnectOptions } from './client.ts';
export { connect } from './client.ts';
export { ParleyError } from './error.ts';
export type {
  Change,
  LogEvent,
  Message,
  Page,
  Presence,
  Receipt,
  Reset,
  Signal,
  TypedEvent,
} from './events.ts';
