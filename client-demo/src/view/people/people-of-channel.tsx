import './people.css';
import { useRef, useState } from 'react';
import { addMember, putPrivate, removeMember } from '../../channels/channel-api.ts';
import { type NamedChannel, titleOf } from '../../channels/channel-entry.ts';
import type { Directory } from '../../channels/directory.ts';
import type { Visitor } from '../account/use-visitor.ts';
import { RenameForm } from '../channels/rename-form.tsx';
import { ConfirmButton } from '../confirm-button.tsx';
import { Fault } from '../fault.tsx';
import { NameForm } from './name-form.tsx';
import { offeredNames } from './offered-names.ts';
import { PersonList } from './person-list.tsx';
import { useAccess } from './use-access.ts';

export interface PeopleParts {
  named: NamedChannel;
  visitor: Visitor;
  directory: Directory;
  /** Those who may be added, the likeliest first. */
  names: () => Iterable<string>;
}

/** Who may enter a channel, and what the visitor can change about it. */
export function PeopleOfChannel({ named, visitor, directory, names }: PeopleParts) {
  const { channel, people } = named;
  const { access, fault, change } = useAccess(channel, visitor.session);
  const field = useRef<HTMLInputElement>(null);
  const [isLeaving, setLeaving] = useState(false);
  const own = visitor.account ?? '';
  const title = titleOf(named);
  const known = access === 'unshown' ? undefined : access;
  const isPrivate = known?.private === true;
  const mayChange = known?.mayChange === true;
  const members = known?.members ?? [];
  const remove = (name: string) => {
    void change(() => removeMember(channel, name), name);
    field.current?.focus();
  };
  return (
    <div className="people">
      <h2>
        {isPrivate ? 'People in ' : ''}
        <bdi>{title}</bdi>
      </h2>
      {access && !isPrivate && !isLeaving && (
        <p>This channel is public: everyone on this server can read it.</p>
      )}
      {isPrivate && !people && <p>Only these people can read it and write in it.</p>}
      {isPrivate && mayChange && (
        <NameForm
          field={field}
          offered={offeredNames(directory, names())}
          onAdd={(name) => name !== '' && void change(() => addMember(channel, name), name)}
        />
      )}
      <Fault text={fault} />
      {isPrivate && (
        <PersonList names={members} own={own} onRemove={mayChange ? remove : undefined} />
      )}
      {mayChange && <RenameForm channel={channel} />}
      <div className="people-tools">
        {mayChange && (
          <ConfirmButton
            button={isPrivate ? 'Make public' : 'Make private'}
            question={
              isPrivate
                ? 'Everyone on this server will read it, with all its messages.'
                : 'Only you and the people whom you add will read it.'
            }
            yes={isPrivate ? 'Make it public' : 'Make it private'}
            no="Keep it"
            onYes={() => void change(() => putPrivate(channel, !isPrivate))}
            testId="turn-private"
          />
        )}
        {isPrivate && !people && members.includes(own) && (
          <ConfirmButton
            button="Leave"
            question={`Leave ${title}? You can come back only when you are added again.`}
            yes="Leave"
            no="Stay"
            onYes={() => {
              setLeaving(true);
              void change(() => removeMember(channel, own).then(() => directory.refresh()));
            }}
            testId="leave"
          />
        )}
      </div>
    </div>
  );
}
