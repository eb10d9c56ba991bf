import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { completed, matchingNames, openMention } from '../../sending/mention-completion.ts';
import { isComposing } from '../is-composing.ts';

/** The names that complete the mention which is being typed. */
export interface MentionChoice {
  names: string[];
  active: number;
  choose: (name: string) => void;
  /** True for a key that the choice has used. */
  onKeyDown: (event: KeyboardEvent) => boolean;
}

/** Completes mentions in a field. Escape closes the choice of one mention. */
export function useMention(props: {
  text: string;
  setText: (text: string) => void;
  field: RefObject<HTMLTextAreaElement | null>;
  /** Those who can be mentioned, the likeliest first. */
  names: () => Iterable<string>;
  /** Called when a mention begins. */
  onBegin: () => void;
}): MentionChoice {
  const { text, setText, field, onBegin } = props;
  const [caret, setCaret] = useState(0);
  const [picked, setPicked] = useState(0);
  const [closed, setClosed] = useState<number>();
  const nextCaret = useRef<number>(undefined);
  const mention = openMention(text, caret);
  const hasMention = mention !== undefined;
  const isOpen = mention !== undefined && mention.at !== closed;
  const names = isOpen ? matchingNames(props.names(), mention.typed) : [];
  const active = Math.min(picked, names.length - 1);

  useLayoutEffect(() => {
    if (nextCaret.current === undefined) return;
    field.current?.setSelectionRange(nextCaret.current, nextCaret.current);
    nextCaret.current = undefined;
  });
  useEffect(() => {
    const onSelectionChange = () => setCaret(field.current?.selectionStart ?? 0);
    document.addEventListener('selectionchange', onSelectionChange);
    return () => document.removeEventListener('selectionchange', onSelectionChange);
  }, [field]);
  useEffect(() => {
    if (hasMention) onBegin();
    else setClosed(undefined);
  }, [hasMention, onBegin]);
  const choose = (name: string) => {
    if (!mention) return;
    const next = completed(text, mention, name);
    nextCaret.current = next.caret;
    setText(next.text);
    setCaret(next.caret);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const name = names[active];
    if (name === undefined || isComposing(event) || event.shiftKey) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setPicked((active + step + names.length) % names.length);
    else if (event.key === 'Enter' || event.key === 'Tab') choose(name);
    else if (event.key === 'Escape') setClosed(mention?.at);
    else {
      setPicked(0);
      return false;
    }
    event.preventDefault();
    return true;
  };
  return { names, active, choose, onKeyDown };
}
