import './message-tools.css';
import type { Message } from '@parley/client';
import { useState } from 'react';
import type { MessageRights } from '../../messages/message-rights.ts';
import type { Tally, Vote } from '../../messages/vote.ts';
import { EmojiChoice } from '../reactions/emoji-choice.tsx';
import type { MessageActions } from './message-actions.ts';
import { VoteButtons } from './vote-buttons.tsx';

/** What a reader can do with a message: vote, react, and edit or delete it if the reader has the right. */
export function MessageTools(props: {
  message: Message;
  rights: MessageRights;
  tally: Tally;
  mine: Vote;
  actions: MessageActions;
  /** The emoji of the visitor's own reactions. */
  own: readonly string[];
  onReact: (message: Message, emoji: string) => void;
  /** Undefined where no reply is possible. */
  onReply: (() => void) | undefined;
  onEdit: () => void;
}) {
  const { message, rights, tally, mine, actions } = props;
  const [asking, setAsking] = useState(false);
  const voted = tally.up > 0 || tally.down > 0 || mine !== 0;
  return (
    <div
      className="tools"
      data-shown={voted || asking || undefined}
      data-asking={asking || undefined}
    >
      {rights.vote !== 'no' && (
        <>
          <VoteButtons
            tally={tally}
            mine={mine}
            onVote={(clicked) => actions.vote(message, clicked, mine)}
          />
          <EmojiChoice own={props.own} onReact={(emoji) => props.onReact(message, emoji)} />
        </>
      )}
      {props.onReply && (
        <button type="button" className="tool" onClick={props.onReply} data-testid="reply">
          Reply
        </button>
      )}
      {rights.edit && (
        <button type="button" className="tool" onClick={props.onEdit} data-testid="edit">
          Edit
        </button>
      )}
      {rights.delete && !asking && (
        <button type="button" className="tool" onClick={() => setAsking(true)} data-testid="delete">
          Delete
        </button>
      )}
      {asking && (
        <DeleteQuestion onDelete={() => actions.remove(message)} onKeep={() => setAsking(false)} />
      )}
    </div>
  );
}

function DeleteQuestion(props: { onDelete: () => Promise<unknown>; onKeep: () => void }) {
  const [fault, setFault] = useState<string>();
  const remove = () =>
    props.onDelete().then(
      () => {},
      (error: Error) => setFault(error.message),
    );
  return (
    <>
      <span className="question">Delete for everyone?</span>
      <button type="button" className="tool harm" onClick={remove} data-testid="delete-yes">
        Delete
      </button>
      <button type="button" className="tool" onClick={props.onKeep}>
        Keep
      </button>
      {fault !== undefined && (
        <span className="fault" role="alert">
          {fault}
        </span>
      )}
    </>
  );
}
