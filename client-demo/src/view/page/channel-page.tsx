import './channel-page.css';
import type { Message } from '@parley/client';
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { TextStorage } from '../../browser-storage.ts';
import { titleOf } from '../../channels/channel-entry.ts';
import { type ChannelPlace, pathOfChannel, pathOfThread } from '../../channels/route.ts';
import type { Connection } from '../../connection/connection.ts';
import type { Ballot } from '../../messages/ballot.ts';
import type { Outbox } from '../../sending/outbox.ts';
import { moveDrafts } from '../../sending/stored-draft.ts';
import { SignInPage } from '../account/sign-in-page.tsx';
import { mustSignIn } from '../account/use-visitor.ts';
import { Sidebar } from '../channels/sidebar.tsx';
import { useLost } from '../channels/use-lost.ts';
import { useNamed } from '../channels/use-named.ts';
import type { NewChannelParts } from '../channels/use-new-channel.ts';
import { Composer } from '../composer/composer.tsx';
import { useDraft } from '../composer/use-draft.ts';
import { useJump } from '../jump/use-jump.ts';
import { type ReadBefore, useNewSince, useReadBefore } from '../jump/use-unread.ts';
import { ChannelLog } from '../log/channel-log.tsx';
import { useNames } from '../people/use-names.ts';
import { coversChannel, ThreadPanel } from '../replies/thread-panel.tsx';
import { useChannel } from '../state/use-channel.ts';
import { useFollow } from '../state/use-follow.ts';
import type { RowPlaces } from '../state/use-list-window.ts';
import { useVisible } from '../state/use-visible.ts';
import { ChannelHeader } from './channel-header.tsx';
import { NowherePage } from './nowhere-page.tsx';
import { useTitle } from './use-title.ts';

/** Most rows that are kept while the reader is at the end. The slack avoids a cut at each event. */
const ROWS = 1000;
const ROWS_SLACK = 100;

/** A channel: its history, its live messages, and the composer. */
export function ChannelPage(
  props: NewChannelParts & {
    channel: string;
    /** What the address names; a new object for each visit. */
    at: ChannelPlace;
    connection: Connection;
    outbox: Outbox;
    ballot: Ballot;
    /** Keeps the unfinished message for as long as the tab. */
    drafts: TextStorage;
    /** Called with the channel's title when the visitor cannot read it any more. */
    onLost: (title: string, isCut: boolean) => void;
  },
) {
  const { channel, at, visitor, connection, directory, outbox, ballot, drafts, go } = props;
  const named = useNamed(directory, channel);
  const onRenamed = (to: string) => {
    moveDrafts(drafts, channel, to);
    outbox.move(channel, to);
    go(pathOfChannel(to) + location.hash, true);
  };
  const open = useChannel(channel, { connection, outbox, onRenamed });
  const { history } = open;
  const { names, read: readNames } = useNames(named, open, props);
  const mutedUntil = useSyncExternalStore(directory.subscribe, () => directory.mutedUntil(channel));
  const list = useRef<HTMLDivElement>(null);
  const draft = useDraft(channel, { drafts, outbox });
  const { field } = draft;
  const [parent, setParent] = useState<Message>();
  const reply = useCallback(
    (message: Message) => {
      setParent(message);
      field.current?.focus();
    },
    [field],
  );
  const openThread = useCallback((seq: number) => go(pathOfThread(channel, seq)), [channel, go]);
  const places = useRef<RowPlaces>(undefined);
  const isExcerpt = history.excerpt !== undefined;
  const follow = useFollow(list, places, isExcerpt);
  const jump = useJump(open, follow, places);
  const visible = useVisible();
  const isCovered = at.thread !== undefined && coversChannel();
  const before = useReadBefore(directory, { channel, account: visitor.account });
  const [begun, setBegun] = useState<ReadBefore>();
  const hasBegun = begun !== undefined && begun === before;
  const isShown = visible && !isCovered && hasBegun && !jump.isUnderWay;
  const seesEnd = isShown && follow.atEnd && !isExcerpt;
  const since = useNewSince(history, { before, seesEnd });
  const unread = seesEnd ? 0 : directory.unreadOf(channel);
  const title = titleOf(named);
  useTitle(`${title} · Parley`, unread);

  useLost(named, {
    isCut: open.fault?.code === 'forbidden' && open.head !== undefined,
    isListed: Boolean(visitor.account),
    onLost: props.onLost,
  });

  const { epoch, head } = history;
  const last = history.events.at(-1)?.seq;
  const { to } = jump;
  // A new client has no channel at first, by which a jump could read.
  const isKnown = epoch !== undefined && open.channel !== undefined;
  const reached = useRef<typeof at>(undefined);
  useEffect(() => {
    // Once for each address: a new client must not take the reader away from where they are.
    if (!isKnown || at.seq === undefined || reached.current === at) return;
    void to(at.seq).then((isRead) => {
      if (isRead) reached.current = at;
    });
  }, [isKnown, at, to]);

  // A channel opens at the first message that the account has not read, also where its end is in view
  // when a guest signs in.
  const mayJump = begun === undefined || follow.atEnd;
  useEffect(() => {
    if (hasBegun || !isKnown || before === undefined) return;
    setBegun(before);
    const { account, read } = before;
    const isNew = before.epoch === epoch && read > 0 && before.unread > 0;
    const isNamed = begun === undefined && (at.seq !== undefined || at.thread !== undefined);
    if (account && isNew && !isNamed && mayJump) void to(read + 1, true);
  }, [hasBegun, isKnown, before, begun, mayJump, epoch, at, to]);

  useEffect(() => {
    if (follow.atEnd && history.events.length > ROWS + ROWS_SLACK) open.trim(ROWS);
  });

  // Before the answer of a list, which counts by it: what a guest sees is not read by the account.
  useLayoutEffect(() => {
    const hasEnd = seesEnd && epoch !== undefined && last !== undefined;
    if (hasEnd) directory.seeEnd(channel, { epoch, seq: head, message: last });
    else directory.seeEnd(undefined);
  }, [directory, channel, seesEnd, epoch, head, last]);
  useLayoutEffect(() => () => directory.seeEnd(undefined), [directory]);

  const { state } = visitor.state;
  // Without its session, an account's private channels do not exist for it.
  const barred = open.fault?.status === 401 || (open.isGone && state === 'ended');
  if (barred && mustSignIn(visitor) && (state !== 'ended' || history.events.length === 0)) {
    return <SignInPage visitor={visitor} mayBeGuest={open.isGone} />;
  }
  if (open.isGone) {
    const reason = `The channel ${channel} was deleted, or is private now.`;
    return <NowherePage go={go} reason={reason} />;
  }
  if (open.fault && !barred) return <NowherePage go={go} reason={open.fault.message} />;

  const send = (message: string) => {
    const after = history.events.at(-1)?.seq ?? 0;
    const replyTo = parent && { replyTo: parent.seq };
    outbox.add({ channel, ...visitor.author, message, after, ...replyTo });
    setParent(undefined);
    jump.toEnd();
  };
  return (
    <div className="channel-page">
      <Sidebar channel={channel} visitor={visitor} directory={directory} go={go} names={names} />
      <main className="channel">
        <ChannelHeader
          named={named}
          visitor={visitor}
          directory={directory}
          status={open.status}
          server={open.server}
          presence={open.presence}
          closed={history.closing.closed}
          archived={history.closing.archived === true}
          admin={visitor.state.state === 'account' && visitor.state.account.admin}
          people={at.people === true}
          names={names}
          go={go}
        />
        <ChannelLog
          channel={channel}
          title={title}
          open={open}
          visitor={visitor}
          outbox={outbox}
          ballot={ballot}
          list={list}
          places={places}
          follow={follow}
          jump={jump}
          unread={unread}
          since={since}
          onReply={reply}
          onThread={openThread}
          onEdit={draft.edit}
        />
        <Composer
          channel={channel}
          title={title}
          visitor={visitor}
          closed={history.closing.closed}
          mutedUntil={mutedUntil}
          draft={draft}
          typing={open.typing}
          onSend={send}
          parent={parent}
          names={names}
          onMention={readNames}
          onCancelReply={() => setParent(undefined)}
        />
        {at.thread !== undefined && epoch !== undefined && (
          <ThreadPanel
            key={`${epoch} ${at.thread}`}
            channel={channel}
            title={title}
            parent={at.thread}
            open={open}
            visitor={visitor}
            outbox={outbox}
            ballot={ballot}
            drafts={drafts}
            names={names}
            onMention={readNames}
            mutedUntil={mutedUntil}
            onThread={openThread}
            go={go}
          />
        )}
      </main>
    </div>
  );
}
