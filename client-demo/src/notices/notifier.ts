import type { Message } from '@parley/client';
import type { PageSettings } from '../settings/page-settings.ts';
import { playSound } from './sound.ts';
import { announceVisibility, isSomeTabVisible } from './visible-tabs.ts';

/** The tab that shows a notification keeps its message for itself this long. */
const CLAIM_MS = 5_000;
/** At most this number of notifications in that time: a burst is read in the page. */
const BURST = 5;
const BURST_MS = 10_000;
const TEXT_MAX = 200;

export interface NotifierOptions {
  settings: PageSettings;
  /** Called when the reader clicks on a notification. */
  open: (message: Message) => void;
}

/**
 * Desktop notifications of messages that arrive while no tab of Parley is visible, if the reader has
 * asked for them. Of several tabs only one shows a message.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  /** When the latest notifications were shown. */
  #shown: number[] = [];

  constructor(options: NotifierOptions) {
    this.#options = options;
    announceVisibility();
  }

  /** Shows the message, unless the reader does not want that or sees the page. */
  async notify(message: Message, isMeant: boolean, place: string): Promise<void> {
    if (!this.#isWanted(isMeant) || (await isSomeTabVisible())) return;
    const lock = `parley.notice.${message.id}@${message.channel}`;
    await navigator.locks.request(lock, { ifAvailable: true }, async (claimed) => {
      if (!claimed || !this.#isWanted(isMeant)) return;
      this.#show(message, place);
      await new Promise((resolve) => setTimeout(resolve, CLAIM_MS));
    });
  }

  #isWanted(isMeant: boolean): boolean {
    const { notifications, onlyMeant } = this.#options.settings.snapshot();
    if (!notifications || (onlyMeant && !isMeant) || !document.hidden || !mayNotify()) return false;
    this.#shown = this.#shown.filter((at) => Date.now() - at < BURST_MS);
    return this.#shown.length < BURST;
  }

  #show(message: Message, place: string): void {
    this.#shown.push(Date.now());
    const notice = new Notification(`${message.username} in ${place}`, {
      body: message.message.slice(0, TEXT_MAX),
      // A tab that was frozen shows the same message again; the browser then shows it once.
      tag: `${message.channel} ${message.id}`,
      icon: '/favicon.svg',
      silent: true,
    });
    notice.onclick = () => {
      window.focus();
      this.#options.open(message);
      notice.close();
    };
    if (this.#options.settings.snapshot().sound) playSound();
  }
}

/** Whether the browser has notifications at all: not over plain HTTP, but for this machine. */
export function knowsNotifications(): boolean {
  return typeof Notification !== 'undefined' && 'locks' in navigator;
}

/** Asks the reader, who has just clicked, for the permission; false if it is refused. */
export async function askToNotify(): Promise<boolean> {
  return (await Notification.requestPermission()) === 'granted';
}

const mayNotify = () => knowsNotifications() && Notification.permission === 'granted';
