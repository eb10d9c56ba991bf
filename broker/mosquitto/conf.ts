interface MosquittoConf {
  host: string;
  tlsPort: number;
  certFile: string;
  keyFile: string;
  aclFile: string;
  passwordFile: string;
  guests: boolean;
  user: string;
}

/** The text of `mosquitto.conf` (mosquitto.conf(5), 2.0); paths are absolute. */
export function encodeConf(conf: MosquittoConf): string {
  return `# Written by "npm run mosquitto".
per_listener_settings true
${conf.user && `user ${conf.user}\n`}
# Parley's log is the source of truth: nothing in the broker has to survive a restart.
persistence false
# Otherwise Nagle's algorithm delays small packets by up to 40 ms.
set_tcp_nodelay true
# An event has its post's 64 KB of data, its other fields, and perhaps others of the same commit.
max_packet_size 1048576
# For each reader at QoS 1: messages in flight, and messages that wait behind them.
max_inflight_messages 100
max_queued_messages 5000
# Removes the sessions of readers that do not come back.
persistent_client_expiration 1h

listener ${conf.tlsPort} ${conf.host}
certfile ${conf.certFile}
keyfile ${conf.keyFile}
password_file ${conf.passwordFile}
acl_file ${conf.aclFile}
allow_anonymous ${conf.guests}
`;
}
