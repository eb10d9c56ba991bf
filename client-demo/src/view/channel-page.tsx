import './channel-page.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Ballot } from '../ballot.ts';
import { hasEarlier } from '../channel-history.ts';
import type { Outbox } from '../outbox.ts';
import type { UnsentMessage } from '../unsent-messages.ts';
import { ChannelHeader } from './channel-header.tsx';
import { Composer } from './composer.tsx';
import { openMessageActions } from './message-actions.ts';
import { MessageList } from './message-list.tsx';
import { NowherePage } from './nowhere-page.tsx';
import { PendingList } from './pending-list.tsx';
import { Sidebar } from './sidebar.tsx';
import { SignInPage } from './sign-in-page.tsx';
import { ToEndButton } from './to-end-button.tsx';
import { useChannel } from './use-channel.ts';
import { useFollow } from './use-follow.ts';
import type { Go } from './use-place.ts';
import { useTitle } from './use-title.ts';
import { useUnread } from './use-unread.ts';
import { useVisible } from './use-visible.ts';
import { mustSignIn, type Visitor } from './use-visitor.ts';
import { VoteFault } from './vote-fault.tsx';

/** At the end of the list no more rows than this are kept; the slack spares a cut at each event. */
const ROWS = 1000;
const ROWS_SLACK = 100;

/** So near the beginning, earlier messages are loaded unasked. */
const NEAR_TOP_PX = 120;

/** A channel: its history, what follows live, and where to speak. */
export function ChannelPage(props: {
  channel: string;
  visitor: Visitor;
  outbox: Outbox;
  ballot: Ballot;
  go: Go;
}) {
  const { channel, visitor, outbox, ballot, go } = props;
  const { session, account, ask } = visitor;
  const open = useChannel(channel, { outbox, session });
  const { history, hello } = open;
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState('');
  const follow = useFollow(list);
  const actions = useMemo(
    () => openMessageActions({ session, ballot, askToSignIn: () => ask('sign-in') }),
    [session, ballot, ask],
  );
  const visible = useVisible();
  const unread = useUnread(history, hello?.head ?? 0, visible && follow.atEnd);
  useTitle(`#${channel} · Parley`, unread);

  useEffect(() => {
    if (follow.atEnd && history.events.length > ROWS + ROWS_SLACK) open.trim(ROWS);
  });
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) field.current?.focus();
  }, []);

  const barred = open.fault?.status === 401;
  const { state } = visitor.state;
  if (barred && mustSignIn(visitor) && (state !== 'ended' || history.events.length === 0)) {
    return <SignInPage session={session} name={visitor.speaker.username} />;
  }
  if (open.fault && !barred) return <NowherePage go={go} reason={open.fault.message} />;

  const onScroll = () => {
    follow.onScroll();
    const nearTop = (list.current?.scrollTop ?? 0) < NEAR_TOP_PX;
    if (nearTop && hasEarlier(history) && open.earlier === 'idle') open.loadEarlier();
  };
  const send = (message: string) => {
    const after = history.events.at(-1)?.seq ?? 0;
    outbox.add({ channel, ...visitor.speaker, message, after });
    follow.toEnd();
  };
  const edit = (unsent: UnsentMessage) => {
    outbox.discard(unsent.key);
    setText(text === '' ? unsent.message : `${unsent.message}\n${text}`);
    field.current?.focus();
  };
  const busy = hello === undefined || (hello.head > 0 && history.first === 0);

  return (
    <div className="channel-page">
      <Sidebar channel={channel} account={account} go={go} />
      <main className="channel">
        <ChannelHeader
          channel={channel}
          status={open.status}
          server={hello?.server}
          presence={open.presence}
          closed={history.closing.closed}
          admin={visitor.state.state === 'account' && visitor.state.account.admin}
          go={go}
        />
        <div className="messages">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys scroll it */}
          <div className="scroller" ref={list} onScroll={onScroll} tabIndex={0}>
            <div className="column">
              <MessageList
                {...open}
                channel={channel}
                visitor={visitor}
                ballot={ballot}
                actions={actions}
                busy={busy}
              />
              <PendingList
                channel={channel}
                events={history.events}
                outbox={outbox}
                onEdit={edit}
              />
            </div>
          </div>
          <VoteFault ballot={ballot} />
          {!follow.atEnd && <ToEndButton unread={unread} onClick={follow.toEnd} />}
        </div>
        <Composer
          channel={channel}
          visitor={visitor}
          closed={history.closing.closed}
          text={text}
          setText={setText}
          field={field}
          onSend={send}
        />
      </main>
    </div>
  );
}
