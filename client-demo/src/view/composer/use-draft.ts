import { type RefObject, useRef, useState } from 'react';
import type { TextStorage } from '../../browser-storage.ts';
import type { Outbox } from '../../sending/outbox.ts';
import { readDraft, storeDraft } from '../../sending/stored-draft.ts';
import type { UnsentMessage } from '../../sending/unsent-messages.ts';

/** An unfinished message and the field in which it is written. */
export interface Draft {
  text: string;
  setText: (text: string) => void;
  field: RefObject<HTMLTextAreaElement | null>;
  /** Takes an unsent message back to edit it. */
  edit: (unsent: UnsentMessage) => void;
}

/**
 * The unfinished message of a channel or a thread (`key`), kept when the reader goes elsewhere or
 * reloads.
 */
export function useDraft(
  key: string,
  { drafts, outbox }: { drafts: TextStorage; outbox: Outbox },
): Draft {
  const [text, setText] = useState(() => readDraft(drafts, key));
  const field = useRef<HTMLTextAreaElement>(null);
  const store = (next: string) => {
    storeDraft(drafts, key, next);
    setText(next);
  };
  const edit = (unsent: UnsentMessage) => {
    outbox.discard(unsent.key);
    store(text === '' ? unsent.message : `${unsent.message}\n${text}`);
    field.current?.focus();
  };
  return { text, setText: store, field, edit };
}
