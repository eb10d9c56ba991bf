import type { AdminList } from './use-list.ts';

/** Below a list: why it could not be read or changed, and a button for what follows. */
export function ListEnd({
  list,
}: {
  list: Pick<AdminList<unknown>, 'fault' | 'hasMore' | 'isEmpty' | 'more'>;
}) {
  return (
    <>
      <div role="alert">{list.fault !== undefined && <p className="fault">{list.fault}</p>}</div>
      {list.isEmpty && list.fault === undefined && <p className="quiet">None.</p>}
      {list.hasMore && (
        <button type="button" className="quiet-button" onClick={list.more}>
          More
        </button>
      )}
    </>
  );
}
