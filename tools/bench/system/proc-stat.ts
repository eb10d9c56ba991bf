import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * Linux reports process times to user space in ticks of 1/100 s, independent of the kernel's HZ.
 */
const TICK_US = 10_000;

interface Stat {
  parentPid: number;
  cpuTicks: number;
}

/** CPU time of a process and all its descendants, with their threads, in microseconds. */
export function treeCpuUs(pid: number): number {
  const ticks = tree(pid).reduce((sum, member) => sum + (readStat(member)?.cpuTicks ?? 0), 0);
  return ticks * TICK_US;
}

/** CPU time of each process (see `treeCpuUs`) during `work`, in microseconds. */
export async function cpuDuring<Name extends string>(
  pids: Record<Name, number>,
  work: () => Promise<unknown>,
): Promise<Record<Name, number>> {
  const before = treeCpuUsOfEach(pids);
  await work();
  const after = treeCpuUsOfEach(pids);
  for (const name in after) after[name] -= before[name];
  return after;
}

function treeCpuUsOfEach<Name extends string>(pids: Record<Name, number>): Record<Name, number> {
  const times = { ...pids };
  for (const name in times) times[name] = treeCpuUs(times[name]);
  return times;
}

/** The kernel's slab memory in bytes, which includes sockets. */
export function kernelSlabBytes(): number {
  const kilobytes = /^Slab:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** Resident memory of a process and all its descendants, in bytes. */
export function treeRssBytes(pid: number): number {
  return tree(pid).reduce((sum, member) => sum + readStatusBytes(member, 'VmRSS'), 0);
}

/**
 * The last started of a process and its descendants that runs `program`, a word of its command line.
 * @throws Error when none does
 */
export function findInTree(pid: number, program: string): number {
  const found = tree(pid).findLast((member) => readProcFile(member, 'cmdline')?.includes(program));
  if (found === undefined) throw new Error(`${program} does not run below process ${pid}`);
  return found;
}

/** Peak of the resident memory of one process since `resetPeakRss`, in bytes. */
export function peakRssBytes(pid: number): number {
  return readStatusBytes(pid, 'VmHWM');
}

/** Resets the peak that `peakRssBytes` reads (proc(5), clear_refs). */
export function resetPeakRss(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/**
 * Ids of a process and all its descendants, parents before children. Empty when the process is
 * gone.
 */
export function tree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parentPid = /^\d+$/.test(name) ? readStat(Number(name))?.parentPid : undefined;
    if (parentPid === undefined) continue;
    const siblings = children.get(parentPid);
    if (siblings === undefined) children.set(parentPid, [Number(name)]);
    else siblings.push(Number(name));
  }
  if (readStat(pid) === undefined) return [];
  const members = [pid];
  for (const member of members) members.push(...(children.get(member) ?? []));
  return members;
}

/**
 * Reads /proc/pid/stat after its last `)`: the command's name before it may contain any character.
 */
function readStat(pid: number): Stat | undefined {
  const text = readProcFile(pid, 'stat');
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [utime, stime, childrenUtime, childrenStime] = fields.slice(11, 15).map(Number);
  return {
    parentPid: Number(fields[1]),
    cpuTicks: (utime ?? 0) + (stime ?? 0) + (childrenUtime ?? 0) + (childrenStime ?? 0),
  };
}

function readStatusBytes(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const status = readProcFile(pid, 'status') ?? '';
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

function readProcFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
