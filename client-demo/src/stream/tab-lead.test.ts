import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnnouncedLead } from './tab-lead.ts';
import type { LeadNote, TabNote } from './tab-note.ts';

/** A tab without Web Locks, the notes that it sent, and whether it leads. */
function openTab() {
  const notes: TabNote[] = [];
  const tab = { leads: false, notes };
  const listener = {
    onLead: () => {
      tab.leads = true;
    },
    onLost: () => {
      tab.leads = false;
    },
  };
  return { tab, lead: new AnnouncedLead(listener, (note) => notes.push(note)) };
}

type Tab = ReturnType<typeof openTab>;

/** Delivers the notes of each tab to the other until neither sends any more. */
function talk(one: Tab, other: Tab): void {
  while (one.tab.notes.length + other.tab.notes.length > 0) {
    const received = [one.tab.notes.splice(0), other.tab.notes.splice(0)] as LeadNote[][];
    for (const note of received[0] ?? []) other.lead.receive(note);
    for (const note of received[1] ?? []) one.lead.receive(note);
  }
}

test('one of two tabs that take the lead at once yields', () => {
  for (let i = 0; i < 20; i++) {
    const [one, other] = [openTab(), openTab()];
    one.lead.take();
    other.lead.take();
    assert.deepEqual([one.tab.leads, other.tab.leads], [true, true]);
    talk(one, other);
    assert.equal(Number(one.tab.leads) + Number(other.tab.leads), 1);
  }
});

test('a tab that gives up the lead announces it, and a follower announces nothing', () => {
  const [one, other] = [openTab(), openTab()];
  one.lead.take();
  talk(one, other);
  one.lead.close();
  other.lead.close();
  assert.deepEqual([one.tab.notes, other.tab.notes], [[{ type: 'leave' }], []]);
});
