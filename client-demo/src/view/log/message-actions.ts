import type { Message } from '@parley/client';
import { authorized } from '../../account/authorized.ts';
import type { Session } from '../../account/session.ts';
import type { Ballot } from '../../messages/ballot.ts';
import { deleteMessage, editMessage } from '../../messages/message-api.ts';
import { type Vote, voteAfterClick } from '../../messages/vote.ts';

/** The actions of a message's row. */
export interface MessageActions {
  vote(message: Message, clicked: 1 | -1, current: Vote): void;
  /** Resolves once the server has the new text. @throws AnswerError */
  edit(message: Message, text: string): Promise<unknown>;
  /** Resolves once the message is deleted. @throws AnswerError */
  remove(message: Message): Promise<unknown>;
}

/** The actions of the visitor; `askToSignIn` is called when a guest tries to vote. */
export function openMessageActions(props: {
  session: Session;
  ballot: Ballot;
  askToSignIn: () => void;
}): MessageActions {
  const { session, ballot, askToSignIn } = props;
  const renew = () => session.recover();
  return {
    vote: (message, clicked, current) => {
      if (session.snapshot().state !== 'account') return askToSignIn();
      ballot.vote(message, voteAfterClick(current, clicked));
    },
    edit: (message, text) => authorized(() => editMessage(message, text), renew),
    remove: (message) => authorized(() => deleteMessage(message), renew),
  };
}
