import type { Imports } from './imports.ts';

/** A folder and the others that its files may import; what is not listed here may import all. */
type Arrows = Record<string, string[]>;

const SERVICES = [
  'services/chat',
  'services/broadcast',
  'services/catalog',
  'services/hooks',
  'broker',
];

/** Between packages: contract <- kit <- store <- services and broker <- standalone. */
const PACKAGES: Arrows = {
  'packages/contract': [],
  'packages/client': [],
  'packages/kit': ['packages/contract'],
  'packages/store': ['packages/contract', 'packages/kit'],
  'services/chat': ['packages/contract', 'packages/kit', 'packages/store'],
  'services/broadcast': ['packages/contract', 'packages/kit'],
  'services/catalog': ['packages/contract', 'packages/kit', 'packages/store'],
  'services/hooks': ['packages/contract', 'packages/kit', 'packages/store'],
  broker: ['packages/contract', 'packages/kit'],
  'services/standalone': ['packages/contract', 'packages/kit', 'packages/store', ...SERVICES],
  'client-demo': ['packages/contract', 'packages/client'],
  examples: ['packages/client'],
};

/** Within broadcast: routes -> hub -> many -> reader, access -> channel -> framing. */
const BROADCAST: Arrows = {
  'services/broadcast/framing': [],
  'services/broadcast/channel': ['services/broadcast/framing'],
  'services/broadcast/reader': ['services/broadcast/channel', 'services/broadcast/framing'],
  'services/broadcast/presence': ['services/broadcast/framing'],
  'services/broadcast/access': ['services/broadcast/channel', 'services/broadcast/framing'],
  'services/broadcast/many': [
    'services/broadcast/channel',
    'services/broadcast/framing',
    'services/broadcast/presence',
    'services/broadcast/reader',
    'services/broadcast/access',
  ],
};

/** Within chat: commands and routes -> access -> accounts, batches, inbox -> log, tickets, mail -> store -> names, search. */
const CHAT: Arrows = {
  'services/chat/names': [],
  'services/chat/search': [],
  'services/chat/store': ['services/chat/names', 'services/chat/search'],
  'services/chat/log': ['services/chat/store'],
  'services/chat/tickets': ['services/chat/store'],
  'services/chat/tokens': [],
  'services/chat/batches': ['services/chat/log', 'services/chat/store'],
  'services/chat/inbox': ['services/chat/log', 'services/chat/store'],
  'services/chat/mail': [],
  'services/chat/access': ['services/chat/accounts', 'services/chat/log', 'services/chat/store'],
  'services/chat/accounts': ['services/chat/mail', 'services/chat/store', 'services/chat/tickets'],
};

/** Within the hooks: routes -> out, in -> store. */
const HOOKS: Arrows = {
  'services/hooks/store': [],
  'services/hooks/out': ['services/hooks/store'],
  'services/hooks/in': ['services/hooks/store'],
};

/** Within broker: clients -> access, packets; mosquitto -> access, listeners; no other. */
const BROKER: Arrows = {
  'broker/access': [],
  'broker/packets': [],
  'broker/clients': ['broker/access', 'broker/packets'],
  'broker/inbox': [],
  'broker/listeners': [],
  'broker/mosquitto': ['broker/access', 'broker/listeners'],
  'broker/retained': [],
};

/** On the page: view -> what it shows -> what that is made of. */
const PAGE: Arrows = {
  'client-demo/src/channels': ['client-demo/src/connection'],
  'client-demo/src/history': [],
  'client-demo/src/account': [],
  'client-demo/src/messages': ['client-demo/src/account'],
  'client-demo/src/connection': ['client-demo/src/account', 'client-demo/src/history'],
  'client-demo/src/text': [],
  'client-demo/src/settings': [],
  'client-demo/src/administration': [],
  'client-demo/src/search': [],
  'client-demo/src/notices': ['client-demo/src/settings'],
  'client-demo/src/sending': ['client-demo/src/connection', 'client-demo/src/history'],
};

const FOLDERS: Arrows = { ...PACKAGES, ...BROADCAST, ...CHAT, ...HOOKS, ...BROKER, ...PAGE };

/** Files beside the folders of a package (metrics, settings) that every folder may import. */
const isBeside = (file: string, folder: string) => {
  const parent = folder.slice(0, folder.lastIndexOf('/') + 1);
  return file.startsWith(parent) && !file.slice(parent.length).includes('/');
};

/** A line for each import against the direction; tests may also use the testkit and the tools. */
export function arrowFaults(imports: Imports): string[] {
  const faults: string[] = [];
  for (const [file, targets] of imports) {
    for (const target of targets) {
      if (!(file.endsWith('.test.ts') && isTestHelp(target)) && !isAllowed(file, target))
        faults.push(`${file} may not import ${target}`);
    }
  }
  return faults;
}

const isTestHelp = (target: string) => isIn(target, 'packages/testkit') || isIn(target, 'tools');

function isAllowed(file: string, target: string): boolean {
  return Object.entries(FOLDERS).every(([folder, others]) => {
    if (!isIn(file, folder) || isIn(target, folder)) return true;
    const isInside = !(folder in PACKAGES);
    if (isInside && !isSamePackage(folder, target)) return true;
    return (isInside && isBeside(target, folder)) || others.some((other) => isIn(target, other));
  });
}

const isIn = (file: string, folder: string) => file.startsWith(`${folder}/`);

const isSamePackage = (folder: string, target: string) =>
  Object.keys(PACKAGES).some((one) => isIn(folder, one) && isIn(target, one));
