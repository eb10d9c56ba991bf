import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { renewalSchema, sessionSchema, signedInSchema } from './accounts/account.ts';
import { auditPageSchema } from './accounts/audit.ts';
import { invitationListSchema, personalLinkSchema } from './accounts/personal-link.ts';
import { userListSchema } from './accounts/user-list.ts';
import { accessSchema } from './channels/access.ts';
import { channelListSchema } from './channels/channel-list.ts';
import { muteListSchema } from './channels/mute.ts';
import { presenceSchema } from './channels/presence.ts';
import { renamedSchema } from './channels/renamed.ts';
import { eventSchema } from './events/event.ts';
import { eventsPageSchema } from './events/events-page.ts';
import { signalSchema } from './events/signal.ts';
import { RESERVED_TYPES } from './events/typed-event.ts';
import { PROBLEM_STATUS } from './problem.ts';
import { streamListSchema } from './streams/stream-list.ts';

/** The fields of a JSON schema that this test reads. */
interface Schema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  not?: Schema;
}

interface Response {
  content?: Record<string, { schema: Schema }>;
}

const openapi = parse(readFileSync(new URL('openapi.yaml', import.meta.url), 'utf8')) as {
  'x-otherwise': { responses: Record<string, Response> };
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> };
};

const asyncapi = parse(readFileSync(new URL('asyncapi.yaml', import.meta.url), 'utf8')) as {
  components: { schemas: Record<string, Schema> };
};

/** The fields of a schema, the required ones, and their types; everything else is left out. */
function shape({ $ref, type, anyOf, oneOf, properties, required, items }: Schema): unknown {
  // The code keeps data as text (`JsonText`).
  if ($ref?.endsWith('/Data')) return 'string';
  if ($ref !== undefined) return shape(described($ref.split('/').at(-1) ?? ''));
  if (anyOf) return anyOf.map(shape);
  if (oneOf) return oneOf.map(shape);
  if (items) return [type, shape(items)];
  if (!properties) return type;
  const fields = Object.entries(properties).map(([name, field]) => [name, shape(field)]);
  return { fields: Object.fromEntries(fields), required };
}

function described(name: string): Schema {
  const schema = openapi.components.schemas[name] ?? asyncapi.components.schemas[name];
  assert.ok(schema, `there is no schema ${name}`);
  return schema;
}

test('the schemas of the documents have the fields that the code reads', () => {
  const read = {
    Event: eventSchema,
    Signal: signalSchema,
    EventsPage: eventsPageSchema,
    ChannelList: channelListSchema,
    AuditPage: auditPageSchema,
    UserList: userListSchema,
    PersonalLink: personalLinkSchema,
    InvitationList: invitationListSchema,
    MuteList: muteListSchema,
    Access: accessSchema,
    Renamed: renamedSchema,
    SignedIn: signedInSchema,
    Session: sessionSchema,
    Renewal: renewalSchema,
    Presence: presenceSchema,
    StreamList: streamListSchema,
  };
  for (const [name, schema] of Object.entries(read)) {
    assert.deepEqual(shape(described(name)), shape(z.toJSONSchema(schema) as Schema), name);
  }
});

test('openapi.yaml names every type that is refused', () => {
  assert.deepEqual(described('EventType').not?.enum, [...RESERVED_TYPES]);
});

test('openapi.yaml names every problem code, under its status', () => {
  const { components, 'x-otherwise': otherwise } = openapi;
  const responses = [...Object.values(components.responses), ...Object.values(otherwise.responses)];
  const named = responses.flatMap(({ content }) => {
    const { status, code } = content?.['application/problem+json']?.schema.properties ?? {};
    return code?.enum?.map((name) => [name, status?.const]) ?? [];
  });
  assert.deepEqual(Object.fromEntries(named), { ...PROBLEM_STATUS });
});
